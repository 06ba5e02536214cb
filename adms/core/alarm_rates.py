"""Arithmetic of alarm rates: floods, peaks, who is loudest. Times are seconds, ascending (s since any beginning).

Numbers and their meaning after ISA-18.2 and EEMUA 191 as quoted in public: at most about 1 alarm per 10 minutes and operator,
a flood from more than 10 until fewer than 5 in 10 minutes, less than 1 % of the time in a flood.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

WINDOW_S = 600.0
Times = NDArray[np.float64]
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of one operator position over a period. Counts per clock-aligned ten minutes where not said otherwise."""

    alarms: int
    per_10_min: float
    per_hour: float
    per_day: float
    peak: int
    periods_above: float  # share of the ten-minute periods with more alarms than begin a flood
    flooded: float  # share of the time


def in_last(times: Times, now: float, window_s: float = WINDOW_S) -> int:
    """How many came in the window that ends now (a time on its far edge is out).

    >>> in_last(np.array([0.0, 100.0, 600.0]), 600.0)
    2
    """
    return int(np.searchsorted(times, now, "right") - np.searchsorted(times, now - window_s, "right"))


def floods(times: Times, now: float, *, begins: int = 10, ends: int = 5) -> list[tuple[float, float | None]]:
    """Floods up to now, as (begin, end); the end of one that goes on is None.

    One begins with the alarm that makes more than `begins` within ten minutes; it is over at the moment fewer than `ends` are left
    within ten minutes.

    >>> floods(np.arange(12) * 10.0, 1000.0)
    [(100.0, 670.0)]
    >>> floods(np.arange(12) * 10.0, 300.0)
    [(100.0, None)]
    """
    times = times[times <= now]
    moments = np.concatenate([times, times + WINDOW_S])
    steps = np.repeat([1, -1], times.size)
    order = np.lexsort((steps, moments))  # at the same moment what leaves the window leaves first
    counts = np.cumsum(steps[order])
    found: list[tuple[float, float | None]] = []
    begun: float | None = None
    for moment, count in zip(moments[order].tolist(), counts.tolist(), strict=True):
        if moment > now:
            break
        if begun is None and count > begins:
            begun = moment
        elif begun is not None and count < ends:
            found.append((begun, moment))
            begun = None
    if begun is not None:
        found.append((begun, None))
    return found


def rates(times: Times, begin: float, end: float, *, begins: int = 10, ends: int = 5) -> Rates:
    """Rates over a period.

    Raises:
        ValueError: if the period is empty.

    >>> rates(np.array([30.0, 40.0, 700.0]), 0.0, 3600.0)
    Rates(alarms=3, per_10_min=0.5, per_hour=3.0, per_day=72.0, peak=2, periods_above=0.0, flooded=0.0)
    """
    if end <= begin:
        raise ValueError("a period must have a length")
    times = times[(times >= begin) & (times < end)]
    length = end - begin
    periods = max(1, int(np.ceil(length / WINDOW_S)))
    counts = np.bincount(((times - begin) // WINDOW_S).astype(np.int64), minlength=periods)
    flooded = sum(min(stop or end, end) - start for start, stop in floods(times, end, begins=begins, ends=ends))
    per_second = times.size / length
    return Rates(
        alarms=int(times.size),
        per_10_min=per_second * WINDOW_S,
        per_hour=per_second * 3600,
        per_day=per_second * 86_400,
        peak=int(counts.max()),
        periods_above=float(np.mean(counts > begins)),
        flooded=flooded / length,
    )


def loudest(keys: Sequence[K], most: int = 10) -> list[tuple[K, int, float]]:
    """(key, count, share of all) of those that came most often; of equals the first one met.

    >>> loudest(["a", "b", "a"], 1)
    [('a', 2, 0.6666666666666666)]
    """
    return [(key, count, count / len(keys)) for key, count in Counter(keys).most_common(most)]


def chatter(times: Times, *, least: int = 3, window_s: float = 60.0) -> int:
    """The largest number of times one alarm came within a window, where that is chattering; else 0.

    >>> chatter(np.array([0.0, 20.0, 59.0, 300.0])), chatter(np.array([0.0, 20.0, 60.0]))
    (3, 0)
    """
    if not times.size:
        return 0
    most = int((np.searchsorted(times, times + window_s, "left") - np.arange(times.size)).max())
    return most if most >= least else 0
