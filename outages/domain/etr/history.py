"""How long a leg of work takes: log-normal times by group, small groups leaning on the larger ones they are part of.

Repair times of distribution outages are skewed to the right and their logarithms near normal, as the daily minutes of IEEE 1366 are
taken to be. A group is a set of keys such as (area, cause, storm, hours); its mean of logarithms is drawn towards that of the same
set without its latest key:

    mean(group) = (n * own mean + LEAN * mean(parent)) / (n + LEAN)

so that three repairs in one area at night do not decide, and three thousand do (empirical Bayes with a fixed prior weight).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

LEAN = 12.0  # records a parent is worth
_SHORTEST = 0.5  # minutes: what took no time at all was not timed
_NORMAL = NormalDist()

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """A log-normal time in minutes: mean and deviation of its natural logarithm, and how many records are behind it.

    Examples:
        >>> round(Spread(math.log(60.0), 0.5, 40.0).quantile(0.5), 1)
        60.0
        >>> round(Spread(math.log(60.0), 0.5, 40.0).quantile(0.8), 1)
        91.4
        >>> round(Spread(math.log(60.0), 0.5, 40.0).left(0.5, after=90.0), 1)  # half of what has lasted 90 min ends within
        22.5
    """

    mean: float
    deviation: float
    records: float

    def quantile(self, share: float) -> float:
        """Minutes within which this share is done."""
        return math.exp(self.mean + self.deviation * _NORMAL.inv_cdf(share))

    def done(self, after: float) -> float:
        """The share done within these minutes."""
        return _NORMAL.cdf((math.log(max(after, 1e-9)) - self.mean) / self.deviation)

    def left(self, share: float, after: float) -> float:
        """Minutes still to come until this share of those that have already lasted `after` minutes is done."""
        before = self.done(after)
        if before > 0.999:  # far beyond all experience: the chance per minute falls with age, so expect as long again
            return after * share
        return max(0.0, self.quantile(before + share * (1.0 - before)) - after)


@dataclass(frozen=True, slots=True)
class History:
    """The spreads of one leg by group; the group without keys is everything."""

    groups: dict[Key, Spread] = field(default_factory=dict)

    def of(self, *keys: object) -> Spread:
        """The spread of a group, or of the largest part of its keys that was ever seen."""
        for length in range(len(keys), -1, -1):
            found = self.groups.get(keys[:length])
            if found:
                return found
        raise LookupError("nothing was learned")

    @property
    def is_empty(self) -> bool:
        """Whether nothing was learned."""
        return not self.groups


def learn(minutes: Float, keys: Sequence[Sequence[object]], prior: Spread | None = None) -> History:
    """What a leg takes by its groups.

    Args:
        minutes: (records) how long it took; what is not a number or negative is left out.
        keys: per key, the most telling first, its value of every record: groups are the first, the first two, ... of them.
        prior: what everything leans on; without it everything stands for itself.

    Returns:
        One spread for every group that occurs; empty when there is no record and no prior.

    Examples:
        >>> found = learn(np.array([30.0, 60.0, 120.0]), [["north", "north", "south"]])
        >>> round(found.of("north").quantile(0.5), 1), found.of("east") is found.of()
        (57.1, True)
    """
    known = np.isfinite(minutes) & (minutes >= 0.0)
    logs = np.log(np.maximum(minutes[known], _SHORTEST))
    columns = [np.asarray(column, dtype=object)[known] for column in keys]
    if not logs.size:
        return History({(): prior} if prior else {})
    groups: dict[Key, Spread] = {(): _leaning(logs, prior) if prior else _own(logs)}
    place = np.zeros(logs.size, np.int64)
    named: list[Key] = [()]
    for column in columns:
        place, named = _split(place, named, column)
        order = np.argsort(place, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(place[order])) + 1):
            key = named[int(place[rows[0]])]
            groups[key] = _leaning(logs[rows], groups[key[:-1]])
    return History(groups)


def _split(
    place: NDArray[np.int64], named: list[Key], column: NDArray[np.object_]
) -> tuple[NDArray[np.int64], list[Key]]:
    """Part every group by the values of one more key."""
    values: dict[object, int] = {}
    codes = np.fromiter((values.setdefault(value, len(values)) for value in column), np.int64, column.size)
    pairs, parts = np.unique(place * len(values) + codes, return_inverse=True)
    names = list(values)
    return parts, [(*named[int(pair) // len(values)], names[int(pair) % len(values)]) for pair in pairs]


def _own(logs: Float) -> Spread:
    deviation = float(np.std(logs, ddof=1)) if logs.size > 1 else 1.0
    return Spread(float(logs.mean()), max(deviation, 0.1), float(logs.size))


def _leaning(logs: Float, parent: Spread) -> Spread:
    """Own mean and variance, each drawn towards the parent's as if it were LEAN records."""
    n = float(logs.size)
    mean = (float(logs.sum()) + LEAN * parent.mean) / (n + LEAN)
    squares = float(((logs - mean) ** 2).sum()) + LEAN * (parent.deviation**2 + (parent.mean - mean) ** 2)
    return Spread(mean, max(math.sqrt(squares / (n + LEAN)), 0.1), n)
