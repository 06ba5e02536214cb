"""Customers as the customer system knows them: it is the master of names, telephone numbers, addresses and special needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from adms.core.actors import Actor
from adms.core.services import audit, authority
from metering.models import Customer, Meter, UsagePoint


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """Who is at a usage point (by id); what is empty stays as it is."""

    usage_point_id: int
    account_number: str
    name: str = ""
    phone: str = ""
    critical: str = ""
    address: str = ""
    meter_number: str = ""
    customer_number: str = ""
    k_number: str = ""
    premises: str = ""
    agreement_number: str = ""


@transaction.atomic
def record_customers(*, actor: Actor, records: Sequence[CustomerRecord], source: str, at: dt.datetime) -> list[int]:
    """Take these records over; the places in `records` of those whose meter is at another usage point, which are not taken.

    Raises:
        NotAuthorised: only external systems may.
    """
    authority.require(actor=actor, action="post_cim")
    points = _locked(records)
    meters = _meters(records)
    refused, written = [], 0
    for place, record in enumerate(records):
        if record.meter_number and meters.get(record.meter_number) != record.usage_point_id:
            refused.append(place)
            continue
        written += _take(record, points[record.usage_point_id])
    after = {"records": len(records), "changed": written}
    audit.record(actor=actor, action="record_customers", object_=f"customers of {source}", after=after, at=at)
    return refused


def _locked(records: Sequence[CustomerRecord]) -> dict[int, UsagePoint]:
    wanted = {record.usage_point_id for record in records}
    found = (
        UsagePoint.objects.select_for_update(of=("self",), no_key=True).select_related("customer").filter(pk__in=wanted)
    )
    return {point.pk: point for point in found.order_by("pk")}


def _meters(records: Sequence[CustomerRecord]) -> dict[str, int]:
    numbers = {record.meter_number for record in records if record.meter_number}
    return dict(Meter.objects.filter(number__in=numbers).values_list("number", "usage_point_id"))


def _take(record: CustomerRecord, point: UsagePoint) -> bool:
    """Write one record; whether it said anything new."""
    customer, made = Customer.objects.get_or_create(
        account_number=record.account_number, defaults={"name": record.name or record.account_number}
    )
    said = {
        "name": record.name,
        "phone": record.phone,
        "critical": record.critical,
        "customer_number": record.customer_number,
    }
    news = {field: value for field, value in said.items() if value and getattr(customer, field) != value}
    if news:
        Customer.objects.filter(pk=customer.pk).update(**news)
    return _place(record, customer, point) or made or bool(news)


def _place(record: CustomerRecord, customer: Customer, point: UsagePoint) -> bool:
    """Write who is at a usage point, and what else was said of it; whether it said anything new."""
    is_another = point.customer_id != customer.pk
    said = {
        "address": record.address,
        "k_number": record.k_number,
        "premises": record.premises,
        "agreement_number": record.agreement_number,
    }
    wanted = {field: value or getattr(point, field) for field, value in said.items()}
    if is_another:  # an agreement is its customer's, who is another now
        wanted["agreement_number"] = record.agreement_number
    wanted |= {"customer": customer, "is_customer_told": True}
    if all(getattr(point, field) == value for field, value in wanted.items()):
        return False
    for field, value in wanted.items():
        setattr(point, field, value)
    point.save(update_fields=list(wanted))
    return True
