"""MeterReadings, outgoing: the energy of feeders by blocks of fifteen minutes with their qualities (S05).

A feeder stands as the UsagePoint of its head, named with the types Feeder and Substation. Energy is net: what came back is negative.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from integration.cim.nouns import told_readings
from integration.cim.nouns.items import Identified, Name
from integration.cim.nouns.told_readings import Series, Told, Value

CREATED = "created"
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
    return told_readings.build(*map(_told, feeders))


def _told(one: FeederEnergy) -> Told:
    names = [Name(one.feeder, "Feeder"), *([Name(one.substation, "Substation")] if one.substation else [])]
    values = [Value(each.ends_at, _text(each.kwh), each.qualities) for each in one.intervals]
    return Told([Series(ENERGY, is_interval=True, values=values)], Identified("", tuple(names)))


def _text(kwh: float | None) -> str:
    return "" if kwh is None else f"{kwh:.3f}"
