"""The meter data management system: passes on what meters say of supply, and answers questions to them from its last readings.

With --rate it sends that many messages a second, each of a meter that lost and regained supply a second apart; with one in ten it asks
for a visit to a meter that tells nothing (create ServiceOrders), and it keeps what it is told of that. Asked (get
MeterReadings) it acknowledges, and replies with a voltage, or what was counted, for each meter it knows and 2.4 for the others.
"""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from integration.simulators import consumption, messages
from integration.simulators.client import Refused, Unreachable
from integration.simulators.delivery import Message
from integration.simulators.incoming import Incoming, Question
from integration.simulators.messages import POWER_LOST, POWER_RESTORED, MeterEvent, Reading
from integration.simulators.systems import base
from integration.simulators.systems.base import TAKEN, Answer, System, Tools

_ORDERS = "http://iec.ch/TC57/2015/ServiceOrders#"
_VISIT_EVERY = 10


class MeterDataSystem(System):
    """Its own list of meters."""

    source = "MDM-SIM"
    summary_line = "Meter data management: passes on power events of meters, answers get MeterReadings."

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self.meters: list[tuple[str, str]] = []
        self.asked = self.passed_on = 0
        self.visits: dict[str, str] = {}  # what is known of each, by its number

    def begin(self) -> None:
        """Learn which meters there are; speak for them at the given rate."""
        try:
            world = self.tools.client.get("api/v1/simulation/world")
        except (Unreachable, Refused):
            return
        self.meters = [(str(one["number"]), str(one["usage_point"])) for one in world.get("meters", [])]
        if self.tools.rate and self.meters:
            self._next()

    def take(self, message: Incoming) -> Answer:
        """Questions; events that others told."""
        if message.verb == "get" and message.noun == "MeterReadings" and message.question is not None:
            self.asked += len(message.question.meters)
            self.after(1.0, functools.partial(self._answer, message.question, message.correlation_id))
            return "0.3", ""
        if message.noun == "EndDeviceEvents":
            return TAKEN
        if message.verb == "changed" and message.noun == "ServiceOrders":
            for order in base.find_all(base.payload(message, message.noun), "ServiceOrder"):
                self.visits[base.named(order, "ServiceOrderNumber")] = base.words(order, "Work", "statusKind")
            return TAKEN
        return super().take(message)

    def state(self) -> dict[str, Any]:
        """Counts."""
        return {"meters": len(self.meters), "asked": self.asked, "passed_on": self.passed_on, "visits": self.visits}

    def _next(self) -> None:
        number, point = self.meters[int(self.tools.rng.integers(len(self.meters)))]
        at = self.at
        events = [
            MeterEvent(self.tools.pen.id(), at - dt.timedelta(seconds=ago), code, number, point)
            for ago, code in ((2, POWER_LOST), (1, POWER_RESTORED))
        ]
        sender = self.tools.pen.sender()
        self.passed_on += 1
        self.tools.put(Message(sender.message_id, messages.device_events(sender, events), len(events)))
        if self.passed_on % _VISIT_EVERY == 1:
            self._ask_for_visit(number, point)
        if self.tools.rate:
            self.after(1.0 / self.tools.rate, self._next)

    def _ask_for_visit(self, meter: str, point: str) -> None:
        number = f"SO-{self.tools.pen.id()[:8]}"
        self.visits[number] = "asked for"
        begins = messages.time(self.at + dt.timedelta(days=1))
        task = (
            f"<WorkTasks><crewETA>{begins}</crewETA><subject>Meter tells nothing</subject><taskKind>inspect</taskKind>"
            f"<Assets>{messages.names(meter, 'MeterNumber')}</Assets></WorkTasks>"
        )
        work = (
            f"<Work><kind>service</kind><requestDateTime>{messages.time(self.at)}</requestDateTime>"
            f"<UsagePoint>{messages.names(point, 'UsagePointNumber')}</UsagePoint>{task}</Work>"
        )
        order = f"<ServiceOrder>{messages.names(number, 'ServiceOrderNumber')}{work}</ServiceOrder>"
        self.send(
            "RequestMessage", "create", "ServiceOrders", f'<ServiceOrders xmlns="{_ORDERS}">{order}</ServiceOrders>'
        )

    def _answer(self, question: Question, correlation_id: str) -> None:
        known, at = {number for number, _ in self.meters}, self.at
        sender = self.tools.pen.sender()
        if consumption.ENERGY in question.types:
            body = consumption.answer(sender, question, known, correlation_id=correlation_id, is_last=True)
        else:
            readings = [
                Reading(one, at, volts=231.0)
                if one in known
                else Reading(one, at, code="2.4", reason="no such meter here")
                for one in question.meters
            ]
            body = messages.meter_readings(sender, readings, correlation_id=correlation_id, is_last=True)
        self.tools.put(Message(sender.message_id, body, len(question.meters)))
