"""Every phrase that a callback keeps has words, and every word is said somewhere."""

import re
from pathlib import Path

import pytest

from network.domain.phrases import phrase
from outages.models import Callback
from outages.selectors import callback_words, timeline_words
from outages.selectors.callback_words import said
from tests import pseudo

ROOT = Path(__file__).parents[2] / "outages" / "services"
#: Codes that are put together of a part and what it is about.
PARTS = re.compile(r"state_\w+")


def test_every_phrase_has_words_and_all_words_are_said() -> None:
    sources = "".join((ROOT / f"{name}.py").read_text() for name in ("callbacks", "callback_answers"))
    literal = set(re.findall(r'phrase\(\s*"([a-z_]+)"', sources))
    assert len(literal) > 8
    assert not literal - callback_words.codes() - timeline_words.codes()  # who is still out is told there too
    assert not {code for code in callback_words.codes() - literal if not PARTS.fullmatch(code)}


@pytest.mark.parametrize("code", sorted(callback_words.codes()))
def test_words_are_whole_with_any_numbers_and_in_any_language(code: str) -> None:
    names = callback_words.parameters(code)
    for count in (0, 1, 12_345):
        told = said({"code": code} | dict.fromkeys(names, count))
        assert told and "%(" not in told
    with pseudo.language():
        assert pseudo.unmarked(f"<p>{said({'code': code} | dict.fromkeys(names, 7))}</p>") == []


def test_a_callback_is_told_from_its_phrases_and_else_by_the_words_it_has() -> None:
    over = phrase("outage_over", outage="12", state=phrase("state_restored"))
    one = Callback(reason_told=over, reason="outage 12 is restored", answer="he came by")
    assert (callback_words.reason(one), callback_words.answer(one)) == ("outage 12: Restored", "he came by")
    one = Callback(reason="supply was restored", answer_told=phrase("not_reached_in", tries=1))
    assert (callback_words.reason(one), callback_words.answer(one)) == ("supply was restored", "not reached in 1 try")
