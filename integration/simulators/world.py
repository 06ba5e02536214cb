"""The physical truth: nodes, branches, who has supply; faults, what trips on them, and what people move.

    source 0 --[Breaker]-- 1 --line-- 2 --line-- 3          a fault on the last line trips the breaker,
                                      +--[Fuse]-- 4 --line-- 5      one behind the fuse blows the fuse

Supply is all phases or none. Nobody sees this module's knowledge but by what the head-end, SCADA and callers make of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Branch:
    """Two-terminal equipment between the nodes `a` and `b`."""

    mrid: str
    name: str
    cim_class: str
    a: int
    b: int
    is_switch: bool = False
    is_protective: bool = False
    is_telemetered: bool = False
    normal_closed: bool = True
    point_mrid: str = ""  # its position in SCADA


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter, and the node where the utility's records have it."""

    number: str
    usage_point: str
    node: int


@dataclass(frozen=True, slots=True)
class Change:
    """What one happening did: switches moved (in order, True is closed), meters that lost and regained supply."""

    moved: tuple[tuple[int, bool], ...] = ()
    lost: tuple[int, ...] = ()
    regained: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.moved or self.lost or self.regained)


@dataclass(slots=True)
class Fault:
    """Something broken on a branch, and the switches that opened because of it."""

    branch: int
    tripped: set[int] = field(default_factory=set)


class World:
    """The network as it is in the field."""

    def __init__(
        self,
        *,
        node_count: int,
        branches: Iterable[Branch],
        sources: Iterable[int],
        meters: Iterable[Meter] = (),
        is_open: Iterable[int] = (),
    ) -> None:
        self.branches = list(branches)
        self.sources = sorted(set(sources))
        self.meters = list(meters)
        self.meter_node = [meter.node for meter in self.meters]
        standing_open = set(is_open)
        self.closed = [index not in standing_open for index in range(len(self.branches))]
        self.faults: dict[int, Fault] = {}
        self.held_open: set[int] = set()  # by people: no repair closes these
        self.branch_at = {branch.mrid: index for index, branch in enumerate(self.branches)}
        self._touching: list[list[tuple[int, int]]] = [[] for _ in range(node_count)]
        for index, branch in enumerate(self.branches):
            self._touching[branch.a].append((index, branch.b))
            self._touching[branch.b].append((index, branch.a))
        self.live = self.reach(self.sources)
        self.is_lit = self._lit()

    # Looking

    def reach(
        self, starts: Iterable[int], *, without_nodes: Iterable[int] = (), is_stopped_by_protection: bool = False
    ) -> set[int]:
        """Nodes connected to any of the starts through closed branches."""
        barred = set(without_nodes)
        seen = set(starts) - barred
        waiting = list(seen)
        while waiting:
            for index, other in self._touching[waiting.pop()]:
                if other in seen or other in barred or not self.closed[index]:
                    continue
                if is_stopped_by_protection and self.branches[index].is_protective:
                    continue
                seen.add(other)
                waiting.append(other)
        return seen

    def dark_without(self, switch: int) -> list[int]:
        """Meters that would lose supply if this switch opened."""
        self.closed[switch] = False
        left = self.reach(self.sources)
        self.closed[switch] = True
        return [index for index, node in enumerate(self.meter_node) if self.is_lit[index] and node not in left]

    def places(self, meters: Iterable[int]) -> int:
        """At how many nodes these meters hang."""
        return len({self.meter_node[meter] for meter in meters})

    def currents(self, load_kw: dict[int, float], nominal_v: dict[int, float]) -> dict[int, float]:
        """Amperes in the given branches (`nominal_v` by branch), from the loads of the nodes they feed. Loops are cut open."""
        order, feeder = self._tree()
        carried = {node: load_kw.get(node, 0.0) for node in order}
        flow: dict[int, float] = {}
        for node in reversed(order):
            index, parent = feeder[node]
            if index >= 0:
                flow[index] = carried[node]
                carried[parent] += carried[node]
        return {index: flow.get(index, 0.0) * 1000 / (3**0.5 * volts * 0.95) for index, volts in nominal_v.items()}

    def feeders(self) -> dict[int, tuple[int, int]]:
        """For each live node the branch and the node that feed it; -1, -1 at sources."""
        return self._tree()[1]

    def protected_by(self, switch: int) -> list[int]:
        """Branches on which a fault would trip this switch alone, by its closed far side."""
        branch = self.branches[switch]
        self.closed[switch] = False
        left = self.reach(self.sources)
        far = [end for end in (branch.a, branch.b) if end not in left]
        zone = self.reach(far, is_stopped_by_protection=True) if len(far) == 1 else set()
        self.closed[switch] = True
        return sorted({i for node in zone for i, other in self._touching[node] if other in zone and self._can_fail(i)})

    # Happenings

    def strike(self, branch: int) -> Change:
        """A fault on a branch; what protects it opens."""
        self.faults.setdefault(branch, Fault(branch))
        return self._settle([])

    def repair(self, branch: int) -> Change:
        """The fault is gone; what tripped on it is closed again, unless people have taken it in hand."""
        fault = self.faults.pop(branch, None)
        moved = []
        for index in sorted(fault.tripped - self.held_open) if fault else ():
            if not self.closed[index]:
                self.closed[index] = True
                moved.append((index, True))
        return self._settle(moved)

    def move(self, switch: int, *, is_closed: bool) -> Change:
        """Somebody moves a switch. Closed onto a fault, it trips again at once."""
        self.held_open.discard(switch) if is_closed else self.held_open.add(switch)
        if self.closed[switch] == is_closed:
            return Change()
        self.closed[switch] = is_closed
        return self._settle([(switch, is_closed)])

    def relocate(self, meter: int, node: int) -> None:
        """The meter hangs elsewhere than the records say."""
        self.meter_node[meter] = node
        self.is_lit[meter] = node in self.live

    def fault_behind(self, switch: int) -> int | None:
        """The fault that opened this switch, if it is still there."""
        return next((fault.branch for fault in self.faults.values() if switch in fault.tripped), None)

    def passed(self, branch: int) -> set[int]:
        """Branches within the dead zone through which the current of a fault came, from what tripped on it to the branch itself."""
        fault = self.faults.get(branch)
        if fault is None:
            return set()
        struck = self.branches[branch]
        through: dict[int, tuple[int, int]] = {struck.a: (branch, struck.a), struck.b: (branch, struck.b)}
        waiting = list(through)
        for node in waiting:  # grows while it is walked
            for index, other in self._touching[node]:
                if other not in through and self.closed[index]:
                    through[other] = (index, node)
                    waiting.append(other)
        ends = [end for index in fault.tripped for end in (self.branches[index].a, self.branches[index].b)]
        found = {branch}
        for node in ends:
            while node in through and through[node][0] not in found:
                index, node = through[node]  # noqa: PLW2901 - towards the fault
                found.add(index)
        return found

    # Inside

    def _settle(self, moved: list[tuple[int, bool]]) -> Change:
        """Let protection act until no fault is fed any more, then see who has supply."""
        for fault in self.faults.values():
            for index in sorted(self._tripping(fault.branch)):
                self.closed[index] = False
                fault.tripped.add(index)
                moved.append((index, False))
        self.live = self.reach(self.sources)
        before, self.is_lit = self.is_lit, self._lit()
        now = self.is_lit
        lost = np.flatnonzero(before & ~now)
        regained = np.flatnonzero(~before & now)
        return Change(tuple(moved), tuple(lost.tolist()), tuple(regained.tolist()))

    def _tripping(self, branch: int) -> set[int]:
        """Protective switches around the fault through which a source feeds it."""
        struck = self.branches[branch]
        zone = self.reach([struck.a, struck.b], is_stopped_by_protection=True)
        around = [
            (index, other)
            for node in zone
            for index, other in self._touching[node]
            if other not in zone and self.closed[index]
        ]
        if not around:
            return set()
        fed = self.reach(self.sources, without_nodes=zone)
        return {index for index, other in around if other in fed}

    def _lit(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.array([node in self.live for node in self.meter_node], dtype=np.bool_)

    def _can_fail(self, index: int) -> bool:
        return self.closed[index] and not self.branches[index].is_switch

    def _tree(self) -> tuple[list[int], dict[int, tuple[int, int]]]:
        """Live nodes breadth first, and for each the branch and node that feed it (-1, -1 at sources)."""
        order = list(self.sources)
        feeder = dict.fromkeys(order, (-1, -1))
        for node in order:  # grows while it is walked
            for index, other in self._touching[node]:
                if self.closed[index] and other not in feeder:
                    feeder[other] = (index, node)
                    order.append(other)
        return order, feeder
