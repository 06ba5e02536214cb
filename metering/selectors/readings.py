"""What meters read, how their days were judged, and what they were asked for."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from adms.core.errors import NotFound
from metering.domain import reading_types
from metering.models import Meter, Reading, ReadingDay, ReadingRequest, ReadingType

MOST = 5_000
Areas = Collection[str] | None


@dataclass(frozen=True, slots=True)
class Question:
    """What goes to a head-end in one message: meters by number, kinds by code, from and to."""

    meters: list[str]
    types: list[str]
    first_at: dt.datetime
    last_at: dt.datetime
    reason: str


def question(request_id: uuid.UUID) -> Question:
    """What is to be sent.

    Raises:
        NotFound: there is no such request.
    """
    row = ReadingRequest.objects.filter(pk=request_id).first()
    if row is None:
        raise NotFound(gettext("no question %(request_id)s") % {"request_id": request_id}, request=str(request_id))
    numbers = list(row.meters.order_by("pk").values_list("number", flat=True))
    return Question(numbers, list(row.types), row.first_at, row.last_at, row.reason)


def find_meter(number: str, *, areas: Areas) -> Meter:
    """A meter by its number.

    Raises:
        NotFound: there is no such meter in these areas (None: all).
    """
    meters = Meter.objects.select_related("usage_point__customer", "usage_point__area").filter(number=number)
    meter = (meters if areas is None else meters.filter(usage_point__area__key__in=areas)).first()
    if meter is None:
        raise NotFound(gettext("no meter %(number)s") % {"number": number}, meter=number)
    return meter


def some_meter() -> str:
    """The number of the meter that was known first, for examples; "" where there is none."""
    return Meter.objects.order_by("pk").values_list("number", flat=True).first() or ""


def meter_ids(numbers: Collection[str], *, areas: Areas) -> list[int]:
    """Meters by their numbers.

    Raises:
        NotFound: one of them is no meter in these areas (None: all).
    """
    meters = Meter.objects.filter(number__in=list(numbers))
    found = dict(
        (meters if areas is None else meters.filter(usage_point__area__key__in=areas)).values_list("number", "pk")
    )
    if missing := next((one for one in numbers if one not in found), None):
        raise NotFound(gettext("no meter %(missing)s") % {"missing": missing}, meter=missing)
    return list(found.values())


def kinds_of(meter: Meter) -> list[reading_types.ReadingKind]:
    """The kinds of readings a meter has told, intervals first."""
    told = ReadingType.objects.extra(  # one look into the index by kind, however many readings there are
        where=[
            "EXISTS (SELECT 1 FROM metering_reading r WHERE r.meter_id = %s AND r.type_id = metering_readingtype.id)"
        ],
        params=[meter.pk],
    )
    found = [reading_types.of(code) for code in told.order_by("code").values_list("code", flat=True)]
    return sorted(found, key=lambda one: (not one.is_interval, one.code))


def days(number: str, *, areas: Areas, code: str = "", limit: int = 31) -> list[dict[str, Any]]:
    """How the latest days of a meter were judged, the latest first.

    Raises:
        NotFound: there is no such meter in these areas.
    """
    meter = find_meter(number, areas=areas)
    found = ReadingDay.objects.filter(meter=meter).select_related("type")
    if code:
        found = found.filter(type__code=code)
    return [
        {
            "type": row.type.code,
            "day": row.day,
            "is_due": row.is_due,
            "expected": row.expected,
            "told": row.told,
            "estimated": row.estimated,
            "suspect": row.suspect,
            "total": row.total,
            "found": {name: int(count) for name, _, count in (one.partition("=") for one in row.codes.split())},
            "validated_at": row.validated_at,
            "asked_at": row.asked_at,
        }
        for row in found.order_by("-day", "type__code")[:limit]
    ]


def requests_of(meter: Meter, *, limit: int = 5) -> list[dict[str, Any]]:
    """The latest questions for readings of a meter."""
    rows = ReadingRequest.objects.filter(meters=meter).order_by("-asked_at")[:limit]
    return [
        {
            "id": str(row.pk),
            "asked_at": row.asked_at,
            "asked_by": row.asked_by,
            "first_at": row.first_at,
            "last_at": row.last_at,
            "state": row.state,
            "state_words": row.get_state_display(),
            "readings": row.readings,
            "error": row.error,
        }
        for row in rows
    ]


def of_meter(
    number: str,
    *,
    areas: Areas,
    code: str = "",
    first_at: dt.datetime | None = None,
    last_at: dt.datetime | None = None,
    limit: int = MOST,
) -> list[dict[str, Any]]:
    """Readings of a meter, the latest first, of one kind and time where asked for.

    Raises:
        NotFound: there is no such meter in these areas (None: all).
    """
    found = Reading.objects.filter(meter=find_meter(number, areas=areas))
    if code:
        found = found.filter(type__code=code)
    if first_at is not None:
        found = found.filter(read_at__gte=first_at)
    if last_at is not None:
        found = found.filter(read_at__lte=last_at)
    rows = found.order_by("-read_at", "type__code").select_related("type")
    return [
        {
            "type": row.type.code,
            "read_at": row.read_at,
            "value": row.value,
            "quality": row.quality.split(),
            "reason": row.reason,
            "mark": row.mark,
            "is_estimated": row.is_estimated,
            "recorded_at": row.recorded_at,
        }
        for row in rows[: min(limit, MOST)]
    ]
