"""Reliability over a year and a part of it, from one reading of the ledger: months, feeders, causes, major event days.

1. The rows of the whole span are read once; each belongs to the local day on which its outage began.
2. Major event days (2.5 beta) rest on the calendar years before the one the span ends in; with less than one there are none.
3. Every figure is computed from rows in memory by `reliability.figures_of`, so that its rows are known.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from django.db.models import DurationField, ExpressionWrapper, F, Min, Sum
from django.utils import timezone

from outages.domain import major_events
from outages.domain.interruptions import minutes_between
from outages.models import Interruption, Outage
from outages.selectors import figure_rules, reliability, served_days
from outages.selectors.figure_rules import Rules
from outages.selectors.reliability import Figures
from outages.selectors.served_days import Served

NEEDED = dt.timedelta(days=365)
_LOST = ExpressionWrapper((F("ended_at") - F("began_at")) * F("customers"), output_field=DurationField())


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a question is narrowed to: "" is everything."""

    area: str = ""
    substation: str = ""
    feeder: str = ""
    device: str = ""
    cause: str = ""

    def keeps(self, rows: list[Interruption]) -> list[Interruption]:
        """The rows it is about."""
        for by in reliability.GROUPS:
            wanted = getattr(self, by)
            if wanted:
                key = reliability.keys_by(by, rows)
                rows = [row for row in rows if key(row) == wanted]
        return rows


EVERYTHING = Narrowed()


@dataclass(frozen=True, slots=True)
class Span:
    """The rows that count from `begin` to `end`, by the day their outage began; customers they are related to."""

    begin: dt.datetime
    end: dt.datetime
    served: Served
    rules: Rules
    rows: dict[dt.date, list[Interruption]]
    major: frozenset[dt.date] = field(default_factory=frozenset)
    catastrophic: frozenset[dt.date] = field(default_factory=frozenset)
    limit: major_events.Threshold | None = None

    def customers(self, begin: dt.datetime, end: dt.datetime) -> float:
        """Customers served in a part of the span."""
        return self.served.mean(*reliability.days_of(begin, end))

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
        until = min(end, self.end)
        return reliability.figures_of(rows, self.customers(begin, until), begin, until, self.rules.border_min)

    def exchanged(self, old: Iterable[Interruption], new: Iterable[Interruption]) -> "Span":
        """The span as it would be with other rows in the place of some."""
        gone = {row.pk for row in old}
        kept = [row for rows in self.rows.values() for row in rows if row.pk not in gone]
        counting = [row for row in new if not row.excluded_reason]
        return replace(self, rows=_by_day([*kept, *counting]))


def span(
    *,
    begin: dt.datetime,
    end: dt.datetime,
    narrowed: Narrowed = Narrowed(),
    kind: str = reliability.UNPLANNED,
    which: str = reliability.RESTATED,
) -> Span:
    """Read the ledger from `begin` to `end` once."""
    first, last = reliability.days_of(begin, end)
    rules = figure_rules.rules()
    everywhere = Narrowed(area=narrowed.area)
    rows = everywhere.keeps(reliability.counted(begin=begin, end=end, kind=kind, which=which))
    served = served_days.served_of(first=first, last=last, area=narrowed.area)
    found = Span(begin, end, served, rules, _by_day(rows))
    limit = _limit(found, narrowed.area) if rows else None
    if limit is not None:  # the days are those of the area, whatever the question is narrowed to
        major, catastrophic = _beyond(found, limit.t_med_min), _beyond(found, limit.beyond(rules.catastrophic_beta))
        found = replace(found, limit=limit, major=major, catastrophic=catastrophic)
    if narrowed == everywhere:
        return found
    if narrowed.feeder or narrowed.substation:
        served = served_days.served_of(
            first=first, last=last, area=narrowed.area, feeder=narrowed.feeder, substation=narrowed.substation
        )
    return replace(found, served=served, rows=_by_day(narrowed.keeps(rows)))


def _by_day(rows: Iterable[Interruption]) -> dict[dt.date, list[Interruption]]:
    began: dict[int, dt.datetime] = {}
    kept = list(rows)
    for row in kept:
        began[row.outage_id] = min(row.began_at, began.get(row.outage_id, row.began_at))
    found: dict[dt.date, list[Interruption]] = defaultdict(list)
    for row in kept:
        found[timezone.localdate(began[row.outage_id])].append(row)
    return found


def _limit(span: Span, area: str) -> major_events.Threshold | None:
    """The threshold from the calendar years before the one the span ends in; none without a long enough record."""
    customers = span.served.now if not span.served.days else span.customers(span.begin, span.end)
    year = _new_year(timezone.localdate(span.end - dt.timedelta(microseconds=1)).year)
    past = _past_days(year, area, span.rules)
    if not customers or not past or min(past) > timezone.localdate(year - NEEDED):
        return None
    return major_events.threshold(
        np.array(list(past.values())), customers, multiplier=span.rules.beta, is_sample=span.rules.is_sample
    )


def _new_year(year: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime(year, 1, 1))  # noqa: DTZ001  (made aware here)


def _beyond(span: Span, t_min: float) -> frozenset[dt.date]:
    """The days of the span whose SAIDI is beyond a threshold."""
    return frozenset(
        day
        for day, rows in span.rows.items()
        if _minutes(rows, span.end, span.rules.border_min) / (span.served.mean(day, day) or 1) > t_min
    )


def _minutes(rows: list[Interruption], end: dt.datetime, border_min: float) -> float:
    lengths = [(row, minutes_between(row.began_at, row.ended_at or max(end, row.began_at))) for row in rows]
    return sum(row.customers * minutes for row, minutes in lengths if minutes > border_min and not row.is_planned)


def _past_days(begin: dt.datetime, area: str, rules: Rules) -> dict[dt.date, float]:
    """Customer minutes of sustained interruptions by day, of the years before."""
    border = dt.timedelta(minutes=rules.border_min)
    rows = Interruption.objects.filter(
        superseded_at=None, excluded_reason="", is_planned=False, ended_at__gt=F("began_at") + border
    ).filter(began_at__lt=begin, began_at__gte=begin - rules.years * NEEDED)
    if area:
        rows = rows.filter(area__key=area)
    outages = rows.order_by().values("outage_id").annotate(at=Min("began_at"), lost=Sum(_LOST))
    found: dict[dt.date, float] = defaultdict(float)
    for at, lost in outages.values_list("at", "lost"):
        found[timezone.localdate(at)] += lost.total_seconds() / 60
    return found


def outages_of(rows: Iterable[Interruption]) -> dict[int, Outage]:
    """The outages some rows belong to, by number."""
    return Outage.objects.only("cause", "device_name").in_bulk({row.outage_id for row in rows})


def has_rows(*, begin: dt.datetime, end: dt.datetime) -> bool:
    """Whether anybody's interruption began in these days."""
    return Interruption.objects.filter(superseded_at=None, began_at__gte=begin, began_at__lt=end).exists()
