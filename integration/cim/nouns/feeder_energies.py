"""MeterReadings, outgoing: the energy of feeders by blocks of fifteen minutes with their qualities (S05).

A feeder stands as the UsagePoint of its head, named with the types Feeder and Substation. Energy is net: what came back is negative.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from integration.cim import namespaces, writer
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, Name

NOUN, CREATED = "MeterReadings", "created"
#: Net energy of all phases in blocks of 15 minutes, primary metered, kWh.
ENERGY = "0.0.2.4.4.2.12.0.0.0.0.0.0.0.224.3.72.0"


@dataclass(frozen=True, slots=True)
class Interval:
    """One block: its end, kWh (None where nothing is known), quality codes."""

    ends_at: dt.datetime
    kwh: float | None
    qualities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeederEnergy:
    """One feeder's blocks."""

    feeder: str
    substation: str
    intervals: Sequence[Interval]


def build(*feeders: FeederEnergy) -> str:
    """The payload."""
    return writer.element(NOUN, *map(_reading, feeders), xmlns=namespaces.PROFILES[NOUN])


def _reading(one: FeederEnergy) -> str:
    kind = writer.container("ReadingType", ref=ENERGY)
    names = [Name(one.feeder, "Feeder"), *([Name(one.substation, "Substation")] if one.substation else [])]
    point = items.write_identified("UsagePoint", Identified("", tuple(names)))
    return writer.element("MeterReading", writer.element("IntervalBlocks", *map(_interval, one.intervals), kind), point)


def _interval(one: Interval) -> str:
    qualities = (
        writer.element("ReadingQualities", writer.container("ReadingQualityType", ref=code)) for code in one.qualities
    )
    value = "" if one.kwh is None else writer.text("value", f"{one.kwh:.3f}")
    return writer.element("IntervalReadings", writer.time("timeStamp", one.ends_at), value, *qualities)
