"""created and changed(MeterReadings): name the meters, hand their readings to metering."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from integration.cim.errors import ReplyError
from integration.cim.nouns.items import Identified
from integration.cim.nouns.pushed_readings import MeterRead
from integration.services.handled import Handled
from metering.services import device_events, readings
from metering.services.readings import Reading


def handle(*, actor: Actor, source: str, items: Sequence[MeterRead], at: dt.datetime) -> Handled:  # noqa: ARG001
    """Keep the readings of meters we know; each of the others gets 2.4, or 2.12 where only a usage point was named."""
    known = device_events.meters_by_identification(
        numbers=_names(items, "meter"), mrids=_names(items, "meter"), usage_points=_names(items, "usage_point")
    )
    handled, told = Handled(), []
    for item in items:
        meter_id = next((known[name] for name in (*_of(item.meter), *_of(item.usage_point)) if name in known), None)
        if meter_id is None:
            code = "2.4" if item.meter else "2.12"
            handled.errors.append(ReplyError(code, "not known", item.object_id))
            continue
        handled.taken += 1
        told += [Reading(meter_id, one.type, one.read_at, one.value, one.quality, one.reason) for one in item.values]
    kept = readings.record_readings(readings=told, at=at)
    handled.effects = {"meters": handled.taken, "readings": len(told), "new": kept.new, "changed": kept.changed}
    return handled


def _names(items: Sequence[MeterRead], what: str) -> set[str]:
    return {name for item in items for name in _of(getattr(item, what))}


def _of(one: Identified) -> list[str]:
    return [name for name in (one.mrid, *(name.name for name in one.names)) if name]
