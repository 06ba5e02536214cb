"""Customers, usage points and meters as a network model brings them."""

from collections.abc import Callable, Iterable

from django.db import connection

from metering.models import UsagePoint
from metering.services import households
from network.domain import draft as drafts


def load_usage_points(
    *, model: str, points: Iterable[drafts.UsagePoint], node_of: Callable[[str], int], area_of: Callable[[str], int]
) -> int:
    """Add or move the usage points of a model to where its published version has them; the number loaded.

    `node_of` gives the grid node of an equipment mRID (-1: not there), `area_of` its control area id. Points of the
    model that the draft no longer names are kept with node -1: their history stays, they no longer count.
    """
    rows = (
        households.Household(
            mrid=point.mrid,
            name=point.name,
            equipment_mrid=point.equipment_mrid,
            node=node_of(point.equipment_mrid),
            area_id=area_of(point.equipment_mrid),
            phases=point.phases,
            address=point.address,
            account_number=point.account_number,
            customer_name=point.customer_name,
            phone=point.phone,
            critical=point.critical,
            meter_mrid=point.meter_mrid,
            meter_number=point.meter_number,
            is_synthetic=point.synthetic,
        )
        for point in points
    )
    return households.load(model=model, households=rows)


def place_usage_points(*, model: str, node_of: Callable[[str], int]) -> int:
    """Place the usage points a model has already in another version of it, by the equipment that supplies them; how many."""
    points = UsagePoint.objects.filter(model_key=model)
    mrids = list(points.order_by().values_list("equipment_mrid", flat=True).distinct())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE metering_usagepoint AS one SET node = placed.node FROM unnest(%s::text[], %s::int[]) AS placed(mrid, node)"
            " WHERE one.model_key = %s AND one.equipment_mrid = placed.mrid",
            [mrids, [node_of(mrid) for mrid in mrids], model],
        )
    return points.filter(node__gte=0).count()
