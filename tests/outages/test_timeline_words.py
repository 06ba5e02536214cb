"""Every phrase that the timeline of an outage keeps has words, and the words take what the phrase has."""

import re
from pathlib import Path

import pytest

from network.domain.phrases import phrase
from outages.models import OutageEntry
from outages.selectors import callback_words, planned_words, timeline_words
from outages.selectors.timeline_words import said
from tests import pseudo
from workforce.models import Assignment

ROOT = Path(__file__).parents[2] / "outages" / "services"
#: Those whose phrases are told by words of their own: alarms, FLISR, rules.
OTHERS = {ROOT / "alarming.py", ROOT / "rule_sets.py"}
MADE_BY = sorted(set(ROOT.glob("*.py")) - OTHERS)
#: Codes that are put together of a part and what it is about.
PARTS = re.compile(r"(answer|cause|crew)_\w+")


def test_every_phrase_has_words_and_all_words_are_said() -> None:
    sources = "".join(path.read_text() for path in MADE_BY)
    literal = set(re.findall(r'phrase\(\s*"([a-z_]+)"', sources))
    assert len(literal) > 30
    others = planned_words.codes() | callback_words.codes()  # services of planned work and callbacks write both
    assert not literal - timeline_words.codes() - others
    quoted = set(re.findall(r'"([a-z_]+)"', sources))
    assert not {code for code in timeline_words.codes() - quoted if not PARTS.fullmatch(code)}
    assert {f"crew_{state}" for state in Assignment.State} <= timeline_words.codes()


@pytest.mark.parametrize("code", sorted(timeline_words.codes()))
def test_words_are_whole_with_any_numbers_and_in_any_language(code: str) -> None:
    names = timeline_words.parameters(code)
    for count in (0, 1, 12_345):
        told = said({"code": code} | dict.fromkeys(names, count))
        assert told and "%(" not in told
    with pseudo.language():
        assert pseudo.unmarked(f"<p>{said({'code': code} | dict.fromkeys(names, 7))}</p>") == []


def test_a_line_is_told_from_its_phrase_and_else_by_the_words_it_has() -> None:
    given = phrase("set_aside", reports=1, outage="4711") | phrase("given", to="12", device="F 7")
    what = phrase("by_why", what=given, actor="Anna", why="wrong side")
    assert said(what) == "1 report given from outage 4711 to outage 12 at F 7 by Anna: wrong side"
    merged = OutageEntry(kind="cancelled", told=phrase("one_device", outage="12"))
    assert timeline_words.turn(merged) == "Cancelled: Part of outage 12: one device explains both"
    assert (
        timeline_words.turn(OutageEntry(kind="created", text="Predicted at F 7 from 3 reports"))
        == "Predicted at F 7 from 3 reports"
    )
    flisr = OutageEntry(kind="flisr", told=phrase("outage_no_plan", why=phrase("nothing_dead")))
    assert timeline_words.line(flisr) == "FLISR has no plan: nothing is dead behind it"
