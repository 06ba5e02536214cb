"""Keep what meters read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from adms.core import days
from metering.domain import reading_types
from metering.models import ReadingType


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one meter, in the unit and multiplier of its type; of an interval the moment is its end."""

    meter_id: int
    type: str
    read_at: dt.datetime
    value: float
    quality: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """How many were new, and how many had been told otherwise before."""

    new: int = 0
    changed: int = 0


@transaction.atomic
def record_readings(*, readings: Sequence[Reading], at: dt.datetime) -> Kept:
    """Keep readings; the same one again changes nothing, another value or quality for the same moment takes the place of the first.

    The days of interval readings that are new or other than before are due to be judged. What a meter says takes the place of what
    was estimated for it.
    """
    types = _types({one.type for one in readings})
    unique = {(one.meter_id, types[one.type], one.read_at): one for one in readings}
    ordered = sorted(unique)
    if not ordered:
        return Kept()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO metering_reading AS kept (meter_id, type_id, read_at, value, quality, reason, recorded_at)
            SELECT m, t, r, v, q, w, %s FROM
                unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::float8[], %s::text[], %s::text[])
                AS told(m, t, r, v, q, w)
            ON CONFLICT (meter_id, type_id, read_at) DO UPDATE
                SET value = excluded.value, quality = excluded.quality, recorded_at = excluded.recorded_at,
                    reason = COALESCE(NULLIF(excluded.reason, ''), kept.reason), mark = '', is_estimated = false
                WHERE (kept.value, kept.quality, kept.is_estimated) IS DISTINCT FROM (excluded.value, excluded.quality, false)
                    OR excluded.reason NOT IN ('', kept.reason)
            RETURNING xmax = 0, meter_id, type_id, read_at
            """,
            [
                at,
                [key[0] for key in ordered],
                [key[1] for key in ordered],
                [key[2] for key in ordered],
                [unique[key].value for key in ordered],
                [unique[key].quality for key in ordered],
                [unique[key].reason for key in ordered],
            ],
        )
        written = cursor.fetchall()
    intervals = {pk for code, pk in types.items() if reading_types.of(code).is_interval}
    _mark_due({(meter, kind, days.of_interval(at)) for _, meter, kind, at in written if kind in intervals})
    is_new = [row[0] for row in written]
    return Kept(is_new.count(True), is_new.count(False))


def _mark_due(due: Collection[tuple[int, int, dt.date]]) -> None:
    """These days of these meters are to be judged (again)."""
    if not due:
        return
    ordered = sorted(due)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO metering_readingday AS kept
                (meter_id, type_id, day, is_due, expected, told, estimated, suspect, codes)
            SELECT m, t, d, true, 0, 0, 0, 0, '' FROM unnest(%s::bigint[], %s::bigint[], %s::date[]) AS one(m, t, d)
            ON CONFLICT (meter_id, type_id, day) DO UPDATE SET is_due = true WHERE NOT kept.is_due
            """,
            [[one[place] for one in ordered] for place in range(3)],
        )


def _types(codes: Collection[str]) -> dict[str, int]:
    """Ids by code; kinds that were never told before are made."""
    found = dict(ReadingType.objects.filter(code__in=codes).values_list("code", "pk"))
    if missing := sorted(set(codes) - set(found)):
        ReadingType.objects.bulk_create([ReadingType(code=code) for code in missing], ignore_conflicts=True)
        found = dict(ReadingType.objects.filter(code__in=codes).values_list("code", "pk"))
    return found
