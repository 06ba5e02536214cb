"""A cast for the messages: external systems, and two houses on Mill Lane."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from adms.core.models import ControlArea, RoleGrant, User
from integration.models import Partner
from integration.services import inbox
from metering.models import Customer, Meter, UsagePoint

AT = dt.datetime(2026, 3, 1, 10, 16, tzinfo=dt.UTC)
Post = Callable[..., inbox.Answer]


def make_partner(name: str, allowed: list[str], **more: object) -> Partner:
    user = User.objects.create(username=name.lower())
    RoleGrant.objects.create(user=user, role="INT", area=None)
    return Partner.objects.create(name=name, source=name, user=user, allowed=allowed, created_at=AT, **more)


@dataclass
class MillLane:
    """Two houses behind one transformer."""

    area: ControlArea
    meters: list[Meter]
    points: list[UsagePoint]


def make_mill_lane() -> MillLane:
    area = ControlArea.objects.create(key="north", name="North")
    lane = MillLane(area, [], [])
    for number in (1, 2):
        customer = Customer.objects.create(account_number=f"K-{number}", name=f"Customer {number}")
        point = UsagePoint.objects.create(
            mrid=f"point-{number}",
            name=f"SDP-{number}",
            model_key="demo",
            area=area,
            equipment_mrid="transformer-1",
            node=7,
            phases=7,
            address=f"Mill Lane {number}",
            customer=customer,
        )
        lane.points.append(point)
        lane.meters.append(Meter.objects.create(mrid=f"meter-{number}", number=f"MTR-{number}", usage_point=point))
    return lane


def post(
    partner: Partner | None, data: bytes, *, content_type: str = "application/xml", at: dt.datetime = AT, **more: str
) -> inbox.Answer:
    return inbox.accept(partner=partner, data=data, content_type=content_type, at=at, **more)
