"""MeterReadings as we write it: readings of meters, of feeders, or added up behind a transformer, by kind, each with its qualities.

Intervals go into IntervalBlocks by the end of each, everything else into Readings. What is longer than the schema lets one element be
goes on in the next.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from integration.cim import namespaces, writer
from integration.cim.nouns import items
from integration.cim.nouns.items import NOTHING, Identified

T = TypeVar("T")
NOUN = "MeterReadings"
_A_BLOCK, _BLOCKS, _READINGS = 3_000, 100, 1_000


@dataclass(frozen=True, slots=True)
class Value:
    """One reading; of an interval the moment is its end. `value` is a number in the unit of its kind, empty where nothing is known."""

    read_at: dt.datetime
    value: str
    qualities: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one kind, by the code of its ReadingType."""

    code: str
    is_interval: bool
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Told:
    """What was read at one place."""

    series: Sequence[Series]
    usage_point: Identified
    meter: Identified = NOTHING
    interval: tuple[dt.datetime, dt.datetime] | None = None  # from and to, where all of it is about one time


def build(*told: Told) -> str:
    """The payload."""
    return writer.element(NOUN, *(text for one in told for text in _readings(one)), xmlns=namespaces.PROFILES[NOUN])


def _readings(one: Told) -> Iterator[str]:
    blocks = [block for each in one.series if each.is_interval for block in _blocks(each)]
    values = [_reading(each.code, value) for each in one.series if not each.is_interval for value in each.values]
    meter, point = items.write_identified("Meter", one.meter), items.write_identified("UsagePoint", one.usage_point)
    parts = itertools.zip_longest(_by(_BLOCKS, blocks), _by(_READINGS, values), fillvalue=())
    for some_blocks, some_values in parts:
        yield writer.element("MeterReading", *some_blocks, meter, *some_values, point, _interval_of(one))


def _interval_of(one: Told) -> str:
    if one.interval is None:
        return ""
    begins, ends = one.interval
    return writer.element("valuesInterval", writer.time("end", ends), writer.time("start", begins))


def _blocks(one: Series) -> Iterator[str]:
    kind = writer.container("ReadingType", ref=one.code)
    for some in _by(_A_BLOCK, one.values):
        yield writer.element("IntervalBlocks", *map(_interval, some), kind)


def _interval(one: Value) -> str:
    return writer.element(
        "IntervalReadings", writer.time("timeStamp", one.read_at), writer.text("value", one.value), *_qualities(one)
    )


def _reading(code: str, one: Value) -> str:
    kind, at = writer.container("ReadingType", ref=code), writer.time("timeStamp", one.read_at)
    return writer.element(
        "Readings", writer.text("reason", one.reason), at, writer.text("value", one.value), *_qualities(one), kind
    )


def _qualities(one: Value) -> Iterator[str]:
    for code in one.qualities:
        yield writer.element("ReadingQualities", writer.container("ReadingQualityType", ref=code))


def _by(size: int, several: Sequence[T]) -> Iterator[Sequence[T]]:
    return (several[start : start + size] for start in range(0, len(several), size))
