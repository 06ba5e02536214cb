"""Readings that are kept, in words of a message: by meter and kind, each with its qualities."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from integration.cim.nouns.items import Identified, Name
from integration.cim.nouns.told_readings import Series, Told, Value
from metering.domain import reading_types
from metering.selectors.asked_readings import Read, Whose


def meter(whose: Whose, rows: Sequence[Read], kinds: Mapping[int, str]) -> Told:
    """Readings of a meter, in the order of their kinds; `kinds` are codes by key."""
    several = [
        series(kinds[kind], [Value(row.read_at, text(row.value), row.qualities, row.reason) for row in own])
        for kind, own in itertools.groupby(rows, lambda row: row.kind)
    ]
    return Told(
        several,
        Identified(whose.point_mrid, (Name(whose.point, "UsagePointNumber"),)),
        Identified(whose.mrid, (Name(whose.number, "MeterNumber"),)),
    )


def series(code: str, values: Sequence[Value]) -> Series:
    """Readings of one kind."""
    return Series(code, reading_types.of(code).is_interval, values)


def text(value: float) -> str:
    """A number as a message writes it."""
    return f"{value:.12g}"
