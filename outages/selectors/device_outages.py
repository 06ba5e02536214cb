"""The outage that goes on at a device, for who shows the device and not the outage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from outages.domain import codes, lifecycle
from outages.models import Outage


@dataclass(frozen=True, slots=True)
class DeviceOutage:
    """What is known of it; `cause` in words."""

    mrid: str
    number: int
    cause: str
    started_at: dt.datetime
    expected_at: dt.datetime | None
    customers_out: int


def at_devices(mrids: Collection[str]) -> dict[str, DeviceOutage]:
    """By mRID of the device; the oldest where there are several."""
    rows = Outage.objects.filter(device_mrid__in=list(mrids), state__in=lifecycle.RUNNING)
    return {
        row.device_mrid: DeviceOutage(
            row.mrid, row.pk, codes.CAUSES.get(row.cause, row.cause), row.started_at, row.etr_at, row.customers_out
        )
        for row in rows.order_by("-started_at", "-pk")
    }


def devices_of(numbers: Collection[int]) -> set[str]:
    """The devices of these outages."""
    return set(Outage.objects.filter(pk__in=list(numbers)).values_list("device_mrid", flat=True))
