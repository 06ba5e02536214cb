"""Attach first: which reports belong to an outage already known, and which are left for prediction.

The ledger is asked first: a usage point that an outage counts out at the time of the report belongs to it. One that it does
not count (any more) is asked for by place: the report joins the nearest outage at or above its transformer that was going on
when it was made and is out on one of its phases. A single service has no place: it takes the reports of its own usage point only.

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

    from numpy.typing import ArrayLike, NDArray

    from outages.domain.prediction.evidence import Evidence
    from outages.domain.prediction.tree import DeviceTree


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage that is known: running, planned, or over but still of the time of the report.

    Attributes:
        device: index of the device that is open; -1 where it has no place in the tree (a single service, a switch that protects
            nothing): then only the usage points it counts are its own.
        began_at, ended_at: seconds since 1970; of a planned outage its window; `ended_at` is infinite while it lasts.
        phases: phase bits that are out.
    """

    device: int
    began_at: float
    ended_at: float = float("inf")
    phases: int = ph.ABC


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Whom the ledger counts out in which outage (its position) and when, one element an interruption of a usage point."""

    usage_point: NDArray[np.int64]
    outage: NDArray[np.int64]
    began_at: NDArray[np.float64]
    ended_at: NDArray[np.float64]

    @classmethod
    def of(
        cls, usage_point: ArrayLike = (), outage: ArrayLike = (), began_at: ArrayLike = (), ended_at: ArrayLike = ()
    ) -> Counted:
        """Of anything array-like; in order of usage point."""
        points = np.asarray(usage_point, np.int64)
        order = np.argsort(points, kind="stable")
        began, ended = np.asarray(began_at, np.float64), np.asarray(ended_at, np.float64)
        return cls(points[order], np.asarray(outage, np.int64)[order], began[order], ended[order])


def attach(
    tree: DeviceTree,
    evidence: Evidence,
    outages: Sequence[Outage],
    counted: Counted | None = None,
    *,
    early_s: float = 900.0,
    late_s: float = 0.0,
) -> NDArray[np.int64]:
    """For each report the position of the outage it joins, -1 where it opens something new. A device of -1 is no place.

    1. The outage that counts the usage point out at that time; of several the one that began last.
    2. Then from the nearest outage at or above the transformer upwards; at one device in the order given; but never one
       that counted the usage point and has it back: who came back and is dark again is dark for another reason.
    3. In time is what is no more than `early_s` before the outage (clocks in the field differ, and the first report is
       seldom the one that arrives first) nor more than `late_s` after its end.
    """
    counted = counted or Counted.of()
    joined, came_back = _by_usage_point(evidence, counted, early_s, late_s)
    if not any(outage.device >= 0 for outage in outages):
        return joined
    nearest, beyond = _chains(tree, outages)
    fits = _Fit(tree, evidence, outages, early_s, late_s)
    asked = np.where((joined < 0) & (evidence.device >= 0), nearest[evidence.device], -1)
    while (rows := np.flatnonzero(asked >= 0)).size:
        accepted = fits(rows, asked[rows]) & ~np.isin(_pair(rows, asked[rows]), came_back)
        joined[rows[accepted]] = asked[rows[accepted]]
        asked[rows] = np.where(accepted, -1, beyond[asked[rows]])
    return joined


def _by_usage_point(
    evidence: Evidence, counted: Counted, early_s: float, late_s: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What each report joins by the ledger, and the pairs of report and outage where the outage had ended for it."""
    first = np.searchsorted(counted.usage_point, evidence.usage_point)
    number = np.searchsorted(counted.usage_point, evidence.usage_point, side="right") - first
    number[evidence.usage_point < 0] = 0
    report = np.repeat(np.arange(evidence.size), number)
    row = np.arange(report.size) - np.repeat(np.cumsum(number) - number, number) + np.repeat(first, number)
    at = evidence.at[report]
    is_over = at > counted.ended_at[row] + late_s
    fitting = np.flatnonzero(~is_over & (at >= counted.began_at[row] - early_s))
    fitting = fitting[np.argsort(counted.began_at[row[fitting]], kind="stable")]
    joined = np.full(evidence.size, -1, np.int64)
    joined[report[fitting]] = counted.outage[row[fitting]]  # the last one written is the one that began last
    return joined, _pair(report[is_over], counted.outage[row[is_over]])


def _pair(report: NDArray[np.int64], outage: NDArray[np.integer]) -> NDArray[np.int64]:
    """One number for a report and an outage."""
    return np.asarray((report << 32) + outage, np.int64)


def _chains(tree: DeviceTree, outages: Sequence[Outage]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """For each device the nearest outage at or above it, and for each outage the one to ask after it."""
    first = np.full(tree.size, -1, np.int32)
    beyond = np.full(len(outages), -1, np.int32)
    bottom: dict[int, int] = {}  # the outage of each device that is asked last
    for position in range(len(outages) - 1, -1, -1):
        outage = outages[position]
        if outage.device >= 0:
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
