"""Every condition a prediction weighs has words, in the reader's language, with one and with many."""

import pytest

from network.domain import phases as ph
from outages.domain.prediction.explanation import CONDITIONS, Candidate, Check, Explanation
from outages.domain.verdicts import Margin
from outages.selectors import prediction_words
from tests import pseudo

NAMES = {7: "F1", 8: "CB1", 9: "T1"}


def check(key: str, value: float = 2.0, **changes: object) -> Check:
    given = {"threshold": 3.0, "passed": False, "of": None, "devices": (9,), "rate": 0.25} | changes
    return Check(key, value, **given)  # type: ignore[arg-type]


def everything(phases: int = ph.ABC, **changes: object) -> Explanation:
    """Of a device that failed and met everything, below one that failed it too."""
    checks = tuple(check(key) for key in CONDITIONS)
    above = Candidate(8, "above", 2.0, 3, 2 / 3, 40, 2, checks)
    below = Candidate(9, "below", 1.0, 1, 1.0, 5, 1, ())
    given = {"customers": 40, "transformers": 3, "evidence": (11, 12)} | changes
    return Explanation(
        "device",
        7,
        phases,
        checks=checks,
        stopped_by=above,
        alternatives=(above, below),
        **given,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("key", CONDITIONS)
@pytest.mark.parametrize("value", [0.0, 1.0, 2.5, 12_345.0])
def test_every_condition_has_words_with_any_number(key: str, value: float) -> None:
    for of in (None, 1.0, 7.5):
        told = prediction_words.condition(check(key, value, of=of), NAMES.__getitem__)
        assert told.endswith(".") and "%(" not in told and told[:1].islower() | told[:1].isdigit()


@pytest.mark.parametrize("kind", ["device", "transformer", "single"])
@pytest.mark.parametrize("confidence", ["predicted", "confirmed"])
@pytest.mark.parametrize("phases", [ph.ABC, 1])
def test_every_word_goes_through_gettext_but_names(kind: str, confidence: str, phases: int) -> None:
    why = everything(phases)
    why = Explanation.from_json(why.to_json() | {"kind": kind, "confidence": confidence})
    with pseudo.language():
        texts = [sentence.text for sentence in prediction_words.explain(why, lambda device: f"{device}")]
        assert pseudo.unmarked("".join(f"<p>{text}</p>" for text in texts)) == []
    assert len(texts) == 1 + len(CONDITIONS) + 2 + (len(CONDITIONS) if confidence == "predicted" else 0)


def test_one_and_many_are_told_apart() -> None:
    assert prediction_words.condition(check("calls", 0.7, of=1.0)).startswith("1 call speaks for it: +0.7")
    assert prediction_words.condition(check("calls", 0.7, of=2.5)).startswith("2.5 calls speak for it")
    assert (
        prediction_words.condition(check("reports", 1.0))
        == "1 report at this transformer; 3 predict the whole transformer."
    )
    many = check("live", devices=tuple(range(7)))
    assert "on at 0, 1, 2, 3, 4 and 2 more, so it cannot be out" in prediction_words.condition(many)


@pytest.mark.parametrize(
    "condition", ["transformers", "fraction", "branches", "customer_share", "reports", "likelihood"]
)
def test_every_margin_has_words(condition: str) -> None:
    with pseudo.language():
        assert pseudo.unmarked(f"<p>{prediction_words.margin(Margin(condition, 0.5, 0.25))}</p>") == []
