"""Device events of meters: stored once each, settled into the last known power state, told on in batches per area."""

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.services import events
from metering.domain import device_codes
from metering.events import MetersLostPower, MetersRegainedPower, MetersReported

POWER_LOST, POWER_RESTORED = "26.0.85", "26.0.216"
#: Names and ids of meters, by what names them. Plain statements: a small message is mostly the statements made for it.
_LOOKUPS = {
    "number": "SELECT number, id FROM metering_meter WHERE number = ANY(%s)",
    "mrid": "SELECT mrid, id FROM metering_meter WHERE mrid = ANY(%s)",
    "point mrid": "SELECT p.mrid, m.id FROM metering_meter m JOIN metering_usagepoint p ON p.id = m.usage_point_id"
    " WHERE p.mrid = ANY(%s)",
    "point name": "SELECT p.name, m.id FROM metering_meter m JOIN metering_usagepoint p ON p.id = m.usage_point_id"
    " WHERE p.name = ANY(%s)",
}
_PLACES = (
    "SELECT m.id, p.id, p.area_id, p.model_key, p.is_connected"
    " FROM metering_meter m JOIN metering_usagepoint p ON p.id = m.usage_point_id WHERE m.id = ANY(%s)"
)
CRITICAL = runtime_settings.declare(
    "meter_events.critical",
    "12 15.261 8.261 31.0.67 31.0.84",
    help_=gettext_noop(
        "Codes (or beginnings of codes, domain.subDomain.eventOrAction) of meter events that raise an alarm and are passed on"
        " at once: tampering, load above its limit, a disconnect switch that fails. Loss and return of supply are never among them."
    ),
)
Fact = MetersLostPower | MetersRegainedPower | MetersReported


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """One event of one meter, as the door understood it. `code` is domain.subDomain.eventOrAction."""

    meter_id: int
    code: str
    occurred_at: dt.datetime
    event_mrid: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def meters_by_identification(
    *, numbers: Iterable[str] = (), mrids: Iterable[str] = (), usage_points: Iterable[str] = ()
) -> dict[str, int]:
    """Meter ids by whatever names it: meter number, meter mRID, usage point mRID or name."""
    asked = (("number", numbers), ("mrid", mrids), ("point mrid", usage_points), ("point name", usage_points))
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        for what, names in asked:
            wanted = list(names)
            if wanted:
                cursor.execute(_LOOKUPS[what], [wanted])
                found |= dict(cursor.fetchall())
    return found


def record_events(*, source: str, items: Sequence[DeviceEvent], at: dt.datetime) -> int:
    """Store the events that are new, settle power states, and publish what was told; the number that were new.

    A meter that is disconnected on purpose makes history but no evidence.
    """
    return record_all(told=[(source, items)], at=at)[0]


@transaction.atomic(savepoint=False)
def record_all(*, told: Sequence[tuple[str, Sequence[DeviceEvent]]], at: dt.datetime) -> list[int]:
    """The same for (source, events) of several messages, by one set of statements; how many of each message were new.

    What several of them tell is the first one's.
    """
    new = _insert(told, at)
    power = [one.item for one in new if one.item.code in device_codes.POWER]
    if power:
        _settle(power, at)
    if new:
        _publish(new, at)
    counts = Counter(one.message for one in new)
    return [counts[number] for number in range(len(told))]


class _New(NamedTuple):
    """An event that was not on record: which of the messages told it, and who sent that."""

    message: int
    source: str
    item: DeviceEvent


def _insert(told: Sequence[tuple[str, Sequence[DeviceEvent]]], at: dt.datetime) -> list[_New]:
    """The events whose row was not there: unique key and ON CONFLICT, never check-then-insert."""
    unique: dict[tuple[int, str, dt.datetime], _New] = {}
    for message, (source, items) in enumerate(told):
        for item in items:
            key = (item.meter_id, item.code, item.occurred_at)
            if key not in unique or unique[key].message == message:
                unique[key] = _New(message, source, item)
    ordered = sorted(unique)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO metering_meterevent (meter_id, code, occurred_at, recorded_at, source, event_mrid, details)
            SELECT m, c, o, %s, s, e, d::jsonb
            FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[]) AS t(m, c, o, s, e, d)
            ON CONFLICT (meter_id, code, occurred_at) DO NOTHING
            RETURNING meter_id, code, occurred_at
            """,
            [
                at,
                [key[0] for key in ordered],
                [key[1] for key in ordered],
                [key[2] for key in ordered],
                [unique[key].source for key in ordered],
                [unique[key].item.event_mrid for key in ordered],
                [json.dumps(unique[key].item.details) for key in ordered],
            ],
        )
        return [unique[(meter, code, occurred)] for meter, code, occurred in cursor.fetchall()]


def _settle(power: Sequence[DeviceEvent], at: dt.datetime) -> None:
    """Keep the latest word of the field per meter; an older word arriving late changes nothing."""
    latest: dict[int, DeviceEvent] = {}
    for item in power:
        known = latest.get(item.meter_id)
        if known is None or item.occurred_at >= known.occurred_at:
            latest[item.meter_id] = item
    settle_power(
        [(m, "on" if e.code == POWER_RESTORED else "off", e.occurred_at) for m, e in latest.items()], "event", at
    )


def settle_power(states: Sequence[tuple[int, str, dt.datetime]], source: str, at: dt.datetime) -> None:
    """Write (meter id, on or off, field time); a state with a later field time stays."""
    ordered = sorted(states)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO metering_powerstate (meter_id, power, occurred_at, recorded_at, source)
            SELECT m, p, o, %s, %s FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS t(m, p, o)
            ON CONFLICT (meter_id) DO UPDATE SET power = excluded.power, occurred_at = excluded.occurred_at,
                recorded_at = excluded.recorded_at, source = excluded.source
            WHERE metering_powerstate.occurred_at <= excluded.occurred_at
            """,
            [at, source, [s[0] for s in ordered], [s[1] for s in ordered], [s[2] for s in ordered]],
        )


def _publish(new: Sequence[_New], at: dt.datetime) -> None:
    """One fact per area, model, what it is and who told it."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list({one.item.meter_id for one in new})])
        places = {meter: place for meter, *place in cursor.fetchall()}
    critical = "" if all(one.item.code in device_codes.POWER for one in new) else runtime_settings.get(CRITICAL)
    groups: dict[tuple[int, str, str, str], list[tuple[int, DeviceEvent]]] = defaultdict(list)
    for one in new:
        kind = _kind(one.item.code, critical)
        usage_point, area, model, is_connected = places.get(one.item.meter_id, (0, 0, "", False))
        if is_connected or (kind in _REPORTED and area):
            groups[(area, model, kind, one.source)].append((usage_point, one.item))
    facts: dict[int, list[Fact]] = defaultdict(list)
    for (area, model, kind, source), rows in sorted(groups.items(), key=lambda group: group[0]):
        facts[area].append(_fact(source, model, kind, rows))
    events.publish_all(facts=facts, at=at)


_REPORTED = ("reported", "reported at once")


def _kind(code: str, critical: str) -> str:
    if code in device_codes.POWER:
        return code
    return _REPORTED[device_codes.is_matched(code, critical)]


def _fact(source: str, model: str, kind: str, rows: list[tuple[int, DeviceEvent]]) -> Fact:
    points = [point for point, _ in rows]
    meters = [item.meter_id for _, item in rows]
    moments = [item.occurred_at.timestamp() for _, item in rows]
    if kind in _REPORTED:
        codes = [item.code for _, item in rows]
        return MetersReported(model, points, meters, codes, moments, source, is_critical=kind == _REPORTED[True])
    lost_or_regained = MetersRegainedPower if kind == POWER_RESTORED else MetersLostPower
    return lost_or_regained(model, points, meters, moments, source)
