"""PlannedOutages, in and out: work that takes supply on purpose (own profile on the CIM classes, in the order of the standard's).

In, from who plans the work: create, change (of the window) and cancel. Out: created, changed, closed, canceled, and the answer to get.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim import namespaces, times, writer
from integration.cim.errors import ObjectId
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, ItemRefused, Name, Parsed

if TYPE_CHECKING:
    from lxml import etree

NOUN = "PlannedOutages"
KINDS = frozenset({"predicted", "confirmed", "partiallyRestored", "restored", "closed"})
_NS = "{urn:tieline:cim:2026:PlannedOutages#}"


@dataclass(frozen=True, slots=True)
class PlannedOutage:
    """What a message says of one. `kind` is CIM's word for how far it is, `status` ours; empty and None are left out."""

    mrid: str
    number: str
    kind: str
    status: str
    reason: str
    begins_at: dt.datetime
    ends_at: dt.datetime
    modified_at: dt.datetime
    status_reason: str = ""
    community: str = ""
    created_at: dt.datetime | None = None
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    estimated_restoration_at: dt.datetime | None = None
    customers: int | None = None
    critical_customers: int = 0
    order: str = ""
    equipments: tuple[Identified, ...] = ()
    usage_points: tuple[Identified, ...] = ()  # only those that were asked for


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a sender wants: a new one, another window, or that it does not happen."""

    mrid: str
    reason: str
    begins_at: dt.datetime | None
    ends_at: dt.datetime | None
    equipments: tuple[Identified, ...]
    order: str
    status_reason: str

    @property
    def object_id(self) -> ObjectId:
        """What an error about it names."""
        return Identified(self.mrid).to_object_id("PlannedOutage")


def build(*outages: PlannedOutage) -> str:
    """The payload: one or more."""
    return writer.element(NOUN, *map(_outage, outages), xmlns=namespaces.PROFILES[NOUN])


def _outage(one: PlannedOutage) -> str:
    if one.kind not in KINDS:
        raise ValueError(f"{one.kind!r} is not one of {sorted(KINDS)}")
    names = [Name(one.number, "PlannedOutageNumber"), *([Name(one.order, "SwitchingOrder")] if one.order else [])]
    return writer.element(
        "PlannedOutage",
        writer.text("mRID", one.mrid),
        writer.text("communityDescriptor", one.community),
        writer.time("createdDateTime", one.created_at),
        writer.time("lastModifiedDateTime", one.modified_at),
        writer.text("metersAffected", one.customers),
        writer.text("outageKind", one.kind),
        writer.text("reason", one.reason),
        _period("actualPeriod", one.started_at, one.ended_at),
        *(items.write_identified("DeEnergizedUsagePoint", point) for point in one.usage_points),
        *(items.write_identified("Equipments", device) for device in one.equipments),
        _period("estimatedPeriod", one.begins_at, one.ends_at),
        writer.element("EstimatedRestorationTime", writer.time("ert", one.estimated_restoration_at)),
        items.write_names(names),
        writer.element("status", writer.text("reason", one.status_reason), writer.text("value", one.status)),
        _summary(one),
    )


def _period(name: str, start: dt.datetime | None, end: dt.datetime | None) -> str:
    return writer.element(name, writer.time("end", end), writer.time("start", start))


def _summary(one: PlannedOutage) -> str:
    if one.customers is None:
        return ""
    return writer.element(
        "summary", writer.text("criticalCount", one.critical_customers), writer.text("totalCount", one.customers)
    )


def parse(payload: etree._Element, *, received_at: dt.datetime) -> Parsed[Wanted]:  # noqa: ARG001 - its times lie ahead
    """All of a validated payload."""
    return items.parse_each(payload.iterfind(_NS + "PlannedOutage"), functools.partial(_wanted))


def _wanted(element: etree._Element) -> Wanted:
    simple = items.values(element)
    mrid = simple.get("mRID", "")
    names = items.identified(element).names
    period, status = element.find(_NS + "estimatedPeriod"), element.find(_NS + "status")
    edges = items.values(period) if period is not None else {}
    object_id = Identified(mrid).to_object_id("PlannedOutage")
    return Wanted(
        mrid=mrid,
        reason=simple.get("reason", ""),
        begins_at=_time(edges, "start", object_id),
        ends_at=_time(edges, "end", object_id),
        equipments=tuple(items.identified(one) for one in element.iterfind(_NS + "Equipments")),
        order=next((name.name for name in names if name.type == "SwitchingOrder"), ""),
        status_reason=items.values(status).get("reason", "") if status is not None else "",
    )


def _time(edges: dict[str, str], name: str, object_id: ObjectId) -> dt.datetime | None:
    """A moment, which may lie ahead; one without an offset is refused, since nobody knows which it is."""
    if not edges.get(name):
        return None
    try:
        return times.parse(edges[name])
    except times.TimeRefused as refused:
        raise ItemRefused("1.8", f"estimatedPeriod/{name}: {refused}", object_id) from None
