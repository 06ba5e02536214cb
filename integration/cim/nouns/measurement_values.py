"""MeasurementValues: telemetry as events (own profile). A Discrete names a point or the Switch itself; 0 is open, 1 is closed."""

from __future__ import annotations

import datetime as dt
import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim import times
from integration.cim.errors import ObjectId
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, ItemRefused, Parsed

if TYPE_CHECKING:
    from lxml import etree

OPEN, CLOSED = 0, 1
GOOD, QUESTIONABLE, INVALID = "GOOD", "QUESTIONABLE", "INVALID"
_NS = "{urn:tieline:cim:2026:MeasurementValues#}"
_DOUBTS = (
    "badReference",
    "failure",
    "oldData",
    "operatorBlocked",
    "oscillatory",
    "outOfRange",
    "overFlow",
    "suspect",
    "test",
)


@dataclass(frozen=True, slots=True)
class Quality:
    """How far a value may be believed. Nothing said is QUESTIONABLE: such a value is kept, and drives nothing."""

    validity: str = QUESTIONABLE
    source: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether the value may change the picture of the network."""
        return self.validity == GOOD and not self.doubts


@dataclass(frozen=True, slots=True)
class SwitchPosition:
    """A position of a switch, told by its Discrete (`discrete`) or by itself (`switch`)."""

    is_closed: bool
    occurred_at: dt.datetime
    discrete: Identified
    switch: Identified
    quality: Quality
    reason: str = ""  # what moved it, where the device says so: the protection that tripped

    @property
    def object_id(self) -> ObjectId:
        """What an error about this value names."""
        return self.discrete.to_object_id("Discrete") if self.discrete else self.switch.to_object_id("Switch")


@dataclass(frozen=True, slots=True)
class AnalogReading:
    """A measured quantity, in the unit of its Analog."""

    value: float
    occurred_at: dt.datetime
    analog: Identified
    quality: Quality

    @property
    def object_id(self) -> ObjectId:
        """What an error about this value names."""
        return self.analog.to_object_id("Analog")


def parse(payload: etree._Element, *, received_at: dt.datetime) -> Parsed[SwitchPosition | AnalogReading]:
    """All values of a validated payload, in its order."""
    return items.parse_each(payload, functools.partial(_value, received_at=received_at))


def _value(element: etree._Element, *, received_at: dt.datetime) -> SwitchPosition | AnalogReading:
    if element.tag == _NS + "AnalogValue":
        return _analog(element, received_at)
    return _position(element, received_at)


def _position(element: etree._Element, received_at: dt.datetime) -> SwitchPosition:
    simple = items.values(element)
    discrete, switch = items.identified(element.find(_NS + "Discrete")), items.identified(element.find(_NS + "Switch"))
    if bool(discrete) == bool(switch):
        raise ItemRefused("1.7", "a DiscreteValue names either its Discrete or its Switch")
    object_id = discrete.to_object_id("Discrete") if discrete else switch.to_object_id("Switch")
    value = int(simple["value"])
    if value not in {OPEN, CLOSED}:
        raise ItemRefused("1.8", f"value {value} is neither 0 (open) nor 1 (closed)", object_id)
    at = _time_stamp(simple["timeStamp"], received_at, object_id)
    return SwitchPosition(value == CLOSED, at, discrete, switch, _quality(element), simple.get("reason", ""))


def _analog(element: etree._Element, received_at: dt.datetime) -> AnalogReading:
    simple, analog = items.values(element), items.identified(element.find(_NS + "Analog"))
    if not analog:
        raise ItemRefused("1.7", "an AnalogValue names its Analog")
    value = float(simple["value"])
    if not math.isfinite(value):
        raise ItemRefused(
            "1.8", f"value {simple['value']} is not a number that can be used", analog.to_object_id("Analog")
        )
    at = _time_stamp(simple["timeStamp"], received_at, analog.to_object_id("Analog"))
    return AnalogReading(value, at, analog, _quality(element))


def _time_stamp(text: str, received_at: dt.datetime, object_id: ObjectId) -> dt.datetime:
    try:
        return times.parse_occurred(text, received_at=received_at)
    except times.TimeRefused as refused:
        raise ItemRefused("1.8", f"timeStamp: {refused}", object_id) from None


def _quality(element: etree._Element) -> Quality:
    told = element.find(_NS + "MeasurementValueQuality")
    if told is None:
        return Quality()
    simple = items.values(told)
    doubts = tuple(name for name in _DOUBTS if simple.get(name) in {"true", "1"})
    return Quality(simple.get("validity", QUESTIONABLE), simple.get("source", ""), doubts)
