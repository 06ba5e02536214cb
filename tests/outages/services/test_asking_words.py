"""Whom a rule asks, and what became of the question, is told in the reader's language."""

import pytest

from metering.services.pings import Requested
from outages.domain import sampling
from outages.services import asking
from tests import pseudo


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("all", "all"),
        ("none", "nobody"),
        ("transformer", "one at each transformer"),
        (0.25, "25 % at each transformer"),
    ],
)
def test_whom_a_rule_asks(rule: sampling.Rule, words: str) -> None:
    assert asking.whom(rule) == words
    with pseudo.language():
        assert asking.whom(rule) == f"⟦{words}⟧"


def test_what_became_of_a_question() -> None:
    assert Requested(None, 1).words == "1 meter is asked"
    with pseudo.language():
        assert (
            Requested(None, 2, {"without a meter": 3}).words == "⟦⟦2 meters are asked⟧; not asked: 3 without a meter⟧"
        )
        assert all(str(one).startswith("⟦") for one in asking.SAMPLES.values())
