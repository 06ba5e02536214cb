"""What meters reported, other than loss and return of supply, with the names of meter and usage point."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

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


def of(fact: MetersReported) -> list[Report]:
    """What a fact tells; meters that are no longer on record are left out."""
    rows = Meter.objects.filter(pk__in=set(fact.meter_ids)).values_list("pk", "mrid", "number", "usage_point__name")
    known = {pk: (mrid, number, point) for pk, mrid, number, point in rows}
    return [
        Report(*known[meter], code, dt.datetime.fromtimestamp(when, dt.UTC), fact.source)
        for meter, code, when in zip(fact.meter_ids, fact.codes, fact.occurred_at, strict=True)
        if meter in known
    ]


def recorded_between(begins: dt.datetime, ends: dt.datetime, *, critical: str) -> Iterator[Report]:
    """What came in this half-open time and was not told at once (`critical`: the codes that were), by area, source and moment."""
    rows = MeterEvent.objects.filter(recorded_at__gte=begins, recorded_at__lt=ends).exclude(code__in=device_codes.POWER)
    ordered = rows.order_by("meter__usage_point__area__key", "source", "occurred_at", "pk").values_list(
        *("meter__mrid", "meter__number", "meter__usage_point__name", "code", "occurred_at", "source"),
        "meter__usage_point__area__key",
    )
    for row in ordered.iterator(chunk_size=2_000):
        one = Report(*row)
        if not device_codes.is_matched(one.code, critical):
            yield one
