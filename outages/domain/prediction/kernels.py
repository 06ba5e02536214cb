"""Sweeps over a forest whose devices stand in topological order (every parent before its children).

One pass from the leaves up or from the sources down, each device touched once: 100,000 devices take well under a millisecond
a column, so a prediction is computed afresh on every batch of evidence instead of being kept up to date piece by piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba

if TYPE_CHECKING:
    import numpy as np
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
def best_up(
    parent: NDArray[np.int32], gain: NDArray[np.float64], below: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> float:
    """Choose at every device between itself and the best of what is below: best(d) = max(0, gain(d), sum best(children)).

    `below` comes in as zeros and leaves as the sum over the children; returned is the sum over the sources. Equal scores
    choose the lower devices: the smaller claim.
    """
    total = 0.0
    for i in range(parent.size - 1, -1, -1):
        best = below[i]
        if gain[i] > best:
            best = gain[i]
            chosen[i] = True
        if parent[i] >= 0:
            below[parent[i]] += best
        else:
            total += best
    return total


@numba.njit(cache=True)
def sum_meeting(columns: NDArray[np.int32], phases: NDArray[np.uint8], out: NDArray[np.int32]) -> None:
    """Add for every device those of its eight columns (one for each set of phases) that share a phase with `phases`."""
    for i in range(columns.shape[0]):
        total = 0
        for mask in range(1, 8):
            if mask & phases[i]:
                total += columns[i, mask]
        out[i] = total
