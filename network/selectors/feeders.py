"""Feeders as they were built: where they begin, who watches them, how much hangs on them."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from django.db.models import Count

from network.domain.grid import Grid
from network.domain.phases import ABC
from network.selectors import equipment, state
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
    devices = _devices(model)
    for key in sorted({key for key, *_ in devices}):
        present = state.present(key)
        customers = _customers(present)
        for (owner, feeder, substation), areas in devices.items():
            if owner == key:
                total, out = customers.get((feeder, substation), (0, 0))
                main = max(sorted(areas), key=lambda one: areas[one])
                found.append(Feeder(key, feeder, substation, main, total, out, sum(areas.values())))
    chosen = [one for one in found if (not area or one.area == area) and name.lower() in one.name.lower()]
    return sorted(chosen, key=lambda one: (one.model, one.substation, one.name))


def _devices(model: str) -> dict[tuple[str, str, str], dict[str, int]]:
    """By (model, feeder, substation): how many branches lie in which area."""
    rows = (
        equipment.published(model or None)
        .filter(is_branch=True)
        .exclude(feeder="")
        .order_by()
        .values_list("version__model__key", "feeder", "substation", "area__key")
        .annotate(devices=Count("pk"))
    )
    found: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for key, feeder, substation, area, devices in rows:
        found[key, feeder, substation][area] = devices
    return found


def _customers(present: NetworkState) -> dict[tuple[str, str], tuple[int, int]]:
    """By (feeder, substation): customers, and those of them without supply on a phase they use."""
    grid = present.grid
    node = grid.group_node
    used = _phases_used(grid)
    is_out = (present.energisation.live[node] & used) != used
    found: dict[tuple[str, str], tuple[int, int]] = {}
    places = np.stack([grid.node_feeder_label[node], grid.node_substation[node]], axis=1)
    distinct, which = np.unique(places, axis=0, return_inverse=True)
    totals = np.bincount(which.reshape(-1), grid.group_customers, distinct.shape[0])
    outs = np.bincount(which.reshape(-1), grid.group_customers * is_out, distinct.shape[0])
    for (label, container), total, out in zip(distinct.tolist(), totals.tolist(), outs.tolist(), strict=True):
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
