"""ReliabilityIndices, outgoing: the indices of one day (a noun of our own: CIM has none; names are those of IEEE 1366)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim import namespaces, writer

if TYPE_CHECKING:
    from collections.abc import Mapping

CREATED, CHANGED = "created", "changed"
_IDS = uuid.UUID("6c2f6f0e-5b0d-5a7e-9f55-7a2d7be1c7a4")
#: Elements in order, and the figure each tells.
_FIGURES = {
    "asai": "asai",
    "caidi": "caidi_min",
    "customerMinutesInterrupted": "cmi",
    "customersInterrupted": "ci",
    "customersInterruptedMomentarily": "momentary",
    "customersServed": "customers_served",
    "interruptions": "events",
    "maifi": "maifi",
    "plannedCustomerMinutesInterrupted": "planned_cmi",
    "plannedCustomersInterrupted": "planned_ci",
    "saidi": "saidi_min",
    "saifi": "saifi",
}


@dataclass(frozen=True, slots=True)
class Day:
    """Indices of a local day of an area ("" is everything); minutes are minutes."""

    day: dt.date
    area: str
    version: int
    border_minutes: float
    computed_at: dt.datetime
    figures: Mapping[str, float | int | bool | None]


def build(*days: Day) -> str:
    """The payload: one or more days."""
    return writer.element("ReliabilityIndices", *map(_day, days), xmlns=namespaces.PROFILES["ReliabilityIndices"])


def mrid_of(day: dt.date, area: str) -> str:
    """The identity of a day's indices; all its versions have it."""
    return str(uuid.uuid5(_IDS, f"{day}\n{area}"))


def _day(one: Day) -> str:
    told = [writer.text(name, _plain(one.figures.get(key))) for name, key in _FIGURES.items()]
    return writer.element(
        "DayIndices",
        writer.text("mRID", mrid_of(one.day, one.area)),
        writer.text("area", one.area),
        writer.time("computedDateTime", one.computed_at),
        writer.text("day", one.day.isoformat()),
        writer.flag("isCatastrophicDay", value=bool(one.figures.get("is_catastrophic_day"))),
        writer.flag("isMajorEventDay", value=bool(one.figures.get("is_major_event_day"))),
        writer.text("momentaryMinutes", _plain(one.border_minutes)),
        writer.text("version", one.version),
        *told,
    )


def _plain(value: float | None) -> str | None:
    """A number with every digit."""
    return None if value is None else repr(value)
