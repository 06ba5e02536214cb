"""What happens on the story feeder, in a test's words; times are seconds after noon."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from adms.core.events import Recorded
from adms.core.models import Checkpoint
from metering.models import UsagePoint
from metering.services import device_events
from network.services import positions
from network.services.positions import PositionReport
from outages.events import OutageChanged
from outages.models import Call, Interruption, Outage
from outages.services import calls, prediction, verification
from outages.services.calls import CallReport
from tests.cast import GATEWAY, TOM, after, deliver

MODEL = "story"


def settle(at: float) -> None:
    """Deliver what was published, and predict what is due."""
    deliver(after(at))
    prediction.run(model=MODEL, at=after(at))


def move(device: str, *, close: bool, at: float, phases: int | None = None) -> None:
    """SCADA reports a position."""
    report = PositionReport(MODEL, device, after(at), is_closed=close, closed_phases=phases)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=after(at))


def ask_about(outage: Outage, at: dt.datetime) -> None:
    """The verifier hears that this outage was predicted."""
    fact = OutageChanged(outage.pk, outage.mrid, outage.model_key, "created", outage.revision, "predicted", at)
    with transaction.atomic():
        verification.follow(batch=[Recorded(outage.area.key, 1, at, fact)], at=at)


def call(transformer: str, at: float, *, number: int = 0, code: str = "NO_POWER") -> Call:
    """The customer of that number behind a transformer calls."""
    point = UsagePoint.objects.filter(equipment_mrid=transformer).order_by("pk")[number]
    return calls.record_call(actor=TOM, report=CallReport(point.pk, after(at), (code,)), at=after(at))


def answer(meters: list[int], at: float) -> None:
    """Asked, these meters answer that they have supply."""
    items = [device_events.DeviceEvent(meter, device_events.POWER_RESTORED, after(at)) for meter in meters]
    device_events.record_events(source="HES", items=items, at=after(at))


def redeliver() -> None:
    """Let every subscriber see all that was ever published once more."""
    Checkpoint.objects.update(number=0)


def outage_at(device: str, **columns: object) -> Outage:
    """The outage at a device that was not cancelled."""
    return Outage.objects.exclude(state="cancelled").get(device_mrid=device, **columns)


def going() -> set[tuple[str, str, int]]:
    """Device, state and customers out of what goes on."""
    found = Outage.objects.exclude(state__in=("restored", "completed", "cancelled"))
    return set(found.values_list("device_mrid", "state", "customers_out"))


def rows(outage: Outage | None = None) -> list[tuple[str, int, float, float | None]]:
    """Ledger rows that count: transformer, customers, from and to in seconds after noon."""
    found = Interruption.objects.filter(superseded_at=None)
    found = found.filter(outage=outage) if outage else found
    told = found.values_list("equipment_mrid", "customers", "began_at", "ended_at")
    return sorted(
        (mrid, customers, seconds(began), None if ended is None else seconds(ended))
        for mrid, customers, began, ended in told
    )


def seconds(at: dt.datetime) -> float:
    """Since noon."""
    return (at - after(0)).total_seconds()
