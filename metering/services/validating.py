"""Judge the days of interval readings that are over, estimate what is missing, ask meters again for it.

expect_days  --> a meter that told a day lately is expected to tell the next one too: a day without any reading is a gap as well
judge_due    --> days that are over, or were told anew: marks on readings, estimates, one row a day (`ReadingDay`)
ask_again    --> meters with gaps are asked once for the day (get MeterReadings); what they answer makes the day due again
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_noop

from adms.core import actors, columns, days, runtime_settings
from adms.core.services import events
from metering.domain import reading_types, validation
from metering.domain.reading_types import ReadingKind
from metering.domain.validation import Rules
from metering.events import ReadingGapsJudged
from metering.models import Meter, Reading, ReadingDay, ReadingType
from metering.services import reading_requests

SETTLED = runtime_settings.declare(
    "readings.settled_h",
    4.0,
    unit="h",
    help_=gettext_noop(
        "So long after midnight the interval readings of a day are judged; what comes later has the day judged again."
    ),
)
ABOVE = runtime_settings.declare(
    "readings.above_times",
    5.0,
    help_=gettext_noop("An interval above so many times the highest one of the days before is marked as suspect."),
)
SUM_PERCENT = runtime_settings.declare(
    "readings.sum_percent",
    1.0,
    unit="%",
    help_=gettext_noop("So far the intervals of a day may be from what the register moved."),
)
LONGEST_LINE = runtime_settings.declare(
    "readings.longest_line_h",
    2.0,
    unit="h",
    help_=gettext_noop(
        "A gap no longer than this is estimated by a line between its neighbours, a longer one by like days before."
    ),
)
ASKS = runtime_settings.declare(
    "readings.asks_again",
    default=True,
    help_=gettext_noop("Meters whose readings of a day are not complete are asked for them, once."),
)
RULE = actors.system("rule: readings that are missing")
A_ROUND = 200
_DAYS_BEFORE = 28
_EXPECTED_FOR = 7  # days without a word after which a meter is not expected to tell another
_WEEKEND = 5


@dataclass(frozen=True, slots=True)
class _Told:
    """The readings of a day: value, and whether ours, by end of interval."""

    values: dict[dt.datetime, float]
    estimated: frozenset[dt.datetime]


def run_due(*, at: dt.datetime) -> int:
    """One round; how many days were judged."""
    settled = timezone.localdate(at - dt.timedelta(hours=float(runtime_settings.get(SETTLED))))
    expect_days(before=settled)
    judged = judge_due(before=settled, at=at)
    if runtime_settings.get(ASKS):
        ask_again([one for one in judged if one.told < one.expected], at=at)
    return len(judged)


_expected: list[dt.date] = []


def expect_days(*, before: dt.date) -> int:
    """The latest day that is over is due for every meter that told one of the days before it; once a day and process."""
    day = before - dt.timedelta(days=1)
    if _expected == [day]:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO metering_readingday (meter_id, type_id, day, is_due, expected, told, estimated, suspect, codes)
            SELECT DISTINCT meter_id, type_id, %s::date, true, 0, 0, 0, 0, '' FROM metering_readingday
            WHERE day >= %s AND day < %s AND (told > 0 OR is_due)
            ON CONFLICT DO NOTHING
            """,
            [day, day - dt.timedelta(days=_EXPECTED_FOR), day],
        )
        made = int(cursor.rowcount)
    _expected[:] = [day]
    return made


@transaction.atomic
def judge_due(*, before: dt.date, at: dt.datetime) -> list[ReadingDay]:
    """Judge some of the days that are due and over, the oldest first."""
    due = ReadingDay.objects.filter(is_due=True, day__lt=before).order_by("day", "pk")
    found = list(due.select_for_update(skip_locked=True, of=("self",), no_key=True).select_related("type")[:A_ROUND])
    groups: dict[tuple[ReadingType, dt.date], list[ReadingDay]] = defaultdict(list)
    for one in found:
        groups[one.type, one.day].append(one)
    for (kind, day), rows in groups.items():
        had_gaps = {one.pk for one in rows if one.estimated}
        _judge(reading_types.of(kind.code), kind, day, rows, at)
        _publish(kind, day, [one.meter_id for one in rows if one.estimated or one.pk in had_gaps], at)
    return found


def _publish(kind: ReadingType, day: dt.date, meters: Sequence[int], at: dt.datetime) -> None:
    """What was missing and is estimated now, or was estimated and is told now, by control area."""
    by_area: dict[int, list[int]] = defaultdict(list)
    for pk, area in Meter.objects.filter(pk__in=meters).order_by("pk").values_list("pk", "usage_point__area"):
        by_area[area].append(pk)
    facts = {area: [ReadingGapsJudged(day.isoformat(), kind.code, own)] for area, own in sorted(by_area.items())}
    if facts:
        events.publish_all(facts=facts, at=at)


def ask_again(judged: Sequence[ReadingDay], *, at: dt.datetime) -> int:
    """Ask the meters of these days for them, each day once; how many were asked."""
    wanted = [one for one in judged if one.asked_at is None]
    groups: dict[tuple[str, dt.date], list[ReadingDay]] = defaultdict(list)
    for one in wanted:
        groups[one.type.code, one.day].append(one)
    for (code, day), rows in groups.items():
        begins, ends = days.bounds(day)
        reading_requests.request_readings(
            actor=RULE,
            meters=[one.meter_id for one in rows],
            wanted=reading_requests.Wanted((code,), begins, ends, reason="readings of the day are missing"),
            at=at,
        )
    ReadingDay.objects.filter(pk__in=[one.pk for one in wanted]).update(asked_at=at)
    return len(wanted)


def _judge(kind: ReadingKind, type_: ReadingType, day: dt.date, rows: Sequence[ReadingDay], at: dt.datetime) -> None:
    """Judge one day of one kind, of many meters."""
    begins, ends = days.bounds(day)
    step = dt.timedelta(seconds=kind.interval_s)
    count = round((ends - begins) / step)
    moments = [begins + step * (place + 1) for place in range(count)]
    meters = [one.meter_id for one in rows]
    told = _readings(meters, type_, begins, ends)
    highest, total = _before(meters, type_, day)
    moved = _registers(meters, kind, begins, ends)
    connected = dict(Meter.objects.filter(pk__in=meters).values_list("pk", "usage_point__is_connected"))
    rules, line = _rules(), int(float(runtime_settings.get(LONGEST_LINE)) * 3600 / kind.interval_s)
    arrays = {pk: np.array([told[pk].values.get(one, np.nan) for one in moments]) for pk in meters}
    for pk in meters:
        arrays[pk][[one in told[pk].estimated for one in moments]] = np.nan
    like = _like_days([pk for pk in meters if _has_long_gap(arrays[pk], line)], type_, day, moments)
    marks: list[tuple[int, dt.datetime, str]] = []
    estimates: list[tuple[int, dt.datetime, float]] = []
    for row in rows:
        values = arrays[row.meter_id]
        verdict = validation.validate(
            validation.Day(
                values,
                highest.get(row.meter_id),
                total.get(row.meter_id),
                kind.is_signed,
                connected.get(row.meter_id, True),
                moved.get(row.meter_id),
            ),
            rules,
        )
        filled = validation.estimate(values, like.get(row.meter_id, np.empty((0, count))), longest_line=line)
        marks += [
            (row.meter_id, moment, "" if mark == validation.MISSING else mark)
            for moment, mark in zip(moments, verdict.marks, strict=True)
        ]
        estimates += [
            (row.meter_id, moment, float(value))
            for moment, value in zip(moments, filled, strict=True)
            if np.isfinite(value)
        ]
        _write_down(row, values, filled, verdict, at)
    _mark(type_, marks)
    _keep_estimates(type_, estimates, at)
    columns.write(
        list(rows),
        ["is_due", "expected", "told", "estimated", "suspect", "total", "highest", "codes", "validated_at"],
    )


def _write_down(
    row: ReadingDay,
    values: validation.Floats,
    filled: validation.Floats,
    verdict: validation.Verdict,
    at: dt.datetime,
) -> None:
    is_told = np.isfinite(values)
    is_sound = is_told & np.array([not mark for mark in verdict.marks], dtype=np.bool_)
    everything = np.where(is_told, values, filled)
    row.is_due, row.validated_at = False, at
    row.expected, row.told = values.size, int(is_told.sum())
    row.estimated, row.suspect = int(np.isfinite(filled).sum()), verdict.suspects
    row.total = float(np.nansum(everything)) if np.isfinite(everything).any() else None
    row.highest = float(values[is_sound].max()) if is_sound.any() else None
    row.codes = " ".join(f"{code}={count}" for code, count in sorted(verdict.counts.items()))


def _rules() -> Rules:
    return Rules(above=float(runtime_settings.get(ABOVE)), sum_share=float(runtime_settings.get(SUM_PERCENT)) / 100.0)


def _readings(meters: Iterable[int], type_: ReadingType, begins: dt.datetime, ends: dt.datetime) -> dict[int, _Told]:
    rows = Reading.objects.filter(meter__in=list(meters), type=type_, read_at__gt=begins, read_at__lte=ends)
    values: dict[int, dict[dt.datetime, float]] = defaultdict(dict)
    ours: dict[int, set[dt.datetime]] = defaultdict(set)
    for pk, moment, value, is_estimated in rows.values_list("meter_id", "read_at", "value", "is_estimated"):
        values[pk][moment] = value
        if is_estimated:
            ours[pk].add(moment)
    return defaultdict(
        lambda: _Told({}, frozenset()), {pk: _Told(one, frozenset(ours[pk])) for pk, one in values.items()}
    )


def _before(meters: Sequence[int], type_: ReadingType, day: dt.date) -> tuple[dict[int, float], dict[int, float]]:
    """The highest interval and the largest total of the days before, by meter."""
    rows = ReadingDay.objects.filter(
        meter__in=list(meters), type=type_, day__lt=day, day__gte=day - dt.timedelta(days=_DAYS_BEFORE)
    )
    found = list(rows.order_by().values_list("meter_id").annotate(Max("highest"), Max("total")))
    highest = {pk: float(one) for pk, one, _ in found if one is not None}
    return highest, {pk: float(one) for pk, _, one in found if one is not None}


def _registers(meters: Sequence[int], kind: ReadingKind, begins: dt.datetime, ends: dt.datetime) -> dict[int, float]:
    """What the register moved between the midnights, of meters that told it at both."""
    rows = Reading.objects.filter(meter__in=list(meters), type__code=kind.register.code, read_at__in=[begins, ends])
    found: dict[int, dict[dt.datetime, float]] = defaultdict(dict)
    for pk, moment, value in rows.values_list("meter_id", "read_at", "value"):
        found[pk][moment] = value
    return {pk: one[ends] - one[begins] for pk, one in found.items() if len(one) == 2}


def _has_long_gap(values: validation.Floats, line: int) -> bool:
    """Whether something is missing that a line alone cannot bridge."""
    return bool(
        np.isnan(validation.estimate(values, np.empty((0, values.size)), longest_line=line))[np.isnan(values)].any()
    )


def _like_days(
    meters: Sequence[int], type_: ReadingType, day: dt.date, moments: Sequence[dt.datetime]
) -> dict[int, validation.Floats]:
    """By meter (days, intervals): the same times of earlier days of the same sort (working day, weekend), as told."""
    if not meters:
        return {}
    is_weekend = day.weekday() >= _WEEKEND
    like = [
        one
        for ago in range(1, _DAYS_BEFORE + 1)
        if ((one := day - dt.timedelta(days=ago)).weekday() >= _WEEKEND) == is_weekend
    ]
    clock = [timezone.localtime(one).time() for one in moments]
    place = {(one, time): (number, slot) for number, one in enumerate(like) for slot, time in enumerate(clock)}
    found = {pk: np.full((len(like), len(moments)), np.nan) for pk in meters}
    rows = Reading.objects.filter(
        meter__in=list(meters),
        type=type_,
        read_at__gt=days.bounds(like[-1])[0],
        read_at__lte=days.bounds(like[0])[1],
        is_estimated=False,
        mark="",
    )
    for pk, moment, value in rows.values_list("meter_id", "read_at", "value"):
        local = timezone.localtime(moment)
        at = place.get((days.of_interval(moment), local.time()))
        if at is not None:
            found[pk][at] = value
    return found


def _mark(type_: ReadingType, marks: Sequence[tuple[int, dt.datetime, str]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE metering_reading AS r SET mark = one.c
            FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS one(m, t, c)
            WHERE r.meter_id = one.m AND r.type_id = %s AND r.read_at = one.t AND r.mark <> one.c
            """,
            [*([one[place] for one in marks] for place in range(3)), type_.pk],
        )


def _keep_estimates(type_: ReadingType, estimates: Sequence[tuple[int, dt.datetime, float]], at: dt.datetime) -> None:
    """An estimate takes the place of an earlier one, never of what was told."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO metering_reading AS kept
                (meter_id, type_id, read_at, value, quality, mark, is_estimated, recorded_at)
            SELECT m, %s, t, v, %s, '', true, %s FROM unnest(%s::bigint[], %s::timestamptz[], %s::float8[]) AS one(m, t, v)
            ON CONFLICT (meter_id, type_id, read_at) DO UPDATE SET value = excluded.value, recorded_at = excluded.recorded_at
                WHERE kept.is_estimated AND kept.value <> excluded.value
            """,
            [type_.pk, validation.ESTIMATED, at, *([one[place] for one in estimates] for place in range(3))],
        )
