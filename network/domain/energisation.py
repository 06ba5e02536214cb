"""What is live: computed from a grid and the positions of its switches, in full or from the state before.

`energise` sweeps once along the normal forest, which is all a radially operated network needs, and lays the forest anew only where
closed branches lie outside of it. `reenergise` starts from the state before and touches what hangs on the changed switches. Both
give the same: live phases are exact with loops, several sources and open phases, and the forest is in both cases the
breadth-first one.

A phase of a node is live when a path of branches closed on that phase leads to a source that has it. The neutral decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from network.domain.grid import Grid
from network.domain.grid.arrays import Byte, Int, frozen
from network.domain.kernels import adjacency, following, forest, loops, sweep
from network.domain.phases import ABC


@dataclass(frozen=True, eq=False)
class Energisation:
    """The live network for one set of switch positions. Arrays are read-only; dead nodes have -1, or no phases.

    The forest hangs every live node on one parent; branches that carry current and are not in it are `loops` (or, phase by phase,
    parallel single-phase branches).
    """

    grid: Grid
    closed: Byte  # per branch, phase bits
    live: Byte  # per node, phase bits
    laid: forest.Forest  # of all nodes, dead ones where they last hung; the public fields below leave these out

    @cached_property
    def branch_live(self) -> Byte:
        """Per branch, the phases through which both ends are live."""
        return frozen(self.closed & self.live[self.grid.branch_from])

    @cached_property
    def parent_branch(self) -> Int:
        """Per node, the branch that feeds it; -1 at sources."""
        return self._of_live(self.laid.parent_branch)

    @cached_property
    def parent_node(self) -> Int:
        """Per node, the node that feeds it; -1 at sources."""
        return frozen(adjacency.parents(self.grid.branch_from, self.grid.branch_to, self.parent_branch))

    @cached_property
    def source(self) -> Int:
        """Per node, the source (index of the grid's sources) that feeds it."""
        return self._of_live(self.laid.source)

    @cached_property
    def feeder(self) -> Int:
        """Per node, the head branch of the feeder that feeds it; -1 above the heads."""
        return self._of_live(self.laid.feeder)

    @cached_property
    def order(self) -> Int:
        """The live nodes depth first."""
        roots = self.grid.source_node
        rows = (self.grid.indptr, self.grid.adj_branch, self.grid.adj_node)
        return frozen(adjacency.preorder(roots, *rows, self.parent_branch))

    @cached_property
    def enter(self) -> Int:
        """Per node, where it stands in `order`."""
        return self._intervals[0]

    @cached_property
    def exit(self) -> Int:
        """Per node, where its subtree ends: all that it feeds is order[enter:exit], itself first; nothing if dead."""
        return self._intervals[1]

    @cached_property
    def loops(self) -> Int:
        """Branches that close a ring or join two sources on some phase."""
        grid = self.grid
        ends, sources = (grid.branch_from, grid.branch_to), (grid.source_node, grid.source_phases)
        return frozen(loops.closing(ends, self.branch_live, self.parent_branch, sources))

    @cached_property
    def source_islands(self) -> Int:
        """Per source, the lowest source that it runs in parallel with; itself if alone."""
        ends = [self.source[end[self.loops]] for end in (self.grid.branch_from, self.grid.branch_to)]
        islands = np.arange(self.grid.source_node.size, dtype=np.int32)
        loops.unite(islands, *ends)
        return frozen(islands)

    def below(self, node: int) -> Int:
        """A node and all that it feeds."""
        return self.order[self.enter[node] : self.exit[node]]

    def customers_below(self, node: int) -> int:
        """Customers at a node and all that it feeds, by two look-ups; none if it is dead."""
        return int(self._customers_before[self.exit[node]] - self._customers_before[self.enter[node]])

    @cached_property
    def _customers_before(self) -> NDArray[np.int64]:
        """Customers at all nodes that stand before each place of `order`."""
        counts = self.grid.node_customers[self.order]
        return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])

    @cached_property
    def _intervals(self) -> tuple[Int, Int]:
        enter, exit_ = adjacency.intervals(self.order, self.parent_node)
        return frozen(enter), frozen(exit_)

    def _of_live(self, values: Int) -> Int:
        return frozen(np.where(self.live > 0, values, np.int32(-1)))


@dataclass(frozen=True)
class Change:
    """Nodes that lost or regained phases, ascending, and which phases. A node may stand in both."""

    lost_nodes: Int
    lost_phases: Byte
    regained_nodes: Int
    regained_phases: Byte

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed for anybody."""
        return not (self.lost_nodes.size or self.regained_nodes.size)


def energise(grid: Grid, closed: Byte) -> Energisation:
    """What is live with these positions (u8 phase bits per branch; all phases where a branch is no switch)."""
    closed = _positions(closed)
    live = live_in_forest(grid, closed)
    outside = grid.off_forest[(closed[grid.off_forest] & ABC) != 0]
    if outside.size == 0:
        return Energisation(grid, closed, frozen(live), _normal_forest(grid))
    laid = forest.copied(_normal_forest(grid))
    forest.relay(grid.wires, closed, live, laid, forest.scratch(live.size), outside, 0)
    return Energisation(grid, closed, frozen(live), forest.read_only(laid))


def reenergise(grid: Grid, before: Energisation, closed: Byte, changed_branches: Int) -> Energisation:
    """What is live after some branches changed. Work is bounded by what hangs on them, but for copying the arrays.

    `changed_branches` must name every branch whose position differs from the state before; more do no harm.
    """
    closed = _positions(closed)
    changed = np.asarray(changed_branches, np.int32)
    changed = changed[((closed[changed] ^ before.closed[changed]) & ABC) != 0]
    live = before.live.copy()
    if changed.size == 0 or _swept(grid, before.laid, closed, live, changed):
        return Energisation(grid, closed, frozen(live), before.laid)
    laid = forest.copied(before.laid)
    forest.relay(grid.wires, closed, live, laid, forest.scratch(live.size), changed, 0)
    return Energisation(grid, closed, frozen(live), forest.read_only(laid))


def compare(before: Energisation, after: Energisation) -> Change:
    """Who lost and who regained supply, phase by phase."""
    nodes = np.flatnonzero(before.live != after.live).astype(np.int32)
    lost = before.live[nodes] & ~after.live[nodes]
    regained = after.live[nodes] & ~before.live[nodes]
    return Change(nodes[lost > 0], lost[lost > 0], nodes[regained > 0], regained[regained > 0])


def live_in_forest(grid: Grid, closed: Byte) -> Byte:
    """Live phases per node where nothing outside of the normal forest is closed: one sweep, as fast as memory is read."""
    live = np.zeros(grid.node_count, np.uint8)
    live[grid.source_node] = grid.source_phases
    sweep.sweep(grid.normal_parent, grid.normal_branch, closed, live)
    return live


def sweep_below(grid: Grid, flags: Byte, closed: Byte, live: Byte, branch: int) -> int:
    """Bring `live` up to one branch's position by a sweep below it; the node below it, -1 if that is not enough."""
    normal = grid.normal_exit, grid.normal_parent, grid.normal_branch
    return sweep.sweep_below(grid.normal_fed, *normal, flags, closed, live, branch)


def _positions(closed: Byte) -> Byte:
    """A read-only view, so that kernels meet one type only."""
    view = np.ascontiguousarray(closed, np.uint8).view()
    return frozen(view)


def _normal_forest(grid: Grid) -> forest.Forest:
    flags = frozen(np.zeros(grid.node_count, np.uint8))
    return forest.Forest(grid.normal_branch, grid.normal_source, grid.node_feeder, flags)


def _swept(grid: Grid, laid: forest.Forest, closed: Byte, live: Byte, changed: Int) -> bool:
    """Whether it was enough to follow the forest below one changed branch."""
    if changed.size != 1:
        return False
    branch = int(changed[0])
    if sweep_below(grid, laid.flags, closed, live, branch) >= 0:
        return True
    region, stack = (np.empty(grid.node_count, np.int32) for _ in range(2))
    return int(following.follow(grid.wires, closed, live, laid, region, stack, branch)) >= 0
