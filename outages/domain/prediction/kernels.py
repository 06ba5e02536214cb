"""Sweeps over a forest whose devices stand in topological order (every parent before its children).

One pass from the leaves up or from the sources down, each device touched once: 100,000 devices take well under a millisecond
a column, so a prediction is computed afresh on every batch of evidence instead of being kept up to date piece by piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@numba.njit(cache=True)
def sum_up(parent: NDArray[np.int32], values: NDArray[np.int32]) -> None:
    """Add to every device, column by column, what lies below it. `values` (devices, columns) is changed in place."""
    columns = values.shape[1]
    for i in range(parent.size - 1, -1, -1):
        above = parent[i]
        if above >= 0:
            for k in range(columns):
                values[above, k] += values[i, k]


@numba.njit(cache=True)
def or_up(parent: NDArray[np.int32], bits: NDArray[np.uint8]) -> None:
    """Join to every device's bits those of everything below it, in place."""
    for i in range(parent.size - 1, -1, -1):
        if parent[i] >= 0:
            bits[parent[i]] |= bits[i]


@numba.njit(cache=True)
def branches_with(
    parent: NDArray[np.int32], bits: NDArray[np.uint8], wanted: NDArray[np.uint8], out: NDArray[np.int32]
) -> None:
    """Count for every device the direct branches whose `bits` meet what the device has `wanted`."""
    for i in range(parent.size):
        above = parent[i]
        if above >= 0 and bits[i] & wanted[above]:
            out[above] += 1


@numba.njit(cache=True)
def first_down(parent: NDArray[np.int32], marked: NDArray[np.bool_], out: NDArray[np.int32]) -> None:
    """Write for every device the topmost marked device at or above it, -1 where there is none."""
    for i in range(parent.size):
        above = parent[i]
        if above >= 0 and out[above] >= 0:
            out[i] = out[above]
        elif marked[i]:
            out[i] = i
        else:
            out[i] = -1


@numba.njit(cache=True)
def nearest_down(parent: NDArray[np.int32], out: NDArray[np.int32]) -> None:
    """Let every device that holds -1 inherit what stands above it, in place."""
    for i in range(parent.size):
        if out[i] < 0 and parent[i] >= 0:
            out[i] = out[parent[i]]


@numba.njit(cache=True)
def sum_meeting(
    sums: NDArray[np.int32], masks: NDArray[np.uint8], phases: NDArray[np.uint8], out: NDArray[np.int32]
) -> None:
    """Add for every device those of its columns, each for a set of phases, that share one with its `phases`."""
    for i in range(sums.shape[0]):
        total = 0
        for k in range(masks.size):
            if masks[k] & phases[i]:
                total += sums[i, k]
        out[i] = total


@numba.njit(cache=True)
def preorder(parent: NDArray[np.int32], size: NDArray[np.int32], place: NDArray[np.int32]) -> None:
    """Give every device its place in an order in which all below it follows it: places [place, place + size)."""
    free = np.zeros(parent.size, np.int32)
    next_source = 0
    for i in range(parent.size):
        above = parent[i]
        if above < 0:
            place[i] = next_source
            next_source += size[i]
        else:
            place[i] = free[above]
            free[above] += size[i]
        free[i] = place[i] + 1
