"""MeterReadings (IEC 61968-9), pushed or in answer to a question: registers, blocks of intervals, instantaneous values, qualities.

A value is kept as it is told, in the unit and multiplier of its ReadingType. Of an interval `timeStamp` is the end. Qualities are codes
system.category.index, e.g. 1.4.4 (a skipped interval), each by itself or as `ref` of a type described in the message.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim import times
from integration.cim.errors import ObjectId
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, ItemRefused, Parsed

if TYPE_CHECKING:
    from lxml import etree

_NS = "{http://iec.ch/TC57/2011/MeterReadings#}"
_TYPE = re.compile(r"(?:-?\d{1,6}\.){17}-?\d{1,6}")
_QUALITY = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,5}")
#: Why a register was read, as the profile lists it; another word is not kept.
REASONS = frozenset(
    {"billing", "demandReset", "inquiry", "installation", "loadManagement", "loadResearch", "moveIn", "moveOut", "other",
     "removal", "serviceConnect", "serviceDisconnect"}
)  # fmt: skip
#: Qualities of a value that are kept.
_MOST_QUALITIES = 4


@dataclass(frozen=True, slots=True)
class Value:
    """One value."""

    type: str
    read_at: dt.datetime
    value: float
    quality: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MeterRead:
    """What one meter read."""

    meter: Identified
    usage_point: Identified
    values: tuple[Value, ...]

    @property
    def object_id(self) -> ObjectId:
        """What an error about this meter names."""
        return self.meter.to_object_id("Meter") if self.meter else self.usage_point.to_object_id("UsagePoint")


def parse(payload: etree._Element, *, received_at: dt.datetime) -> Parsed[MeterRead]:
    """All meters of a validated payload; one of whose values cannot be taken is refused as a whole."""
    one = functools.partial(meter_read, described=types_described(payload), received_at=received_at)
    return items.parse_each(payload.iterfind(_NS + "MeterReading"), one)


def meter_read(element: etree._Element, *, described: Mapping[str, str], received_at: dt.datetime) -> MeterRead:
    """What one meter read.

    Raises:
        ItemRefused: nobody is named, nothing is read, or one of the values cannot be taken.
    """
    meter = items.identified(element.find(_NS + "Meter"))
    point = items.identified(element.find(_NS + "UsagePoint"))
    if not meter and not point:
        raise ItemRefused("1.7", "neither Meter nor UsagePoint says whose reading it is")
    told = MeterRead(meter, point, ())
    try:
        found = tuple(_value(one, kind, described, received_at) for one, kind in _told(element))
    except ValueError as refused:
        raise ItemRefused("1.8", str(refused), told.object_id) from None
    if not found:
        raise ItemRefused("1.7", "no Readings and no IntervalReadings", told.object_id)
    return MeterRead(meter, point, found)


def _told(element: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Each reading with what its ReadingType refers to."""
    for one in element.iterfind(_NS + "Readings"):
        yield one, _ref(one, "ReadingType")
    for block in element.iterfind(_NS + "IntervalBlocks"):
        kind = _ref(block, "ReadingType")
        for one in block.iterfind(_NS + "IntervalReadings"):
            yield one, kind


def _value(element: etree._Element, kind: str, described: Mapping[str, str], received_at: dt.datetime) -> Value:
    code = described.get(kind, kind)
    if not _TYPE.fullmatch(code):
        raise ValueError(f"ReadingType {kind[:80]} is neither a code nor described in the message")
    simple = items.values(element)
    text = simple.get("timeStamp") or items.collapse(element.findtext(f"{_NS}timePeriod/{_NS}end"))
    if not text:
        raise ValueError("a reading has neither timeStamp nor timePeriod/end")
    value = _number(simple.get("value", ""))
    qualities = [described.get(one, one) for one in _qualities(element)]
    if wrong := [one for one in qualities if not _QUALITY.fullmatch(one)]:
        raise ValueError(f"ReadingQualityType {wrong[0][:80]} is neither a code nor described in the message")
    return Value(
        code,
        times.parse_occurred(text, received_at=received_at),
        value,
        " ".join(dict.fromkeys(qualities[:_MOST_QUALITIES])),
        reason if (reason := simple.get("reason", "")) in REASONS else "",
    )


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"value {text[:40]!r} is no number")
    return value


def _qualities(element: etree._Element) -> Iterator[str]:
    return (_ref(one, "ReadingQualityType") for one in element.iterfind(_NS + "ReadingQualities"))


def _ref(element: etree._Element, name: str) -> str:
    found = element.find(_NS + name)
    return items.collapse(found.get("ref")) if found is not None else ""


def types_described(payload: etree._Element) -> dict[str, str]:
    """MRIDs and names of the types described in the payload, to their codes."""
    found: dict[str, str] = {}
    for tag, code_of in (("ReadingType", _TYPE), ("ReadingQualityType", _QUALITY)):
        for element in payload.iterfind(_NS + tag):
            one = items.identified(element)
            keys = [one.mrid, *(name.name for name in one.names)]
            code = next((key for key in keys if code_of.fullmatch(key)), "")
            found.update((key, code) for key in keys if key and code)
    return found
