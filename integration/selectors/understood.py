"""What a message that came in says, item by item, and what was answered to each."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integration.cim import codes, dialects, envelope, payloads, reading, registry
from integration.cim.errors import MessageRefused
from integration.cim.nouns.end_device_events import DeviceEvent
from integration.cim.nouns.items import Identified
from integration.cim.nouns.measurement_values import AnalogReading, SwitchPosition
from integration.cim.nouns.meter_readings import MeterAnswer
from integration.cim.nouns.pushed_readings import MeterRead
from integration.cim.nouns.reading_queries import ReadingQuery
from integration.cim.nouns.trouble_tickets import TroubleTicket
from metering.selectors import device_words

SHOWN = 200
WORDS = {"26.0.85": gettext_lazy("power lost"), "26.0.216": gettext_lazy("power restored")}


def items(
    body: bytes, reply: bytes, *, received_at: dt.datetime, dialect: dialects.Dialect = dialects.OURS
) -> list[dict[str, Any]]:
    """The items of a message, those that failed with their error; at most SHOWN, failures first where there are more."""
    faults = reading.faults(reply)
    by_id = {fault.object_id: fault for fault in faults if fault.object_id}
    told, named = [], set()
    for number, item in enumerate(_parsed(body, received_at, dialect), start=1):
        about, ids = _about(item)
        fault = next((by_id[one] for one in ids if one in by_id), None)
        named |= {fault.object_id} if fault else set()
        told.append(_item(number, about, ids[0] if ids else "", fault))
    rest = [fault for fault in faults if fault.object_id not in named]
    told += [_item(0, _("not read"), fault.object_id, fault) for fault in rest]
    return sorted(told, key=lambda one: one["ok"])[:SHOWN] if len(told) > SHOWN else told


def called(body: bytes, dialect: dialects.Dialect = dialects.OURS) -> tuple[str, str]:
    """Verb and noun of a message that was refused, as far as its envelope can be read; empty where it cannot."""
    try:
        read = envelope.read(body, dialect)
    except MessageRefused:
        return "", ""
    return read.verb, read.noun


def _parsed(body: bytes, received_at: dt.datetime, dialect: dialects.Dialect) -> list[Any]:
    try:
        read = envelope.read(body, dialect)
    except MessageRefused:
        return []
    several = read.operations.operations if read.operations else ()
    messages = [dataclasses.replace(read, verb=one.verb, noun=one.noun, payload=one.payload) for one in several]
    return [item for one in messages or [read] for item in _items_of(one, received_at)]


def _items_of(read: envelope.Envelope, received_at: dt.datetime) -> list[Any]:
    try:
        return payloads.parse(read, registry.incoming(read.verb, read.noun), received_at=received_at).items
    except MessageRefused:
        return []


def _item(number: int, about: str, name: str, fault: reading.Fault | None) -> dict[str, Any]:
    words = f"{fault.reason} {fault.details}".strip() if fault else _("taken")
    return {
        "index": number or "",
        "about": about,
        "id": name,
        "ok": fault is None,
        "code": fault.code if fault else "",
        "text": words,
    }


def _about(item: Any) -> tuple[str, list[str]]:
    """An item in words, and the names an error could call it by."""
    if isinstance(item, DeviceEvent):
        return _("Meter: %(what)s") % {"what": WORDS.get(item.code) or device_words.words(item.code)}, _names(
            item.meter, item.usage_point
        )
    if isinstance(item, TroubleTicket):
        about = _("Call: %(what)s") % {"what": item.trouble_code or _("no supply")}
        return about, [*_names(item.usage_point, item.customer, item.service_location), item.mrid]
    if isinstance(item, SwitchPosition):
        return _("Switch: closed") if item.is_closed else _("Switch: open"), _names(item.discrete, item.switch)
    if isinstance(item, AnalogReading):
        return _("Value: %(what)s") % {"what": item.value}, _names(item.analog)
    if isinstance(item, MeterRead):
        return _("Meter: %(count)d readings") % {"count": len(item.values)}, _names(item.meter, item.usage_point)
    if isinstance(item, MeterAnswer):
        what = f"{item.code} {item.words}" if item.code else _("%(count)d readings") % {"count": len(item.values)}
        return _("Meter: %(what)s") % {"what": what}, _names(item.meter)
    if isinstance(item, ReadingQuery):
        return _("Question for readings"), _names(*item.meters, *item.usage_points, *item.transformers)
    named = getattr(item, "object_id", None)
    return (named.object_type, [named.value]) if named is not None else (_("Question"), [])


def _names(*objects: Identified) -> list[str]:
    return [name for one in objects for name in (*(n.name for n in one.names), one.mrid) if name]


def meaning(code: str) -> tuple[str, str]:
    """Level and meaning of an error code."""
    known = codes.CODES.get(code)
    return (known.level, known.meaning) if known else ("", "")
