"""A little outage that has just happened, for every page: F1 predicted open, 9 customers out, a crew, a call."""

import datetime as dt
import uuid

from adms.core import clock
from metering.models import UsagePoint
from outages.models import Outage
from outages.services import calls, prediction
from outages.services.calls import CallReport
from tests import cast
from workforce.services import crews

MINUTES = dt.timedelta(minutes=1)


def named_feeder():
    """The feeder of the stories, with people in its houses."""
    draft = cast.feeder()
    for number, point in enumerate(draft.usage_points.values(), start=1):
        point.customer_name, point.account_number = f"Wendt-{number:02}", f"A{number:04}"
        point.phone, point.address, point.meter_number = (
            f"+49 5550 {number:02}",
            f"{number} Long Street",
            f"M{number:04}",
        )
    return draft


def crew(key: str = "c12", name: str = "Trouble 12"):
    """A free crew on shift."""
    at = clock.now()
    crews.create_crew(
        actor=cast.SYSTEM,
        key=key,
        name=name,
        kind="trouble",
        area="story-s",
        members=[{"name": "Dias"}],
        vehicle="",
        at=at,
    )
    return crews.set_shift(actor=cast.SYSTEM, key=key, shift="on", at=at)


def outage() -> Outage:
    """F1 predicted open ten minutes ago, from five gasps and a call."""
    at = clock.now() - 10 * MINUTES
    cast.gasp(cast.meters_at("T1")[:3] + cast.meters_at("T2")[:2], at)
    point = UsagePoint.objects.filter(equipment_mrid="T1").order_by("pk").last()
    report = CallReport(
        point.pk, at, caller_name="Ida Weber", mrid=str(uuid.uuid4()), comment="All is dark", wants_callback=True
    )
    calls.record_call(actor=cast.ANNA, report=report, at=at)
    deliver(at)
    prediction.run(model="story", at=at + MINUTES)
    deliver(at + MINUTES)
    return Outage.objects.get()


def deliver(at: dt.datetime | None = None) -> None:
    """Let every subscriber see what was published."""
    cast.deliver(at or clock.now())


def second_outage() -> None:
    """F2 as well, five minutes ago."""
    at = clock.now() - 5 * MINUTES
    cast.gasp(cast.meters_at("T3")[:3] + cast.meters_at("T4")[:2], at)
    deliver(at)
    prediction.run(model="story", at=at + MINUTES)
    deliver(at + MINUTES)
