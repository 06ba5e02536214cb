"""A network model through the door: the grid goes to network, its customers and meters to metering, in one transaction."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from adms.core.actors import Actor
from integration.cim.models import records
from metering.services import customers
from network.domain.draft import ModelDraft
from network.domain.grid import Grid
from network.selectors import equipment, state
from network.services import models as network_models


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a draft."""

    key: str
    name: str
    number: int
    customers: int
    is_published: bool = True


@transaction.atomic
def publish_draft(*, actor: Actor, draft: ModelDraft, source: str, at: dt.datetime) -> Published:
    """Publish a draft with its customers, or nothing of it.

    Raises:
        ModelRefused: the draft has errors.
        NotAuthorised: the actor may not publish models.
    """
    draft.records = records.packed(draft)
    version = network_models.publish_draft(actor=actor, draft=draft, source=source, at=at)
    present = state.present(version.model.key)
    areas = equipment.areas_by_mrid(version.pk)
    anywhere = next(iter(areas.values()))
    count = customers.load_usage_points(
        model=version.model.key,
        points=draft.usage_points.values(),
        node_of=lambda mrid: supply_node(present.grid, mrid),
        area_of=lambda mrid: areas.get(mrid, anywhere),
    )
    return Published(version.model.key, version.model.name, version.number, count)


def supply_node(grid: Grid, mrid: str) -> int:
    """The node at which a service transformer (its low side) or a consumer supplies; -1 if the grid has neither."""
    branch = grid.branch_index(mrid)
    if branch >= 0:
        return int(grid.branch_to[branch])
    injection = grid.injection_index(mrid)
    return int(grid.injection_node[injection]) if injection >= 0 else -1
