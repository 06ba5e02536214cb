"""What the registers of meters with generation stood at when a billing period began and when it ended (R12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from metering.domain import reading_types
from metering.models import Meter, Reading
from metering.selectors import asked_readings
from metering.selectors.asked_readings import Read, Whose

#: A register that was not read at midnight is told as it was read last before, no longer ago than this.
BACK = dt.timedelta(days=3)
_MOST = 500


class Profile(NamedTuple):
    """The registers of one meter, and the account it is billed by ("" where nobody is known)."""

    whose: Whose
    account: str
    rows: list[Read]


def of_period(begins: dt.datetime, ends: dt.datetime) -> Iterator[tuple[str, list[Profile]]]:
    """By control area, some meters at a time: the latest value of each register at either end, gross and net as they were told."""
    kinds = [pk for pk, code in asked_readings.kinds().items() if reading_types.of(code).is_energy_register]
    if not kinds:
        return
    meters = Meter.objects.filter(has_generation=True).order_by("usage_point__area__key", "pk")
    columns = ("usage_point__area__key", "pk", "usage_point__customer__account_number")
    areas: dict[str, dict[int, str]] = {}
    for area, pk, account in meters.values_list(*columns):
        areas.setdefault(area, {})[pk] = account or ""
    for area, accounts in areas.items():
        pks = list(accounts)
        for start in range(0, len(pks), _MOST):
            if told := _profiles(pks[start : start + _MOST], kinds, accounts, (begins, ends)):
                yield area, told


def _profiles(
    pks: list[int], kinds: list[int], accounts: dict[int, str], boundaries: tuple[dt.datetime, dt.datetime]
) -> list[Profile]:
    found: dict[int, list[Read]] = {}
    for at in boundaries:
        rows = Reading.objects.filter(meter__in=pks, type__in=kinds, read_at__gt=at - BACK, read_at__lte=at)
        latest = rows.order_by("meter", "type", "-read_at").distinct("meter", "type")
        for meter, kind, read_at, value, quality, mark, reason in latest.values_list(
            *("meter_id", "type_id", "read_at", "value", "quality", "mark", "reason")
        ):
            qualities = tuple(dict.fromkeys(f"{quality} {mark}".split()))
            found.setdefault(meter, []).append(Read(meter, kind, read_at, value, qualities, reason))
    whose = asked_readings.whose(list(found))
    return [
        Profile(whose[pk], accounts[pk], sorted(found[pk], key=lambda row: (row.kind, row.read_at)))
        for pk in sorted(found)
        if pk in whose
    ]
