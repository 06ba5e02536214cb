"""SwitchingPlans, out and in: a switching order with its steps, and what the field says of them (own profile on the CIM classes).

Out it is the whole order as it stands. In, each action that bears a statusKind says what became of the step of that key.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim import namespaces, times, writer
from integration.cim.errors import ObjectId
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, ItemRefused, Name, Parsed

if TYPE_CHECKING:
    from lxml import etree

NOUN = "SwitchingPlans"
_NS = "{urn:tieline:cim:2026:SwitchingPlans#}"
STEP_KEY, ORDER_NUMBER = "StepKey", "OrderNumber"
#: Our kinds of step to the class of CIM, its kind, and what it calls the equipment.
CLASSES = {
    "open": ("SwitchAction", "open", "OperatedSwitch"),
    "close": ("SwitchAction", "close", "OperatedSwitch"),
    "tag": ("TagAction", "place", "Equipment"),
    "untag": ("TagAction", "remove", "Equipment"),
    "ground": ("GroundAction", "place", "GroundedEquipment"),
    "unground": ("GroundAction", "remove", "GroundedEquipment"),
    "cut": ("CutAction", "place", "Equipment"),
    "uncut": ("CutAction", "remove", "Equipment"),
    "jumper": ("JumperAction", "place", "Equipment"),
    "unjumper": ("JumperAction", "remove", "Equipment"),
    "test_dead": ("MeasurementAction", "testDead", "Equipment"),
    "verify": ("VerificationAction", "verify", "Equipment"),
    "instruct": ("GenericAction", "instruct", "Equipment"),
    "note": ("GenericAction", "note", "Equipment"),
}
#: What a report may say, as it is written in a message and as we call it.
OUTCOMES = {"completed": "completed", "alreadyThere": "already_there", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class Action:
    """One step, outgoing."""

    key: str
    number: int
    group: int
    kind: str
    device: Identified
    phases: str
    description: str
    status: str
    crew: str = ""
    issued_at: dt.datetime | None = None
    executed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """One order, outgoing."""

    mrid: str
    number: str
    purpose: str
    status: str
    actions: tuple[Action, ...]
    approved_at: dt.datetime | None = None
    begins_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the field says of a step."""

    plan: str  # mRID of the order
    key: str
    outcome: str
    occurred_at: dt.datetime
    remark: str = ""

    @property
    def object_id(self) -> ObjectId:
        """What an error about it names."""
        return Identified("", (Name(self.key, STEP_KEY),)).to_object_id("SwitchingAction")


def build(plan: Plan) -> str:
    """The payload: one order."""
    period = writer.element("plannedPeriod", writer.time("end", plan.ends_at), writer.time("start", plan.begins_at))
    told = writer.element(
        "SwitchingPlan",
        writer.text("mRID", plan.mrid),
        writer.time("approvedDateTime", plan.approved_at),
        writer.text("purpose", plan.purpose),
        writer.text("statusKind", plan.status),
        items.write_names([Name(plan.number, ORDER_NUMBER)]),
        period if plan.begins_at or plan.ends_at else "",
        *_groups(plan.actions),
    )
    return writer.element(NOUN, told, xmlns=namespaces.PROFILES[NOUN])


def _groups(actions: tuple[Action, ...]) -> Iterator[str]:
    """Steps that follow each other in one group are one; those in sequence as well."""
    runs: list[list[Action]] = []
    for action in actions:
        if runs and runs[-1][-1].group == action.group:
            runs[-1].append(action)
        else:
            runs.append([action])
    for number, run in enumerate(runs, start=1):
        yield writer.element(
            "SwitchingStepGroups",
            writer.flag("isFreeSequence", value=run[0].group != 0),
            writer.text("sequenceNumber", number),
            *(writer.element("SwitchingStep", writer.text("sequenceNumber", one.number), _action(one)) for one in run),
        )


def _action(one: Action) -> str:
    name, kind, equipment = CLASSES[one.kind]
    crew = Identified("", (Name(one.crew),)) if one.crew else None
    return writer.element(
        name,
        writer.text("description", one.description),
        writer.time("executedDateTime", one.executed_at),
        writer.time("issuedDateTime", one.issued_at),
        writer.text("kind", kind),
        writer.text("phases", one.phases),
        writer.text("statusKind", one.status),
        items.write_identified("Crew", crew) if crew else "",
        items.write_names([Name(one.key, STEP_KEY)]),
        items.write_identified(equipment, one.device) if one.device else "",
    )


def parse(payload: etree._Element, *, received_at: dt.datetime) -> Parsed[Outcome]:
    """What a validated payload says of steps: the actions with a statusKind."""
    found = [
        (plan, action)
        for plan in payload.iterfind(_NS + "SwitchingPlan")
        for step in plan.iter(_NS + "SwitchingStep")
        for action in step
        if action.find(_NS + "statusKind") is not None
    ]
    plans = {action: items.collapse(plan.findtext(_NS + "mRID")) for plan, action in found}
    read = functools.partial(_outcome, plans=plans, received_at=received_at)
    return items.parse_each((action for _, action in found), read)


def _outcome(action: etree._Element, *, plans: dict[etree._Element, str], received_at: dt.datetime) -> Outcome:
    simple, own = items.values(action), items.identified(action)
    key = next((name.name for name in own.names if name.type == STEP_KEY), "")
    named = own.to_object_id("SwitchingAction")
    if not key:
        raise ItemRefused("1.7", f"the name of type {STEP_KEY} is missing", named)
    if simple["statusKind"] not in OUTCOMES:
        raise ItemRefused("1.8", f"statusKind is none of {', '.join(OUTCOMES)}", named)
    try:
        at = times.parse_occurred(simple.get("executedDateTime", ""), received_at=received_at)
    except times.TimeRefused as refused:
        raise ItemRefused("1.8", f"executedDateTime: {refused}", named) from None
    return Outcome(plans[action], key, OUTCOMES[simple["statusKind"]], at, simple.get("description", ""))
