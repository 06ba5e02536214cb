"""Open evidence as arrays: what prediction runs on."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from outages.domain.prediction.evidence import CALL, CREW, GASP, PING_OFF, Evidence, Facts
from outages.models import Evidence as Row
from outages.selectors.trees import Devices

#: Kinds of evidence of darkness, in the engine's code.
KINDS = {"call": CALL, "gasp": GASP, "crew_off": CREW, "ping_off": PING_OFF}
LIVE = ("restore", "ping_on")
_COLUMNS = ("pk", "kind", "usage_point_id", "node", "phases", "weight", "occurred_at", "outage_id")


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Reports of darkness, or of life: arrays of one length. Field times are seconds since 1970, -1 is none."""

    id: NDArray[np.int64]
    kind: NDArray[np.uint8]
    usage_point: NDArray[np.int64]
    node: NDArray[np.int64]
    phases: NDArray[np.uint8]
    weight: NDArray[np.float64]
    at: NDArray[np.float64]
    outage: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Collection[tuple[Any, ...]]) -> "Pool":
        """Of rows of _COLUMNS."""
        columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) if rows else [()] * len(_COLUMNS)
        pk, kind, point, node, phases, weight, at, outage = columns
        return cls(
            np.array(pk, np.int64),
            np.array([KINDS.get(one, 0) for one in kind], np.uint8),
            np.array([one or -1 for one in point], np.int64),
            np.array(node, np.int64),
            np.array(phases, np.uint8),
            np.array(weight, np.float64),
            np.array([one.timestamp() for one in at], np.float64),
            np.array([one or -1 for one in outage], np.int64),
        )

    @property
    def size(self) -> int:
        """How many reports."""
        return int(self.id.size)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Pool":
        """Only these reports."""
        return Pool(
            self.id[rows], self.kind[rows], self.usage_point[rows], self.node[rows], self.phases[rows], self.weight[rows],
            self.at[rows], self.outage[rows],
        )  # fmt: skip

    def as_evidence(self, devices: Devices, *, live: Facts, opened: Facts) -> Evidence:
        """For the engine; the device is -1 where no source reaches the place."""
        at = devices.at_nodes(self.node)
        return Evidence(at, self.usage_point, self.kind, self.at, self.weight, self.phases, self.id, live, opened)

    def as_facts(self, devices: Devices) -> Facts:
        """For the engine, of words of life."""
        device = devices.at_nodes(self.node)
        known = device >= 0
        return Facts(device[known], self.phases[known], self.id[known], self.at[known])


def dark(model: str, movable: Collection[int]) -> Pool:
    """Open reports of darkness that belong to no outage, or to one the engine may still move."""
    found = Row.objects.filter(Q(outage=None) | Q(outage__in=movable), model_key=model, settled_at=None)
    return Pool.of(list(found.filter(kind__in=KINDS).order_by("pk").values_list(*_COLUMNS)))


def live(model: str, reports: Pool) -> Pool:
    """Words of life since the first of these reports, of whoever has not said since then that he is dark."""
    if not reports.size:
        return reports
    since = dt.datetime.fromtimestamp(float(reports.at.min()), dt.UTC)
    found = Row.objects.filter(model_key=model, settled_at=None, kind__in=LIVE, occurred_at__gte=since)
    words = Pool.of(list(found.order_by("pk").values_list(*_COLUMNS)))
    return words.take(words.at >= _latest(reports, words.usage_point))


def _latest(reports: Pool, usage_points: NDArray[np.int64]) -> NDArray[np.float64]:
    """When each of these last said that he is dark; -inf where never."""
    order = np.lexsort((reports.at, reports.usage_point))
    points, at = reports.usage_point[order], reports.at[order]
    last = np.searchsorted(points, usage_points, side="right") - 1
    return np.where((last >= 0) & (points[last] == usage_points), at[last], -np.inf)
