"""A reliability report: indices of a period, with and without major event days, planned apart, in groups.

Everything it says can be traced to the steps it was given; a corrected step gives a corrected report.

>>> days = ["2024-03-01", "2024-05-01"]
>>> steps = Steps.of(event=[1, 2], duration_min=[60, 30], customers=[500, 1000], day=days, is_planned=[0, 1])
>>> found = report(steps, Base(customers_served=1000))
>>> found["saifi"], found["planned"]["saifi"], found["asai"] == 1 - 30 / (366 * 24 * 60), found["t_med_min"]
(0.5, 1.0, True, None)
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from outages.domain import interruptions, major_events
from outages.domain.indices import Base, compute
from outages.domain.interruptions import Steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from outages.domain.major_events import Threshold


@dataclass(frozen=True, slots=True, eq=False)
class Daily:
    """The record of customer minutes by day from which the major event threshold is taken.

    Attributes:
        day, customer_minutes: one element a day.
        years: how many years of it count.
        multiplier: of the standard deviation.
        is_sample: the deviation divides by n - 1.
        catastrophic: the multiplier beyond which a day is marked catastrophic.
    """

    day: NDArray[np.datetime64]
    customer_minutes: NDArray[np.float64]
    years: int = 5
    multiplier: float = major_events.MAJOR
    is_sample: bool = True
    catastrophic: float = major_events.CATASTROPHIC


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from the first to the last, both in it; hours where it is no whole number of days."""

    first: np.datetime64
    last: np.datetime64
    hours: float | None = None

    @property
    def length_h(self) -> float:
        """Hours of the period."""
        days = (self.last - self.first).astype("timedelta64[D]").astype(np.int64) + 1
        return float(days * 24) if self.hours is None else self.hours

    def holds(self, day: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        """Which days lie in it."""
        return np.asarray((day >= self.first) & (day <= self.last), np.bool_)


def whole_years(day: NDArray[np.datetime64]) -> Period | None:
    """The calendar years these days touch, None without days.

    >>> whole_years(np.array(["2023-11-30", "2024-02-01"], "datetime64[D]")).length_h
    17544.0
    """
    known = day[~np.isnat(day)]
    if known.size == 0:
        return None
    first = known.min().astype("datetime64[Y]")
    last = (known.max().astype("datetime64[Y]") + 1).astype("datetime64[D]") - 1
    return Period(first.astype("datetime64[D]"), last)


def report(
    steps: Steps,
    base: Base,
    *,
    daily: Daily | None = None,
    period: Period | None = None,
    excluded: Sequence[str] | NDArray[np.object_] | None = None,
    keys: Sequence[str] | NDArray[np.object_] | None = None,
    months: Sequence[str] | NDArray[np.object_] | None = None,
) -> dict[str, Any]:
    """The report as a document of plain values.

    1. Without a period it is the calendar years the steps touch, or those of the daily record.
    2. The figures are those of unplanned interruptions; "planned" holds the planned ones, "with_planned" both.
    3. The major event threshold comes from the daily record; the days of the period beyond it, by the record or by the steps,
       whichever says more, are left out of "without_med".
    4. Days beyond the threshold of catastrophic days are marked beside; they are major event days too.
    5. `keys` names the group of every step; where `months` are given, each group lies in one, and its ASAI is of that month.
    6. Steps outside the period are left out, and so are those with a reason in `excluded`; these are told by reason.
    """
    within = period or whole_years(steps.day) or (whole_years(daily.day) if daily else None)
    related = dataclasses.replace(base, period_h=within.length_h) if within else base
    inside = period.holds(steps.day) if period else np.ones(steps.size, np.bool_)
    reasons = np.full(steps.size, "", object) if excluded is None else np.array(excluded, object)
    taken = inside & (reasons == "")
    counted = steps.take(taken)
    limit = _threshold(daily, steps, base, period)
    med = _major_days(counted, base, daily, limit.t_med_min, within) if limit else None
    is_major = None if med is None else np.isin(counted.day, med)
    document = _figures(counted, related, is_major)
    document |= _days_told(counted, base, daily, limit, within, med)
    if keys is not None:
        labels = np.array(keys, object)[taken]
        document["groups"] = _groups(
            counted, related, is_major, labels, None if months is None else np.array(months)[taken]
        )
    document["planned"] = compute(counted.take(counted.is_planned), related).to_json()
    document["with_planned"] = compute(counted, related).to_json()
    document["excluded"] = _excluded(steps.take(inside), reasons[inside], base)
    document["events"] = int(np.unique(counted.event).size)
    document["period"] = within and {"from": str(within.first), "to": str(within.last), "hours": within.length_h}
    document["customers_served"] = base.customers_served
    return document


def _days_told(
    steps: Steps,
    base: Base,
    daily: Daily | None,
    limit: Threshold | None,
    period: Period | None,
    med: NDArray[np.datetime64] | None,
) -> dict[str, Any]:
    """Major event days and catastrophic ones, and what their thresholds rest on."""
    if daily is None or limit is None:
        return dict.fromkeys(("t_med_min", "med_days", "t_catastrophic_min", "catastrophic_days", "med"))
    worst = limit.beyond(daily.catastrophic)
    catastrophic = _major_days(steps, base, daily, worst, period)
    premises = {"multiplier": daily.multiplier, "std": "sample (n - 1)" if daily.is_sample else "population (n)"}
    return {
        "t_med_min": limit.t_med_min,
        "med_days": None if med is None else [str(day) for day in med.tolist()],
        "t_catastrophic_min": worst,
        "catastrophic_days": [str(day) for day in catastrophic.tolist()],
        "med": {**dataclasses.asdict(limit), **premises, "catastrophic_multiplier": daily.catastrophic},
    }


def _figures(steps: Steps, base: Base, is_major: NDArray[np.bool_] | None) -> dict[str, Any]:
    """Indices of the unplanned ones of these steps, and without those of major event days where these are known."""
    chosen = ~steps.is_planned
    found = compute(steps.take(chosen), base).to_json()
    if is_major is None:
        return {**found, "without_med": None}
    ordinary = chosen & ~is_major
    return {**found, "without_med": compute(steps.take(ordinary), base).to_json() if is_major.any() else dict(found)}


def _threshold(daily: Daily | None, steps: Steps, base: Base, period: Period | None) -> Threshold | None:
    if daily is None:
        return None
    known = steps.day[~np.isnat(steps.day)]
    first = period.first if period else (known.min() if known.size else None)
    past = major_events.history(daily.day, first, daily.years)
    return major_events.threshold(
        daily.customer_minutes[past], base.customers_served, multiplier=daily.multiplier, is_sample=daily.is_sample
    )


def _major_days(
    steps: Steps, base: Base, daily: Daily | None, t_min: float, period: Period | None
) -> NDArray[np.datetime64]:
    sustained = interruptions.is_sustained(steps.duration_min, base.momentary_min) & ~steps.is_planned
    sources = [(steps.day[sustained], steps.customer_minutes()[sustained])]
    if daily is not None:
        sources.append((daily.day, daily.customer_minutes))
    found = [major_events.days_beyond(day, minutes, base.customers_served, t_min) for day, minutes in sources]
    days = np.unique(np.concatenate(found))
    return days if period is None else days[period.holds(days)]


def _excluded(steps: Steps, reasons: NDArray[np.object_], base: Base) -> list[dict[str, Any]]:
    """What was left out, by reason."""
    result = []
    for reason in sorted(set(reasons) - {""}):
        own = steps.take(reasons == reason)
        found = compute(own, base)
        events = int(np.unique(own.event).size)
        result.append({"reason": reason, "events": events, "ci": found.ci, "cmi": found.cmi})
    return result


def _groups(
    steps: Steps,
    base: Base,
    is_major: NDArray[np.bool_] | None,
    labels: NDArray[np.object_],
    months: NDArray[np.object_] | None,
) -> list[dict[str, Any]]:
    """Each group related to all customers served: its part of the whole, so that the groups add up to it."""
    known: dict[str, int] = {}
    row = np.array([known.setdefault(label, len(known)) for label in labels.tolist()], np.int64)
    places = np.split(np.argsort(row, kind="stable"), np.cumsum(np.bincount(row, minlength=len(known)))[:-1])
    result = []
    for key, number in sorted(known.items()):
        chosen = places[number]
        of_group = base if months is None else dataclasses.replace(base, period_h=month_hours(str(months[chosen[0]])))
        figures = _figures(steps.take(chosen), of_group, None if is_major is None else is_major[chosen])
        result.append({"key": key, **figures})
    return result


def month_hours(month: str) -> float:
    """Hours of a calendar month written as 2026-02, all its days of 24.

    >>> month_hours("2024-02")
    696.0
    """
    first = np.datetime64(month, "M")
    return float(((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64) * 24)
