"""What a switched state makes worse than it was, what would just fit, and what is remembered of a state."""

from __future__ import annotations

import json

import pytest

from network.domain.physics.results import BranchFlow, BusVoltage, Violation
from network.domain.restoration import worsening
from network.domain.restoration.worsening import Before

#: The head of a line at 60 %, a service transformer over its rating, a bus near the limit and one below it.
BEFORE = worsening.before_of(
    [BusVoltage("B", "A", 0.905, 0.0, "b"), BusVoltage("C", "A", 0.88, 0.0, "c")],
    [
        BranchFlow("L", "A", 300.0, 60.0, "l", 2_000.0, 700.0),
        BranchFlow("T", "A", 6.0, 107.0, "t", 38.0, 12.0),
        BranchFlow("U", "A", 6.0, 107.0, "u"),
    ],
)


def overload(mrid: str, percent: float) -> Violation:
    return Violation("overload", mrid.upper(), "A", percent, 100.0, mrid)


def low(mrid: str, pu: float) -> Violation:
    return Violation("voltage_low", mrid.upper(), "A", pu, 0.9, mrid)


@pytest.mark.parametrize(
    ("found", "kva", "expected"),
    [
        (overload("t", 110.0), abs(complex(38.5, 12.2)), False),  # it carries what it carried; the voltage fell
        (overload("t", 130.0), abs(complex(47.0, 15.0)), True),
        (overload("l", 104.0), 3_700.0, True),
        (overload("u", 107.5), float("nan"), False),  # the engine told no power, and the loading has hardly moved
        (overload("u", 112.0), float("nan"), True),
        (overload("new", 101.0), 10.0, True),
        (low("b", 0.8996), 0.0, True),
        (low("c", 0.8795), 0.0, False),
        (low("c", 0.86), 0.0, True),
        (low("c", 0.89), 0.0, False),  # better than it was
        (low("new", 0.899), 0.0, True),
    ],
)
def test_only_what_gets_worse_counts(found: Violation, kva: float, expected: bool) -> None:
    assert worsening.is_worse(found, BEFORE, kva) is expected


def test_what_fits_is_told_by_what_was_there_before() -> None:
    dead = frozenset({"d"})
    assert worsening.fitting_share([], BEFORE, 0.75, dead) == 1.0
    assert worsening.fitting_share([overload("l", 120.0)], BEFORE, 0.75, dead) == pytest.approx(40.0 / 60.0)
    assert worsening.fitting_share([low("b", 0.895)], BEFORE, 0.75, dead) == pytest.approx(0.5)
    assert worsening.fitting_share([low("d", 0.8)], BEFORE, 0.75, dead) == 0.75
    assert worsening.fitting_share([overload("t", 120.0)], BEFORE, 0.75, dead) == 0.0


def test_what_is_far_from_its_limits_is_not_kept_and_the_rest_comes_back_as_it_was() -> None:
    kept = BEFORE.near_limits((0.9, 1.1))
    assert set(kept.volts) == {("b", "A"), ("c", "A")}
    assert {mrid for mrid, _ in kept.loads} == {"t", "u"}
    again = Before.of_rows(json.loads(json.dumps(kept.rows(), allow_nan=False)))
    assert again.volts == kept.volts
    assert again.loads["t", "A"] == pytest.approx(kept.loads["t", "A"], abs=1e-3)
    assert again.loads["u", "A"] == pytest.approx((107.0, float("nan")), nan_ok=True)
