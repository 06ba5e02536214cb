"""Feeder groups: the parts of the live network that a change leaves alone, cut by how it is switched now.

    source --T1-- bars --+--CB1-- feeder 1 ...            one group: the station
                         +--CB2-- feeder 2 ...            one group for each feeder that hangs on it by its head alone
                         +--CB3-- feeder 3 --tie/closed-- feeder 4 --CB4-- bars      joined with the station: a ring through it

A feeder that meets the network at its head only is solved from the voltage there, and the station sees it as a load there; whatever
is closed otherwise (ties, rings, two sources at once) is one group with all that it joins. So the figures of the groups are those of
the whole, up to how well the heads settle (`coupling`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from network.domain.energisation import Energisation
from network.domain.extension import ExtendedGrid
from network.domain.grid.arrays import Bool, Byte, Int
from network.domain.temporary import Fitted

Pairs = Iterable[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class FeederGroup:
    """One group. `head` is the branch by which it hangs on group `above` at node `at`; -1 each where it has sources of its own."""

    number: int
    key: str  # mRID of its head, else of its first source's node: the same as long as it begins at the same place
    head: int
    at: int
    above: int
    feeders: tuple[int, ...]  # head branches of the feeders in it

    @property
    def is_station(self) -> bool:
        """Whether sources of its own hold it."""
        return self.above < 0


@dataclass(frozen=True, eq=False)
class FeederGroups:
    """All groups of a state. `of_node` is the group of each node, -1 where it is dead."""

    fitted: Fitted
    energisation: Energisation
    closed: Byte
    of_node: Int
    groups: list[FeederGroup]
    _nodes: list[Int] = field(default_factory=list)
    _branches: list[Int] = field(default_factory=list)

    def nodes(self, number: int) -> Int:
        """The nodes of a group, ascending."""
        return self._nodes[number]

    def branches(self, number: int) -> Int:
        """The branches with both ends in a group, and its head; ascending."""
        return self._branches[number]

    def below(self, number: int) -> list[FeederGroup]:
        """The groups that hang on one."""
        return [one for one in self.groups if one.above == number]

    def signature(self, number: int) -> str:
        """Changes when, and only when, something of the group does: its nodes, what joins them, what conducts, what hangs on it."""
        group, branches = self.groups[number], self.branches(number)
        grid, mine = self.fitted.grid, self._nodes[number]
        made = hashlib.blake2b(digest_size=16)
        ends = (
            grid.branch_from[branches],
            grid.branch_to[branches],
        )  # a jumper has the number of its slot wherever it goes
        for part in (mine, branches, self.closed[branches], self.energisation.live[mine], *ends):
            made.update(np.ascontiguousarray(part).tobytes())
        made.update(repr([group.key, *(one.key for one in self.below(number))]).encode())
        made.update(repr([e.mrid for n, e in self.fitted.grounds if self.of_node[n] == number]).encode())
        return made.hexdigest()


def cut(
    fitted: Fitted, energisation: Energisation, closed: Byte, together: Pairs = (), holding: Iterable[int] = ()
) -> FeederGroups:
    """The groups of a state.

    Args:
        fitted: the grid with what lies over it.
        energisation: what is live.
        closed: what conducts, phase bits per branch of `fitted.grid`.
        together: pairs of nodes that must not be cut apart (windings of one transformer, a regulator and what it watches).
        holding: nodes where something holds the voltage: they are not cut from what they hang on.
    """
    live = (energisation.live > 0) & ~_idle(fitted)
    labels = _labels(energisation, live)
    joined = _Joined(int(labels.max(initial=-1)) + 1)
    hanging = _hanging(fitted, energisation, labels, joined)
    for one, other in together:
        if live[one] and live[other]:
            joined.unite(int(labels[one]), int(labels[other]))
    _close_rings(joined, hanging, {int(labels[node]) for node in holding if live[node]})
    return _groups(fitted, energisation, closed, np.where(live, labels, -1), (joined, hanging))


def _idle(fitted: Fitted) -> Bool:
    """Nodes of slots without mobile generation: each is a source of its own, of nothing (`extension`)."""
    idle = np.zeros(fitted.grid.node_count, np.bool_)
    if isinstance(fitted.grid, ExtendedGrid):
        first = fitted.base.node_count
        idle[first:] = True
        idle[[first + slot for slot, join in fitted.grid.joins.items() if join.is_generation]] = False
    return idle


def _labels(energisation: Energisation, live: Bool) -> Int:
    """Per node the number of its feeder or, above the heads, of its source."""
    heads, sources = energisation.feeder, energisation.source
    named = np.where(heads >= 0, heads.astype(np.int64), energisation.grid.branch_count + sources.astype(np.int64))
    found = np.full(live.size, -1, np.int32)
    found[live] = np.unique(named[live], return_inverse=True)[1].astype(np.int32)
    return found


class _Joined:
    """Union-find over labels."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def root(self, one: int) -> int:
        parent = self._parent
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    def unite(self, one: int, other: int) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self._parent[second] = first


#: Head branch, node above it, label below, label above.
_Hang = tuple[int, int, int, int]


def _hanging(fitted: Fitted, energisation: Energisation, labels: Int, joined: _Joined) -> list[_Hang]:
    """Heads by which feeders hang on what is above them; whatever else joins two labels unites them."""
    grid = fitted.grid
    start, end = labels[grid.branch_from], labels[grid.branch_to]
    across = np.flatnonzero((energisation.branch_live > 0) & (start >= 0) & (end >= 0) & (start != end))
    found: list[_Hang] = []
    for branch in across.tolist():
        ends = int(grid.branch_from[branch]), int(grid.branch_to[branch])
        child = next((node for node in ends if energisation.parent_branch[node] == branch), -1)
        upper = ends[0] + ends[1] - child
        is_head = child >= 0 and int(energisation.feeder[child]) == branch and energisation.feeder[upper] < 0
        if is_head and branch < fitted.base.branch_count:
            found.append((branch, upper, int(labels[child]), int(labels[upper])))
        else:
            joined.unite(int(start[branch]), int(end[branch]))
    return found


def _close_rings(joined: _Joined, hanging: list[_Hang], holding: set[int]) -> None:
    """Feeders that are joined and hang by two heads, or hold their voltage, are one with what they hang on."""
    while True:
        held = {joined.root(one) for one in holding}
        heads: dict[int, list[int]] = {}
        for place, (_, _, below, above) in enumerate(hanging):
            if joined.root(below) != joined.root(above):
                heads.setdefault(joined.root(below), []).append(place)
        rings = [places for root, places in heads.items() if len(places) > 1 or root in held]
        if not rings:
            return
        for place in (place for places in rings for place in places):
            joined.unite(hanging[place][2], hanging[place][3])


def _groups(
    fitted: Fitted, energisation: Energisation, closed: Byte, labels: Int, found: tuple[_Joined, list[_Hang]]
) -> FeederGroups:
    joined, hanging = found
    roots = np.array([joined.root(one) for one in range(int(labels.max(initial=-1)) + 1)], np.int32)
    distinct, inverse = np.unique(roots, return_inverse=True)
    numbers: Int = np.append(inverse, -1).astype(np.int32)  # the last for label -1
    of_node = numbers[labels]
    nodes = _members(of_node, distinct.size)
    hang = {int(numbers[one[2]]): one for one in hanging if numbers[one[2]] != numbers[one[3]]}
    feeders = _feeders(energisation, of_node, distinct.size)
    groups = [
        _group(fitted, number, nodes[number], hang.get(number), (numbers, feeders)) for number in range(distinct.size)
    ]
    branches = _branches(fitted, of_node, groups)
    return FeederGroups(fitted, energisation, closed, of_node, groups, nodes, branches)


def _group(
    fitted: Fitted, number: int, nodes: Int, hang: _Hang | None, known: tuple[Int, list[tuple[int, ...]]]
) -> FeederGroup:
    numbers, feeders = known
    if hang is None:
        sources = nodes[fitted.grid.source_at[nodes] >= 0]
        return FeederGroup(number, f"source {_source_name(fitted, int(sources[0]))}", -1, -1, -1, feeders[number])
    head, at, _, above = hang
    return FeederGroup(number, fitted.grid.branch_mrid_text(head), head, at, int(numbers[above]), feeders[number])


def _source_name(fitted: Fitted, node: int) -> str:
    """The mRID of a source's node, or of the mobile generation it is."""
    branch = fitted.base.branch_count + node - fitted.base.node_count
    return fitted.grid.node_mrid_text(node) if node < fitted.base.node_count else fitted.grid.branch_mrid_text(branch)


def _members(of: NDArray[np.int32], count: int) -> list[Int]:
    """Per group the places that name it."""
    order = np.argsort(of, kind="stable").astype(np.int32)
    bounds = np.searchsorted(of[order], np.arange(count + 1))
    return [order[bounds[i] : bounds[i + 1]] for i in range(count)]


def _branches(fitted: Fitted, of_node: Int, groups: list[FeederGroup]) -> list[Int]:
    grid = fitted.grid
    start, end = of_node[grid.branch_from], of_node[grid.branch_to]
    of = np.where(start == end, start, -1).astype(np.int32)
    for group in groups:
        if group.head >= 0:
            of[group.head] = group.number
    return _members(of, len(groups))


def _feeders(energisation: Energisation, of_node: Int, count: int) -> list[tuple[int, ...]]:
    """Per group the heads of the feeders in it."""
    heads, has = energisation.feeder, (energisation.feeder >= 0) & (of_node >= 0)
    pairs = np.unique(of_node[has].astype(np.int64) * (energisation.grid.branch_count + 1) + heads[has])
    found: list[list[int]] = [[] for _ in range(count)]
    for pair in pairs.tolist():
        group, head = divmod(pair, energisation.grid.branch_count + 1)
        found[group].append(head)
    return [tuple(one) for one in found]
