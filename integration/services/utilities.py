"""A generated utility into the database: the grid goes to network, its customers and meters to metering, in one transaction."""

import datetime as dt

import numpy as np
from django.db import transaction

from adms.core.actors import Actor
from adms.core.bulk_columns import Column
from integration.services.models import Published
from metering.services import households
from network.domain import generation
from network.domain.generation import Utility
from network.domain.grid import Grid
from network.selectors import equipment
from network.services import utilities


@transaction.atomic
def publish(*, actor: Actor, utility: Utility, at: dt.datetime) -> Published:
    """Publish a generated utility with its customers, or nothing of it.

    Raises:
        NotAuthorised: the actor may not publish models.
    """
    version, grid = utilities.publish_utility(actor=actor, utility=utility, at=at)
    areas = equipment.areas_of_sources(version.pk, grid)
    count = households.load_columns(model=version.model.key, columns=_households(utility, grid, areas))
    return Published(version.model.key, version.model.name, version.number, count)


def _households(utility: Utility, grid: Grid, areas: list[int]) -> dict[str, Column]:
    told = generation.household_columns(utility)
    consumer = told["consumer"]
    node = utilities.supplying_nodes(utility, grid)[consumer]
    return told | {
        "equipment_mrid": told["consumer_mrid"],
        "node": node,
        "area_id": np.array(areas, np.int64)[grid.normal_source[node]],
        "is_synthetic": np.ones(consumer.size, np.bool_),
    }
