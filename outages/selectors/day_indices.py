"""The indices of days as they were kept, version by version."""

import datetime as dt

from django.db.models import QuerySet

from outages.models import DayIndices


def days(
    *, first: dt.date | None = None, last: dt.date | None = None, area: str = "", versions: bool = False
) -> QuerySet[DayIndices]:
    """Days in order, of an area or of everything; `versions` adds what was told before a restatement."""
    found = DayIndices.objects.select_related("area").order_by("day", "version")
    found = found.filter(area__key=area) if area else found.filter(area=None)
    if first:
        found = found.filter(day__gte=first)
    if last:
        found = found.filter(day__lte=last)
    return found if versions else found.filter(is_latest=True)


def version(*, day: dt.date, area: str, number: int) -> DayIndices | None:
    """One version of a day."""
    return days(first=day, last=day, area=area, versions=True).filter(version=number).first()
