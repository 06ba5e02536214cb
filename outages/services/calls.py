"""Trouble calls, from whichever way in: kept once each, and evidence where they tell of lost supply."""

import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.models import ControlArea
from adms.core.services import audit, authority, events
from metering.selectors import supply
from outages.domain import trouble_codes
from outages.events import CallRecorded
from outages.models import Call
from outages.services import callbacks, evidence

#: How far the clock of whoever reports may be ahead of ours.
_AHEAD = dt.timedelta(minutes=5)


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


def record_call(*, actor: Actor, report: CallReport, at: dt.datetime) -> Call:
    """Keep a call; the same (source, mrid) again gives the first one back and changes nothing.

    Raises:
        NotAuthorised: the actor may not enter calls.
        NotFound: no such usage point or area.
        Invalid: a report from the future.
    """
    return record_calls(reports=[(actor, report)], at=at)[0]


@transaction.atomic
def record_calls(*, reports: Sequence[tuple[Actor, CallReport]], at: dt.datetime) -> list[Call]:
    """Keep calls that came in together, all or none; a dozen statements whatever their number, which is what a storm needs.

    Raises:
        NotAuthorised, NotFound, Invalid: as for one call.
    """
    for actor in dict.fromkeys(actor for actor, _ in reports):
        authority.require(actor=actor, action="enter_call")
    if any(report.reported_at > at + _AHEAD for _, report in reports):
        raise Invalid(gettext("the time of the report lies in the future"), field="reported_at")
    drafts = _drafts(reports, at)
    kept, new = _insert([one.call for one in drafts])
    fresh = [one for one in drafts if one.call.pk in new]
    with events.deferred():
        evidence.record(pieces=[_piece(one) for one in fresh if one.place and one.weight > 0], at=at)
        for one in fresh:
            if one.call.wants_callback:
                callbacks.promise(call=one.call, at=at)
        keys = {area.pk: area.key for area in ControlArea.objects.filter(pk__in={one.call.area_id for one in fresh})}
        entries = [(one.actor, f"call:{one.call.pk}", keys[one.call.area_id]) for one in fresh]
        audit.record_many(action="enter_call", entries=entries, at=at)
        events.publish_all(facts=_facts(fresh), at=at)
    return kept


@dataclass(frozen=True, slots=True)
class _Draft:
    """A call that is being kept: by whom, where, and what it weighs as evidence."""

    actor: Actor
    call: Call
    place: dict[str, Any] | None
    weight: float


def _drafts(reports: Sequence[tuple[Actor, CallReport]], at: dt.datetime) -> list[_Draft]:
    places = supply.usage_points({one.usage_point_id for _, one in reports if one.usage_point_id is not None})
    found = []
    for actor, report in reports:
        place = None
        if report.usage_point_id is not None:
            place = places.get(report.usage_point_id)
            if place is None:
                raise NotFound(
                    gettext("no usage point %(usage_point_id)s") % {"usage_point_id": report.usage_point_id},
                    usage_point=report.usage_point_id,
                )
        assessment = trouble_codes.assess(report.trouble_codes)
        found.append(_Draft(actor, _call(actor, report, place, assessment, at), place, assessment.weight))
    return found


def _call(
    actor: Actor,
    report: CallReport,
    place: dict[str, Any] | None,
    assessment: trouble_codes.Assessment,
    at: dt.datetime,
) -> Call:
    return Call(
        mrid=report.mrid or str(uuid.uuid4()),
        source=report.source,
        area_id=place["area_id"] if place else _area_id(report.area),
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


_COLUMNS = (
    *(
        "mrid",
        "source",
        "area_id",
        "usage_point_id",
        "caller_name",
        "phone",
        "address",
        "priority",
        "hazard",
        "comment",
    ),
    *("reporting_kind", "wants_callback", "reported_at", "recorded_at", "taken_by"),
)


def _insert(calls: Sequence[Call]) -> tuple[list[Call], set[int]]:
    """The rows of these calls in their order, and the numbers of those that were not there: unique key and ON CONFLICT."""
    row = f"(%s, {', '.join(['%s'] * len(_COLUMNS))})"
    values = [(json.dumps(one.trouble_codes), *(getattr(one, column) for column in _COLUMNS)) for one in calls]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO outages_call (trouble_codes, {', '.join(_COLUMNS)}) VALUES {', '.join([row] * len(calls))}"  # noqa: S608
            " ON CONFLICT (source, mrid) DO NOTHING RETURNING source, mrid, id",
            [value for one in values for value in one],
        )
        made = {(source, mrid): pk for source, mrid, pk in cursor.fetchall()}
    rows: dict[tuple[str, str], Call] = {}
    known = Q()
    for call in calls:
        key = (call.source, call.mrid)
        if key not in made:
            known |= Q(source=call.source, mrid=call.mrid)
        elif key not in rows:
            call.pk = made[key]
            rows[key] = call
    if known:
        rows |= {(one.source, one.mrid): one for one in Call.objects.filter(known)}
    return [rows[(call.source, call.mrid)] for call in calls], set(made.values())


def _area_id(key: str) -> int:
    area = ControlArea.objects.filter(key=key).first() if key else ControlArea.objects.first()
    if area is None:
        raise NotFound(gettext("no control area %(key)s") % {"key": f"{key!r}"}, area=key)
    return area.pk


def _piece(one: _Draft) -> evidence.Piece:
    call, place = one.call, one.place or {}
    return evidence.Piece(
        kind="call",
        reference=f"call:{call.pk}",
        area_id=call.area_id,
        model=str(place["model"]),
        usage_point_id=call.usage_point_id,
        equipment_mrid=str(place["equipment_mrid"]),
        node=int(place["node"]),
        phases=int(place["phases"]),
        occurred_at=call.reported_at,
        weight=one.weight,
    )


def _facts(fresh: Sequence[_Draft]) -> dict[int, list[CallRecorded]]:
    facts: dict[int, list[CallRecorded]] = defaultdict(list)
    for one in fresh:
        model = str(one.place["model"]) if one.place else ""
        facts[one.call.area_id].append(CallRecorded(one.call.pk, model, one.call.reported_at))
    return facts
