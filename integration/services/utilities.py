"""A generated utility into the database: the grid goes to network, its customers and meters to metering, in one transaction."""

import datetime as dt
from collections.abc import Iterator

from django.db import transaction

from adms.core.actors import Actor
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
    count = households.load(model=version.model.key, households=_households(utility, grid, areas))
    return Published(version.model.key, version.model.name, version.number, count)


def _households(utility: Utility, grid: Grid, areas: list[int]) -> Iterator[households.Household]:
    nodes = utilities.supplying_nodes(utility, grid)
    area_of = [areas[source] for source in grid.normal_source[nodes].tolist()]
    node_of = nodes.tolist()
    for one in generation.households(utility):
        yield households.Household(
            mrid=one.mrid,
            name=one.name,
            equipment_mrid=one.consumer_mrid,
            node=node_of[one.consumer],
            area_id=area_of[one.consumer],
            phases=one.phases,
            address=one.address,
            account_number=one.account_number,
            customer_name=one.customer_name,
            phone=one.phone,
            critical=one.critical,
            meter_mrid=one.meter_mrid,
            meter_number=one.meter_number,
            is_synthetic=True,
        )
