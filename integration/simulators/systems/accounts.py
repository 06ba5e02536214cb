"""The billing and energy accounting system: notes which feeder each transformer belongs to, and how reliable supply was."""

from __future__ import annotations

from typing import Any

from integration.simulators.incoming import Incoming
from integration.simulators.systems import base
from integration.simulators.systems.base import TAKEN, Answer, System, Tools

_NOTED = frozenset({"MeterReadings", "ReliabilityIndices"})


class AccountingSystem(System):
    """Its own books."""

    source = "BILLING-SIM"
    summary_line = "Billing and energy accounting: books each transformer's feeder from NetworkChanges, notes readings and indices."

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self.entries: list[tuple[str, str, str]] = []  # moment, transformer, feeder
        self.noted: dict[str, int] = {}

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
        return {"entries": len(self.entries), "noted": self.noted}
