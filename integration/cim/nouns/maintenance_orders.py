"""MaintenanceOrders (IEC 61968-6), out and in: repair work in the field, and what the field force says of it.

Out it is the order as it stands, one WorkTask for each crew. In, each WorkTask names its crew and how far that is; an ActivityRecord
of type `restored` says since when supply is back, one of type `cause` why it was gone, one of type `remedy` what was done.
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

NOUN = "MaintenanceOrders"
ORDER_NUMBER, CREW_ID, INCIDENT_NUMBER = "WorkOrderNumber", "CrewID", "IncidentNumber"
_NS = "{http://iec.ch/TC57/2015/MaintenanceOrders#}"
#: Our states of an assignment to the standard's statusKind.
STATUS = {
    "assigned": "dispatched",
    "accepted": "dispatched",
    "en_route": "enroute",
    "on_site": "onSite",
    "made_safe": "inProgress",
    "suspended": "waitingOnMaterial",
    "completed": "completed",
    "released": "cancelled",
}
#: And back. What is not listed says nothing of a crew.
STATES = {
    "dispatched": "assigned",
    "enroute": "en_route",
    "onSite": "on_site",
    "inProgress": "made_safe",
    "waitingOnMaterial": "suspended",
    "completed": "completed",
    "cancelled": "released",
}


@dataclass(frozen=True, slots=True)
class Task:
    """The part of one crew, outgoing; without a crew the work nobody has yet."""

    status: str
    subject: str
    instruction: str
    asset: Identified
    crew: Identified = items.NOTHING


@dataclass(frozen=True, slots=True)
class Order:
    """One order, outgoing."""

    mrid: str
    number: str
    incident: str
    status: str
    requested_at: dt.datetime
    modified_at: dt.datetime
    rank: int
    tasks: tuple[Task, ...]
    place: tuple[float, float] | None = None
    direction: str = ""
    restored_at: dt.datetime | None = None
    expected_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class CrewStep:
    """How far one crew is, in our words."""

    crew: str
    state: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the field force says of one order."""

    number: str
    steps: tuple[CrewStep, ...] = ()
    expected_at: dt.datetime | None = None
    restored_at: dt.datetime | None = None
    cause: str = ""
    remedy: str = ""
    note: str = ""

    @property
    def object_id(self) -> ObjectId:
        """What an error about it names."""
        return Identified("", (Name(self.number, ORDER_NUMBER),)).to_object_id("MaintenanceOrder")


def build(order: Order) -> str:
    """The payload: one order."""
    names = [Name(order.number, ORDER_NUMBER), *([Name(order.incident, INCIDENT_NUMBER)] if order.incident else [])]
    return writer.element(
        NOUN,
        writer.element("MaintenanceOrder", writer.text("mRID", order.mrid), items.write_names(names), _work(order)),
        xmlns=namespaces.PROFILES[NOUN],
    )


def _work(order: Order) -> str:
    return writer.element(
        "Work",
        writer.text("kind", "repair"),
        writer.time("lastModifiedDateTime", order.modified_at),
        writer.time("requestDateTime", order.requested_at),
        writer.text("statusKind", order.status),
        _record("restored", order.restored_at),
        writer.element("priority", writer.text("rank", order.rank)),
        _estimate(order.expected_at),
        _location(order),
        *map(_task, order.tasks),
    )


def _record(kind: str, at: dt.datetime | None) -> str:
    return (
        writer.element("ActivityRecords", writer.time("createdDateTime", at), writer.text("type", kind)) if at else ""
    )


def _estimate(end: dt.datetime | None) -> str:
    if end is None:
        return ""
    interval = writer.element("scheduleInterval", writer.time("end", end))
    return writer.element("TimeSchedules", writer.text("kind", "estimate"), interval)


def _location(order: Order) -> str:
    point = ""
    if order.place is not None:
        x, y = order.place
        point = writer.element("PositionPoints", writer.text("xPosition", repr(x)), writer.text("yPosition", repr(y)))
    return writer.element("WorkLocation", writer.text("direction", order.direction), point)


def _task(task: Task) -> str:
    return writer.element(
        "WorkTasks",
        writer.text("instruction", task.instruction),
        writer.text("statusKind", task.status),
        writer.text("subject", task.subject),
        writer.text("taskKind", "investigate"),
        items.write_identified("Assets", task.asset) if task.asset else "",
        items.write_identified("Crews", task.crew) if task.crew else "",
    )


def parse(payload: etree._Element, *, received_at: dt.datetime) -> Parsed[Report]:
    """All reports of a validated payload."""
    orders = payload.iterfind(_NS + "MaintenanceOrder")
    return items.parse_each(orders, functools.partial(_report, received_at=received_at))


def _report(element: etree._Element, *, received_at: dt.datetime) -> Report:
    own, work = items.identified(element), element.find(_NS + "Work")
    named = own.to_object_id("MaintenanceOrder")
    number = next((name.name for name in own.names if name.type == ORDER_NUMBER), "")
    if not number or work is None:
        raise ItemRefused("1.7", f"the name of type {ORDER_NUMBER} is missing", named)
    records = [items.values(one) for one in work.iterfind(_NS + "ActivityRecords")]
    restored = next((one["createdDateTime"] for one in records if one["type"] == "restored"), "")
    said = {one["type"]: one.get("reason", "") for one in records}
    try:
        restored_at = times.parse_occurred(restored, received_at=received_at) if restored else None
        expected_at = _expected(work)
    except times.TimeRefused as refused:
        raise ItemRefused("1.8", str(refused), named) from None
    return Report(
        number=number,
        steps=tuple(_steps(work, named)),
        expected_at=expected_at,
        restored_at=restored_at,
        cause=said.get("cause", ""),
        remedy=said.get("remedy", ""),
        note=said.get("note", ""),
    )


def _expected(work: etree._Element) -> dt.datetime | None:
    for schedule in work.iterfind(_NS + "TimeSchedules"):
        end = items.collapse(schedule.findtext(f"{_NS}scheduleInterval/{_NS}end"))
        if end and schedule.findtext(_NS + "kind") == "estimate":
            return times.parse(end)
    return None


def _steps(work: etree._Element, named: ObjectId) -> list[CrewStep]:
    """Each crew with the status of its task, else that of the whole work."""
    whole, steps = items.collapse(work.findtext(_NS + "statusKind")), []
    for task in work.iterfind(_NS + "WorkTasks"):
        status = items.collapse(task.findtext(_NS + "statusKind")) or whole
        for crew in task.iterfind(_NS + "Crews"):
            names = items.identified(crew).names
            key = next((one.name for one in names if one.type == CREW_ID), "")
            if not key:
                raise ItemRefused("1.7", f"a crew is named by a name of type {CREW_ID}", named)
            if status in STATES:
                steps.append(CrewStep(key, STATES[status]))
    return steps
