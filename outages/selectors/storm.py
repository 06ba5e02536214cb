"""The storm at a glance: area by area, in a bounded number of queries whatever the number of outages."""

import datetime as dt
import functools
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Q, Sum
from numpy.typing import NDArray

from adms.core.actors import Actor
from adms.core.models import ControlArea
from adms.core.services import backlog
from network.domain.energisation import energise
from network.domain.grid import Grid
from network.domain.protection import protection_tree
from network.selectors import state
from outages.domain import lifecycle
from outages.models import Interruption, Outage
from outages.selectors import rule_sets
from workforce.selectors import crews

#: Tiers of restoration, the most urgent first: an outage is of the first that fits it.
TIERS = ("critical", "backbone", "lateral", "transformer", "single")
#: How far the work is, in the words of the page, and the states that mean it.
STAGES = {
    "waits": ("new", "acknowledged"),
    "assigned": ("assigned",),
    "en_route": ("en_route",),
    "on_site": ("on_site", "made_safe"),
    "partly": ("partly_restored",),
}
SUBSCRIBER = "outages"


@dataclass(slots=True)
class Lag:
    """How far intake is behind: messages that wait to be taken, and how long the oldest has waited."""

    waiting: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Row:
    """One area."""

    key: str
    name: str
    mode: str = "normal"
    outages: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    tiers: Counter[str] = field(default_factory=Counter)
    customers_out: int = 0
    critical_out: int = 0
    crews: int = 0
    crews_free: int = 0
    lag: Lag = field(default_factory=Lag)

    @property
    def is_quiet(self) -> bool:
        """Nothing to do there."""
        return not (self.outages or self.lag.waiting)


def lags(*, at: dt.datetime) -> dict[str, Lag]:
    """How far intake is behind, by area; areas where nothing waits are left out."""
    return {
        pair.area: Lag(pair.events, max(0.0, (at - pair.since).total_seconds()))
        for pair in backlog.waiting(names=(SUBSCRIBER,))
        if pair.since is not None
    }


def total(found: dict[str, Lag]) -> Lag:
    """All areas together: the sum of what waits, the longest wait."""
    return Lag(sum(one.waiting for one in found.values()), max((one.seconds for one in found.values()), default=0.0))


def areas(actor: Actor, *, at: dt.datetime) -> list[Row]:
    """Every area, those with most customers out first."""
    if not actor.may("see_network"):
        return []
    rows = {pk: Row(key, name) for pk, key, name in ControlArea.objects.values_list("pk", "key", "name")}
    for pk, stage, tier, out, critical in _going():
        row = rows[pk]
        row.outages += 1
        row.stages[stage] += 1
        row.tiers[tier] += 1
        row.customers_out += out
        row.critical_out += critical
    for crew in crews.crews():
        if crew.shift == "on":
            rows[crew.area_id].crews += 1
            rows[crew.area_id].crews_free += not crew.live  # type: ignore[attr-defined]  # prefetched by the selector
    behind, followed = lags(at=at), rule_sets.in_force()
    for pk, row in rows.items():
        row.lag = behind.get(row.key, row.lag)
        row.mode = followed.of(pk).name
    return sorted(rows.values(), key=lambda row: (-row.customers_out, -row.outages, -row.lag.waiting, row.name))


def _going() -> list[tuple[int, str, str, int, int]]:
    """(area, stage, tier, customers out, critical ones out) of each outage that goes on."""
    rows = list(
        Outage.objects.filter(state__in=lifecycle.RUNNING)
        .order_by()
        .values_list("area_id", "state", "kind", "customers_out", "critical_out", "node", "model_key")
    )
    stage_of = {name: stage for stage, names in STAGES.items() for name in names}
    nodes = np.array([row[5] for row in rows], np.int64)
    models = np.array([row[6] for row in rows], object)
    tier = np.full(len(rows), "lateral", object)
    for model in {row[6] for row in rows} & set(state.models()):
        mine = np.flatnonzero(models == model)
        tier[mine] = _by_device(model, nodes[mine])
    found = []
    for (area, went, kind, out, critical, _, _), kind_of_device in zip(rows, tier.tolist(), strict=True):
        own = "critical" if critical else "single" if kind == "single" else kind_of_device
        found.append((area, stage_of.get(went, "waits"), own, out, critical))
    return found


def _by_device(model: str, nodes: NDArray[np.int64]) -> NDArray[np.object_]:
    """The tier of what feeds each node in the normal state."""
    tier_of_node = _tiers(state.present(model).fitted.base)
    known = (nodes >= 0) & (nodes < tier_of_node.size)
    return np.array(TIERS, object)[np.where(known, tier_of_node[np.where(known, nodes, 0)], TIERS.index("lateral"))]


@functools.lru_cache(maxsize=4)
def _tiers(grid: Grid) -> NDArray[np.uint8]:
    """The place in TIERS of the device just above each node: laid once per version."""
    tree = protection_tree(grid, energise(grid, grid.normal_closed), grid.normal_closed)
    is_backbone = np.zeros(tree.size, np.bool_)
    above = (tree.parent >= 0) & ~tree.is_transformer
    is_backbone[tree.parent[above]] = True
    of_device = np.where(tree.is_transformer, TIERS.index("transformer"), TIERS.index("lateral"))
    of_device[is_backbone & ~tree.is_transformer] = TIERS.index("backbone")
    device = tree.device_of_node
    return np.where(device >= 0, of_device[np.maximum(device, 0)], TIERS.index("lateral")).astype(np.uint8)


def customers_out(*, at: dt.datetime, hours: int, bars: int) -> list[tuple[dt.datetime, int]]:
    """Customers out at the end of each of so many equal times up to now, by the ledger."""
    step = dt.timedelta(hours=hours) / bars
    moments = [at - step * (bars - 1 - place) for place in range(bars)]
    counted = Interruption.objects.filter(superseded_at=None)
    recent = counted.filter(Q(ended_at=None) | Q(ended_at__gt=moments[0]))
    sums = recent.aggregate(
        **{f"at_{place}": Sum("customers", filter=_out_at(one)) for place, one in enumerate(moments)}
    )
    return [(moment, sums[f"at_{place}"] or 0) for place, moment in enumerate(moments)]


def _out_at(moment: dt.datetime) -> Q:
    return Q(began_at__lte=moment) & (Q(ended_at=None) | Q(ended_at__gt=moment))


def summary(rows: list[Row]) -> dict[str, Any]:
    """All areas together."""
    return {
        "customers_out": sum(row.customers_out for row in rows),
        "critical_out": sum(row.critical_out for row in rows),
        "outages": sum(row.outages for row in rows),
        "crews": sum(row.crews for row in rows),
        "crews_free": sum(row.crews_free for row in rows),
        "waits": sum(row.stages["waits"] for row in rows),
        "lag": total({row.key: row.lag for row in rows}),
        "storm_areas": sum(row.mode != "normal" for row in rows),
    }
