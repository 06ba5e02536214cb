"""The billing and energy accounting system: notes which feeder each transformer belongs to, and how reliable supply was.

With --rate it asks for readings, so many questions a second: the quarter hours of one meter after the other for the last day. It
books how many it was told of each, and of how many it was told nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from integration.simulators import messages
from integration.simulators.client import Refused, Unreachable
from integration.simulators.delivery import Message
from integration.simulators.incoming import Incoming
from integration.simulators.systems import base
from integration.simulators.systems.base import TAKEN, Answer, System, Tools

ENERGY = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
_ASKED = "http://iec.ch/TC57/2011/GetMeterReadings#"
_DAY = dt.timedelta(days=1)
_READING = re.compile(rb"<(?:\w+:)?IntervalReadings[ >]")
_NOTED = frozenset({"MeterReadings", "ReliabilityIndices"})


class AccountingSystem(System):
    """Its own books."""

    source = "BILLING-SIM"
    summary_line = "Billing and energy accounting: books each transformer's feeder from NetworkChanges, notes readings and indices."

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self.entries: list[tuple[str, str, str]] = []  # moment, transformer, feeder
        self.noted: dict[str, int] = {}
        self.meters: list[str] = []
        self.asked = self.readings = self.empty = 0

    def begin(self) -> None:
        """Learn which meters there are, and ask at the given rate."""
        if not self.tools.rate:
            return
        try:
            world = self.tools.client.get("api/v1/simulation/world")
        except (Unreachable, Refused):
            return
        self.meters = [str(one["number"]) for one in world.get("meters", [])]
        if self.meters:
            self._ask()

    def take(self, message: Incoming) -> Answer:
        """Changes of feeders, readings, indices."""
        if message.noun == "NetworkChanges":
            for change in base.find_all(base.payload(message, message.noun), "NetworkChange"):
                at = base.words(change, "occurredDateTime")
                for one in base.find_all(change, "TransformerChange"):
                    self.entries.append((at, base.words(one, "Transformer", "mRID"), base.words(one, "feeder")))
            return TAKEN
        if message.noun in _NOTED:
            self.noted[message.noun] = self.noted.get(message.noun, 0) + 1
            return TAKEN
        return super().take(message)

    def state(self) -> dict[str, Any]:
        """Counts."""
        asked = {"asked": self.asked, "readings": self.readings, "nothing_of": self.empty}
        return {"entries": len(self.entries), "noted": self.noted} | asked

    def _ask(self) -> None:
        """The next meter."""
        meter = self.meters[self.asked % len(self.meters)]
        self.asked += 1
        sender = self.tools.pen.sender()
        body = messages.asked("get", "MeterReadings", sender, self._question(meter))
        self.tools.put(Message(sender.message_id, body, told=self._told))
        self.after(1 / (self.tools.rate or 1), self._ask)

    def _question(self, meter: str) -> str:
        ends, begins = messages.time(self.at), messages.time(self.at - _DAY)
        return (
            f'<GetMeterReadings xmlns="{_ASKED}"><EndDevice>{messages.names(meter, "MeterNumber")}</EndDevice>'
            f"<ReadingType><Names><name>{ENERGY}</name></Names></ReadingType><TimeSchedule><scheduleInterval><end>{ends}</end>"
            f"<start>{begins}</start></scheduleInterval></TimeSchedule></GetMeterReadings>"
        )

    def _told(self, answer: bytes) -> None:
        """Count what is in the payload, if there is one."""
        found = len(_READING.findall(answer))
        self.readings += found
        self.empty += not found
