"""The circuit of one feeder group, as it conducts now: what `groups` cut apart, with the temporary elements that lie over it.

    index = CircuitIndex(circuit, base)                           once per version
    groups = groups_of(index, fitted, energisation, closed)       once per state
    circuit = circuit_of_group(index, groups, number)             as often as anything of it moves

Lines that are cut lose those conductors, equipment that is not commissioned is not there, jumpers are closed switches and mobile
generation is a source of its own. Switches that stand open, and those between groups, are left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from network.domain import phases as ph
from network.domain.energisation import Energisation
from network.domain.extension import ExtendedGrid, Join
from network.domain.feeder_groups.groups import FeederGroup, FeederGroups, cut
from network.domain.grid import Grid
from network.domain.grid.arrays import Byte, Int
from network.domain.physics.circuit import (
    ABC,
    Bus,
    Circuit,
    Conductors,
    Line,
    LineCode,
    Source,
    Switch,
    Transformer,
)
from network.domain.physics.line_constants import square, triangle
from network.domain.temporary import Fitted

_SPLIT = ("s1", "s2")
_ONE_PLACE = ("shunts", "loads", "generators", "sources")
_Part = TypeVar("_Part", Line, Switch, Transformer)


class Circuits(Protocol):
    """Whatever can give the circuit of a feeder group; `together` and `holding` as `groups.cut` wants them."""

    @property
    def together(self) -> Iterable[tuple[int, int]]:
        """Pairs of nodes that stay together."""

    @property
    def holding(self) -> Iterable[int]:
        """Nodes that hold a voltage."""

    def has_bus(self, node: int) -> bool:
        """Whether a node is in the circuit."""

    def circuit_of(self, groups: FeederGroups, number: int) -> Circuit:
        """The live circuit of one group."""


class CircuitIndex:
    """Where the parts of a circuit stand in the grid of its version: node of every bus, branch of every line, switch, transformer."""

    def __init__(self, circuit: Circuit, grid: Grid) -> None:
        """Read it once."""
        self.circuit = circuit
        self.grid = grid
        self.node = {mrid: node for mrid in circuit.buses if (node := grid.node_index(mrid)) >= 0}
        self.bus = {node: bus for mrid, bus in circuit.buses.items() if (node := self.node.get(mrid, -1)) >= 0}
        self.lines = _Places(self, circuit.lines, [one.mrid for one in circuit.lines])
        self.switches = _Places(self, circuit.switches, [one.mrid for one in circuit.switches])
        self.transformers = _Places(self, circuit.transformers, [one.bank_mrid for one in circuit.transformers])
        self.single = {
            table: self._nodes([(one.bus,) for one in getattr(circuit, table)])[:, 0] for table in _ONE_PLACE
        }
        self.together = list(self._together())
        holding = [one.bus for one in circuit.sources] + [one.bus for one in circuit.generators if one.target_v]
        self.holding = [self.node[bus] for bus in holding if bus in self.node]

    def has_bus(self, node: int) -> bool:
        """Whether a node is in the circuit."""
        return node in self.bus

    def circuit_of(self, groups: FeederGroups, number: int) -> Circuit:
        """The live circuit of one group, see `circuit_of_group`."""
        return circuit_of_group(self, groups, number)

    def _nodes(self, buses: Sequence[tuple[str, ...]]) -> NDArray[np.int64]:
        """(parts, most ends) nodes; a part with fewer ends has its last one again, -1 is unknown."""
        width = max((len(one) for one in buses), default=1)
        rows = [[self.node.get(bus, -1) for bus in one] for one in buses]
        return np.array([row + row[-1:] * (width - len(row)) for row in rows], np.int64).reshape(-1, width)

    def _together(self) -> Iterator[tuple[int, int]]:
        """Nodes that must stay in one group: three windings, taps and capacitors with what moves them, split-phase secondaries."""
        ends = {one.mrid: one.from_bus for one in self.circuit.lines}
        ends |= {one.mrid: one.from_bus for one in self.circuit.switches}
        ends |= {one.bank_mrid: one.windings[0].bus for one in self.circuit.transformers}
        pairs = [
            (transformer.windings[0].bus, bus)
            for transformer in self.circuit.transformers
            for bus in _bound(transformer)
        ]
        pairs += [
            (shunt.bus, bus)
            for shunt in self.circuit.shunts
            if shunt.control
            for bus in (shunt.control.bus, ends.get(shunt.control.element, shunt.bus))
        ]
        pairs += [(one.from_bus, one.to_bus) for one in self.circuit.lines if one.phases[0] in _SPLIT]
        pairs += [(one.from_bus, one.to_bus) for one in self.circuit.switches if one.phases[0] in _SPLIT]
        for one, other in pairs:
            if one in self.node and other in self.node and one != other:
                yield self.node[one], self.node[other]


class _Places:
    """Ends and branches of one table."""

    def __init__(self, index: CircuitIndex, parts: Sequence[Any], mrids: list[str]) -> None:
        self.ends = index._nodes([_buses(one) for one in parts])  # noqa: SLF001 - its own part
        self.branch: Int = index.grid.branch_indices(mrids) if mrids else np.empty(0, np.int32)


def _buses(part: Any) -> tuple[str, ...]:
    if isinstance(part, Transformer):
        return tuple(winding.bus for winding in part.windings)
    return part.from_bus, part.to_bus


def _bound(transformer: Transformer) -> Iterator[str]:
    """Buses that belong to a transformer: all of more than two, and what its taps watch."""
    buses = {winding.bus for winding in transformer.windings}
    if len(buses) > 2:
        yield from buses
    for winding in transformer.windings:
        if winding.taps and winding.taps.control:
            yield winding.bus
            yield winding.taps.control.bus


def groups_of(circuits: Circuits, fitted: Fitted, energisation: Energisation, closed: Byte) -> FeederGroups:
    """The feeder groups of a state of the version the index is of.

    Args:
        circuits: of the version, a `CircuitIndex` or `compact.CompactCircuits`.
        fitted: its grid with what lies over it.
        energisation: what is live.
        closed: what conducts, phase bits per branch of `fitted.grid`.
    """
    holding = list(circuits.holding)
    while True:
        groups = cut(fitted, energisation, closed, circuits.together, holding)
        # no circuit at the node above a head: there is nothing to hold it by
        lost = [int(groups.nodes(g.number)[0]) for g in groups.groups if g.at >= 0 and not circuits.has_bus(g.at)]
        if not lost:
            return groups
        holding += lost


def circuit_of_group(index: CircuitIndex, groups: FeederGroups, number: int) -> Circuit:
    """The live circuit of one feeder group, without what it hangs on and what hangs on it.

    Args:
        index: of the version's circuit.
        groups: the groups of a state of that version.
        number: which group.

    Returns:
        a circuit whose switches are all closed as far as they are in it. The bus at a head (`FeederGroup.at`) is among its buses; a
        group that hangs on another has no source until one is put there (`coupling.held`).
    """
    circuit, group = index.circuit, groups.groups[number]
    of = np.append(groups.of_node, np.int32(-1))  # the last for unknown nodes
    found = Circuit(circuit.name, circuit.frequency_hz, line_codes={}, findings=[])
    for table in _ONE_PLACE:
        parts, nodes = getattr(circuit, table), index.single[table]
        setattr(found, table, [parts[i] for i in np.flatnonzero(of[nodes] == number).tolist()])
    _add_branches(index, groups, group, of, found)
    _add_joined(index, groups, number, found)
    nodes = groups.nodes(number).tolist() + ([group.at] if group.at >= 0 else [])
    found.buses = {bus.mrid: bus for node in nodes if (bus := index.bus.get(node))}
    return found


def _add_branches(index: CircuitIndex, groups: FeederGroups, group: FeederGroup, of: Int, found: Circuit) -> None:
    circuit = index.circuit
    for line, bits in _within(circuit.lines, index.lines, groups, group, of):
        _add_line(circuit, line, bits, found)
    for switch, bits in _within(circuit.switches, index.switches, groups, group, of):
        closed = tuple(one for one in switch.phases if bits & ph.parse(one) or (bits and one in _SPLIT))
        if closed:
            found.switches.append(dataclasses.replace(switch, closed=closed))
    for transformer, bits in _within(circuit.transformers, index.transformers, groups, group, of):
        if bits:
            found.transformers.append(transformer)


def _within(
    parts: Sequence[_Part], places: _Places, groups: FeederGroups, group: FeederGroup, of: Int
) -> Iterator[tuple[_Part, int]]:
    """Parts with all ends in the group, and its head; with the phases they conduct. What is no branch of the grid conducts."""
    mine = (of[places.ends] == group.number).all(axis=1)
    if group.head >= 0:
        mine |= places.branch == group.head
    bits = np.append(groups.closed, np.uint8(0xFF))[places.branch]
    for place in np.flatnonzero(mine).tolist():
        yield parts[place], int(bits[place])


def _add_line(circuit: Circuit, line: Line, bits: int, found: Circuit) -> None:
    """A line with the conductors that are not cut."""
    kept = tuple(one for one in line.phases if bits & ph.parse(one) or (bits and one in _SPLIT))
    code = circuit.line_codes[line.code]
    if kept == line.phases:
        found.line_codes[line.code] = code
        found.lines.append(line)
    elif kept:
        name = f"{line.code} {' '.join(kept)} of {' '.join(line.phases)}"
        found.line_codes[name] = _part_of(code, line.phases, kept)
        found.lines.append(dataclasses.replace(line, phases=kept, code=name))


def _part_of(code: LineCode, phases: Conductors, kept: Conductors) -> LineCode:
    """The rows of the conductors that are left: one that is cut carries nothing."""
    rows = np.ix_([phases.index(one) for one in kept], [phases.index(one) for one in kept])
    return LineCode(*(triangle(square(values)[rows]) for values in (code.r, code.x, code.g, code.b)))


def _add_joined(index: CircuitIndex, groups: FeederGroups, number: int, found: Circuit) -> None:
    """Jumpers and mobile generation of the group."""
    grid = groups.fitted.grid
    if not isinstance(grid, ExtendedGrid):
        return
    for slot, join in grid.joins.items():
        bits = int(groups.closed[grid.base.branch_count + slot])
        bus = index.bus.get(join.start)
        if bus is None or not bits or int(groups.of_node[join.start]) != number:
            continue
        if join.is_generation:
            found.sources.append(_generation(join, bus, bits))
        elif (other := index.bus.get(join.end)) and int(groups.of_node[join.end]) == number:
            phases = tuple(one for one in bus.phases if bits & ph.parse(one) and one in other.phases)
            found.switches.append(Switch(join.mrid, join.name, bus.mrid, other.mrid, phases, phases))


def _generation(join: Join, bus: Bus, bits: int) -> Source:
    """A set on a trailer holds its island at nominal voltage; beside the network it delivers what is said of it: nothing yet."""
    phases = tuple(one for one in bus.phases if bits & ph.parse(one)) or ABC
    return Source(
        join.mrid,
        join.name,
        bus.mrid,
        phases,
        bus.nominal_v * 3.0**0.5,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        is_stiff=True,
        rank=99,
    )
