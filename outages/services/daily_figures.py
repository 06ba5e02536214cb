"""The daily job of reliability: customers served today, and the indices of every day that is over, kept as rows.

A day is computed once it is over; again, once a day, while interruptions that began on it go on, and after a correction of its
ledger. What comes out different is a new version; the old one stays, so that what was told first can be shown beside what is true.
"""

import datetime as dt
import zlib
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min, Q
from django.utils import timezone

from adms.core import days
from adms.core.models import ControlArea
from adms.core.services import backlog, events
from metering.selectors import served
from outages.events import IndicesComputed
from outages.models import DayIndices, Interruption, ServedDay
from outages.selectors import connected_load, ledger_begin, periods, reliability
from outages.selectors.periods import Narrowed

#: So many days are computed in one round, and so far back does the first round begin.
A_ROUND, FIRST_BACK = 2, 31
#: While evidence waits longer than this to be taken, no day is computed.
PATIENCE = dt.timedelta(seconds=2)
DAY = dt.timedelta(days=1)


def run_due(*, at: dt.datetime) -> int:
    """Keep today's customers and compute some of what is due; how many days were computed. Not while evidence waits: days can."""
    if backlog.is_behind(subscriber="outages", at=at, by=PATIENCE):
        return 0
    today = timezone.localdate(at)
    keep_served(day=today)
    due = due_days(before=today)[:A_ROUND]
    if not due:
        return 0
    with served.held():
        for day in due:
            compute(day=day, at=at)
    return len(due)


def keep_served(*, day: dt.date) -> int:
    """Customers connected now count as those served on this day; a day that is kept already stays. The rows written."""
    if ServedDay.objects.filter(day=day).exists():
        return 0
    fed = connected_load.by_area()
    rows = [
        ServedDay(day=day, area=area, feeder=name, customers=one.customers, connected_kva=one.kva)
        for area in ControlArea.objects.order_by("pk")
        for name, one in sorted(fed.get(area.key, {}).items())
    ]
    ServedDay.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len(rows)


def due_days(*, before: dt.date) -> list[dt.date]:
    """Days that are over and not computed, or whose figures may have changed since, the oldest first."""
    latest = DayIndices.objects.filter(area=None, is_latest=True, day__lt=before)
    newest = latest.aggregate(day=Max("day"))["day"]
    start = newest + DAY if newest else _first(before)
    fresh = [start + n * DAY for n in range((before - start).days)]
    this_morning = timezone.make_aware(dt.datetime.combine(before, dt.time.min))
    going = latest.filter(figures__open_rows__gt=0, computed_at__lt=this_morning).values_list("day", flat=True)
    return sorted({*fresh, *going, *_corrected(before)})


def _first(before: dt.date) -> dt.date:
    """The first day that is computed: one the ledger knows, and not too long ago."""
    return max(before - FIRST_BACK * DAY, ledger_begin.first_day() or before)


def _corrected(before: dt.date) -> set[dt.date]:
    """Days of rows that were corrected after their day was computed."""
    oldest = DayIndices.objects.filter(area=None, is_latest=True).aggregate(at=Min("computed_at"))["at"]
    if oldest is None:
        return set()
    touched = Interruption.objects.filter(Q(corrected_at__gt=oldest)).select_related("replaces")
    found: dict[dt.date, dt.datetime] = {}
    for row in touched:
        for began in {row.began_at, row.replaces.began_at if row.replaces else row.began_at}:
            day, corrected_at = timezone.localdate(began), row.corrected_at
            if corrected_at and day < before:
                found[day] = max(corrected_at, found.get(day, corrected_at))
    known = DayIndices.objects.filter(area=None, is_latest=True, day__in=found)
    computed = dict(known.values_list("day", "computed_at"))
    return {day for day, corrected_at in found.items() if day in computed and corrected_at > computed[day]}


@transaction.atomic
def compute(*, day: dt.date, at: dt.datetime) -> list[DayIndices]:
    """The indices of a day, of everything and of each area; the versions that are new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [zlib.crc32(b"day indices") - 2**31, day.toordinal()])
    areas = list(ControlArea.objects.order_by("pk"))
    if not areas:
        return []
    made = []
    with (
        events.deferred()
    ):  # areas are locked for the moment before the commit, not while a hundred of them are computed
        for area in (None, *areas):
            new = _version(day, area, at)
            if new is not None:
                made.append(new)
                fact = IndicesComputed(str(day), area.key if area else "", new.version, at)
                events.publish(area_id=(area or areas[0]).pk, facts=[fact], at=at)
    return made


def _version(day: dt.date, area: ControlArea | None, at: dt.datetime) -> DayIndices | None:
    """A new version where the figures are new; else the time of the old one is moved on."""
    figures, border = figures_of(day=day, area=area.key if area else "", at=at)
    old = DayIndices.objects.filter(day=day, area=area, is_latest=True).first()
    if old is not None and old.figures == figures:
        DayIndices.objects.filter(pk=old.pk).update(computed_at=at)
        return None
    if old is not None:
        DayIndices.objects.filter(pk=old.pk).update(is_latest=False)
    version = old.version + 1 if old else 1
    return DayIndices.objects.create(
        day=day, area=area, version=version, figures=figures, border_minutes=border, computed_at=at
    )


def figures_of(*, day: dt.date, area: str, at: dt.datetime) -> tuple[dict[str, Any], float]:
    """The figures of a day, and the border they were computed with."""
    begin = timezone.make_aware(dt.datetime.combine(day, dt.time.min))
    end = timezone.make_aware(dt.datetime.combine(day + DAY, dt.time.min))
    narrowed = Narrowed(area=area)
    span = periods.span(begin=begin, end=end, narrowed=narrowed)
    planned = periods.span(begin=begin, end=end, narrowed=narrowed, kind=reliability.PLANNED)
    rows = span.within(begin, end, with_major=True)
    customers, border = span.customers(begin, end), span.rules.border_min
    found = reliability.figures_of(rows, customers, begin, max(end, at), border, hours=days.hours(begin, end))
    on_purpose = planned.figures(begin, end, with_major=True)
    told = {
        name: getattr(found, name)
        for name in (
            "customers_served", "saifi", "saidi_min", "caidi_min", "maifi", "asai", "ci", "cmi", "momentary", "events",
            "open_rows", "provisional_rows",
        )
    }  # fmt: skip
    told |= {"planned_ci": on_purpose.ci, "planned_cmi": on_purpose.cmi}
    told |= {"is_major_event_day": day in span.major, "is_catastrophic_day": day in span.catastrophic}
    return told, border
