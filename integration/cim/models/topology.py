"""Containers, ConnectivityNodes, and which equipment hangs on which node by its Terminals."""

from __future__ import annotations

from integration.cim.models import classes, own
from integration.cim.models.build import Build, End
from integration.cim.models.store import Record
from network.domain import phases as ph
from network.domain.draft import Container, Node

_PARENTS = (
    "SubGeographicalRegion.Region",
    "Substation.Region",
    "VoltageLevel.Substation",
    "Bay.VoltageLevel",
    "Bay.Substation",
    "Line.Region",
    "Feeder.NormalEnergizingSubstation",
)


_AFTER = {ph.A: ph.B, ph.B: ph.C, ph.C: ph.A}


def build_containers(build: Build) -> None:
    """Regions, substations, voltage levels, bays, lines and feeders with their parents."""
    for _, record in build.store.of_class(*classes.CONTAINERS):
        if own.is_made(record):
            continue
        parents = (build.store.follow(record, name) for name in _PARENTS)
        parent = next((found.id for found in parents if found and not own.is_made(found)), "")
        build.draft.containers[record.id] = Container(record.id, record.name, record.cls, parent)
        build.place(record)


def build_nodes(build: Build) -> None:
    """One node per ConnectivityNode; TopologicalNodes of the file are not used, we compute topology ourselves."""
    for _, record in build.store.of_class("ConnectivityNode"):
        name = "ConnectivityNode.ConnectivityNodeContainer"
        container = own.container_mrid(build.store, build.draft.containers, record, name)
        node = build.draft.nodes[record.id] = Node(record.id, record.name, container)
        if own.X in record.text:
            node.x, node.y = own.place(record)
        build.place(record)


def build_ends(build: Build) -> None:
    """Terminals by equipment, in the order of their numbers; where numbers are missing the order of the file counts."""
    for key, terminal in build.store.of_class("Terminal"):
        equipment = terminal.refs.get("Terminal.ConductingEquipment")
        node_key = terminal.refs.get("Terminal.ConnectivityNode")
        if not equipment:
            build.store.find("error", "terminal_without_equipment", "Terminal.ConductingEquipment is missing", terminal)
            continue
        node = build.store.objects.get(node_key) if node_key else None
        if node_key is None:
            build.store.find("error", "terminal_without_node", "Terminal.ConnectivityNode is missing", terminal)
        if node_key and node and node.cls == "ConnectivityNode":
            build.ends.setdefault(equipment, []).append(End(terminal, key, node_key, node.id))
    for equipment, ends in build.ends.items():
        if len(ends) > 1:
            record = build.store.objects.get(equipment)
            is_bank = record is not None and record.cls == "PowerTransformer"  # its tanks count anew, each from 1
            _sort(build, ends, is_bank=is_bank)


def _sort(build: Build, ends: list[End], *, is_bank: bool) -> None:
    numbers = [_sequence(end.terminal) for end in ends]
    if None not in numbers and (is_bank or len(set(numbers)) == len(numbers)):
        ends.sort(key=lambda end: _sequence(end.terminal) or 0.0)
        return
    for end, number in zip(ends, numbers, strict=True):
        if number is None or (numbers.count(number) > 1 and not is_bank):
            text = (
                "sequenceNumber is missing" if number is None else f"sequenceNumber {number:g} twice at one equipment"
            )
            build.store.find("warning", "sequence_number", f"{text}; the order of the file counts", end.terminal)


def _sequence(terminal: Record) -> float | None:
    number = terminal.number("ACDCTerminal.sequenceNumber")
    return terminal.number("Terminal.sequenceNumber") if number is None else number


def collect_phase_parts(build: Build) -> None:
    """The phases of equipment that states them one by one; s1 and s2 are kept apart until the transformer is known."""
    for cls, (owner_name, phase_name) in classes.PHASE_PARTS.items():
        for _, part in build.store.of_class(cls):
            owner = part.refs.get(owner_name)
            phase = part.text.get(phase_name, "")
            if not owner:
                continue
            build.stated_phases[owner] = build.stated_phases.get(owner, 0) | ph.parse(phase)
            if phase in ("s1", "s2", "s12", "s12N"):
                build.split.add(owner)
    _span_deltas(build)


def _span_deltas(build: Build) -> None:
    """A delta consumer named by one phase lies between it and the next one: it needs both to be supplied."""
    for key, record in build.store.of_class(*classes.CONSUMERS):
        phases = build.stated_phases.get(key, 0) & ph.ABC
        if record.text.get("EnergyConsumer.phaseConnection") == "D" and phases in _AFTER:
            build.stated_phases[key] |= _AFTER[phases]
