"""Load allocation: what the head of a feeder measures, shared among its loads by weight, so that a power flow gives it back.

1. A channel is what one meter sees: a head branch and a phase (or all phases at once). Each load belongs to at most one channel.
2. The loads of a channel get what it measures, by weight: transformer kVA, billed energy, or a profile.
3. A power flow with these loads gives the flow at every head: loads and losses. What differs from the measurement is added to the
   total of the channel, and so on, until every channel differs by less than the tolerance.

Source: Kersting, Distribution System Modeling and Analysis (4th ed. 2018), section 2.5 (allocation), with losses by iteration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Complexes = NDArray[np.complex128]
Floats = NDArray[np.float64]
Places = NDArray[np.int64]
#: Loads (kVA, complex) in, flows at the channels (kVA, complex) out; None where the power flow has no solution.
Flows = Callable[[Complexes], Complexes | None]
_ENOUGH_PERCENT = 1e-4
_MOST_ROUNDS = 40


@dataclass(slots=True)
class Allocation:
    """Loads in kW + j kvar and how far the heads are from their measurements. Without convergence only the reason."""

    converged: bool
    reason: str = ""
    rounds: int = 0
    loads: Complexes = field(default_factory=lambda: np.zeros(0, dtype=np.complex128))
    residual_percent: float | None = None


def allocate(measured: Complexes, channel: Places, weights: Floats, present: Complexes, flows: Flows) -> Allocation:
    """Share what the channels measure.

    Args:
        measured: (channels,) kW + j kvar at the heads.
        channel: (loads,) the channel of each load, -1 for none.
        weights: (loads,) not negative; within a channel only their ratio counts.
        present: (loads,) kW + j kvar of loads without a channel, which stay as they are.
        flows: the power flow.

    Raises:
        ValueError: a channel has no load with a weight, or a weight is negative.
    """
    share = _shares(len(measured), channel, weights)
    total = measured.copy()
    is_fed = channel >= 0
    answer = Allocation(converged=False, reason="no power flow was tried")
    for rounds in range(1, _MOST_ROUNDS + 1):
        loads = np.where(is_fed, share * total[np.maximum(channel, 0)], present)
        found = flows(loads)
        if found is None:
            return Allocation(
                converged=False, reason="the power flow of the allocated loads has no solution", rounds=rounds
            )
        residual = _residual(measured, found)
        answer = Allocation(converged=True, rounds=rounds, loads=loads, residual_percent=residual)
        if residual < _ENOUGH_PERCENT:
            break
        total += measured - found
    if answer.residual_percent is not None and answer.residual_percent >= 0.1:
        answer.converged, answer.reason = (
            False,
            f"the heads differ by {answer.residual_percent:.3g} % after {answer.rounds} rounds",
        )
    return answer


def _shares(count: int, channel: Places, weights: Floats) -> Floats:
    if (weights < 0).any() or not np.isfinite(weights).all():
        raise ValueError("weights must not be negative")
    is_fed = channel >= 0
    sums = np.bincount(channel[is_fed], weights[is_fed], minlength=count)
    if empty := np.flatnonzero(sums <= 0).tolist():
        raise ValueError(f"channel {empty[0]} has no load with a weight")
    return np.where(is_fed, weights / sums[np.maximum(channel, 0)], 0.0)


def _residual(measured: Complexes, found: Complexes) -> float:
    """The largest difference of a channel in percent of what it measures."""
    size = np.abs(measured)
    return float((np.abs(found - measured) / np.where(size > 0, size, 1.0)).max(initial=0.0) * 100.0)


def below(count: int, edges: list[tuple[int, int]], head: int, sources: list[int]) -> NDArray[np.bool_]:
    """(count,) which nodes lose every source when an edge is taken away.

    Args:
        count: how many nodes.
        edges: closed branches.
        head: number of the edge that is taken away.
        sources: nodes with supply.

    Examples:
        >>> below(4, [(0, 1), (1, 2), (1, 3)], 1, [0]).tolist()
        [False, False, True, False]
    """
    return ~_supplied(count, [edge for place, edge in enumerate(edges) if place != head], sources) & _supplied(
        count, edges, sources
    )


def _supplied(count: int, edges: list[tuple[int, int]], sources: list[int]) -> NDArray[np.bool_]:
    near: list[list[int]] = [[] for _ in range(count)]
    for start, end in edges:
        near[start].append(end)
        near[end].append(start)
    found = np.zeros(count, dtype=bool)
    found[sources] = True
    waiting = list(sources)
    while waiting:
        for node in near[waiting.pop()]:
            if not found[node]:
                found[node] = True
                waiting.append(node)
    return found
