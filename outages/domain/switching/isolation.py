"""Isolation: which switches part a piece of equipment from every source, and whether a set of open ones really does.

S --[CB]-- L1 --+--[SW]-- L2 --[TIE]-- S2        to isolate L2 open SW and TIE; with SW alone the tie could feed it
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from network.domain.energisation import energise
from network.domain.grid import Grid
from network.domain.grid.arrays import Byte
from network.domain.phases import ABC
from network.domain.temporary import Fitted


def leaks(fitted: Fitted, points: Collection[int], nodes: Sequence[int]) -> bool:
    """Whether a source could reach these nodes by closing whichever switches are none of the points."""
    live = energise(fitted.grid, fitted.conducting(_all_closed(fitted.base, points))).live
    return bool(nodes) and bool((live[np.asarray(nodes)] & ABC).any())


def points_of(fitted: Fitted, nodes: Sequence[int], usable: Collection[int] | None = None) -> list[int]:
    """The switches nearest to these nodes that part them from every source; those behind which no source lies are left out.

    `usable` are the branches that may serve as points (all switches if not given): the walk goes on through the others.
    """
    base = fitted.base
    allowed = set(np.flatnonzero(base.is_switch).tolist()) if usable is None else set(usable)
    seen, waiting, border = set(nodes), list(nodes), set[int]()
    while waiting:
        node = waiting.pop()
        for at in range(int(base.indptr[node]), int(base.indptr[node + 1])):
            branch, other = int(base.adj_branch[at]), int(base.adj_node[at])
            if branch in allowed:
                border.add(branch)
            elif other not in seen:
                seen.add(other)
                waiting.append(other)
    inside = {b for b in border if int(base.branch_from[b]) in seen and int(base.branch_to[b]) in seen}
    border -= inside
    live = energise(fitted.grid, fitted.conducting(_all_closed(base, border))).live
    return sorted(branch for branch in border if any(live[end] & ABC for end in _ends(base, branch)))


def _all_closed(base: Grid, points: Collection[int]) -> Byte:
    positions = base.branch_phases.copy()
    positions[[point for point in points if point >= 0]] = 0
    return positions


def _ends(base: Grid, branch: int) -> tuple[int, int]:
    return int(base.branch_from[branch]), int(base.branch_to[branch])
