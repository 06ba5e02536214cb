"""What an operation would do, before it is done: who loses and who regains supply, whether a ring or a parallel is made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain import energisation as live
from network.domain import load_transfer
from network.domain.grid import Grid
from network.domain.grid.arrays import Byte, Float, Int
from network.domain.phases import ABC


@dataclass(frozen=True)
class Impact:
    """The effect of one operation. Customers count as lost when any phase they use goes, as regained when all are back."""

    lost_nodes: Int
    regained_nodes: Int
    lost_customers: int
    regained_customers: int
    lost_kw: float  # by the share of phases a node loses
    regained_kw: float
    makes_loop: bool  # joins two live points that are joined already
    parallels_sources: bool  # joins two live points of sources that were apart
    energises_dead: bool
    nothing_changes: bool


def look_ahead(
    grid: Grid, closed: Byte, energisation: live.Energisation, branch: int, closed_phases_after: int
) -> Impact:
    """What happens if a switch goes from its position in `closed` to these phases."""
    wanted = closed.copy()
    wanted[branch] = closed_phases_after
    after = live.reenergise(grid, energisation, wanted, np.array([branch], np.int32))
    change = live.compare(energisation, after)
    joined = int(closed_phases_after & ~int(closed[branch]) & ABC & _both_ends(grid, energisation, branch))
    ends = int(grid.branch_from[branch]), int(grid.branch_to[branch])
    is_parallel = bool(joined) and not load_transfer.is_one_source(energisation, *ends)
    return Impact(
        lost_nodes=change.lost_nodes,
        regained_nodes=change.regained_nodes,
        lost_customers=customers_changed(grid, energisation, after, change.lost_nodes),
        regained_customers=customers_changed(grid, after, energisation, change.regained_nodes),
        lost_kw=_kw(grid, change.lost_nodes, change.lost_phases),
        regained_kw=_kw(grid, change.regained_nodes, change.regained_phases),
        makes_loop=bool(joined) and not is_parallel,
        parallels_sources=is_parallel,
        energises_dead=change.regained_nodes.size > 0,
        nothing_changes=change.is_empty and _carried(grid, energisation, branch) == _carried(grid, after, branch),
    )


def customers_changed(grid: Grid, supplied: live.Energisation, missing: live.Energisation, nodes: Int) -> int:
    """How many customers at these nodes have all their phases in one state and not in the other."""
    groups = _groups_at(grid, nodes)
    at = grid.group_node[groups]
    used = grid.group_phases[groups] & grid.node_phases[at] & ABC
    used = np.where(used, used, grid.node_phases[at] & ABC)
    had = (supplied.live[at] & used) == used
    has = (missing.live[at] & used) == used
    return int(grid.group_customers[groups[had & ~has]].sum())


def _groups_at(grid: Grid, nodes: Int) -> Int:
    """The customer groups at nodes, which are distinct."""
    first, end = np.searchsorted(grid.group_node, nodes), np.searchsorted(grid.group_node, nodes, "right")
    counts = end - first
    runs = np.repeat(first - np.cumsum(counts) + counts, counts)
    return np.asarray(runs + np.arange(counts.sum()), np.int32)


def _kw(grid: Grid, nodes: Int, phases: Byte) -> float:
    share: Float = np.bitwise_count(phases) / np.maximum(np.bitwise_count(grid.node_phases[nodes] & ABC), 1)
    return float((grid.node_kw[nodes] * share).sum())


def _both_ends(grid: Grid, energisation: live.Energisation, branch: int) -> int:
    return int(energisation.live[grid.branch_from[branch]] & energisation.live[grid.branch_to[branch]])


def _carried(grid: Grid, energisation: live.Energisation, branch: int) -> int:
    return int(energisation.closed[branch]) & _both_ends(grid, energisation, branch)


def with_customers(
    customers: NDArray[np.int32], nodes: NDArray[np.int32], phases: NDArray[np.uint8]
) -> list[list[int]]:
    """[[node, phases], ...] of the nodes where somebody is supplied."""
    some = customers[nodes] > 0
    return [[int(node), int(bits)] for node, bits in zip(nodes[some], phases[some], strict=True)]
