"""Reliability over a year and a part of it, from one reading of the ledger: months, feeders, causes, major event days.

1. The rows of the whole span are read once; each belongs to the local day on which its outage began.
2. Major event days (2.5 beta) need a record of at least a year before the span; with less there are none.
3. Every figure is computed from rows in memory by `reliability.figures_of`, so that its rows are known.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from django.db.models import DurationField, ExpressionWrapper, F, Min, Sum
from django.utils import timezone

from metering.selectors import served
from outages.domain import major_events
from outages.domain.interruptions import MOMENTARY_MIN, minutes_between
from outages.models import Interruption, Outage
from outages.selectors import reliability
from outages.selectors.reliability import Figures

HISTORY_YEARS = 5
NEEDED = dt.timedelta(days=365)
_LOST = ExpressionWrapper((F("ended_at") - F("began_at")) * F("customers"), output_field=DurationField())


@dataclass(frozen=True, slots=True)
class Span:
    """The rows that count from `begin` to `end`, by the day their outage began; customers they are related to."""

    begin: dt.datetime
    end: dt.datetime
    customers: int
    rows: dict[dt.date, list[Interruption]]
    major: frozenset[dt.date] = field(default_factory=frozenset)

    def within(self, begin: dt.datetime, end: dt.datetime, *, with_major: bool, feeder: str = "") -> list[Interruption]:
        """Rows of the outages that began in a part of the span."""
        first, last = timezone.localdate(begin), timezone.localdate(end - dt.timedelta(microseconds=1))
        return [
            row
            for day, rows in self.rows.items()
            if first <= day <= last and (with_major or day not in self.major)
            for row in rows
            if (row.began_at < end or row.ended_at is not None) and (not feeder or row.feeder == feeder)
        ]

    def figures(self, begin: dt.datetime, end: dt.datetime, *, with_major: bool, feeder: str = "") -> Figures:
        """Figures of a part of the span, related to all customers of it."""
        rows = self.within(begin, end, with_major=with_major, feeder=feeder)
        return reliability.figures_of(rows, self.customers, begin, min(end, self.end))


def span(*, begin: dt.datetime, end: dt.datetime, area: str = "") -> Span:
    """Read the ledger from `begin` to `end` once."""
    by_area = served.by_area()
    customers = by_area.get(area, 0) if area else sum(by_area.values())
    rows = [row for row in reliability.counted(begin=begin, end=end) if not area or row.area.key == area]
    by_day = _by_day(rows)
    return Span(begin, end, customers, by_day, _major_days(by_day, begin, end, customers, area))


def _by_day(rows: Iterable[Interruption]) -> dict[dt.date, list[Interruption]]:
    began: dict[int, dt.datetime] = {}
    kept = list(rows)
    for row in kept:
        began[row.outage_id] = min(row.began_at, began.get(row.outage_id, row.began_at))
    found: dict[dt.date, list[Interruption]] = defaultdict(list)
    for row in kept:
        found[timezone.localdate(began[row.outage_id])].append(row)
    return found


def _major_days(
    by_day: dict[dt.date, list[Interruption]], begin: dt.datetime, end: dt.datetime, customers: int, area: str
) -> frozenset[dt.date]:
    """Days beyond the threshold of the years before; none without a long enough record."""
    if not customers or not by_day:
        return frozenset()
    past = _past_days(begin, area)
    if not past or min(past) > timezone.localdate(begin - NEEDED):
        return frozenset()
    limit = major_events.threshold(np.array(list(past.values())), customers)
    if limit is None:
        return frozenset()
    return frozenset(day for day, rows in by_day.items() if _minutes(rows, end) / customers > limit.t_med_min)


def _minutes(rows: list[Interruption], end: dt.datetime) -> float:
    lengths = [(row, minutes_between(row.began_at, row.ended_at or max(end, row.began_at))) for row in rows]
    return sum(row.customers * minutes for row, minutes in lengths if minutes > MOMENTARY_MIN)


def _past_days(begin: dt.datetime, area: str) -> dict[dt.date, float]:
    """Customer minutes of sustained interruptions by day, of the years before."""
    border = dt.timedelta(minutes=MOMENTARY_MIN)
    rows = Interruption.objects.filter(
        superseded_at=None, excluded_reason="", is_planned=False, ended_at__gt=F("began_at") + border
    ).filter(began_at__lt=begin, began_at__gte=begin - HISTORY_YEARS * NEEDED)
    if area:
        rows = rows.filter(area__key=area)
    outages = rows.order_by().values("outage_id").annotate(at=Min("began_at"), lost=Sum(_LOST))
    found: dict[dt.date, float] = defaultdict(float)
    for at, lost in outages.values_list("at", "lost"):
        found[timezone.localdate(at)] += lost.total_seconds() / 60
    return found


def outages_of(rows: Iterable[Interruption]) -> dict[int, Outage]:
    """The outages some rows belong to, by number."""
    return Outage.objects.in_bulk({row.outage_id for row in rows})


def has_rows(*, begin: dt.datetime, end: dt.datetime) -> bool:
    """Whether anybody's interruption began in these days."""
    return Interruption.objects.filter(superseded_at=None, began_at__gte=begin, began_at__lt=end).exists()
