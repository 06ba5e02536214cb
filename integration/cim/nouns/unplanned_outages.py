"""UnplannedOutages, outgoing: what partners learn of an outage (own profile on the CIM classes, in the order of the standard's).

mRID first, then simple attributes, then associations and compounds, each in alphabetical order; `end` before `start`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from integration.cim import namespaces, writer
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, Name

CREATED, CHANGED, CLOSED, CANCELED = "created", "changed", "closed", "canceled"
KINDS = frozenset({"predicted", "confirmed", "partiallyRestored", "restored", "closed"})
STATUSES = frozenset({"awaitingCrewAssignment", "assigned", "enroute", "arrived", "fieldComplete"})
CAUSE_KINDS = frozenset({"animal", "lightingStrike", "lineDown", "poleDown", "treeDown"})  # CIM's spelling


@dataclass(frozen=True, slots=True)
class UnplannedOutage:
    """What a message says of one outage. `kind`, `status` and `cause_kind` are CIM's words; empty and None are left out."""

    mrid: str
    number: str
    kind: str
    modified_at: dt.datetime
    status: str = ""
    cause_kind: str = ""
    cause: str = ""
    community: str = ""
    created_at: dt.datetime | None = None
    reported_start_at: dt.datetime | None = None
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    estimated_restoration_at: dt.datetime | None = None
    estimate_source: str = ""
    estimate_confidence: str = ""  # high or low
    meters_affected: int | None = None
    original_meters_affected: int | None = None
    original_customers_served: int | None = None
    customers_restored: int | None = None
    customers_out: int | None = None
    critical_customers_out: int = 0
    equipments: tuple[Identified, ...] = ()
    isolation_equipment: tuple[Identified, ...] = ()
    de_energized_usage_points: tuple[Identified, ...] = ()
    energized_usage_points: tuple[Identified, ...] = ()
    crews: tuple[Identified, ...] = ()


def build(*outages: UnplannedOutage) -> str:
    """The payload: one or more outages."""
    return writer.element("UnplannedOutages", *map(_outage, outages), xmlns=namespaces.PROFILES["UnplannedOutages"])


def _outage(outage: UnplannedOutage) -> str:
    _check(outage)
    return writer.element("UnplannedOutage", *_attributes(outage), *_associations(outage))


def _check(outage: UnplannedOutage) -> None:
    """A wrong word here is a mistake of ours; it must not leave the house."""
    for value, allowed in (
        (outage.kind, KINDS),
        (outage.status, STATUSES | {""}),
        (outage.cause_kind, CAUSE_KINDS | {""}),
    ):
        if value not in allowed:
            raise ValueError(f"{value!r} is not one of {sorted(allowed)}")


def _attributes(outage: UnplannedOutage) -> tuple[str, ...]:
    return (
        writer.text("mRID", outage.mrid),
        writer.text("cause", outage.cause),
        writer.text("causeKind", outage.cause_kind),
        writer.text("communityDescriptor", outage.community),
        writer.time("createdDateTime", outage.created_at),
        writer.text("customersRestored", outage.customers_restored),
        writer.time("lastModifiedDateTime", outage.modified_at),
        writer.text("metersAffected", outage.meters_affected),
        writer.text("originalCustomersServed", outage.original_customers_served),
        writer.text("originalMetersAffected", outage.original_meters_affected),
        writer.text("outageKind", outage.kind),
        writer.time("reportedStartTime", outage.reported_start_at),
        writer.text("statusKind", outage.status),
    )


def _associations(outage: UnplannedOutage) -> tuple[str, ...]:
    return (
        _period("actualPeriod", outage.started_at, outage.ended_at),
        _each("Crew", outage.crews),
        _each("DeEnergizedUsagePoint", outage.de_energized_usage_points),
        _each("EnergizedUsagePoint", outage.energized_usage_points),
        _each("Equipments", outage.equipments),
        _estimate(outage),
        items.write_names([Name(outage.number, "IncidentNumber")]),
        _each("OutageIsolationEquipment", outage.isolation_equipment),
        _summary(outage),
    )


def _period(name: str, start: dt.datetime | None, end: dt.datetime | None) -> str:
    return writer.element(name, writer.time("end", end), writer.time("start", start))


def _each(name: str, objects: tuple[Identified, ...]) -> str:
    return "".join(items.write_identified(name, one) for one in objects)


def _estimate(outage: UnplannedOutage) -> str:
    if outage.estimated_restoration_at is None:
        return ""
    return writer.element(
        "EstimatedRestorationTime",
        writer.text("confidenceKind", outage.estimate_confidence),
        writer.time("ert", outage.estimated_restoration_at),
        writer.text("ertSource", outage.estimate_source),
    )


def _summary(outage: UnplannedOutage) -> str:
    if outage.customers_out is None:
        return ""
    return writer.element(
        "summary",
        writer.text("criticalCount", outage.critical_customers_out),
        writer.text("totalCount", outage.customers_out),
    )
