"""Every phrase that the timeline of a switching order keeps has words, and every word is said somewhere."""

import re
from pathlib import Path

import pytest

from network.domain.phrases import phrase
from outages.domain.switching import documents, life, steps
from outages.models import OrderEntry, SwitchingStep
from outages.selectors import order_words, rehearsal_words
from outages.selectors.order_words import said
from tests import pseudo

ROOT = Path(__file__).parents[2] / "outages"
MADE_BY = [
    ROOT / "selectors" / "order_words.py",
    *(
        ROOT / "services" / "switching" / f"{name}.py"
        for name in ("drafting", "approving", "executing", "reporting", "safety")
    ),
]
#: Codes that are put together of a part and what it is about.
PARTS = re.compile(r"(order|do|kind|step)_\w+")


def test_every_phrase_has_words_and_all_words_are_said() -> None:
    sources = "".join(path.read_text() for path in MADE_BY)
    literal = set(re.findall(r'phrase\(\s*"([a-z_]+)"', sources))
    assert len(literal) > 30
    assert not literal - order_words.codes() - rehearsal_words.codes()  # what a document lacks is told by those
    assert not {code for code in order_words.codes() - literal if not PARTS.fullmatch(code)}
    assert {f"step_{state}" for state in ("completed", "already_there", "failed", "deleted")} <= order_words.codes()
    assert {f"order_{kind}" for kind in life.KINDS} <= order_words.codes()
    assert {f"do_{kind}" for kind in steps.KINDS} <= order_words.codes()
    assert {f"kind_{kind}" for kind in documents.KINDS} <= order_words.codes()


@pytest.mark.parametrize("code", sorted(order_words.codes()))
def test_words_are_whole_with_any_numbers_in_any_language_and_end_without_a_full_stop(code: str) -> None:
    names = order_words.parameters(code)
    for count in (0, 1, 12_345):
        told = said({"code": code} | dict.fromkeys(names, count))
        assert told and "%(" not in told and not told.endswith(".")
    with pseudo.language():
        assert pseudo.unmarked(f"<p>{said({'code': code} | dict.fromkeys(names, 7))}</p>") == []


def test_a_line_is_told_from_its_phrase_and_else_by_the_words_it_has() -> None:
    step = SwitchingStep(kind="open", device_name="SW1", position=2)
    done = phrase("step_completed", step=2, what=order_words.step_phrase(step))
    noted = OrderEntry(told=phrase("with_note", said=done, note=phrase("position_reported")), text="as it was")
    assert order_words.line(noted) == "Step 2 done: Open SW1 · Position reported"
    assert order_words.line(OrderEntry(text="Step 2 done: Open SW1.")) == "Step 2 done: Open SW1."
    found = [phrase("warnings", count=2), phrase("notes", count=1)]
    checked = OrderEntry(told=phrase("checked", rehearsal=phrase("rehearsed_with", found=found)))
    assert order_words.line(checked) == "Checked: rehearsed with 2 warnings, 1 note"


def test_a_step_of_words_says_them_and_what_is_noted_of_it_is_told_from_its_phrase_or_as_a_person_wrote_it() -> None:
    step = SwitchingStep(kind="verify", text="all are well", note="by radio")
    assert (order_words.told_step(step), order_words.note(step)) == ("Verify: all are well", "by radio")
    step = SwitchingStep(kind="note", note="No position reported in time", note_told=phrase("no_position"))
    with pseudo.language():
        assert (order_words.told_step(step), order_words.note(step)) == ("⟦Note⟧", "⟦No position reported in time⟧")
