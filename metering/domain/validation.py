"""Validation and estimation of one day of interval readings: arrays in, codes and numbers out.

Codes are ReadingQualityTypes of the system MDM (3.category.index). A value that was told is never replaced: what looks wrong is
marked, only what is missing is estimated.

1. Missing: an interval without a value (3.5.259).
2. Below nothing, where the quantity has one direction (3.5.256).
3. Far above: more than a factor times the highest value of the days before (3.6.5).
4. Use while disconnected (3.6.2).
5. Nothing all day, where the days before had some (3.6.1): of the day, not of a value.
6. The intervals do not sum up to what the register moved (3.6.9): of the day.

Estimated (3.8.0): a gap no longer than a setting by a line between its neighbours, a longer one by the mean of the same time of
like days before.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MISSING, NEGATIVE, NO_USE, DISCONNECTED, ABOVE, SUM = "3.5.259", "3.5.256", "3.6.1", "3.6.2", "3.6.5", "3.6.9"
ESTIMATED, VALIDATED = "3.8.0", "3.0.1"

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rules:
    """How strict. `above`: times the highest value before; `sum_share`: of the register's difference, with `sum_least` in its unit."""

    above: float = 5.0
    sum_share: float = 0.01
    sum_least: float = 0.1
    longest_line: int = 8  # intervals of a gap that a line may bridge


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one meter: `values` (n,), NaN where nothing was told. `highest` and `total` of the days before; None where unknown."""

    values: Floats
    highest: float | None = None
    total: float | None = None
    is_signed: bool = False
    is_connected: bool = True
    register_difference: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`marks` (n,): the code of each interval, empty where nothing is wrong; `day`: codes of the day as a whole."""

    marks: list[str]
    day: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def suspects(self) -> int:
        """Values that were told and look wrong."""
        return sum(1 for one in self.marks if one and one != MISSING)


def validate(day: Day, rules: Rules) -> Verdict:
    """Judge a day.

    >>> told = np.array([0.2, np.nan, -1.0, 9.0])
    >>> validate(Day(told, highest=1.0, total=20.0), Rules()).marks
    ['', '3.5.259', '3.5.256', '3.6.5']
    >>> validate(Day(np.zeros(4), highest=1.0, total=20.0), Rules()).day
    ('3.6.1',)
    """
    values = day.values
    is_told = np.isfinite(values)
    marks = np.full(values.size, "", dtype=object)
    if not day.is_connected:
        marks[is_told & (values > 0)] = DISCONNECTED
    if day.highest is not None and day.highest > 0:
        marks[is_told & (np.abs(np.nan_to_num(values)) > rules.above * day.highest)] = ABOVE
    if not day.is_signed:
        marks[is_told & (values < 0)] = NEGATIVE
    marks[~is_told] = MISSING
    whole = _of_the_day(day, is_told, rules)
    return Verdict(marks.tolist(), whole, dict(Counter([*(one for one in marks.tolist() if one), *whole])))


def _of_the_day(day: Day, is_told: Bools, rules: Rules) -> tuple[str, ...]:
    found = []
    if is_told.any() and not np.nan_to_num(day.values).any() and day.total and day.is_connected:
        found.append(NO_USE)
    moved = day.register_difference
    if moved is not None and is_told.all():
        allowed = max(rules.sum_least, rules.sum_share * abs(moved))
        if not math.isclose(float(day.values.sum()), moved, abs_tol=allowed, rel_tol=0.0):
            found.append(SUM)
    return tuple(found)


def estimate(values: Floats, like: Floats, *, longest_line: int) -> Floats:
    """What the missing of a day probably were: (n,), NaN where a value was told or nothing can be said.

    `like` (m, n) are the same intervals of like days before, NaN where missing.

    >>> estimate(np.array([1.0, np.nan, 3.0, np.nan, np.nan, np.nan]), np.full((1, 6), 7.0), longest_line=1)
    array([nan,  2., nan,  7.,  7.,  7.])
    """
    estimated = np.full(values.size, np.nan)
    missing = ~np.isfinite(values)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8)))
    for first, after in edges.reshape(-1, 2):
        length = after - first
        if length <= longest_line and first > 0 and after < values.size:
            line = np.linspace(values[first - 1], values[after], length + 2)
            estimated[first:after] = line[1:-1]
        else:
            estimated[first:after] = _means(like[:, first:after])
    return estimated


def _means(like: Floats) -> Floats:
    """The mean of each column over what is there, NaN where nothing is."""
    there = np.isfinite(like)
    count = there.sum(axis=0)
    total = np.where(there, like, 0.0).sum(axis=0)
    means: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return means
