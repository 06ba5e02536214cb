"""Device events of meters: stored once each, settled into the last known power state, told on in batches per area."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from adms.core.services import events
from metering.events import MetersLostPower, MetersRegainedPower
from metering.models import Meter

POWER_LOST, POWER_RESTORED = "26.0.85", "26.0.216"


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
    asked = (
        ("number", numbers),
        ("mrid", mrids),
        ("usage_point__mrid", usage_points),
        ("usage_point__name", usage_points),
    )
    found: dict[str, int] = {}
    for column, names in asked:
        wanted = list(names)
        if wanted:
            found |= dict(Meter.objects.filter(Q(**{f"{column}__any": wanted})).values_list(column, "pk"))
    return found


@transaction.atomic
def record_events(*, source: str, items: Sequence[DeviceEvent], at: dt.datetime) -> int:
    """Store the events that are new, settle power states, and publish who lost or regained power; the number that were new.

    A meter that is disconnected on purpose makes history but no evidence.
    """
    new = _insert(source, items, at)
    power = [item for item in new if item.code in (POWER_LOST, POWER_RESTORED)]
    if power:
        _settle(power, at)
        _publish(source, power, at)
    return len(new)


def _insert(source: str, items: Sequence[DeviceEvent], at: dt.datetime) -> list[DeviceEvent]:
    """The items whose row was not there: unique key and ON CONFLICT, never check-then-insert."""
    unique = {(item.meter_id, item.code, item.occurred_at): item for item in items}
    ordered = sorted(unique)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO metering_meterevent (meter_id, code, occurred_at, recorded_at, source, event_mrid, details)
            SELECT m, c, o, %s, %s, e, d::jsonb FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::text[])
                AS t(m, c, o, e, d)
            ON CONFLICT (meter_id, code, occurred_at) DO NOTHING
            RETURNING meter_id, code, occurred_at
            """,
            [
                at,
                source,
                [key[0] for key in ordered],
                [key[1] for key in ordered],
                [key[2] for key in ordered],
                [unique[key].event_mrid for key in ordered],
                [json.dumps(unique[key].details) for key in ordered],
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


def _publish(source: str, power: Sequence[DeviceEvent], at: dt.datetime) -> None:
    """One event per area, model and direction."""
    places = {
        meter: (usage_point, area, model)
        for meter, usage_point, area, model in Meter.objects.filter(
            Q(pk__any=list({item.meter_id for item in power})), usage_point__is_connected=True
        ).values_list("pk", "usage_point_id", "usage_point__area_id", "usage_point__model_key")
    }
    groups: dict[tuple[int, str, str], list[tuple[int, int, float]]] = defaultdict(list)
    for item in power:
        if item.meter_id in places:
            usage_point, area, model = places[item.meter_id]
            groups[(area, model, item.code)].append((usage_point, item.meter_id, item.occurred_at.timestamp()))
    facts: dict[int, list[MetersLostPower | MetersRegainedPower]] = defaultdict(list)
    for (area, model, code), rows in sorted(groups.items()):
        facts[area].append(_fact(source, model, code, rows))
    events.publish_all(facts=facts, at=at)


def _fact(
    source: str, model: str, code: str, rows: list[tuple[int, int, float]]
) -> MetersLostPower | MetersRegainedPower:
    kind = MetersRegainedPower if code == POWER_RESTORED else MetersLostPower
    return kind(model, [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], source)
