"""created(EndDeviceEvents): name the meters, hand their events to metering."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from adms.core.actors import Actor
from integration.cim.errors import ReplyError
from integration.cim.nouns.end_device_events import DeviceEvent
from integration.cim.nouns.items import Identified
from integration.services.handled import Handled
from metering.services import device_events


def handle(*, actor: Actor, source: str, items: Sequence[DeviceEvent], at: dt.datetime) -> Handled:  # noqa: ARG001
    """Record the events of meters we know; each of the others gets 2.4, or 2.12 where only a usage point was named."""
    meters = _Meters(items)
    handled = Handled()
    events = []
    for item in items:
        meter_id = meters.find(item)
        if meter_id is None:
            handled.errors.append(_unknown(item))
        else:
            events.append(_event(meter_id, item))
    new = device_events.record_events(source=source, items=events, at=at) if events else 0
    handled.taken = len(events)
    handled.effects = {"events": len(events), "new": new, "unknown_meters": len(handled.errors)}
    return handled


class _Meters:
    """The meters that a message names, looked up at once. The head-end's meter comes before its idea of the usage point."""

    def __init__(self, items: Sequence[DeviceEvent]) -> None:
        meters, points = [item.meter for item in items], [item.usage_point for item in items]
        lookup = device_events.meters_by_identification
        self.by_mrid = lookup(mrids={one.mrid for one in meters if one.mrid})
        # Some head-ends put the serial number where the mRID belongs.
        self.by_number = lookup(numbers=_names(meters) | {one.mrid for one in meters if one.mrid})
        self.by_point = lookup(usage_points=_names(points) | {one.mrid for one in points if one.mrid})

    def find(self, item: DeviceEvent) -> int | None:
        """The meter of an event."""
        meter, point = item.meter, item.usage_point
        wanted = [(self.by_mrid, meter.mrid), (self.by_number, meter.mrid)]
        wanted += [(self.by_number, name.name) for name in meter.names]
        wanted += [(self.by_point, point.mrid), *((self.by_point, name.name) for name in point.names)]
        return next((table[key] for table, key in wanted if key in table), None)


def _names(objects: Sequence[Identified]) -> set[str]:
    return {name.name for one in objects for name in one.names}


def _event(meter_id: int, item: DeviceEvent) -> device_events.DeviceEvent:
    told: dict[str, Any] = {
        "type": item.full_code,
        "severity": item.severity,
        "reason": item.reason,
        "issuer": item.issuer,
        "tracking_id": item.issuer_tracking_id,
        "details": item.details,
    }
    return device_events.DeviceEvent(
        meter_id, item.code, item.occurred_at, item.mrid, {key: value for key, value in told.items() if value}
    )


def _unknown(item: DeviceEvent) -> ReplyError:
    return ReplyError("2.4" if item.meter else "2.12", "not known here", item.device)
