"""Customers, usage points and meters as a network model brings them."""

from collections.abc import Callable, Iterable

from django.db import transaction

from metering.models import Customer, Meter, UsagePoint
from network.domain import draft as drafts

BATCH = 2000


@transaction.atomic
def load_usage_points(
    *, model: str, points: Iterable[drafts.UsagePoint], node_of: Callable[[str], int], area_of: Callable[[str], int]
) -> int:
    """Add or move the usage points of a model to where its published version has them; the number loaded.

    `node_of` gives the grid node of an equipment mRID (-1: not there), `area_of` its control area id. Points of the
    model that the draft no longer names are kept with node -1: their history stays, they no longer count.
    """
    listed = list(points)
    UsagePoint.objects.filter(model_key=model).update(node=-1)
    customers = _customers([point for point in listed if point.account_number])
    rows = [_usage_point(model, point, node_of(point.equipment_mrid), area_of, customers) for point in listed]
    UsagePoint.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["mrid"],
        update_fields=["name", "model_key", "area", "equipment_mrid", "node", "phases", "address", "customer"],
    )
    _meters(model, listed)
    return len(rows)


def _customers(points: list[drafts.UsagePoint]) -> dict[str, int]:
    unique = {point.account_number: point for point in points}
    Customer.objects.bulk_create(
        (
            Customer(
                account_number=point.account_number,
                name=point.customer_name or point.account_number,
                phone=point.phone,
                critical=point.critical,
            )
            for point in unique.values()
        ),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["account_number"],
        update_fields=["name", "phone", "critical"],
    )
    found = Customer.objects.filter(account_number__in=list(unique)).values_list("account_number", "pk")
    return dict(found)


def _usage_point(
    model: str, point: drafts.UsagePoint, node: int, area_of: Callable[[str], int], customers: dict[str, int]
) -> UsagePoint:
    return UsagePoint(
        mrid=point.mrid,
        name=point.name,
        model_key=model,
        area_id=area_of(point.equipment_mrid),
        equipment_mrid=point.equipment_mrid,
        node=node,
        phases=point.phases,
        address=point.address,
        customer_id=customers.get(point.account_number),
        is_synthetic=point.synthetic,
    )


def _meters(model: str, points: list[drafts.UsagePoint]) -> None:
    ids = dict(UsagePoint.objects.filter(model_key=model).values_list("mrid", "pk"))
    Meter.objects.bulk_create(
        (
            Meter(
                mrid=point.meter_mrid or point.mrid,
                number=point.meter_number or point.meter_mrid,
                usage_point_id=ids[point.mrid],
            )
            for point in points
            if point.meter_number or point.meter_mrid
        ),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["mrid"],
        update_fields=["number", "usage_point"],
    )
