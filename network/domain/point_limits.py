"""Limits of a telemetry point: which of them a value is beyond, and which it has come back from.

        high_high ------------------------------
                        beyond both highs
        high      ------------------------------
                  . . . . . . . . . . . . . . .   high - dead band: back to normal below this
                        normal
        low       ------------------------------
        low_low   ------------------------------

Beside them may stand how fast a value may change, up or down: between two values that are LEAST_SPAN apart or more, so that the jitter
of a meter that speaks often is not taken for speed.

Between a limit and its dead band nothing changes: what stands goes on standing, what does not stand does not begin. So no memory of
what stood before is needed, and a value that trembles at its limit rings once.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass

#: Names of the limits, from the top down.
LEVELS = ("high_high", "high", "low", "low_low")
#: Name of the limit of the rate of change.
RATE = "rate"
#: Values closer together say nothing of a rate.
LEAST_SPAN = dt.timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in the unit of the point; None: there is none.

    Attributes:
        dead_band: how far a value must come back.
        rate: the most a value may change within a minute, up or down.
    """

    high_high: float | None = None
    high: float | None = None
    low: float | None = None
    low_low: float | None = None
    dead_band: float = 0.0
    rate: float | None = None

    @property
    def values(self) -> dict[str, float]:
        """The limits that are set, by name, from the top down."""
        return {level: value for level in LEVELS if (value := getattr(self, level)) is not None}

    @property
    def names(self) -> frozenset[str]:
        """What is set: of LEVELS, and RATE."""
        return frozenset(self.values) | (frozenset() if self.rate is None else {RATE})


@dataclass(frozen=True, slots=True)
class Judged:
    """Of one value: the limits it is beyond, and those it is clearly within (or that are not set)."""

    beyond: tuple[str, ...]
    within: tuple[str, ...]


def judge(value: float, limits: Limits) -> Judged:
    """Where a value stands; a limit is reached when the value is at it.

    >>> judge(480.0, Limits(high_high=600.0, high=480.0, dead_band=10.0))
    Judged(beyond=('high',), within=('high_high', 'low', 'low_low'))
    >>> judge(471.0, Limits(high=480.0, dead_band=10.0)).within
    ('high_high', 'low', 'low_low')
    >>> judge(9.4, Limits(low=9.5, low_low=9.0, dead_band=0.1)).beyond
    ('low',)
    """
    told = limits.values
    beyond = [level for level, limit in told.items() if _past(level, value, limit) >= 0]
    within = [
        level for level in LEVELS if level not in told or _past(level, value, told[level]) < -max(limits.dead_band, 0.0)
    ]
    return Judged(tuple(beyond), tuple(within))


def _past(level: str, value: float, limit: float) -> float:
    """How far a value is past a limit; negative within it."""
    return value - limit if level.startswith("high") else limit - value


def per_minute(value: float, at: dt.datetime, before: float, before_at: dt.datetime) -> float | None:
    """How much a value changed within a minute, negative where it fell; None where the two lie too close together.

    >>> noon = dt.datetime(2026, 5, 1, 12)
    >>> per_minute(160.0, noon + dt.timedelta(seconds=30), 100.0, noon)
    120.0
    >>> per_minute(160.0, noon + dt.timedelta(seconds=3), 100.0, noon) is None
    True
    """
    span = at - before_at
    return None if span < LEAST_SPAN else (value - before) / (span / dt.timedelta(minutes=1))


def contradiction(limits: Limits) -> str:
    """Why these limits cannot be meant; "" where they can.

    >>> contradiction(Limits(high=10.0, low=12.0))
    'high must be above low'
    >>> contradiction(Limits(high=10.0, low=9.0, dead_band=2.0))
    'the dead band is wider than what lies between high and low'
    >>> contradiction(Limits(high=10.0, low=8.0, dead_band=0.5))
    ''
    """
    if limits.dead_band < 0:
        return "the dead band must not be negative"
    if limits.rate is not None and limits.rate <= 0:
        return "a value may change by more than nothing within a minute"
    told = list(limits.values.items())
    for (upper, above), (lower, below) in itertools.pairwise(told):
        if above <= below:
            return f"{upper} must be above {lower}".replace("_", " ")
        if upper == "high" and limits.dead_band >= above - below:
            return f"the dead band is wider than what lies between {upper} and {lower}".replace("_", " ")
    return ""
