"""Which devices clear a fault: the nearest closed protective device on every way from a source to it.

Drawn:

S --CB-- 1 --R1-- 2 --x-- 3        a fault at x: R1 opens; without R1, CB

Fuses blow on the faulted phases alone; every other device opens all of its phases, whichever are faulted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from network.domain.energisation import Energisation, reenergise
from network.domain.grid import Grid
from network.domain.grid.arrays import Byte
from network.domain.phases import ABC


class Unprotected(Exception):
    """Nothing between a source and the fault would clear it."""


def fault_nodes(grid: Grid, branch: int) -> list[int]:
    """The nodes that a fault on a branch touches: both ends, of a switch the one that it normally feeds."""
    ends = [int(grid.branch_from[branch]), int(grid.branch_to[branch])]
    if not grid.is_switch[branch]:
        return ends
    return [next((node for node in ends if grid.normal_branch[node] == branch), ends[1])]


@dataclass(frozen=True, slots=True)
class Trip:
    """A device that opens: its branch, and the phases that are closed afterwards."""

    branch: int
    closed_after: int


def trips(
    grid: Grid, closed: Byte, energisation: Energisation, nodes: list[int], phases: int = ABC
) -> tuple[list[Trip], Energisation]:
    """The devices that open, one after the other, until the nodes are dead on the faulted phases; and what is live then.

    A section that is fed from two sides is cleared on both.

    Raises:
        Unprotected: something still feeds it, and no closed protective device stands on the way.
    """
    opened: list[Trip] = []
    now, left = closed.copy(), energisation
    while (live := next((node for node in nodes if left.live[node] & phases), -1)) >= 0:
        device = _above(grid, now, left, live, phases)
        if device < 0:
            raise Unprotected(grid.node_mrid_text(live))
        after = int(now[device]) & ~phases & 0xFF if grid.branch_class_name(device) == "Fuse" else 0
        now[device] = after
        opened.append(Trip(device, after))
        left = reenergise(grid, left, now, np.array([device], np.int32))
    return opened, left


def _above(grid: Grid, closed: Byte, energisation: Energisation, node: int, phases: int) -> int:
    """The nearest protective device towards the source that is closed on a faulted phase, -1 if there is none."""
    while (branch := int(energisation.parent_branch[node])) >= 0:
        if grid.is_switch[branch] and grid.is_protective[branch] and closed[branch] & phases:
            return branch
        node = int(energisation.parent_node[node])
    return -1
