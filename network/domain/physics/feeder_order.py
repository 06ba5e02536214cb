"""A circuit from its sources outwards: what is fed through which branch, and from which phase of the primary a load is taken."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain.physics.circuit import Circuit, Conductors, Load

Bool = NDArray[np.bool_]
_PRIMARY = ("A", "B", "C")


@dataclass(frozen=True, slots=True)
class _Edge:
    """A branch between two buses; `legs` are the primary phases behind the split legs on its far side, if it makes such."""

    mrid: str
    start: str
    end: str
    legs: Conductors


class FeederOrder:
    """The forest of a circuit from its sources; a branch that closes a ring, and those of the ring, feed nothing by themselves."""

    def __init__(self, circuit: Circuit) -> None:
        """Walk the circuit breadth first."""
        self._circuit = circuit
        self._edges = list(_edges(circuit))
        near: dict[str, list[int]] = {}
        for place, edge in enumerate(self._edges):
            near.setdefault(edge.start, []).append(place)
            near.setdefault(edge.end, []).append(place)
        self._above: dict[str, int] = {}  # bus: edge towards the source, -1 at a source
        self._legs: dict[str, Conductors] = {}
        self._order: list[str] = []
        self._ringed: set[int] = set()
        self._walk(near)
        self._places = {edge.mrid: place for place, edge in reversed(list(enumerate(self._edges)))}
        self._size: dict[str, tuple[int, int]] = {}
        self._intervals()

    def _walk(self, near: dict[str, list[int]]) -> None:
        waiting = deque(dict.fromkeys(source.bus for source in self._circuit.sources))
        for bus in waiting:
            self._above[bus], self._legs[bus] = -1, ()
        while waiting:
            bus = waiting.popleft()
            self._order.append(bus)
            for place in near.get(bus, ()):
                edge = self._edges[place]
                far = edge.end if edge.start == bus else edge.start
                if far not in self._above:
                    self._above[far] = place
                    self._legs[far] = edge.legs or self._legs[bus]
                    waiting.append(far)
                elif place != self._above[bus] and self._above[far] != place:
                    self._mark_ring(bus, far, place)

    def _mark_ring(self, one: str, other: str, closing: int) -> None:
        """All branches on the way between two buses, and the one that closes the ring; parallel branches of one device are no ring."""
        if self._edges[closing].mrid in {self._edges[p].mrid for p in (self._above[one], self._above[other]) if p >= 0}:
            return
        ways = [self._way(one), self._way(other)]
        self._ringed |= set(ways[0]) ^ set(ways[1]) | {closing}

    def _way(self, bus: str) -> list[int]:
        found = []
        while (place := self._above[bus]) >= 0:
            found.append(place)
            edge = self._edges[place]
            bus = edge.start if edge.end == bus else edge.end
        return found

    def _intervals(self) -> None:
        """Depth-first places of buses, so that what lies below one is a slice."""
        children: dict[str, list[str]] = {}
        roots = []
        for bus in self._order:
            place = self._above[bus]
            if place < 0:
                roots.append(bus)
                continue
            edge = self._edges[place]
            children.setdefault(edge.start if edge.end == bus else edge.end, []).append(bus)
        count, stack = 0, [(root, False) for root in reversed(roots)]
        entered: dict[str, int] = {}
        while stack:
            bus, is_done = stack.pop()
            if is_done:
                self._size[bus] = (entered[bus], count)
                continue
            entered[bus] = count
            count += 1
            stack.append((bus, True))
            stack += [(child, False) for child in reversed(children.get(bus, []))]
        places = [entered.get(load.bus, -1) for load in self._circuit.loads]
        self._at = np.array(places, dtype=np.int64)

    def below(self, element: str) -> Bool | None:
        """(loads) which are fed through a branch; None where it is not in the forest or part of a ring."""
        place = self._places.get(element)
        if place is None or place in self._ringed:
            return None
        edge = self._edges[place]
        far = next((bus for bus in (edge.end, edge.start) if self._above.get(bus, -1) == place), None)
        if far is None:
            return None
        first, end = self._size[far]
        return (self._at >= first) & (self._at < end)

    def sense(self, element: str) -> int:
        """1 where a branch is written from its source outwards, -1 where it is written the other way round."""
        place = self._places[element]
        return 1 if self._above.get(self._edges[place].end) == place else -1

    def share(self, load: Load, entry: int, phase: str) -> float:
        """The part of one entry of a load that is taken from a phase of the primary."""
        phases = _of_entry(load, entry)
        if set(phases) & {"s1", "s2"}:
            phases = tuple(one for one in self._legs.get(load.bus, ()) if one in _PRIMARY)
        return phases.count(phase) / len(phases) if phases else 0.0


def _of_entry(load: Load, entry: int) -> Conductors:
    """The conductors one entry of a load is between or on."""
    if len(load.p_w) == 1:
        return load.phases
    if load.connection == "D":
        return (load.phases[entry], load.phases[(entry + 1) % len(load.phases)])
    return (load.phases[entry],)


def _edges(circuit: Circuit) -> list[_Edge]:
    found = [_Edge(line.mrid, line.from_bus, line.to_bus, ()) for line in circuit.lines]
    found += [_Edge(switch.mrid, switch.from_bus, switch.to_bus, ()) for switch in circuit.switches if switch.closed]
    for transformer in circuit.transformers:
        first, *others = transformer.windings
        primary = tuple(phase for phase in first.phases if phase in _PRIMARY)
        for winding in {one.bus: one for one in others}.values():
            split = any(set(one.phases) & {"s1", "s2"} for one in others)
            found.append(_Edge(transformer.bank_mrid, first.bus, winding.bus, primary if split else ()))
    return found
