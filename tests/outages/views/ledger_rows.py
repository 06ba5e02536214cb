"""Rows of the ledger of the stories' feeder, made directly: 20 customers are served, T1 has the first of them."""

import datetime as dt

from adms.core.models import ControlArea
from metering.models import UsagePoint
from outages.models import Interruption, Outage

MARCH = dt.datetime(2026, 3, 10, 8, 0, tzinfo=dt.UTC)


def outage(mrid: str = "march", *, at: dt.datetime = MARCH, cause: str = "tree", device: str = "F1", **more) -> Outage:
    """A completed outage on CB1."""
    area = ControlArea.objects.get(key="story-s")
    return Outage.objects.create(mrid=mrid, area=area, model_key="story", kind="outage", state="completed", confidence="confirmed",
                                 device_mrid=device, device_name=device, feeder="CB1", phases=7, node=1, started_at=at, predicted_at=at,
                                 cause=cause, **more)  # fmt: skip


def members(place: str, number: int) -> list[int]:
    """The first usage points of a transformer."""
    return list(UsagePoint.objects.filter(equipment_mrid=place).order_by("pk").values_list("pk", flat=True)[:number])


def row(of: Outage, place: str, customers: int, minutes: float, *, at: dt.datetime = MARCH, **more) -> Interruption:
    """So many customers of a transformer, out for so many minutes."""
    who = members(place, customers)
    assert len(who) == customers
    given = {"feeder": "CB1", "is_provisional": False} | more
    return Interruption.objects.create(outage=of, area=of.area, model_key="story", equipment_mrid=place, node=1, phases=7, usage_points=who,
                                       customers=customers, began_at=at, ended_at=at + dt.timedelta(minutes=minutes), **given)  # fmt: skip
