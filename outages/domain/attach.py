"""Attach first: which reports belong to an outage already known, and which are left for prediction.

A report joins the nearest outage at or above its transformer that was going on when the report was made and is out on one
of its phases. A single service takes the reports of its own usage point and nobody else's.

>>> from outages.domain.prediction import evidence, tree
>>> network = tree.DeviceTree.of([-1, 0, 0], [False, True, True], [0, 12, 8])
>>> calls = evidence.Evidence.of([evidence.Report(1, at=120.0), evidence.Report(2, at=120.0)])
>>> attach(network, calls, [Outage(device=1, began_at=100.0)]).tolist()
[0, -1]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.domain import phases as ph
from outages.domain.prediction import kernels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from outages.domain.prediction.evidence import Evidence
    from outages.domain.prediction.tree import DeviceTree


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage that is known: running, planned, or over but still of the time of the report.

    Attributes:
        device: index of the device that is open; of a single service its transformer.
        began_at, ended_at: seconds since 1970; of a planned outage its window; `ended_at` is infinite while it lasts.
        phases: phase bits that are out.
        usage_point: of a single service; -1 for everything below the device.
    """

    device: int
    began_at: float
    ended_at: float = float("inf")
    phases: int = ph.ABC
    usage_point: int = -1


def attach(
    tree: DeviceTree, evidence: Evidence, outages: Sequence[Outage], *, early_s: float = 900.0, late_s: float = 0.0
) -> NDArray[np.int64]:
    """For each report the position of the outage it joins, -1 where it opens something new.

    1. Single services first, by usage point.
    2. Then from the nearest outage at or above the transformer upwards; at one device in the order given.
    3. The report must be no more than `early_s` before the outage (clocks in the field differ, and the first report is
       seldom the one that arrives first) nor more than `late_s` after its end.
    """
    joined = _by_usage_point(evidence, outages, early_s, late_s)
    if not any(outage.usage_point < 0 for outage in outages):
        return joined
    nearest, beyond = _chains(tree, outages)
    fits = _Fit(tree, evidence, outages, early_s, late_s)
    asked = np.where(joined < 0, nearest[evidence.device], -1)
    while (rows := np.flatnonzero(asked >= 0)).size:
        accepted = fits(rows, asked[rows])
        joined[rows[accepted]] = asked[rows[accepted]]
        asked[rows] = np.where(accepted, -1, beyond[asked[rows]])
    return joined


def _by_usage_point(evidence: Evidence, outages: Sequence[Outage], early_s: float, late_s: float) -> NDArray[np.int64]:
    joined = np.full(evidence.size, -1, np.int64)
    for position, outage in enumerate(outages):
        if outage.usage_point >= 0:
            in_time = (evidence.at >= outage.began_at - early_s) & (evidence.at <= outage.ended_at + late_s)
            joined[(joined < 0) & (evidence.usage_point == outage.usage_point) & in_time] = position
    return joined


def _chains(tree: DeviceTree, outages: Sequence[Outage]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """For each device the nearest outage at or above it, and for each outage the one to ask after it."""
    first = np.full(tree.size, -1, np.int32)
    beyond = np.full(len(outages), -1, np.int32)
    bottom: dict[int, int] = {}  # the outage of each device that is asked last
    for position in range(len(outages) - 1, -1, -1):
        outage = outages[position]
        if outage.usage_point < 0:
            beyond[position] = first[outage.device]
            first[outage.device] = position
            bottom.setdefault(outage.device, position)
    nearest = first.copy()
    kernels.nearest_down(tree.parent, nearest)
    for device, position in bottom.items():
        above = tree.parent[device]
        beyond[position] = nearest[above] if above >= 0 else -1
    return nearest, beyond


class _Fit:
    """Whether report rows may join the outages they are held against."""

    def __init__(
        self, tree: DeviceTree, evidence: Evidence, outages: Sequence[Outage], early_s: float, late_s: float
    ) -> None:
        self.at = evidence.at
        bits = evidence.phases & ph.ABC
        self.dark = np.where(bits == 0, tree.live_phases[evidence.device], bits)
        self.began_at = np.array([outage.began_at - early_s for outage in outages])
        self.ended_at = np.array([outage.ended_at + late_s for outage in outages])
        self.phases = np.array([outage.phases & ph.ABC for outage in outages], np.uint8)

    def __call__(self, rows: NDArray[np.int64], outages: NDArray[np.int64]) -> NDArray[np.bool_]:
        at = self.at[rows]
        in_time = (at >= self.began_at[outages]) & (at <= self.ended_at[outages])
        return np.asarray(in_time & ((self.dark[rows] & self.phases[outages]) != 0), np.bool_)
