"""Traces over the live network: what feeds this, what hangs on it, what comes next.

A trace looks at one Energisation, so the normal, the present and a study's state run the same functions; for a trace on some phases
only, energise with `closed & phases`. Start from a node; `feeding_end` and `fed_node` give the nodes of a device.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from network.domain.energisation import Energisation
from network.domain.grid import Grid
from network.domain.grid.arrays import Bool, Int, frozen
from network.domain.kernels import walks
from network.domain.phases import ABC


class Traced(NamedTuple):
    """Branches and nodes that a trace came across, in the order it met them."""

    branches: Int
    nodes: Int


def feeding_end(energisation: Energisation, branch: int) -> int:
    """The end of a branch through which it is fed; of a dead one its `branch_from`."""
    start, end = _ends(energisation.grid, branch)
    if energisation.parent_branch[start] == branch or (not energisation.live[start] and energisation.live[end]):
        return end
    return start


def fed_node(energisation: Energisation, branch: int) -> int:
    """The node that a branch feeds, -1 if it feeds none (open, dead, or a branch that closes a ring)."""
    for node in _ends(energisation.grid, branch):
        if energisation.parent_branch[node] == branch:
            return node
    return -1


def upstream(energisation: Energisation, node: int) -> Traced:
    """The way to the source, the node itself first. Nothing feeds a dead node: the result is empty."""
    if not energisation.live[node]:
        return Traced(_none(), _none())
    return Traced(*walks.climb(energisation.parent_branch, energisation.parent_node, int(node)))


def downstream(energisation: Energisation, node: int) -> Traced:
    """The node and all that it feeds, with the branches between them."""
    nodes = energisation.below(node)
    return Traced(_inside(energisation, nodes), nodes)


def connected(energisation: Energisation, node: int) -> Traced:
    """All that closed branches join to a node, live or dead."""
    grid = energisation.grid
    nodes, _ = _flood(grid, node, closed_branches(energisation), np.zeros(grid.branch_count, np.bool_))
    return Traced(_between(grid, nodes, closed_branches(energisation)), nodes)


def next_upstream(energisation: Energisation, node: int, wanted: Bool) -> int:
    """The first branch on the way to the source that is `wanted` (a mask over branches), -1 if none."""
    met = upstream(energisation, node).branches
    hits = np.flatnonzero(wanted[met])
    return int(met[hits[0]]) if hits.size else -1


def next_downstream(energisation: Energisation, node: int, wanted: Bool) -> Int:
    """The first wanted branches met going down from a node: devices that feed on, and open ones that end the way."""
    grid = energisation.grid
    fed_by = np.zeros(grid.branch_count, np.bool_)
    nodes = energisation.below(node)[1:]
    fed_by[energisation.parent_branch[nodes]] = True
    above = energisation.parent_branch[node]
    stops = wanted.copy()
    if above >= 0:
        stops[above] = False
    return _flood(grid, node, fed_by, stops)[1]


def section(energisation: Energisation, node: int, wanted: Bool) -> tuple[Traced, Int]:
    """What lies around a node, live or dead, up to the next wanted branches on every side; and these.

    With `open_switches` this finds what must close to restore a dead part; with all switches, what isolates a place.
    """
    grid = energisation.grid
    nodes, stopped = _flood(grid, node, closed_branches(energisation), wanted)
    return Traced(_between(grid, nodes, closed_branches(energisation) & ~wanted), nodes), stopped


def feeder(energisation: Energisation, head: int) -> Traced:
    """Everything that is now fed through the feeder which begins with branch `head`."""
    nodes = np.flatnonzero(energisation.feeder == head).astype(np.int32)
    branches = _inside(energisation, nodes)
    return Traced(branches if head in branches else np.append(np.int32(head), branches), nodes)


def ring(energisation: Energisation, branch: int) -> Traced:
    """The ring that a loop branch closes: the branch and the ways from both its ends to where they meet, or to two sources."""
    start, end = (upstream(energisation, node) for node in _ends(energisation.grid, branch))
    shared = np.isin(start.nodes, end.nodes)
    meeting = start.nodes[np.flatnonzero(shared)[:1]]
    ways = [_until(way, meeting) for way in (start, end)]
    branches = np.concatenate([[branch], *(way.branches for way in ways)])
    nodes = np.concatenate([meeting, *(way.nodes for way in ways)])
    return Traced(branches.astype(np.int32), nodes.astype(np.int32))


def parallels(energisation: Energisation) -> Int:
    """The loop branches that join two sources."""
    found, grid = energisation.loops, energisation.grid
    sources = (energisation.source[ends[found]] for ends in (grid.branch_from, grid.branch_to))
    return found[np.not_equal(*sources)]


def path(energisation: Energisation, start: int, end: int) -> Traced:
    """The path of the fewest closed branches between two nodes; empty where there is none."""
    return Traced(
        *walks.shortest(_rows(energisation.grid), int(start), int(end), frozen(closed_branches(energisation)))
    )


def closed_branches(energisation: Energisation) -> Bool:
    """Per branch, whether any phase of it is closed."""
    closed: Bool = energisation.closed & ABC != 0
    return closed


def open_switches(energisation: Energisation) -> Bool:
    """Per branch, whether it is a switch with any phase open."""
    grid = energisation.grid
    incomplete: Bool = grid.branch_phases & ABC & ~energisation.closed != 0
    return grid.is_switch & incomplete


def customers_of(grid: Grid, nodes: Int) -> int:
    """Customers at these nodes."""
    return int(grid.node_customers[nodes].sum())


def kw_of(grid: Grid, nodes: Int) -> float:
    """Load at these nodes, as the model gives it."""
    return float(grid.node_kw[nodes].sum())


def _rows(grid: Grid) -> walks.Rows:
    return walks.Rows(grid.indptr, grid.adj_branch, grid.adj_node)


def _flood(grid: Grid, node: int, passable: Bool, stops: Bool) -> tuple[Int, Int]:
    return walks.flood(_rows(grid), int(node), frozen(passable.view()), frozen(stops.view()))


def _ends(grid: Grid, branch: int) -> tuple[int, int]:
    return int(grid.branch_from[branch]), int(grid.branch_to[branch])


def _none() -> Int:
    return np.empty(0, np.int32)


def _inside(energisation: Energisation, nodes: Int) -> Int:
    return _between(energisation.grid, nodes, energisation.branch_live > 0)


def _between(grid: Grid, nodes: Int, chosen: Bool) -> Int:
    """The chosen branches with both ends among the nodes."""
    member = np.zeros(grid.node_count, np.bool_)
    member[nodes] = True
    found: Int = np.flatnonzero(chosen & member[grid.branch_from] & member[grid.branch_to]).astype(np.int32)
    return found


def _until(way: Traced, meeting: Int) -> Traced:
    """A way up, as far as the node where it meets the other."""
    steps = int(np.flatnonzero(np.isin(way.nodes, meeting))[0]) if meeting.size else way.nodes.size
    return Traced(way.branches[:steps], way.nodes[:steps])
