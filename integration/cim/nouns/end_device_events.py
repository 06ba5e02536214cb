"""EndDeviceEvents (IEC 61968-9): what meters tell by themselves, last gasps above all; and what is passed on of generators' meters.

An event type is `type.domain.subDomain.eventOrAction`, e.g. 3.26.0.85: electric meter, power, n/a, failed. Senders put 0 or 3
into the first field for the same thing, so events are matched on the last three.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from integration.cim import namespaces, times, writer
from integration.cim.errors import ObjectId
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, ItemRefused, Name, Parsed

if TYPE_CHECKING:
    from lxml import etree

POWER_LOST, POWER_RESTORED = "26.0.85", "26.0.216"
_NS = "{http://iec.ch/TC57/2011/EndDeviceEvents#}"
_CODE = re.compile(r"\d{1,5}\.(\d{1,5}\.\d{1,5}\.\d{1,5})")
_SERIAL_NUMBER = "serialNumber"
_MOST_DETAILS = 100  # of one event, by the schema
_IDS = uuid.UUID("0b0f4f5c-7c55-5f8e-9a3e-6a0c1a9a6d31")


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a meter as others are told of it; the counts, of losses and returns of supply, are those on record of it."""

    meter_mrid: str
    meter_number: str
    usage_point: str
    code: str
    occurred_at: dt.datetime
    reason: str
    severity: str = ""
    counts: tuple[int, int] | None = None  # off and on
    details: Mapping[str, str] = field(default_factory=dict)  # values by name: as the meter told them, and what we add


def build(*told: Told) -> str:
    """The payload: one event a meter and moment."""
    return writer.element("EndDeviceEvents", *map(_told, told), xmlns=namespaces.PROFILES["EndDeviceEvents"])


def _told(one: Told) -> str:
    number = writer.element(
        "Names",
        writer.text("name", one.meter_number),
        writer.element("NameType", writer.text("name", "MeterNumber")),
    )
    point = writer.element(
        "Names",
        writer.text("name", one.usage_point),
        writer.element("NameType", writer.text("name", "UsagePointNumber")),
    )
    counts = {name: str(count) for name, count in zip(("offCount", "onCount"), one.counts or (), strict=False)}
    details = list((counts | dict(one.details)).items())[:_MOST_DETAILS]
    return writer.element(
        "EndDeviceEvent",
        writer.text("mRID", str(uuid.uuid5(_IDS, f"{one.meter_mrid}\n{one.code}\n{one.occurred_at.isoformat()}"))),
        writer.time("createdDateTime", one.occurred_at),
        writer.text("reason", one.reason),
        writer.text("severity", one.severity),
        writer.element("Assets", writer.text("mRID", one.meter_mrid), number),
        *(
            writer.element("EndDeviceEventDetails", writer.text("name", name), writer.text("value", value))
            for name, value in details
        ),
        writer.container("EndDeviceEventType", ref=f"3.{one.code}"),
        writer.element("UsagePoint", point),
    )


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """One event of one device. `code` is domain.subDomain.eventOrAction; `full_code` has the type in front, as received."""

    code: str
    full_code: str
    occurred_at: dt.datetime
    meter: Identified
    usage_point: Identified
    mrid: str = ""
    issuer: str = ""
    issuer_tracking_id: str = ""
    reason: str = ""
    severity: str = ""
    details: dict[str, str] = field(default_factory=dict)

    @property
    def device(self) -> ObjectId:
        """What an error about this event names."""
        return _device_id(self.meter, self.usage_point)


def parse(payload: etree._Element, *, received_at: dt.datetime) -> Parsed[DeviceEvent]:
    """All events of a validated payload."""
    types = _inline_types(payload)
    one = functools.partial(_event, types=types, received_at=received_at)
    return items.parse_each(payload.iterfind(_NS + "EndDeviceEvent"), one)


def _event(element: etree._Element, *, types: dict[str, str], received_at: dt.datetime) -> DeviceEvent:
    simple = items.values(element)
    parts = {child.tag: child for child in element}
    meter, usage_point = _meter(parts.get(_NS + "Assets")), items.identified(parts.get(_NS + "UsagePoint"))
    if not meter and not usage_point:
        raise ItemRefused("1.7", "neither Assets nor UsagePoint says which device", _own_id(simple))
    try:
        occurred_at = times.parse_occurred(simple["createdDateTime"], received_at=received_at)
    except times.TimeRefused as refused:
        raise ItemRefused("1.8", f"createdDateTime: {refused}", _device_id(meter, usage_point)) from None
    ref, full_code = _full_code(parts.get(_NS + "EndDeviceEventType"), types)
    if not full_code:
        details = f"EndDeviceEventType {ref} is neither a code nor described in the message"
        raise ItemRefused("1.7", details, _device_id(meter, usage_point))
    return DeviceEvent(
        code=full_code.partition(".")[2],
        full_code=full_code,
        occurred_at=occurred_at,
        meter=meter,
        usage_point=usage_point,
        mrid=simple.get("mRID", ""),
        issuer=simple.get("issuerID", ""),
        issuer_tracking_id=simple.get("issuerTrackingID", ""),
        reason=simple.get("reason", ""),
        severity=simple.get("severity", ""),
        details=_details(element) if _NS + "EndDeviceEventDetails" in parts else {},
    )


def _details(element: etree._Element) -> dict[str, str]:
    pairs = map(items.values, element.iterfind(_NS + "EndDeviceEventDetails"))
    return {one["name"]: one.get("value", "") for one in pairs}


def _full_code(referring: etree._Element | None, types: dict[str, str]) -> tuple[str, str]:
    """`ref`, and the code: `ref` itself, or that of the inline type whose mRID or name it is (traps 19 and 21)."""
    ref = items.collapse(referring.get("ref")) if referring is not None else ""
    return ref, ref if _CODE.fullmatch(ref) else types.get(ref, "")


def _inline_types(payload: etree._Element) -> dict[str, str]:
    """MRID and names of the types described in the payload, to their codes."""
    found: dict[str, str] = {}
    for element in payload.iterfind(_NS + "EndDeviceEventType"):
        one = items.identified(element)
        keys = [one.mrid, *(name.name for name in one.names)]
        code = next((key for key in keys if _CODE.fullmatch(key)), "") or _composed(items.values(element))
        if code:
            found.update((key, code) for key in keys if key)
    return found


def _composed(fields: dict[str, str]) -> str:
    code = ".".join(fields.get(key) or "0" for key in ("type", "domain", "subDomain", "eventOrAction"))
    return code if _CODE.fullmatch(code) and fields.get("domain") and fields.get("eventOrAction") else ""


def _meter(element: etree._Element | None) -> Identified:
    """The meter; one vendor's serialNumber counts as a name of that type."""
    meter = items.identified(element)
    serial = items.collapse(element.findtext(_NS + _SERIAL_NUMBER)) if element is not None else ""
    return Identified(meter.mrid, (*meter.names, Name(serial, _SERIAL_NUMBER))) if serial else meter


def _device_id(meter: Identified, usage_point: Identified) -> ObjectId:
    return meter.to_object_id("Meter") if meter else usage_point.to_object_id("UsagePoint")


def _own_id(simple: dict[str, str]) -> ObjectId | None:
    mrid = simple.get("mRID")
    return ObjectId(mrid, "EndDeviceEvent", kind="uuid") if mrid else None
