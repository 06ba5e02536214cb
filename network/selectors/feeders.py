"""Feeders as they were built: where they begin, who watches them, how much hangs on them."""

import functools
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from django.db.models import Count

from network.domain.grid import Grid
from network.domain.phases import ABC
from network.models import Equipment, GroupPowerFlow
from network.selectors import state
from network.selectors.state import NetworkState


@dataclass(frozen=True, slots=True)
class Feeder:
    """One feeder of a published model."""

    model: str
    name: str
    substation: str
    area: str
    customers: int
    customers_without_supply: int
    devices: int


def feeders(*, model: str = "", area: str = "", name: str = "") -> list[Feeder]:
    """Feeders of the published models by model, substation and name; `name` is a part of it."""
    found = []
    for key in [model] if model in state.models() else [] if model else state.models():
        present = state.present(key)
        customers = _customers(present)
        for (feeder, substation), areas in _devices(present.version_id).items():
            total, out = customers.get((feeder, substation), (0, 0))
            main = max(sorted(areas), key=lambda one: areas[one])
            found.append(Feeder(key, feeder, substation, main, total, out, sum(areas.values())))
    chosen = [one for one in found if (not area or one.area == area) and name.lower() in one.name.lower()]
    return sorted(chosen, key=lambda one: (one.model, one.substation, one.name))


@dataclass(frozen=True, slots=True)
class Head:
    """Where a feeder of a published model begins."""

    model: str
    mrid: str  # of the branch at its head
    device: str  # what that is called
    name: str  # of the feeder
    substation: str
    area: str


def heads(model: str = "") -> list[Head]:
    """The heads of all feeders, of one model or of every one that is published, by model, substation and name."""
    known = state.models()
    keys = known if not model else [model] if model in known else []
    return [head for key in keys for head in _heads(key, state.published_version_id(key))]


@functools.lru_cache(maxsize=8)
def _heads(model: str, version_id: int) -> tuple[Head, ...]:
    """Those of a version; its rows never change."""
    grid = state.present(model).grid
    branches = np.flatnonzero(grid.is_feeder_head).tolist()
    rows = Equipment.objects.filter(version_id=version_id, is_branch=True, index__in=branches).order_by()
    found = [
        Head(model, mrid, device, grid.feeder_name(branch) or feeder or device, substation, area)
        for branch, mrid, device, feeder, substation, area in rows.values_list(
            "index", "mrid", "name", "feeder", "substation", "area__key"
        )
    ]
    return tuple(sorted(found, key=lambda one: (one.substation, one.name, one.mrid)))


@functools.lru_cache(maxsize=8)
def _devices(version_id: int) -> dict[tuple[str, str], dict[str, int]]:
    """By (feeder, substation): how many branches of a version lie in which area; its rows never change."""
    rows = (
        Equipment.objects.filter(version_id=version_id, is_branch=True)
        .exclude(feeder="")
        .order_by()
        .values_list("feeder", "substation", "area__key")
        .annotate(devices=Count("pk"))
    )
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for feeder, substation, area, devices in rows:
        found[feeder, substation][area] = devices
    return found


def _customers(present: NetworkState) -> dict[tuple[str, str], tuple[int, int]]:
    """By (feeder, substation): customers, and those of them without supply on a phase they use."""
    grid = present.grid
    node = grid.group_node
    used, width = _phases_used(grid), grid.container_mrid.size + 1
    is_out = (present.energisation.live[node] & used) != used
    found: dict[tuple[str, str], tuple[int, int]] = {}
    places = (grid.node_feeder_label[node] + 1) * width + grid.node_substation[node] + 1
    totals = np.bincount(places, grid.group_customers)
    outs = np.bincount(places, grid.group_customers * is_out, totals.size)
    known = np.flatnonzero(totals)
    label_of, container_of = known // width - 1, known % width - 1
    rows = zip(label_of.tolist(), container_of.tolist(), totals[known].tolist(), outs[known].tolist(), strict=True)
    for label, container, total, out in rows:
        if label >= 0:
            name = bytes(grid.feeder_label_name[label]).decode()
            substation = bytes(grid.container_name[container]).decode() if container >= 0 else ""
            before = found.get((name, substation), (0, 0))
            found[name, substation] = (before[0] + int(total), before[1] + int(out))
    return found


def _phases_used(grid: Grid) -> "np.ndarray[tuple[int], np.dtype[np.uint8]]":
    """Phases each customer group needs: those it is served by, of those that exist at its node."""
    present = grid.node_phases[grid.group_node] & ABC
    used = grid.group_phases & present
    return np.where(used, used, present).astype(np.uint8)


def loads_kw(present: NetworkState) -> dict[int, float]:
    """What every live feeder takes now, by its head (branch number): by the last power flow, else by the loads of the model."""
    grid, energisation = present.grid, present.energisation
    head = energisation.feeder[: grid.node_count]
    fed = head >= 0
    by_model = np.bincount(head[fed], grid.node_kw[fed], grid.branch_count)
    found = {int(one): float(by_model[one]) for one in np.unique(head[fed])}
    rows = GroupPowerFlow.objects.filter(model_id=present.model_id, version_id=present.version_id, converged=True)
    for key, coupling in rows.values_list("key", "coupling"):
        branch = grid.branch_index(key)
        if branch in found and coupling.get("taken"):
            found[branch] = sum(kw for kw, _ in coupling["taken"].values())
    return found
