"""Every phrase that the timeline of a planned outage keeps has words, and every word is said somewhere."""

import re
from pathlib import Path

import pytest

from network.domain.phrases import phrase
from outages.models import PlannedEntry
from outages.selectors import planned_words, timeline_words
from outages.selectors.planned_words import said
from tests import pseudo

ROOT = Path(__file__).parents[2] / "outages" / "services"
#: Codes that are put together of a part and what it is about.
PARTS = re.compile(r"(kind|state)_\w+")


def test_every_phrase_has_words_and_all_words_are_said() -> None:
    sources = "".join(path.read_text() for path in sorted(ROOT.glob("planned*.py")))
    literal = set(re.findall(r'phrase\(\s*"([a-z_]+)"', sources))
    assert len(literal) > 12
    assert not literal - planned_words.codes() - timeline_words.codes()
    quoted = set(re.findall(r'"([a-z_]+)"', sources))
    assert not {code for code in planned_words.codes() - quoted if not PARTS.fullmatch(code)}


@pytest.mark.parametrize("code", sorted(planned_words.codes()))
def test_words_are_whole_with_any_numbers_and_in_any_language(code: str) -> None:
    names = planned_words.parameters(code)
    for count in (0, 1, 12_345):
        told = said({"code": code} | dict.fromkeys(names, count))
        assert told and "%(" not in told
    with pseudo.language():
        assert pseudo.unmarked(f"<p>{said({'code': code} | dict.fromkeys(names, 7))}</p>") == []


def test_a_line_is_told_from_its_phrase_and_else_by_the_words_it_has() -> None:
    who = [phrase("to_be_told", customers=1), phrase("to_be_told_not", customers=2)]
    notice = PlannedEntry(told=phrase("notice_late", kind=phrase("kind_announced"), who=who))
    assert planned_words.line(notice) == (
        "Announced: 1 customer to be told, 2 customers to be told that it does not happen, later than the notice period asks"
    )
    assert planned_words.line(PlannedEntry(text="Requested by Anna: pole")) == "Requested by Anna: pole"
