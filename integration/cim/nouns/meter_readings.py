"""MeterReadings (IEC 61968-9): asked for with get, answered with reply: voltages of this moment ("ping"), or readings of a time.

A question names meters, ReadingTypes and a time; the answer is a ResponseMessage under the same CorrelationID, in one or more
messages. Who does not answer is named in Reply/Error (4.1 timed out, 5.7 not available); an error without an ID is about all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from integration.cim import namespaces, times, writer
from integration.cim.errors import ObjectId
from integration.cim.nouns import items, pushed_readings
from integration.cim.nouns.items import Identified, ItemRefused, Name, Parsed
from integration.cim.nouns.pushed_readings import Value

if TYPE_CHECKING:
    from lxml import etree

    from integration.cim.envelope import Envelope

GET, NOUN, QUESTION = "get", "MeterReadings", "GetMeterReadings"
#: Indicating voltage of phases A, B, C (kind 54, unit V): what tells most about supply. One vendor's codes, public.
VOLTAGES = tuple(f"0.0.0.6.0.1.54.0.0.0.0.0.0.0.{phase}.0.29.0" for phase in (128, 64, 32))
_NS = "{http://iec.ch/TC57/2011/MeterReadings#}"
_FIELDS, _KIND, _PHASES, _MULTIPLIER = 18, 6, 14, 15
_IS_VOLTAGE = frozenset({"54", "158"})
#: Field 15 of a ReadingType as bits of A (1), B (2), C (4); what is not listed is told of no phase in particular.
_BITS = {"128": 1, "129": 1, "64": 2, "65": 2, "32": 4, "33": 4, "224": 7, "225": 7}
#: Error codes that say a meter did not answer; all others say that it cannot be asked.
SILENT = frozenset({"4.1", "5.3", "5.6", "5.7"})
MORE_FOLLOWS, ACKNOWLEDGED = "0.1", "0.3"


@dataclass(frozen=True, slots=True)
class Told:
    """What a reply says as a whole: to which question, and whether more follows. `code` is of an error about all meters."""

    correlation_id: str
    is_last: bool
    code: str = ""
    words: str = ""

    @property
    def object_id(self) -> ObjectId:
        """What an error about this reply names."""
        return ObjectId(self.correlation_id, "Message", kind="transaction")


@dataclass(frozen=True, slots=True)
class MeterAnswer:
    """What one meter told, or (`code`) why it told nothing. Voltages by phase bits, 0 where no phase is named.

    `values` are all its readings, as they are kept where readings were asked for; `trouble` says why they cannot be.
    """

    meter: Identified
    occurred_at: dt.datetime | None = None
    volts: dict[int, float] = field(default_factory=dict)
    code: str = ""
    words: str = ""
    values: tuple[Value, ...] = ()
    trouble: str = ""

    @property
    def object_id(self) -> ObjectId:
        """What an error about this answer names."""
        return self.meter.to_object_id("Meter")


def build(meters: Iterable[str], *, begins: dt.datetime, ends: dt.datetime, types: Iterable[str] = VOLTAGES) -> str:
    """The question: readings of these kinds (the voltages) of these meters (by number) between the two moments."""
    devices = "".join(
        items.write_identified("EndDevice", Identified("", (Name(one, "MeterNumber"),))) for one in meters
    )
    kinds = "".join(writer.element("ReadingType", items.write_names([Name(code)])) for code in types)
    interval = writer.element("scheduleInterval", writer.time("end", ends), writer.time("start", begins))
    schedule = writer.element("TimeSchedule", interval)
    return writer.element(QUESTION, devices, kinds, schedule, xmlns=namespaces.PROFILES[QUESTION])


def parse(
    payload: etree._Element | None, *, envelope: Envelope, received_at: dt.datetime
) -> Parsed[Told | MeterAnswer]:
    """First what the message says as a whole, then each meter that is named."""
    readings = payload.iterfind(_NS + "MeterReading") if payload is not None else ()
    types = pushed_readings.types_described(payload) if payload is not None else {}
    parsed = items.parse_each(readings, lambda one: _answer(one, types, received_at))
    failed = [_failure(code, words, one) for code, words, one in envelope.reply_errors if one is not None]
    about_all = [(code, words) for code, words, one in envelope.reply_errors if one is None]
    codes = {code for code, _ in about_all}
    fatal = next(((code, words) for code, words in about_all if not code.startswith("0")), ("", ""))
    told = Told(envelope.correlation_id, not codes & {MORE_FOLLOWS, ACKNOWLEDGED}, *fatal)
    return Parsed([told, *parsed.items, *failed], parsed.errors)


def _failure(code: str, words: str, one: ObjectId) -> MeterAnswer:
    meter = Identified(one.value) if one.kind == "uuid" else Identified("", (Name(one.value, one.id_type),))
    return MeterAnswer(meter, code=code, words=words)


def _answer(element: etree._Element, types: dict[str, str], received_at: dt.datetime) -> MeterAnswer:
    meter = items.identified(element.find(_NS + "Meter"))
    point = items.identified(element.find(_NS + "UsagePoint"))
    if not meter and not point:
        raise ItemRefused("1.7", "neither Meter nor UsagePoint says whose reading it is")
    volts: dict[int, float] = {}
    latest: dt.datetime | None = None
    for reading in element.iterfind(_NS + "Readings"):
        simple = items.values(reading)
        at = _moment(simple.get("timeStamp", ""), received_at, meter or point)
        latest = max(one for one in (latest, at) if one is not None) if latest or at else None
        referring = reading.find(_NS + "ReadingType")
        ref = items.collapse(referring.get("ref")) if referring is not None else ""
        code = types.get(ref, ref).split(".")
        if len(code) == _FIELDS and code[_KIND] in _IS_VOLTAGE:
            value = _number(simple.get("value", ""), meter or point) * 10.0 ** int(code[_MULTIPLIER])
            volts[_BITS.get(code[_PHASES], 0)] = value
    try:
        read = pushed_readings.meter_read(element, described=types, received_at=received_at)
    except ItemRefused as refused:
        return MeterAnswer(meter or point, latest, volts, trouble=refused.error.details)
    return MeterAnswer(meter or point, latest, volts, values=read.values)


def _number(text: str, one: Identified) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ItemRefused("1.8", f"value {text[:40]!r} is no number", one.to_object_id("Meter")) from None
    if not abs(value) < 1e9:
        raise ItemRefused("1.8", f"value {text[:40]!r} is no voltage", one.to_object_id("Meter"))
    return value


def _moment(text: str, received_at: dt.datetime, one: Identified) -> dt.datetime | None:
    try:
        return times.parse_occurred(text, received_at=received_at) if text else None
    except times.TimeRefused as refused:
        raise ItemRefused("1.8", f"timeStamp: {refused}", one.to_object_id("Meter")) from None
