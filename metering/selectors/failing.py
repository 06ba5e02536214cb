"""Meters that are not read: never, or with trouble of communication, clock or reading as their latest word (N02)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from metering.domain import device_codes
from metering.models import Meter, MeterEvent, Reading
from metering.selectors import device_words

MOST = 1_000
#: Domains of events that say why a meter cannot be read: communication, metrology, clock.
TROUBLE = r"^(1|21|36)\."
NEVER = _("never read")
#: By the unique key of readings: the latest of each kind, whatever the number of readings.
_LATEST = """
SELECT one.id, (
    SELECT max(latest.at) FROM metering_readingtype kind CROSS JOIN LATERAL (
        SELECT max(r.read_at) AS at FROM metering_reading r WHERE r.meter_id = one.id AND r.type_id = kind.id
    ) latest
) FROM unnest(%s::bigint[]) AS one(id)
"""


def meters(
    *, areas: Collection[str] | None, since: dt.datetime, limit: int = MOST, never: bool = True
) -> list[dict[str, Any]]:
    """Those in trouble first, the latest word first; then, unless `never` is false, those that were never read.

    Each with number, usage point, area, the latest reading's time (None: none ever), and code, words and time of the trouble.
    """
    events = MeterEvent.objects.filter(recorded_at__gte=since, code__regex=TROUBLE)
    if areas is not None:
        events = events.filter(meter__usage_point__area__key__in=areas)
    latest = (
        events.order_by("meter", "-occurred_at", "-pk").distinct("meter").values_list("meter", "code", "occurred_at")
    )
    trouble = [row for row in latest if not device_codes.is_end(row[1])]
    told = {meter: (code, at) for meter, code, at in sorted(trouble, key=lambda row: row[2], reverse=True)[:limit]}
    wanted = [*told, *(_never_read(areas, told, limit - len(told)) if never else ())]
    read = _latest(wanted)
    columns = ("number", "usage_point__name", "usage_point__area__key")
    named = {pk: row for pk, *row in Meter.objects.filter(pk__in=wanted).values_list("pk", *columns)}
    return [_described(named[pk], read.get(pk), told.get(pk)) for pk in wanted if pk in named]


def _never_read(areas: Collection[str] | None, but: Collection[int], limit: int) -> Sequence[int]:
    rows = Meter.objects.filter(~Exists(Reading.objects.filter(meter=OuterRef("pk")))).exclude(pk__in=list(but))
    if areas is not None:
        rows = rows.filter(usage_point__area__key__in=areas)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def _latest(wanted: Sequence[int]) -> dict[int, dt.datetime]:
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [list(wanted)])
        return {pk: at for pk, at in cursor.fetchall() if at is not None}


def _described(
    named: Sequence[str], read_at: dt.datetime | None, trouble: tuple[str, dt.datetime] | None
) -> dict[str, Any]:
    number, point, area = named
    code, occurred_at = trouble or ("", None)
    return {
        "number": number,
        "usage_point": point,
        "area": area,
        "latest_reading_at": read_at,
        "code": code,
        "words": device_words.words(code) if code else str(NEVER),
        "occurred_at": occurred_at,
    }
