"""Trouble calls, from whichever way in: kept once each, and evidence where they tell of lost supply."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.models import ControlArea
from adms.core.services import audit, authority, events
from metering.selectors import supply
from outages.domain import trouble_codes
from outages.events import CallRecorded
from outages.models import Call
from outages.services import callbacks, evidence


@dataclass(frozen=True, slots=True)
class CallReport:
    """What a caller, a web form or another system reports. `mrid` is the ticket's id in its source."""

    usage_point_id: int | None
    reported_at: dt.datetime
    trouble_codes: tuple[str, ...] = ("NO_POWER",)
    source: str = "tieline"
    mrid: str = ""
    caller_name: str = ""
    phone: str = ""
    address: str = ""
    hazard: str = ""
    comment: str = ""
    reporting_kind: str = "call"
    wants_callback: bool = False
    area: str = ""  # where no usage point is known
    extra: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def record_call(*, actor: Actor, report: CallReport, at: dt.datetime) -> Call:
    """Keep a call; the same (source, mrid) again gives the first one back and changes nothing.

    Raises:
        NotAuthorised: the actor may not enter calls.
        NotFound: no such usage point or area.
        Invalid: a report from the future.
    """
    authority.require(actor=actor, action="enter_call")
    assessment = trouble_codes.assess(report.trouble_codes)
    if report.reported_at > at + dt.timedelta(minutes=5):
        raise Invalid("the time of the report lies in the future", field="reported_at")
    place = _place(report)
    try:
        with transaction.atomic():
            call = _insert(actor, report, place, assessment, at)
    except IntegrityError:
        return Call.objects.get(source=report.source, mrid=report.mrid)
    if place and assessment.weight > 0:
        evidence.record(pieces=[_piece(call, place, assessment.weight)], at=at)
    if call.wants_callback:
        callbacks.promise(call=call, at=at)
    audit.record(actor=actor, action="enter_call", object_=f"call:{call.pk}", area=call.area.key, at=at)
    model = place["model"] if place else ""
    events.publish(area_id=call.area_id, facts=[CallRecorded(call.pk, model, report.reported_at)], at=at)
    return call


def _place(report: CallReport) -> dict[str, Any] | None:
    if report.usage_point_id is None:
        return None
    found = supply.usage_points([report.usage_point_id]).get(report.usage_point_id)
    if found is None:
        raise NotFound(f"no usage point {report.usage_point_id}", usage_point=report.usage_point_id)
    return found


def _insert(
    actor: Actor,
    report: CallReport,
    place: dict[str, Any] | None,
    assessment: trouble_codes.Assessment,
    at: dt.datetime,
) -> Call:
    area_id = place["area_id"] if place else _area_id(report.area)
    return Call.objects.create(
        mrid=report.mrid or str(uuid.uuid4()),
        source=report.source,
        area_id=area_id,
        usage_point_id=report.usage_point_id,
        caller_name=report.caller_name or (str(place["customer"]) if place else ""),
        phone=report.phone or (str(place["phone"]) if place else ""),
        address=report.address or (str(place["address"]) if place else ""),
        trouble_codes=list(report.trouble_codes) or ["NO_POWER"],
        priority=assessment.priority,
        hazard=report.hazard or assessment.hazard,
        comment=report.comment,
        reporting_kind=report.reporting_kind,
        wants_callback=report.wants_callback,
        reported_at=report.reported_at,
        recorded_at=at,
        taken_by=actor.name,
    )


def _area_id(key: str) -> int:
    area = ControlArea.objects.filter(key=key).first() if key else ControlArea.objects.first()
    if area is None:
        raise NotFound(f"no control area {key!r}", area=key)
    return area.pk


def _piece(call: Call, place: dict[str, Any], weight: float) -> evidence.Piece:
    return evidence.Piece(
        kind="call",
        reference=f"call:{call.pk}",
        area_id=call.area_id,
        model=str(place["model"]),
        usage_point_id=call.usage_point_id,
        equipment_mrid=str(place["equipment_mrid"]),
        node=int(str(place["node"])),
        phases=int(str(place["phases"])),
        occurred_at=call.reported_at,
        weight=weight,
    )
