"""Feeders as load shedding sees them: what they take now, who hangs on them, their group, and when they were shed last."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db.models import Max

from adms.core.actors import Actor
from metering.selectors import supply
from network.selectors import equipment, state
from network.selectors import feeders as built
from outages.models import SheddingPlace, SwitchingStep


@dataclass(frozen=True, slots=True)
class ShedFeeder:
    """A live feeder, by its head."""

    mrid: str
    name: str
    head: str  # name of its head
    area: str
    kw: float  # now
    customers: int
    critical: int
    is_telemetered: bool
    group: int | None
    is_protected: bool
    reason: str
    shed_at: dt.datetime | None  # opened last by an order that sheds load

    @property
    def is_shed(self) -> bool:
        """Whether it takes part."""
        return self.group is not None


def feeders(model: str) -> list[ShedFeeder]:
    """The live feeders of a model by name of their feeder.

    Raises:
        NotFound: no such network is published.
    """
    present = state.present(model)
    grid, heads = present.grid, present.energisation.feeder
    kw = built.loads_kw(present)
    head_of = heads[grid.group_node]
    customers = np.bincount(head_of[head_of >= 0], grid.group_customers[head_of >= 0], grid.branch_count)
    critical: dict[int, int] = {}
    for node, count in supply.critical_by_node(model).items():
        if node < grid.node_count and heads[node] >= 0:
            critical[int(heads[node])] = critical.get(int(heads[node]), 0) + count
    rows = equipment.by_branch(model, sorted(kw))
    places = {one.head_mrid: one for one in SheddingPlace.objects.filter(model_key=model)}
    shed = _shed_at(model)
    found = []
    for head, row in rows.items():
        place = places.get(row.mrid)
        found.append(
            ShedFeeder(
                mrid=row.mrid,
                name=grid.feeder_name(head) or row.name,
                head=row.name,
                area=row.area.key,
                kw=kw[head],
                customers=int(customers[head]),
                critical=critical.get(head, 0),
                is_telemetered=bool(grid.is_telemetered[head]),
                group=place.group if place else None,
                is_protected=bool(place and place.is_protected),
                reason=place.reason if place else "",
                shed_at=shed.get(row.mrid),
            )
        )
    return sorted(found, key=lambda one: (one.name, one.mrid))


def visible(actor: Actor, model: str) -> list[ShedFeeder]:
    """Those in the areas the actor may see."""
    return [one for one in feeders(model) if actor.may("see_network", one.area)]


def _shed_at(model: str) -> dict[str, dt.datetime]:
    rows = SwitchingStep.objects.filter(
        order__model_key=model, order__kind="load_shed", kind="open", state="completed", is_go_back=False
    )
    return dict(rows.order_by().values_list("device_mrid").annotate(latest=Max("occurred_at")))
