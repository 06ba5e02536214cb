"""The work-force system: gets work orders, sends crews, and reports what they do; carries out switching orders it is given.

1. create MaintenanceOrders: the order waits until it is dispatched. change: it is told what the control centre says of it.
2. A crew nobody has sent anywhere is dispatched, drives, arrives and says how long it will take, repairs; each step is reported by
   changed MaintenanceOrders.
3. The last report says since when supply is back, the cause and the remedy. close or cancel ends the order here as well.
4. create ServiceOrders: somebody visits the meter; changed ServiceOrders says so twice, on the way and done.
5. SwitchingPlans: each step whose statusKind is instructed is reported completed after a while.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from integration.simulators import messages
from integration.simulators.client import Refused, Unreachable
from integration.simulators.incoming import Incoming
from integration.simulators.systems import base
from integration.simulators.systems.base import TAKEN, Answer, System, Tools

_ORDERS = "http://iec.ch/TC57/2015/MaintenanceOrders#"
_VISITS = "http://iec.ch/TC57/2015/ServiceOrders#"
_PLANS = "urn:tieline:cim:2026:SwitchingPlans#"
#: What is reported, and seconds from one to the next.
_STEPS = (("dispatched", 1.0), ("enroute", 2.0), ("onSite", 4.0), ("completed", 6.0))
_REPAIR = dt.timedelta(hours=1)  # what a crew expects when it has seen the fault
_CAUSES = ("equipment", "tree", "weather", "animal")


@dataclass(slots=True)
class Job:
    """One order as this system has it."""

    number: str
    title: str
    status: str
    crew: str = ""
    reported: list[str] = field(default_factory=list)
    ended: str = ""  # close or cancel


class WorkforceSystem(System):
    """Its own list of orders and crews."""

    source = "WFM-SIM"
    summary_line = (
        "The work-force system: dispatches crews on work orders, reports what they do, carries out switching orders."
    )

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self.jobs: dict[str, Job] = {}
        self.crews: list[str] = []
        self.steps: dict[tuple[str, str], str] = {}
        self.visits: dict[str, str] = {}
        self.tempo = tools.rate or 1.0

    def begin(self) -> None:
        """Learn which crews there are."""
        self._learn_crews()

    def take(self, message: Incoming) -> Answer:
        """Orders and plans; nothing else is its business."""
        if message.noun == "MaintenanceOrders":
            for order in base.find_all(base.payload(message, message.noun), "MaintenanceOrder"):
                self._order(message.verb, order)
            return TAKEN
        if message.noun == "ServiceOrders":
            for order in base.find_all(base.payload(message, message.noun), "ServiceOrder"):
                self._visit(message.verb, order)
            return TAKEN
        if message.noun == "SwitchingPlans":
            for plan in base.find_all(base.payload(message, message.noun), "SwitchingPlan"):
                self._plan(plan)
            return TAKEN
        return super().take(message)

    def state(self) -> dict[str, Any]:
        """Orders and steps."""
        jobs = {
            one.number: {"crew": one.crew, "reported": one.reported, "ended": one.ended} for one in self.jobs.values()
        }
        return {"crews": self.crews, "orders": jobs, "switching_steps": len(self.steps), "visits": self.visits}

    # Work orders

    def _order(self, verb: str, order: ET.Element) -> None:
        number, work = base.named(order, "WorkOrderNumber"), base.find(order, "Work")
        task = base.find(work, "WorkTasks")
        job = self.jobs.setdefault(number, Job(number, base.words(task, "subject"), ""))
        job.status = base.words(work, "statusKind")
        assigned = base.named(base.find(task, "Crews"), "CrewID")
        if verb in {"close", "cancel"}:
            job.ended = verb
        elif assigned and not job.crew:
            self._go(job, assigned)
        elif not job.crew:
            self.after(1.0 / self.tempo, functools.partial(self._dispatch, job))

    def _dispatch(self, job: Job) -> None:
        """Send a crew that has nothing to do; wait for one where all have."""
        if job.crew or job.ended:
            return
        if not self.crews:
            self._learn_crews()
        busy = {
            one.crew for one in self.jobs.values() if one.crew and not one.ended and "completed" not in one.reported
        }
        free = next((crew for crew in self.crews if crew not in busy), "")
        if free:
            self._go(job, free)
        else:
            self.after(2.0 / self.tempo, functools.partial(self._dispatch, job))

    def _go(self, job: Job, crew: str) -> None:
        job.crew = crew
        for step, delay_s in _STEPS:
            self.after(delay_s / self.tempo, functools.partial(self._report, job, step))

    def _report(self, job: Job, step: str) -> None:
        if job.ended or step in job.reported:
            return
        job.reported.append(step)
        records = ""
        if step == "onSite":
            end = messages.time(self.at + _REPAIR)
            records = f"<TimeSchedules><kind>estimate</kind><scheduleInterval><end>{end}</end></scheduleInterval></TimeSchedules>"
        if step == "completed":
            cause = _CAUSES[int(self.tools.rng.integers(len(_CAUSES)))]
            records = self._record("restored") + self._record("cause", cause) + self._record("remedy", "repaired")
        task = (
            f"<WorkTasks><statusKind>{step}</statusKind><Crews>{messages.names(job.crew, 'CrewID')}</Crews></WorkTasks>"
        )
        work = f"<Work><lastModifiedDateTime>{messages.time(self.at)}</lastModifiedDateTime>{records}{task}</Work>"
        order = f"<MaintenanceOrder>{messages.names(job.number, 'WorkOrderNumber')}{work}</MaintenanceOrder>"
        content = f'<MaintenanceOrders xmlns="{_ORDERS}">{order}</MaintenanceOrders>'
        self.send("EventMessage", "changed", "MaintenanceOrders", content)

    def _record(self, kind: str, reason: str = "") -> str:
        at = messages.time(self.at)
        return (
            f"<ActivityRecords><createdDateTime>{at}</createdDateTime>{messages.text('reason', reason)}"
            f"<type>{kind}</type></ActivityRecords>"
        )

    def _learn_crews(self) -> None:
        try:
            told = self.tools.client.get("api/v1/crews", shift="on")
        except (Unreachable, Refused):
            return
        self.crews = sorted(str(one["key"]) for one in told.get("results", []))

    # Visits to meters

    def _visit(self, verb: str, order: ET.Element) -> None:
        number = base.named(order, "ServiceOrderNumber") or base.words(order, "mRID")
        if verb == "create" and number not in self.visits:
            self.visits[number] = "received"
            for status, delay_s in (("enroute", 2.0), ("completed", 6.0)):
                self.after(delay_s / self.tempo, functools.partial(self._visited, number, status))

    def _visited(self, number: str, status: str) -> None:
        self.visits[number] = status
        work = f"<Work><lastModifiedDateTime>{messages.time(self.at)}</lastModifiedDateTime><statusKind>{status}</statusKind></Work>"
        order = f"<ServiceOrder>{messages.names(number, 'ServiceOrderNumber')}{work}</ServiceOrder>"
        content = f'<ServiceOrders xmlns="{_VISITS}">{order}</ServiceOrders>'
        self.send("EventMessage", "changed", "ServiceOrders", content)

    # Switching orders

    def _plan(self, plan: ET.Element) -> None:
        mrid = base.words(plan, "mRID")
        for element in plan.iter():
            if base.local(element).endswith("Action") and base.words(element, "statusKind") == "instructed":
                key = base.named(element, "StepKey")
                if (mrid, key) not in self.steps:
                    self.steps[mrid, key] = "carried out"
                    step = functools.partial(
                        self._carried_out, mrid, key, base.local(element), base.words(element, "kind")
                    )
                    self.after(2.0 / self.tempo, step)

    def _carried_out(self, plan: str, key: str, action: str, kind: str) -> None:
        said = (
            f"<{action}><executedDateTime>{messages.time(self.at)}</executedDateTime>{messages.text('kind', kind)}"
            f"<statusKind>completed</statusKind>{messages.names(key, 'StepKey')}</{action}>"
        )
        group = f"<SwitchingStepGroups><SwitchingStep>{said}</SwitchingStep></SwitchingStepGroups>"
        content = f'<SwitchingPlans xmlns="{_PLANS}"><SwitchingPlan><mRID>{plan}</mRID>{group}</SwitchingPlan></SwitchingPlans>'
        self.send("EventMessage", "changed", "SwitchingPlans", content)
