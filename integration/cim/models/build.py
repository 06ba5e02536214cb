"""The site where a draft is built: what the files say, the draft so far, and the ends of every equipment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from integration.cim.models import own
from integration.cim.models.store import Record, Store
from integration.cim.models.units import Units
from network.domain import phases as ph
from network.domain.draft import ModelDraft

_NOT_KEPT = ("IdentifiedObject.name", "IdentifiedObject.mRID")


@dataclass(slots=True)
class End:
    """A terminal that is connected: the key and mRID of its node."""

    terminal: Record
    terminal_key: str
    node_key: str
    node: str


@dataclass(slots=True)
class Build:
    """Shared by the builders of the single kinds of objects."""

    store: Store
    draft: ModelDraft
    units: Units
    ends: dict[str, list[End]] = field(default_factory=dict)  # by equipment key, in order of sequence number
    stated_phases: dict[str, int] = field(default_factory=dict)  # by equipment key, from its phase parts
    split: set[str] = field(default_factory=set)  # keys of split-phase equipment (s1, s2): its phases are found last
    split_nodes: dict[str, int] = field(
        default_factory=dict
    )  # by node key: the phases behind a split-phase transformer

    def phases(self, key: str) -> int:
        """Of an equipment: its phase parts, else its terminals, else ABC."""
        if key in self.stated_phases:
            return self.stated_phases[key]
        said = 0
        for end in self.ends.get(key, ()):
            said |= ph.parse(end.terminal.text.get("Terminal.phases", ""))
        return said or ph.ABC

    def container(self, record: Record) -> str:
        """MRID of the container that holds it, "" where there is none that we took."""
        return own.container_mrid(self.store, self.draft.containers, record, "Equipment.EquipmentContainer")

    def place(self, record: Record, mrid: str = "") -> None:
        """Remember where an object of the draft is defined."""
        self.draft.places[mrid or record.id] = (self.store.files[record.file], record.line)


def attributes_of(record: Record) -> dict[str, Any]:
    """The literals of a record as they are written, without its name; of what came in a foreign format, what that said."""
    if own.ATTRIBUTES in record.text:
        return own.attributes(record)
    return {name: value for name, value in record.text.items() if name not in _NOT_KEPT and name not in own.NAMES}


def is_out_of_service(build: Build, key: str, record: Record) -> bool:
    """Whether the steady state says so of the equipment, or of a terminal of it."""
    if not record.flag("Equipment.inService", default=record.flag("Equipment.normallyInService", default=True)):
        return True
    return any(not end.terminal.flag("ACDCTerminal.connected", default=True) for end in build.ends.get(key, ()))
