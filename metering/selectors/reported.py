"""What meters reported, other than loss and return of supply, with the names of meter and usage point."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from metering.domain import device_codes
from metering.events import MetersReported
from metering.models import Meter, MeterEvent


@dataclass(frozen=True, slots=True)
class Report:
    """One event of one meter; `code` is domain.subDomain.eventOrAction."""

    mrid: str
    number: str
    usage_point: str
    code: str
    occurred_at: dt.datetime
    source: str = ""
    area: str = ""
    details: Mapping[str, str] = field(default_factory=dict)  # as the meter told them: values by name
    customer: Mapping[str, str] = field(
        default_factory=dict
    )  # account, name and address; what is not known is not there


def of(fact: MetersReported) -> list[Report]:
    """What a fact tells; meters that are no longer on record are left out."""
    rows = Meter.objects.filter(pk__in=set(fact.meter_ids)).values_list(
        "pk", "mrid", "number", "usage_point__name", *_CUSTOMER.values()
    )
    known = {pk: ((mrid, number, point), _customer(customer)) for pk, mrid, number, point, *customer in rows}
    moments = [dt.datetime.fromtimestamp(when, dt.UTC) for when in fact.occurred_at]
    kept = MeterEvent.objects.filter(meter__in=known, code__in=set(fact.codes), occurred_at__in=set(moments))
    details = {(meter, code, at): _details(told) for meter, code, at, told in kept.values_list(*_KEY, "details")}
    return [
        Report(*known[meter][0], code, at, fact.source, "", details.get((meter, code, at), {}), known[meter][1])
        for meter, code, at in zip(fact.meter_ids, fact.codes, moments, strict=True)
        if meter in known
    ]


#: What a customer is called in a report, and the column of a meter that says it.
_CUSTOMER = {
    "accountNumber": "usage_point__customer__account_number",
    "customerName": "usage_point__customer__name",
    "address": "usage_point__address",
}
_KEY = ("meter_id", "code", "occurred_at")


def _customer(told: list[str | None]) -> dict[str, str]:
    return {name: value for name, value in zip(_CUSTOMER, told, strict=True) if value}


def _details(told: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in (told.get("details") or {}).items()}


def recorded_between(begins: dt.datetime, ends: dt.datetime, *, critical: str) -> Iterator[Report]:
    """What came in this half-open time and was not told at once (`critical`: the codes that were), by area, source and moment."""
    rows = MeterEvent.objects.filter(recorded_at__gte=begins, recorded_at__lt=ends).exclude(code__in=device_codes.POWER)
    ordered = rows.order_by("meter__usage_point__area__key", "source", "occurred_at", "pk").values_list(
        *("meter__mrid", "meter__number", "meter__usage_point__name", "code", "occurred_at", "source"),
        *("meter__usage_point__area__key", "details"),
    )
    for mrid, number, point, code, occurred_at, source, area, details in ordered.iterator(chunk_size=2_000):
        one = Report(mrid, number, point, code, occurred_at, source, area, _details(details))
        if not device_codes.is_matched(one.code, critical):
            yield one
