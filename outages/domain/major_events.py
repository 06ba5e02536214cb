"""Major event days by the 2.5 beta method of IEEE 1366.

The natural logarithms of the daily SAIDI of past days are taken to be normally distributed; a day beyond their mean plus
2.5 standard deviations is a major event day. Days without interruption have no logarithm and are left out.

>>> found = threshold(np.array([1000.0, 2000.0, 4000.0, 0.0]), customers_served=1000)
>>> round(found.alpha, 6), round(found.beta, 6), round(found.t_med_min, 4), found.days
(0.693147, 0.693147, 11.3137, 3)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Standard deviations beyond the mean: of a major event day (IEEE 1366), and of a catastrophic one. The standard defines no
#: catastrophic day; 4.15 is a heuristic of its working group and no more than a default.
MAJOR, CATASTROPHIC = 2.5, 4.15


@dataclass(frozen=True, slots=True)
class Threshold:
    """How bad a day must be.

    Attributes:
        t_med_min: minutes of SAIDI beyond which a day is a major event day.
        alpha, beta: mean and standard deviation of the logarithms.
        days: how many days they rest on.
    """

    t_med_min: float
    alpha: float
    beta: float
    days: int

    def beyond(self, multiplier: float) -> float:
        """Minutes of SAIDI so many standard deviations beyond the mean."""
        return float(np.exp(self.alpha + multiplier * self.beta))


def threshold(
    customer_minutes: NDArray[np.float64], customers_served: float, *, multiplier: float = MAJOR, is_sample: bool = True
) -> Threshold | None:
    """The threshold from the customer minutes of past days; None when fewer than two of them had an interruption.

    `is_sample` divides by n - 1, else the deviation of the population is taken.
    """
    saidi = customer_minutes[customer_minutes > 0] / customers_served
    if saidi.size < 2:
        return None
    logarithms = np.log(saidi)
    alpha, beta = float(logarithms.mean()), float(logarithms.std(ddof=int(is_sample)))
    return Threshold(float(np.exp(alpha + multiplier * beta)), alpha, beta, int(saidi.size))


def history(day: NDArray[np.datetime64], first_reported: np.datetime64 | None, years: int) -> NDArray[np.bool_]:
    """Which of the recorded days the threshold rests on.

    The calendar years before the first reported day, as many as asked, if the record reaches back so far; else the latest so
    many years of the record, whatever they are: the caller gave them as the history.

    >>> days = np.array(["2018-12-31", "2019-01-01", "2023-12-31", "2024-01-01"], "datetime64[D]")
    >>> history(days, np.datetime64("2024-03-01"), 5).tolist(), history(days, np.datetime64("2024-03-01"), 7).tolist()
    ([False, True, True, False], [True, True, True, True])
    """
    if day.size == 0:
        return np.zeros(0, np.bool_)
    year = day.astype("datetime64[Y]").astype(np.int64)
    if first_reported is not None:
        until = int(first_reported.astype("datetime64[Y]").astype(np.int64))
        if year.min() <= until - years and ((year >= until - years) & (year < until)).any():
            return np.asarray((year >= until - years) & (year < until), np.bool_)
    return np.asarray(year > year.max() - years, np.bool_)


def days_beyond(
    day: NDArray[np.datetime64], customer_minutes: NDArray[np.float64], customers_served: float, t_med_min: float
) -> NDArray[np.datetime64]:
    """The days whose SAIDI exceeds the threshold, in order; a day may have several elements."""
    days, row = np.unique(day, return_inverse=True)
    total = np.bincount(row, weights=customer_minutes, minlength=days.size)
    return np.asarray(days[total / customers_served > t_med_min])
