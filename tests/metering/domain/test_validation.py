"""Rules by which a day of interval readings is judged, and what is estimated for what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.domain import reading_types, validation
from metering.domain.validation import Day, Rules

NAN = float("nan")
SOUND = np.array([0.2, 0.3, 0.25, 0.4])


def marks(*values: float, **more: object) -> list[str]:
    return validation.validate(Day(np.array(values), **more), Rules()).marks  # type: ignore[arg-type]


def test_a_sound_day_bears_no_mark() -> None:
    verdict = validation.validate(Day(SOUND, highest=0.5, total=1.2, register_difference=1.15), Rules())
    assert (verdict.marks, verdict.day, verdict.suspects) == ([""] * 4, (), 0)


@pytest.mark.parametrize(
    ("values", "more", "expected"),
    [
        ((NAN, 0.2), {}, ["3.5.259", ""]),
        ((-0.1, 0.2), {}, ["3.5.256", ""]),
        ((-0.1, 0.2), {"is_signed": True}, ["", ""]),
        ((2.6, 0.2), {"highest": 0.5}, ["3.6.5", ""]),
        ((2.5, 0.2), {"highest": 0.5}, ["", ""]),
        ((900.0, 0.2), {}, ["", ""]),
        ((0.1, 0.0), {"is_connected": False}, ["3.6.2", ""]),
    ],
)
def test_each_rule_marks_the_interval_it_is_about(
    values: tuple[float, ...], more: dict[str, object], expected: list[str]
) -> None:
    assert marks(*values, **more) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (Day(np.zeros(4), total=3.0), ("3.6.1",)),
        (Day(np.zeros(4), total=0.0), ()),
        (Day(np.zeros(4), total=3.0, is_connected=False), ()),
        (Day(SOUND, register_difference=1.5), ("3.6.9",)),
        (Day(SOUND, register_difference=1.2), ()),
        (Day(np.array([0.2, NAN, 0.25, 0.4]), register_difference=9.0), ()),
    ],
)
def test_the_day_as_a_whole_is_judged_too(day: Day, expected: tuple[str, ...]) -> None:
    assert validation.validate(day, Rules()).day == expected


def test_a_short_gap_is_bridged_by_a_line_and_a_long_one_by_like_days() -> None:
    values = np.array([1.0, NAN, NAN, 4.0, NAN, NAN, NAN, 2.0])
    like = np.array([[5.0] * 8, [7.0] * 8])
    estimated = validation.estimate(values, like, longest_line=2)
    assert estimated[[1, 2]].tolist() == [2.0, 3.0]
    assert estimated[[4, 5, 6]].tolist() == [6.0, 6.0, 6.0]
    assert np.isnan(estimated[[0, 3, 7]]).all()


def test_a_gap_at_an_edge_has_no_line_and_without_like_days_nothing_is_said() -> None:
    estimated = validation.estimate(np.array([NAN, 1.0, NAN]), np.empty((0, 3)), longest_line=4)
    assert np.isnan(estimated).all()


@given(st.lists(st.one_of(st.just(NAN), st.floats(0, 10)), min_size=1, max_size=30), st.integers(0, 5))
def test_only_what_is_missing_is_estimated_and_never_outside_what_it_follows_from(
    told: list[float], longest: int
) -> None:
    values, like = np.array(told), np.full((2, len(told)), 4.0)
    estimated = validation.estimate(values, like, longest_line=longest)
    assert np.isnan(estimated[np.isfinite(values)]).all()
    assert np.isfinite(estimated[np.isnan(values)]).all()
    inside = np.nan_to_num(estimated, nan=4.0)
    assert inside.min() >= min([4.0, *values[np.isfinite(values)]]) - 1e-9
    assert inside.max() <= max([4.0, *values[np.isfinite(values)]]) + 1e-9


def test_the_register_of_an_interval_kind_is_the_same_quantity_counted_on() -> None:
    energy = reading_types.of("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0")
    assert energy.register.code == "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
    assert not energy.register.is_interval
