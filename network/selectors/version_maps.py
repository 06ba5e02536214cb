"""What a map shows of any stored version, operated or not: the state bytes of its normal switch positions, and places of its objects.

Geometry and names come from `map_files`.
"""

import functools
import struct

import numpy as np

from network.domain import display
from network.domain.energisation import energise
from network.domain.grid import Grid
from network.selectors import grids


@functools.lru_cache(maxsize=4)
def states(checksum: str) -> bytes:
    """The state file with every switch in its normal position: whoever is dark here is not reached."""
    grid = grids.load(checksum)
    bytes_ = display.state_bytes(grid, grid.normal_closed, energise(grid, grid.normal_closed))
    return struct.pack("<4sII", b"TLS1", 0, len(bytes_)) + bytes_.tobytes()


def has_places(checksum: str) -> bool:
    """Whether anything of it has coordinates."""
    grid = grids.load(checksum)
    return bool(np.isfinite(grid.node_x).any() or grid.points.size)


def places(checksum: str, mrids: list[str]) -> dict[str, int]:
    """The branch at which each object is shown: itself, or some branch at its node; nothing of what is nowhere."""
    grid = grids.load(checksum)
    found = {}
    for mrid in mrids:
        branch = grid.branch_index(mrid)
        if branch < 0 and (injection := grid.injection_index(mrid)) >= 0:
            branch = _branch_at(grid, int(grid.injection_node[injection]))
        if branch < 0 and (node := grid.node_index(mrid)) >= 0:
            branch = _branch_at(grid, node)
        if branch >= 0:
            found[mrid] = branch
    return found


def _branch_at(grid: Grid, node: int) -> int:
    start, end = int(grid.indptr[node]), int(grid.indptr[node + 1])
    return int(grid.adj_branch[start]) if end > start else -1
