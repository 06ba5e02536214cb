"""BreakerStatuses, outgoing: the breaker table for customer care, a noun of our own (S04).

Which breaker stands where, since when, and, where it is open because of an outage, why and until when.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from integration.cim import namespaces, writer
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, Name

NOUN, CHANGED = "BreakerStatuses", "changed"


@dataclass(frozen=True, slots=True)
class Status:
    """One line."""

    mrid: str
    name: str
    is_open: bool
    normal_open: bool
    is_doubtful: bool = False
    area: str = ""
    feeder: str = ""
    changed_at: dt.datetime | None = None
    cause: str = ""
    customers_out: int | None = None
    expected_at: dt.datetime | None = None
    outage: Identified = items.NOTHING


def build(*lines: Status) -> str:
    """The payload: one line or many."""
    return writer.element(NOUN, *map(_line, lines), xmlns=namespaces.PROFILES[NOUN])


def _line(one: Status) -> str:
    return writer.element(
        "BreakerStatus",
        writer.text("mRID", one.mrid),
        writer.text("area", one.area),
        writer.text("cause", one.cause),
        writer.text("customersOut", one.customers_out),
        writer.time("estimatedRestorationTime", one.expected_at),
        writer.text("feeder", one.feeder),
        writer.flag("isDoubtful", value=one.is_doubtful or None),
        writer.flag("normalOpen", value=one.normal_open),
        writer.flag("open", value=one.is_open),
        writer.time("statusDateTime", one.changed_at),
        items.write_names([Name(one.name)]),
        items.write_identified("Outage", one.outage) if one.outage else "",
    )
