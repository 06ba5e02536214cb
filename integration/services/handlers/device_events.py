"""created(EndDeviceEvents): name the meters, hand their events to metering."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from adms.core.actors import Actor
from integration.cim.errors import ReplyError
from integration.cim.nouns.end_device_events import DeviceEvent
from integration.cim.nouns.items import Identified
from integration.services.handled import Handled, Part
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
    handled.effects = _effects(len(events), new, len(handled.errors))
    return handled


def handle_together(*, parts: Sequence[Part], at: dt.datetime) -> list[Handled | None]:
    """Record the events of several messages by one set of statements; None for a message that names a meter we do not know."""
    meters = _Meters([item for part in parts for item in part.items])
    told: dict[int, tuple[str, list[device_events.DeviceEvent]]] = {}
    for number, part in enumerate(parts):
        found = [(meters.find(item), item) for item in part.items]
        events = [_event(meter_id, item) for meter_id, item in found if meter_id is not None]
        if len(events) == len(found):
            told[number] = (part.source, events)
    new = dict(zip(told, device_events.record_all(told=list(told.values()), at=at), strict=True)) if told else {}
    return [
        Handled(len(told[number][1]), effects=_effects(len(told[number][1]), new[number], 0))
        if number in told
        else None
        for number in range(len(parts))
    ]


def _effects(events: int, new: int, unknown: int) -> dict[str, int]:
    return {"events": events, "new": new, "unknown_meters": unknown}


class _Meters:
    """The meters that messages name, looked up at once. The head-end's meter comes before its idea of the usage point."""

    def __init__(self, items: Sequence[DeviceEvent]) -> None:
        meters = [item.meter for item in items]
        mrids = {one.mrid for one in meters if one.mrid}
        lookup = device_events.meters_by_identification
        self.by_mrid = lookup(mrids=mrids)
        # Some head-ends put the serial number where the mRID belongs.
        self.by_number = lookup(numbers=_names(meters) | mrids)
        points = [item.usage_point for item in items if self._of_meter(item.meter) is None]
        self.by_point = lookup(usage_points=_names(points) | {one.mrid for one in points if one.mrid})

    def find(self, item: DeviceEvent) -> int | None:
        """The meter of an event."""
        found = self._of_meter(item.meter)
        if found is not None:
            return found
        keys = [item.usage_point.mrid, *(name.name for name in item.usage_point.names)]
        return next((self.by_point[key] for key in keys if key in self.by_point), None)

    def _of_meter(self, meter: Identified) -> int | None:
        wanted = [(self.by_mrid, meter.mrid), (self.by_number, meter.mrid)]
        wanted += [(self.by_number, name.name) for name in meter.names]
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
