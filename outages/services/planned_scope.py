"""Who will lose supply when the devices of a planned outage open: looked ahead on the normal and on the present state."""

import datetime as dt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metering.selectors import supply
from network.domain.energisation import energise
from network.domain.grid import Grid
from network.domain.phases import ABC
from network.selectors import state
from outages.domain import planned as life
from outages.domain import restoration
from outages.models import PlannedCustomer, PlannedEntry, PlannedOutage
from outages.services import ledger


def compute(row: PlannedOutage, *, at: dt.datetime) -> None:
    """Write anew who will lose supply; what differs from before is a line of the timeline."""
    present = state.present(row.model_key)
    found = _found(row, present)
    before = set(row.customers.values_list("usage_point_id", flat=True))
    row.customers.all().delete()
    PlannedCustomer.objects.bulk_create(
        (PlannedCustomer(planned_outage=row, usage_point_id=point, **columns) for point, columns in found.items()),
        batch_size=2_000,
    )
    if row.scope_at is not None and before != found.keys():
        came, went = len(found.keys() - before), len(before - found.keys())
        text = f"The network changed: {came} more and {went} fewer customers will lose supply, {len(found)} in all"
        PlannedEntry.objects.create(planned_outage=row, kind="scope", text=text, actor="network", at=at)
    row.scope_basis, row.scope_at = basis(present), at
    row.save(update_fields=["scope_basis", "scope_at"])


def basis(present: state.NetworkState) -> str:
    """What a scope was computed on: it stands while this does."""
    return f"{present.version_id}/{present.sequence}"


def compute_due(*, at: dt.datetime) -> int:
    """Compute anew what waits and was computed on another state of the network; how many."""
    done = 0
    models = PlannedOutage.objects.filter(state__in=life.WAITING, ends_at__gt=at).order_by()
    for model in sorted(set(models.values_list("model_key", flat=True)) & set(state.models())):
        now = basis(state.present(model))
        waiting = models.filter(model_key=model).exclude(scope_basis=now).order_by("pk")
        for row in waiting.select_for_update(skip_locked=True):
            compute(row, at=at)
            done += 1
    return done


def _found(row: PlannedOutage, present: state.NetworkState) -> dict[int, dict[str, Any]]:
    """By usage point: on which state they lose supply, and whether they are critical."""
    grid, normal = state.normal(row.model_key)
    in_normal = _dark(row, grid, normal)
    in_present = _dark(row, present.grid, present.closed)
    critical = supply.critical_ids_at(row.model_key, {*in_normal.values(), *in_present.values()})
    return {
        point: {
            "in_normal": point in in_normal,
            "in_present": point in in_present,
            "is_critical": point in critical,
        }
        for point in sorted(in_normal.keys() | in_present.keys())
    }


def _dark(row: PlannedOutage, grid: Grid, closed: NDArray[np.uint8]) -> dict[int, int]:
    """Node by usage point of those who lose supply on a phase of theirs if the devices open in this state."""
    after = closed.copy()
    for device in row.devices:
        branch = grid.branch_index(device["mrid"])
        if branch >= 0:  # else it is not in the network any more, and opens nothing
            after[branch] &= ~np.uint8(device["phases"])
    lost = energise(grid, closed).live & ~energise(grid, after).live & ABC
    nodes = np.flatnonzero(lost)
    affected = ledger.affected_at(
        ledger.supplied_at(row.model_key, nodes.tolist()), restoration.Supply.of(nodes, lost[nodes])
    )
    return dict(zip(affected.ids.tolist(), affected.nodes.tolist(), strict=True))
