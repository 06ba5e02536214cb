"""Every phrase of a rehearsal and of what a safety document lacks has words, and every word is said somewhere."""

import re
from pathlib import Path

import pytest

from network.domain.phrases import phrase
from outages.domain.switching import conflicts, steps
from outages.selectors import rehearsal_words
from outages.selectors.rehearsal_words import said
from outages.services.switching import step_flows
from tests import pseudo

ROOT = Path(__file__).parents[2] / "outages"
MADE_BY = [
    *(ROOT / "domain" / "switching" / f"{name}.py" for name in ("conflicts", "rehearsal", "normalising")),
    *(ROOT / "services" / "switching" / f"{name}.py" for name in ("step_flows", "rehearsing")),
]
#: Codes that are put together of a part and what it is about.
PARTS = re.compile(r"(kind|do)_\w+")


def test_every_phrase_has_words_and_all_words_are_said() -> None:
    sources = "".join(path.read_text() for path in MADE_BY)
    lacking = (ROOT / "services" / "switching" / "safety.py").read_text().partition("def _missing")[2]
    literal = set(re.findall(r'phrase\(\s*"([a-z_]+)"', sources + lacking.partition("\ndef find")[0]))
    assert len(literal) > 40
    assert not literal - rehearsal_words.codes()
    assert not {code for code in rehearsal_words.codes() - literal if not PARTS.fullmatch(code)}
    assert {f"do_{kind}" for kind in steps.KINDS} <= rehearsal_words.codes()
    assert set(rehearsal_words.SEVERITIES) == set(conflicts.SEVERITIES)


@pytest.mark.parametrize("code", sorted(rehearsal_words.codes()))
def test_words_are_whole_with_any_numbers_and_in_any_language(code: str) -> None:
    names = rehearsal_words.parameters(code)
    for count in (0, 1, 12_345):
        told = said({"code": code} | dict.fromkeys(names, count))
        assert told and "%(" not in told
    with pseudo.language():
        assert pseudo.unmarked(f"<p>{said({'code': code} | dict.fromkeys(names, 7))}</p>") == []


def test_a_rehearsal_is_told_from_its_phrases_and_one_of_old_by_the_words_it_has() -> None:
    new = step_flows.Flow(is_computed=False, reason=phrase("nothing_supplied")).told()
    old = {name: value for name, value in new.items() if name != "reason_told"} | {"reason": "was so"}
    problem = phrase("tagged", device="F1")
    found = {"severity": "error", "code": "impossible", "step": "a"}
    kept = {
        "before": old,
        "steps": [{"problem": said(problem), "problem_told": problem, "flow": new}, {"problem": "no way", "flow": old}],
        "findings": [found | {"told": problem, "text": said(problem)}, found | {"text": "no way"}],
    }
    with pseudo.language():
        told = rehearsal_words.rehearsal(kept)
    tagged = "⟦F1 carries a tag that blocks operating it⟧"
    assert [one["text"] for one in told["findings"]] == [tagged, "no way"]
    assert [one["problem"] for one in told["steps"]] == [tagged, "no way"]
    reasons = [one["flow"]["reason"] for one in told["steps"]]
    assert reasons == ["⟦nothing of what it is about has supply⟧", "was so"]
    assert rehearsal_words.rehearsal({}) == {}


def test_a_flow_is_heard_as_it_was_told_also_by_one_that_kept_words_only() -> None:
    late = step_flows.Flow(is_computed=False, reason=step_flows.OUT_OF_TIME)
    assert step_flows.heard(late.told()) == late
    old = {name: value for name, value in late.told().items() if name != "reason_told"}
    assert step_flows.heard(old).is_out_of_time
