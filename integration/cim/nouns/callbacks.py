"""Callbacks, out and in: whom to call back and why; what became of it (a noun of our own: CIM has none)."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim import namespaces, times, writer
from integration.cim.errors import ObjectId
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, ItemRefused, Parsed

if TYPE_CHECKING:
    from lxml import etree

NOUN = "Callbacks"
CREATE, CHANGED = "create", "changed"
_NS = "{urn:tieline:cim:2026:Callbacks#}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One customer to be called."""

    mrid: str
    attempt: int
    reason: str
    requested_at: dt.datetime
    restored_at: dt.datetime | None
    phone: str
    customer: Identified
    outage: Identified
    usage_point: Identified


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a callback: reached, notReached or stillOut."""

    mrid: str
    outcome: str
    at: dt.datetime
    comment: str = ""

    @property
    def object_id(self) -> ObjectId:
        """What an error about it names."""
        return Identified(self.mrid).to_object_id("Callback")


def build(one: Wanted) -> str:
    """The payload that asks for one."""
    contact = writer.text("contactType", "phone") + writer.text("contactValue", one.phone)
    return writer.element(
        NOUN,
        writer.element(
            "Callback",
            writer.text("mRID", one.mrid),
            writer.text("attempt", one.attempt),
            writer.text("reason", one.reason),
            writer.time("requestedDateTime", one.requested_at),
            writer.time("restoredDateTime", one.restored_at),
            items.write_identified("Customer", one.customer) if one.customer else "",
            writer.element("Notification", contact) if one.phone else "",
            items.write_identified("Outage", one.outage) if one.outage else "",
            items.write_identified("UsagePoint", one.usage_point) if one.usage_point else "",
        ),
        xmlns=namespaces.PROFILES[NOUN],
    )


def parse(payload: etree._Element, *, received_at: dt.datetime) -> Parsed[Outcome]:
    """All outcomes of a validated payload."""
    return items.parse_each(payload.iterfind(_NS + "Callback"), functools.partial(_outcome, received_at=received_at))


def _outcome(element: etree._Element, *, received_at: dt.datetime) -> Outcome:
    simple = items.values(element)
    mrid = simple["mRID"]
    object_id = Identified(mrid).to_object_id("Callback")
    if not simple.get("outcome"):
        raise ItemRefused("1.7", "outcome is missing", object_id)
    at = received_at
    if simple.get("outcomeDateTime"):
        try:
            at = times.parse_occurred(simple["outcomeDateTime"], received_at=received_at)
        except times.TimeRefused as refused:
            raise ItemRefused("1.8", f"outcomeDateTime: {refused}", object_id) from None
    return Outcome(mrid, simple["outcome"], at, simple.get("comment", ""))
