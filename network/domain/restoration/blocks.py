"""The dead area contracted to blocks: what hangs together without a switch that could be operated.

    S --CB1/open-- [ L1, F1, T1 ] --SW1-- [ L2, T2 ] --TIE/open-- live        two blocks, three edges
                         block 0    edge       block 1  edge to a live node

Fuses blow and are replaced by hand behind a fault; they separate nothing on purpose and lie inside of a block. So does every branch
that is no switch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from network.domain.grid import BRANCH_CLASSES, Grid
from network.domain.grid.arrays import Byte, Float, Int
from network.domain.phases import ABC
from network.domain.phrases import Phrase

#: Switches that may be closed onto load or opened under it.
LOAD_MAKING = ("Breaker", "Recloser", "Sectionaliser", "LoadBreakSwitch", "Switch", "DisconnectingCircuitBreaker")
#: Switches that separate what is dead; a disconnector is neither opened nor closed under load.
OPERABLE = (*LOAD_MAKING, "Disconnector")
OUTSIDE = -1


@dataclass(frozen=True, slots=True)
class Edge:
    """A switch between two blocks, or between a block and what lies outside of the dead area (`b` is OUTSIDE then)."""

    branch: int
    a: int
    b: int
    outside: int  # node at the far end, -1 between two blocks
    is_live: bool  # the far end has supply
    is_closed: bool
    is_remote: bool
    makes_load: bool  # may be closed onto load, on all phases that its blocks use
    blocked: bool = False  # it may not be operated

    @property
    def is_source(self) -> bool:
        """Whether closing it would bring supply in from outside."""
        return self.b == OUTSIDE and self.is_live and not self.is_closed and self.makes_load and not self.blocked

    def other(self, block: int) -> int:
        """The block at the other end."""
        return self.b if block == self.a else self.a


@dataclass(frozen=True)
class Terms:
    """What is known beside the grid: blocked switches with the reason, critical customers and expected load by node."""

    blocked: Mapping[int, Phrase | str] = field(default_factory=dict)
    critical: Mapping[int, int] = field(default_factory=dict)
    factor: Float | float = 1.0  # load ahead, as a multiple of the model's: of everything, or by node of the area


@dataclass(frozen=True, eq=False)
class Blocks:
    """The blocks of a dead area. `kw` is the load that is expected ahead, with what is picked up after the time without supply."""

    grid: Grid
    closed: Byte
    nodes: Int  # of the area, ascending
    block: Int  # per node of the area
    size: int
    kw: Float
    customers: Int
    critical: Int
    edges: tuple[Edge, ...]

    def of_node(self, node: int) -> int:
        """The block of a node, OUTSIDE if it is not in the area."""
        place = int(np.searchsorted(self.nodes, node))
        return int(self.block[place]) if place < self.nodes.size and self.nodes[place] == node else OUTSIDE

    def nodes_of(self, blocks: set[int] | frozenset[int]) -> Int:
        """The nodes of some blocks."""
        return self.nodes[np.isin(self.block, list(blocks))]

    def edges_of(self, block: int) -> list[Edge]:
        """The switches around a block."""
        return [edge for edge in self.edges if block in (edge.a, edge.b)]


def contract(grid: Grid, closed: Byte, live: Byte, area: Int, terms: Terms) -> Blocks:
    """The blocks of a dead area.

    Args:
        grid: the network, with what lies over it.
        closed: what conducts, phase bits per branch.
        live: live phases per node.
        area: the dead nodes, ascending.
        terms: see there.
    """
    branches = _touching(grid, area)
    start, end = (np.searchsorted(area, ends[branches]) for ends in (grid.branch_from, grid.branch_to))
    inside = [_is_in(area, place, ends[branches]) for place, ends in ((start, grid.branch_from), (end, grid.branch_to))]
    conducts = (closed[branches] & ABC) != 0
    separates = np.isin(grid.branch_class[branches], [BRANCH_CLASSES.index(name) for name in OPERABLE])
    separates &= grid.is_switch[branches]
    joins = conducts & ~separates & inside[0] & inside[1]
    pairs = coo_matrix((np.ones(joins.sum()), (start[joins], end[joins])), (area.size, area.size))
    size, block = connected_components(pairs, directed=False)
    places = np.flatnonzero(separates & (inside[0] | inside[1]))
    edges = [
        edge
        for place in places.tolist()
        if (
            edge := _edge(
                (grid, closed, live, terms),
                int(branches[place]),
                [
                    int(block[one[place]]) if is_in[place] else OUTSIDE
                    for one, is_in in zip((start, end), inside, strict=True)
                ],
            )
        )
    ]
    critical = np.array([terms.critical.get(node, 0) for node in area.tolist()], np.float64)
    sums = [
        np.bincount(block, weights, size).astype(np.float64)
        for weights in (grid.node_kw[area] * terms.factor, grid.node_customers[area], critical)
    ]
    return Blocks(
        grid, closed, area, block.astype(np.int32), int(size), sums[0],
        sums[1].astype(np.int32), sums[2].astype(np.int32), tuple(edges),
    )  # fmt: skip


def _touching(grid: Grid, nodes: Int) -> Int:
    """The branches at some nodes."""
    counts = grid.indptr[nodes + 1] - grid.indptr[nodes]
    runs = np.repeat(grid.indptr[nodes] - np.cumsum(counts) + counts, counts)
    return np.unique(grid.adj_branch[runs + np.arange(counts.sum())])


def _is_in(
    area: Int, place: np.ndarray[tuple[int], np.dtype[np.intp]], nodes: Int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(area[np.minimum(place, area.size - 1)] == nodes, np.bool_)


def _edge(state: tuple[Grid, Byte, Byte, Terms], branch: int, blocks: list[int]) -> Edge | None:
    """The switch as an edge; None where both its ends lie in one block anyway."""
    grid, closed, live, terms = state
    ends = int(grid.branch_from[branch]), int(grid.branch_to[branch])
    if blocks[0] == blocks[1]:
        return None
    if blocks[0] == OUTSIDE:
        blocks, ends = blocks[::-1], ends[::-1]
    outside = ends[1] if blocks[1] == OUTSIDE else -1
    phases = int(grid.branch_phases[branch]) & ABC
    used = int(grid.node_phases[ends[0]]) & ABC
    is_live = outside >= 0 and int(live[outside]) & used == used
    makes = BRANCH_CLASSES[grid.branch_class[branch]] in LOAD_MAKING and phases & used == used
    return Edge(
        branch, blocks[0], blocks[1], outside, is_live, bool(closed[branch] & ABC), bool(grid.is_telemetered[branch]),
        makes, bool(terms.blocked.get(branch)),
    )  # fmt: skip
