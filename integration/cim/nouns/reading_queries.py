"""get(MeterReadings), incoming: whose readings a partner asks us for, of which kinds, reasons and time (IEC 61968-9).

Whose: EndDevice, UsagePoint or TransformerTank of a GetMeterReadings element, or ID elements of the Request (objectType Meter,
EndDevice, UsagePoint or TransformerTank). When: TimeSchedule, else StartTime and EndTime. A part of the answer: options limit, offset.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim import times
from integration.cim.errors import Case, MessageRefused, ObjectId, ReplyError
from integration.cim.nouns import items, options
from integration.cim.nouns.items import Identified, Name, Parsed

if TYPE_CHECKING:
    from lxml import etree

    from integration.cim.envelope import Envelope

OPTIONS = (options.LIMIT, options.OFFSET)
#: Readings in one answer: at most, and where nothing is said.
MOST, USUAL = 10_000, 5_000
LONGEST = dt.timedelta(days=62)
_NS = "{http://iec.ch/TC57/2011/GetMeterReadings#}"
_METER, _POINT, _TRANSFORMER = "EndDevice", "UsagePoint", "TransformerTank"
_OBJECT_TYPES = {"meter": _METER, "enddevice": _METER, "usagepoint": _POINT, "transformertank": _TRANSFORMER}


@dataclass(frozen=True, slots=True)
class ReadingQuery:
    """What is asked for. Either meters and usage points, or transformers, whose meters are added up; no kind or reason means all."""

    begins_at: dt.datetime
    ends_at: dt.datetime
    meters: tuple[Identified, ...] = ()
    usage_points: tuple[Identified, ...] = ()
    transformers: tuple[Identified, ...] = ()
    types: tuple[Identified, ...] = ()
    reasons: tuple[str, ...] = ()
    limit: int = USUAL
    offset: int = 0


def parse(payload: etree._Element | None, *, envelope: Envelope, received_at: dt.datetime) -> Parsed[ReadingQuery]:  # noqa: ARG001
    """The one question of a request.

    Raises:
        MessageRefused: nobody or no time is named (1.6), transformers beside meters, a time that is none or longer than 62 days, an
            option nobody knows (1.8).
    """
    named = _ids(envelope)
    meters = _objects(payload, _METER) + named[_METER]
    points = _objects(payload, _POINT) + named[_POINT]
    transformers = _objects(payload, _TRANSFORMER) + named[_TRANSFORMER]
    if not (meters or points or transformers):
        raise _lacking("neither EndDevice nor UsagePoint nor TransformerTank says whose readings are wanted")
    if transformers and (meters or points):
        raise MessageRefused(Case.PAYLOAD_INVALID, "ask for TransformerTank in a question of its own")
    begins, ends = _time(payload, envelope)
    limit, offset = options.part(options.of(envelope.request, OPTIONS), usual=USUAL, most=MOST)
    found = payload.iterfind(f"{_NS}Reading/{_NS}reason") if payload is not None else ()
    reasons = tuple(dict.fromkeys(items.collapse(one.text) for one in found))
    return Parsed(
        [
            ReadingQuery(
                begins, ends, meters, points, transformers, _objects(payload, "ReadingType"), reasons, limit, offset
            )
        ]
    )


def _lacking(details: str) -> MessageRefused:
    return MessageRefused(Case.PAYLOAD_MISSING, errors=(ReplyError("1.6", details),))


def _objects(payload: etree._Element | None, name: str) -> tuple[Identified, ...]:
    """The objects of one kind that the question names; one without a name or mRID is none."""
    if payload is None:
        return ()
    found = tuple(items.identified(one) for one in payload.iterfind(_NS + name))
    if not all(found):
        raise _lacking(f"{name} has neither mRID nor Names")
    return found


def _ids(envelope: Envelope) -> dict[str, tuple[Identified, ...]]:
    """The objects that the Request names by ID, by what they are."""
    asked: Iterable[ObjectId] = envelope.request.ids if envelope.request is not None else ()
    found: dict[str, list[Identified]] = {_METER: [], _POINT: [], _TRANSFORMER: []}
    for one in asked:
        kind = _OBJECT_TYPES.get((one.object_type or one.id_type.removesuffix("Number")).lower())
        if kind is None:
            raise MessageRefused(Case.PAYLOAD_INVALID, f"Request/ID {one.value[:80]}: objectType says no Meter")
        found[kind].append(
            Identified(one.value) if one.kind == "uuid" else Identified("", (Name(one.value, one.id_type),))
        )
    return {kind: tuple(several) for kind, several in found.items()}


def _time(payload: etree._Element | None, envelope: Envelope) -> tuple[dt.datetime, dt.datetime]:
    path = f"{_NS}TimeSchedule/{_NS}scheduleInterval"
    interval = payload.find(path) if payload is not None else None
    asked = envelope.request
    if interval is not None:
        told = items.values(interval)
        begins, ends = _moment(told, "start"), _moment(told, "end")
    else:
        begins, ends = (asked.start_at, asked.end_at) if asked is not None else (None, None)
    if begins is None or ends is None:
        raise _lacking("neither TimeSchedule nor StartTime and EndTime says of which time")
    if not dt.timedelta() <= ends - begins <= LONGEST:
        raise MessageRefused(Case.PAYLOAD_INVALID, "end: not before start, and 62 days after it at most")
    return begins, ends


def _moment(told: dict[str, str], name: str) -> dt.datetime | None:
    try:
        return times.parse(told[name]) if name in told else None
    except times.TimeRefused as refused:
        raise MessageRefused(Case.PAYLOAD_INVALID, f"scheduleInterval/{name}: {refused}") from None
