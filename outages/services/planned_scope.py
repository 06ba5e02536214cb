"""Who will lose supply when the devices of a planned outage open: looked ahead on the normal and on the present state."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metering.selectors import supply
from network.domain.energisation import energise
from network.domain.grid import Grid
from network.domain.phases import ABC
from network.domain.phrases import Phrase, phrase
from network.selectors import equipment, state
from outages.domain import planned as life
from outages.domain import restoration
from outages.models import PlannedCustomer, PlannedEntry, PlannedOutage
from outages.selectors import planned_words
from outages.services import ledger


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What opening devices would do: columns of PlannedCustomer by usage point, feeders as built, power lost now."""

    customers: dict[int, dict[str, bool]]
    feeders: list[str]
    kw: float
    basis: str


def note(row: PlannedOutage, kind: str, told: Phrase, actor: str, at: dt.datetime) -> None:
    """One line of the timeline, with its words in the language of the site beside the phrase."""
    words = planned_words.said(told)[:400]
    PlannedEntry.objects.create(planned_outage=row, kind=kind, told=told, text=words, actor=actor, at=at)


def compute(row: PlannedOutage, *, at: dt.datetime) -> None:
    """Write anew who will lose supply; what differs from before is a line of the timeline."""
    ahead = foresee(row.model_key, row.devices)
    found = ahead.customers
    before = set(row.customers.values_list("usage_point_id", flat=True))
    row.customers.all().delete()
    PlannedCustomer.objects.bulk_create(
        (PlannedCustomer(planned_outage=row, usage_point_id=point, **columns) for point, columns in found.items()),
        batch_size=2_000,
    )
    if row.scope_at is not None and before != found.keys():
        came, went = len(found.keys() - before), len(before - found.keys())
        note(row, "scope", phrase("scope", more=came, fewer=went, customers=len(found)), "network", at)
    columns = {
        "scope_basis": ahead.basis,
        "scope_at": at,
        "feeders": ahead.feeders,
        "kw": ahead.kw,
        "customers_known": len(found),
        "customers_normal": sum(one["in_normal"] for one in found.values()),
        "customers_present": sum(one["in_present"] for one in found.values()),
        "critical": sum(one["is_critical"] for one in found.values()),
    }
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns))


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
        for row in waiting.select_for_update(skip_locked=True, no_key=True):
            compute(row, at=at)
            done += 1
    return done


def foresee(model: str, devices: Sequence[dict[str, Any]]) -> Foreseen:
    """Who loses supply on a phase of theirs if these devices open, with the switches as they normally are and as they are now."""
    present = state.present(model)
    grid, normal = state.normal(model)
    in_normal, _ = _dark(model, grid, normal, devices)
    in_present, kw = _dark(model, present.grid, present.closed, devices)
    critical = supply.critical_ids_at(model, {*in_normal.values(), *in_present.values()})
    points = sorted(in_normal.keys() | in_present.keys())
    built = equipment.feeders_by_mrid(model, {place.equipment_mrid for place in supply.places(points).values()})
    customers = {
        point: {
            "in_normal": point in in_normal,
            "in_present": point in in_present,
            "is_critical": point in critical,
        }
        for point in points
    }
    return Foreseen(customers, sorted({one for one in built.values() if one}), round(kw, 1), basis(present))


def _dark(
    model: str, grid: Grid, closed: NDArray[np.uint8], devices: Sequence[dict[str, Any]]
) -> tuple[dict[int, int], float]:
    """Node by usage point of those who lose supply if the devices open in this state, and the power lost."""
    after = closed.copy()
    for device in devices:
        branch = grid.branch_index(device["mrid"])
        if branch >= 0:  # else it is not in the network any more, and opens nothing
            after[branch] &= ~np.uint8(device["phases"])
    lost = energise(grid, closed).live & ~energise(grid, after).live & ABC
    nodes = np.flatnonzero(lost)
    affected = ledger.affected_at(ledger.supplied_at(model, nodes.tolist()), restoration.Supply.of(nodes, lost[nodes]))
    share = np.bitwise_count(lost[nodes]) / np.maximum(np.bitwise_count(grid.node_phases[nodes] & ABC), 1)
    power = float((grid.node_kw[nodes] * share).sum())
    return dict(zip(affected.ids.tolist(), affected.nodes.tolist(), strict=True)), power
