"""What the builders of the circuit share: the draft's build, the circuit so far, and conductors of equipment."""

from __future__ import annotations

from dataclasses import dataclass, field

from integration.cim.models import classes
from integration.cim.models.build import Build, is_out_of_service
from integration.cim.models.store import Record
from network.domain.physics.circuit import ABC, SPLIT, Circuit, Conductors

_LETTERS = ("s12", "s1", "s2", "A", "B", "C", "N", "X")
_RANK = {"A": 0, "B": 1, "C": 2, "s1": 3, "s2": 4}


def conductors(code: str) -> Conductors:
    """The conductors of a phase code in their order; s12 are both legs.

    >>> conductors("Ns2"), conductors("BCN"), conductors("s12N")
    (('N', 's2'), ('B', 'C', 'N'), ('s1', 's2', 'N'))
    """
    found: list[str] = []
    while code:
        letter = next((one for one in _LETTERS if code.startswith(one)), "")
        found += SPLIT if letter == "s12" else ([letter] if letter not in ("", "X") else [])
        code = code[len(letter) or 1 :]
    return tuple(found)


@dataclass(slots=True)
class Parts:
    """The site of the circuit."""

    build: Build
    circuit: Circuit
    nodes: dict[str, str] = field(default_factory=dict)  # by terminal key: mRID of its node
    stated: dict[str, list[str]] = field(default_factory=dict)  # by equipment key: conductors of its phase parts
    rows: dict[str, list[Record]] = field(default_factory=dict)  # by owner key: its phase parts, in order

    def __post_init__(self) -> None:
        """Index terminals and phase parts once."""
        for ends in self.build.ends.values():
            for end in ends:
                self.nodes[end.terminal_key] = end.node
        for cls, (owner_name, phase_name) in classes.PHASE_PARTS.items():
            for _, part in self.build.store.of_class(cls):
                owner = part.refs.get(owner_name)
                if owner:
                    self.stated.setdefault(owner, []).extend(conductors(part.text.get(phase_name, "")))
                    self.rows.setdefault(owner, []).append(part)

    def phases(self, key: str) -> Conductors:
        """Of an equipment: its phase parts, else its terminals, else ABC; without neutral."""
        said: list[str] = self.stated.get(key, [])
        if not said:
            for end in self.build.ends.get(key, ()):
                said = said or list(conductors(end.terminal.text.get("Terminal.phases", "")))
        bare = [one for one in dict.fromkeys(said) if one in _RANK]
        return tuple(sorted(bare, key=_RANK.__getitem__)) or ABC

    def two_nodes(self, key: str, record: Record) -> tuple[str, str] | None:
        """Nodes of an equipment between two of them; None for what is not connected, or out of service."""
        ends = self.build.ends.get(key, ())
        if len(ends) != 2 or ends[0].node == ends[1].node or is_out_of_service(self.build, key, record):
            return None
        return ends[0].node, ends[1].node

    def node(self, key: str, record: Record) -> str | None:
        """The node of an equipment on one of them; None for what is not connected, or out of service."""
        ends = self.build.ends.get(key, ())
        if len(ends) != 1 or is_out_of_service(self.build, key, record):
            return None
        return ends[0].node

    def regret(self, record: Record, text: str) -> None:
        """Say what is not in the circuit, or not as the file has it."""
        self.circuit.findings.append(f"{record.cls} {record.name}: {text}")
