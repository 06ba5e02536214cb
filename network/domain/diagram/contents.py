"""Which branches a diagram shows, and from which nodes it is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from network.domain.grid import Grid
from network.domain.grid.arrays import Bool, Int

LOW_VOLTAGE = 1100.0  # V


@dataclass(frozen=True, slots=True)
class Contents:
    """Of a station or of a feeder. `borders` are nodes from which the diagram does not go on, reached by a tie.

    `is_folded`: what lies behind service transformers is left out, and stands as a load where it begins.
    """

    branches: Int
    roots: Int  # ascending
    borders: frozenset[int]
    is_station: bool
    is_folded: bool = False


def feeder(grid: Grid, label: int, *, is_whole: bool = False) -> Contents:
    """A feeder as built, with the ties that end at it; read from the nodes that feed its heads.

    What lies behind its service transformers is left out unless the `is_whole` feeder is asked for.
    """
    own_nodes = grid.node_feeder_label == label
    chosen = grid.branch_feeder_label == label
    low = _low(grid)
    heads = np.flatnonzero(chosen & grid.is_feeder_head).astype(np.int32)
    is_folded = not is_whole and not low[heads].any()  # a feeder of low voltage is drawn whole
    if is_folded:
        chosen &= ~low
    ends = own_nodes[grid.branch_from] | own_nodes[grid.branch_to]
    is_tie = np.zeros(grid.branch_count, np.bool_)
    is_tie[grid.off_forest] = True
    chosen |= is_tie & ends & grid.is_switch
    branches = np.flatnonzero(chosen).astype(np.int32)
    roots = _upper(grid, heads)
    own_nodes[roots] = True
    borders = _touched(grid, branches)[~own_nodes[_touched(grid, branches)]]
    return Contents(branches, roots, frozenset(_left(grid, borders, branches)), is_station=False, is_folded=is_folded)


def substation(grid: Grid, container: int) -> Contents:
    """A station: what its containers hold, what lies above its feeders, and the heads of these."""
    inside = _inside(grid, container)
    held = np.zeros(grid.branch_count, np.bool_)
    held[grid.branch_container >= 0] = inside[grid.branch_container[grid.branch_container >= 0]]
    above = (grid.node_feeder[grid.branch_from] < 0) & (grid.node_feeder[grid.branch_to] < 0)
    fed = (grid.branch_substation == container) & (above | grid.is_feeder_head)
    branches = np.flatnonzero(held | fed).astype(np.int32)
    nodes = _touched(grid, branches)
    entered = [node for node in nodes.tolist() if grid.source_at[node] >= 0 or not _is_fed_inside(grid, node, branches)]
    return Contents(branches, np.array(sorted(entered), np.int32), frozenset(), is_station=True)


def _low(grid: Grid) -> Bool:
    """Branches at low voltage, of a model that says so; a transformer belongs to its high side."""
    volts = np.maximum(grid.node_nominal_v[grid.branch_from], grid.node_nominal_v[grid.branch_to])
    return (volts > 0) & (volts < LOW_VOLTAGE)


def _inside(grid: Grid, container: int) -> Bool:
    """Per container: whether it is this one or lies in it, feeders apart."""
    found = np.zeros(grid.container_mrid.size, np.bool_)
    found[container] = True
    for _ in range(4):  # Substation > VoltageLevel > Bay, and one to spare
        parents = grid.container_parent
        found |= (parents >= 0) & found[parents] & (grid.container_class != b"Feeder")
    return found


def _upper(grid: Grid, heads: Int) -> Int:
    """The nodes that feed these heads in the normal state."""
    fed = grid.normal_branch[grid.branch_to[heads]] == heads
    return np.unique(np.where(fed, grid.branch_from[heads], grid.branch_to[heads])).astype(np.int32)


def _is_fed_inside(grid: Grid, node: int, branches: Int) -> bool:
    """Whether the node hangs on one of the branches in the normal state; what is normally dead is no way in."""
    feeding = int(grid.normal_branch[node])
    return feeding < 0 or bool(_among(branches, feeding))


def _touched(grid: Grid, branches: Int) -> Int:
    return np.unique(np.concatenate([grid.branch_from[branches], grid.branch_to[branches]])).astype(np.int32)


def _left(grid: Grid, nodes: Int, branches: Int) -> list[int]:
    """Those of the nodes from which a branch leads away that is not among these."""
    return [node for node in nodes.tolist() if leading_away(grid, node, branches)]


def leading_away(grid: Grid, node: int, branches: Int) -> list[int]:
    """Branches at a node that are not among these (ascending)."""
    around = grid.adj_branch[grid.indptr[node] : grid.indptr[node + 1]].tolist()
    return sorted(branch for branch in around if not _among(branches, branch))


def _among(branches: Int, branch: int) -> bool:
    place = int(np.searchsorted(branches, branch))
    return place < branches.size and int(branches[place]) == branch
