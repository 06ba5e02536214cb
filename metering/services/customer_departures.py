"""Customers who leave: the customer system says that an account is supplied at a place no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from adms.core.actors import Actor
from adms.core.services import audit, authority
from metering.models import Customer, UsagePoint


class Departure(NamedTuple):
    """An account that is at a usage point (by id) no more."""

    usage_point_id: int
    account_number: str


@transaction.atomic
def record_departures(*, actor: Actor, departures: Sequence[Departure], source: str, at: dt.datetime) -> list[int]:
    """Part customers from their usage points; the places in `departures` of those where somebody else is supplied.

    The usage point and its meter stay, and no file of a network brings the customer back. A customer who is supplied nowhere any
    more is deleted, with name, telephone and needs; one who was parted before is parted still.

    Raises:
        NotAuthorised: only external systems may.
    """
    authority.require(actor=actor, action="post_cim")
    wanted = {one.usage_point_id for one in departures}
    locked = UsagePoint.objects.select_for_update(of=("self",), no_key=True).select_related("customer")
    points = {point.pk: point for point in locked.filter(pk__in=wanted).order_by("pk")}
    refused, left = [], set()
    for place, one in enumerate(departures):
        point = points[one.usage_point_id]
        if point.customer is None:
            _write(point)
            continue
        if point.customer.account_number != one.account_number:
            refused.append(place)
            continue
        left.add(point.customer.pk)
        point.customer, point.agreement_number = None, ""
        _write(point)
    deleted, _ = Customer.objects.filter(pk__in=left, usage_points=None).delete()
    after = {"departures": len(departures) - len(refused), "customers_deleted": deleted}
    audit.record(actor=actor, action="record_departures", object_=f"customers of {source}", after=after, at=at)
    return refused


def _write(point: UsagePoint) -> None:
    point.is_customer_told = True
    point.save(update_fields=["customer", "agreement_number", "is_customer_told"])
