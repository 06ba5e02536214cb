"""What corrections did: the figures before and after them, and every pair of an old row and the one in its place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from outages.domain.calendar import Month
from outages.domain.corrections import TOLD
from outages.domain.interruptions import minutes_between
from outages.models import Interruption
from outages.selectors import periods, reliability
from outages.selectors.periods import EVERYTHING, Narrowed
from outages.selectors.reliability import Figures

SHOWN = 500


@dataclass(frozen=True, slots=True)
class Effect:
    """Figures of a period before and after."""

    label: str
    before: Figures
    after: Figures


@dataclass(frozen=True, slots=True)
class Restated:
    """One row and the version that took its place."""

    old: Interruption
    new: Interruption

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """Column, before, after, of what differs."""
        return [
            (name, getattr(self.old, name), getattr(self.new, name))
            for name in TOLD
            if getattr(self.old, name) != getattr(self.new, name)
        ]

    @property
    def customer_minutes(self) -> float:
        """How many customer-minutes more or less count (of what has ended)."""
        return _minutes(self.new) - _minutes(self.old)


def effects(*, old: Sequence[Interruption], new: Sequence[Interruption], at: dt.datetime) -> list[Effect]:
    """What a correction would do to the month and the year its rows began in, and where it moves a row to."""
    days = {timezone.localdate(row.began_at) for row in [*old, *new]}
    found = []
    for year in sorted({day.year for day in days}):
        begin, end = _midnight(dt.date(year, 1, 1)), min(_midnight(dt.date(year + 1, 1, 1)), at)
        before = periods.span(begin=begin, end=end)
        after = before.exchanged(old, new)
        for month in sorted({Month.of(day) for day in days if day.year == year}):
            first, last = _midnight(month.first), min(_midnight(month.shift(1).first), at)
            of_month = [one.figures(first, last, with_major=True) for one in (before, after)]
            found.append(Effect(f"{month.first:%B %Y}", *of_month))
        of_year = [one.figures(begin, end, with_major=True) for one in (before, after)]
        found.append(Effect(f"Year {year}", *of_year))
    return found


def compared(*, begin: dt.datetime, end: dt.datetime, narrowed: Narrowed = EVERYTHING) -> Effect:
    """A period as it was before any correction, and as it is."""
    both = [
        periods.span(begin=begin, end=end, narrowed=narrowed, which=which).figures(begin, end, with_major=True)
        for which in (reliability.ORIGINAL, reliability.RESTATED)
    ]
    return Effect("", *both)


def restated(*, begin: dt.datetime, end: dt.datetime, area: str = "") -> list[Restated]:
    """The corrections of rows that began in a period, before or after, the latest first."""
    rows = Interruption.objects.select_related("area", "replaces__outage").filter(replaces__isnull=False)
    inside = Q(began_at__gte=begin, began_at__lt=end) | Q(replaces__began_at__gte=begin, replaces__began_at__lt=end)
    rows = rows.filter(inside)
    if area:
        rows = rows.filter(area__key=area)
    return [Restated(row.replaces, row) for row in rows.order_by("-corrected_at", "-pk")[:SHOWN] if row.replaces]


def _minutes(row: Interruption) -> float:
    if row.excluded_reason or row.ended_at is None:
        return 0.0
    return row.customers * minutes_between(row.began_at, row.ended_at)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
