"""Meters, those with a generator behind them above all, and how often they lost and regained supply."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q

from metering.models import Meter, MeterEvent

POWER_LOST, POWER_RESTORED = "26.0.85", "26.0.216"


@dataclass(frozen=True, slots=True)
class CountedMeter:
    """One meter: `off_count` and `on_count` are the losses and returns of supply that are on record of it."""

    id: int
    mrid: str
    number: str
    usage_point: str
    off_count: int
    on_count: int
    has_generation: bool


def among(meters: Collection[int], *, of_all: bool = False) -> dict[int, CountedMeter]:
    """Of these meters those with generation, or all of them."""
    rows = Meter.objects.filter(pk__in=meters, **({} if of_all else {"has_generation": True}))
    found = list(rows.order_by("pk").values_list("pk", "mrid", "number", "usage_point__name", "has_generation"))
    counts = _counts([pk for pk, *_ in found]) if found else {}
    return {
        pk: CountedMeter(pk, mrid, number, point, *counts.get(pk, (0, 0)), has_generation)
        for pk, mrid, number, point, has_generation in found
    }


def _counts(meters: Collection[int]) -> dict[int, tuple[int, int]]:
    rows = MeterEvent.objects.filter(meter__in=meters, code__in=(POWER_LOST, POWER_RESTORED)).order_by()
    told = rows.values_list("meter_id").annotate(
        off=Count("pk", filter=Q(code=POWER_LOST)), on=Count("pk", filter=Q(code=POWER_RESTORED))
    )
    return {meter: (off, on) for meter, off, on in told}
