"""Load that hangs on one feeder is handed to another: an open tie between them is closed, and a switch above it opened.

    head B --S1-- [a] --S2-- [b] --tie/open-- C        b goes to C by tie and S2, a and b by tie and S1

Every switch on the way up from the tie parts another share of the load. Both ends have supply before, so that joined first and
parted then nobody loses any; where they hang on two sources, to join them would put these in parallel.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from network.domain.energisation import Energisation
from network.domain.grid import Grid
from network.domain.grid.arrays import Bool
from network.domain.phases import ABC


def ties(grid: Grid, energisation: Energisation, is_open: Bool, mine: Bool) -> Iterator[tuple[int, int]]:
    """Open switches with supply on both sides that lead out of some nodes, each with its end among these.

    Args:
        grid: the network, or what it was made of: its nodes and branches come first in the energisation.
        energisation: what is live.
        is_open: (branches) those that stand open.
        mine: (nodes) among which the load hangs.
    """
    one, other = grid.branch_from, grid.branch_to
    live = (energisation.live[: grid.node_count] & ABC) != 0
    found = grid.is_switch & is_open & live[one] & live[other] & (mine[one] != mine[other])
    for branch in np.flatnonzero(found).tolist():
        yield branch, int(one[branch] if mine[one[branch]] else other[branch])


def way_up(energisation: Energisation, node: int) -> Iterator[tuple[int, int]]:
    """The branches between a node and its source, each with the node that it feeds."""
    while (branch := int(energisation.parent_branch[node])) >= 0:
        yield branch, node
        node = int(energisation.parent_node[node])


def is_one_source(energisation: Energisation, one: int, other: int) -> bool:
    """Whether two nodes with supply hang on one source, or on sources in parallel: then to join them makes a ring, and no more."""
    start, end = int(energisation.source[one]), int(energisation.source[other])
    return start == end or bool(energisation.source_islands[start] == energisation.source_islands[end])
