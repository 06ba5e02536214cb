"""Kernels that follow the normal forest. Its nodes are numbered depth first, so a loop over numbers meets parents before children."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import kernel, part

Int = NDArray[np.int32]
Byte = NDArray[np.uint8]


@kernel
def sweep(parent: Int, parent_branch: Int, closed: Byte, live: Byte) -> None:
    """Live phases of all nodes; `live` holds those of the sources and zero elsewhere."""
    for node in range(live.size):
        above = parent[node]
        if above >= 0:
            live[node] = live[above] & closed[parent_branch[node]]


@part
def _is_plain(flags: Byte, top: int, end: int) -> bool:
    """Whether the normal subtree [top, end) hangs as it normally does, without loops: nothing moved in, out or across."""
    for node in range(top, end):  # noqa: SIM110  all() is no loop to the compiler
        if flags[node]:
            return False
    return True


@kernel
def sweep_below(
    fed: Int, exit_: Int, parent: Int, parent_branch: Int, flags: Byte, closed: Byte, live: Byte, branch: int
) -> int:
    """Bring `live` up to a changed position of one branch, where a sweep over the normal subtree below it is all it needs.

    `fed` is the node that each branch of the normal forest feeds, `flags` are those of the forest as it is laid now. Returns the
    node at the top of the subtree; -1, with nothing written, where more is needed.
    """
    if branch >= fed.size:
        return -1
    top = fed[branch]
    if not _is_plain(flags, top, exit_[top]):
        return -1
    for node in range(top, exit_[top]):
        live[node] = live[parent[node]] & closed[parent_branch[node]]
    return int(top)
