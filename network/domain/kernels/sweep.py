"""Kernels that follow the normal forest. Its nodes are numbered depth first, so a loop over numbers meets parents before children."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import kernel

Int = NDArray[np.int32]
Byte = NDArray[np.uint8]


@kernel
def sweep(parent: Int, parent_branch: Int, closed: Byte, live: Byte) -> None:
    """Live phases of all nodes; `live` holds those of the sources and zero elsewhere."""
    for node in range(live.size):
        above = parent[node]
        if above >= 0:
            live[node] = live[above] & closed[parent_branch[node]]


@kernel
def is_plain(flags: Byte, top: int, end: int) -> bool:
    """Whether what hangs below `top` is just its normal subtree [top, end), without loops: nothing moved in, out or across."""
    if flags[top] & 1:
        return False
    for node in range(top + 1, end):  # noqa: SIM110  all() is no loop to the compiler
        if flags[node]:
            return False
    return True


@kernel
def sweep_below(parent: Int, parent_branch: Int, closed: Byte, live: Byte, top: int, end: int) -> None:
    """Live phases of the nodes below `top`, whose own are right."""
    for node in range(top + 1, end):
        live[node] = live[parent[node]] & closed[parent_branch[node]]


@kernel
def differences(before: Byte, after: Byte) -> Int:
    """The nodes whose phases differ."""
    count = 0
    for node in range(before.size):
        count += before[node] != after[node]
    found = np.empty(count, np.int32)
    count = 0
    for node in range(before.size):
        if before[node] != after[node]:
            found[count] = node
            count += 1
    return found
