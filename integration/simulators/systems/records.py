"""The records system (GIS): keeps the network as it was built, and beside it how it is operated.

NetworkChanges replaces what it knew of a model: which switches stand away from normal, which transformers another feeder feeds. What
it shows as operated is what was built with these differences on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from integration.simulators.client import Refused, Unreachable
from integration.simulators.incoming import Incoming
from integration.simulators.systems import base
from integration.simulators.systems.base import TAKEN, Answer, System, Tools


@dataclass(slots=True)
class Operated:
    """One model as it is operated, by mRID."""

    version: int = 0
    sequence: int = -1
    away: dict[str, bool] = field(default_factory=dict)  # switch: open
    feeders: dict[str, str] = field(default_factory=dict)  # transformer: feeder that feeds it now


class RecordsSystem(System):
    """Its own network, by what it fetched and was told."""

    source = "GIS-SIM"
    summary_line = "The records system (GIS): keeps the built network and how it is operated, from NetworkChanges."

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self.built: dict[str, bool] = {}  # switch: normally open
        self.operated: dict[str, Operated] = {}
        self.told = self.late = 0

    def begin(self) -> None:
        """Learn what was built."""
        self.learn()

    def learn(self) -> None:
        """Fetch the network; it stays unknown where the server has none."""
        try:
            world = self.tools.client.get("api/v1/simulation/world")
        except (Unreachable, Refused):
            return
        switches = [one for one in world.get("branches", []) if one["is_switch"]]
        self.built = {str(one["mrid"]): not one["normal_closed"] for one in switches}

    def take(self, message: Incoming) -> Answer:
        """Changes of the network."""
        if message.noun != "NetworkChanges":
            return super().take(message)
        for change in base.find_all(base.payload(message, message.noun), "NetworkChange"):
            self._change(message.verb, change)
        return TAKEN

    def is_open(self, switch: str) -> bool:
        """How a switch stands by these records."""
        away = next((one.away[switch] for one in self.operated.values() if switch in one.away), None)
        return self.built[switch] if away is None else away

    def state(self) -> dict[str, Any]:
        """Counts."""
        models = {
            key: {"version": one.version, "switches_away": len(one.away), "transformers_refed": len(one.feeders)}
            for key, one in self.operated.items()
        }
        return {"switches": len(self.built), "told": self.told, "late": self.late, "models": models}

    def _change(self, verb: str, change: ET.Element) -> None:
        """Take the newest: one that comes after a later one says nothing new."""
        self.told += 1
        known = self.operated.setdefault(base.words(change, "Names", "name"), Operated())
        version, sequence = int(base.words(change, "version")), int(base.words(change, "sequence"))
        if (version, sequence) < (known.version, known.sequence):
            self.late += 1
            return
        if verb == "created" or not self.built:
            self.after(0, self.learn)
        known.version, known.sequence = version, sequence
        known.away = {
            base.words(one, "Switch", "mRID"): base.words(one, "open") == "true"
            for one in base.find_all(change, "SwitchChange")
        }
        known.feeders = {
            base.words(one, "Transformer", "mRID"): base.words(one, "feeder")
            for one in base.find_all(change, "TransformerChange")
        }
