"""Outages that another system asks for: by mRID, usage point, time, area, feeder and device; part by part."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from metering.selectors import identification, supply
from outages.models import Interruption, Outage, PlannedCustomer, PlannedOutage
from outages.selectors.outages import GOING_ON

#: What is no outage to others: planned work has its own noun, a hazard takes no supply.
_KINDS = ("outage", "single", "momentary")
#: Planned outages that others may count on, or may have counted on.
_PUBLIC = ("approved", "notified", "in_execution", "partly_restored", "restored", "completed", "cancelled")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; an empty field asks for everything."""

    mrids: tuple[str, ...] = ()
    usage_points: tuple[str, ...] = ()
    start_at: dt.datetime | None = None
    end_at: dt.datetime | None = None
    area: str = ""
    feeder: str = ""
    device: str = ""
    is_open: bool = True
    limit: int = 200
    offset: int = 0


@dataclass(slots=True)
class Asked:
    """The part that was asked for, how many there are in all, and by outage the usage points that were named and are in it."""

    rows: list[Any]
    total: int
    points: dict[int, list[str]] = field(default_factory=dict)


def unplanned(wanted: Wanted) -> Asked:
    """Outages, the latest first. `is_open`: those that go on."""
    found = Outage.objects.select_related("area").filter(kind__in=_KINDS).exclude(state__in=("verify", "cancelled"))
    found = found.exclude(explanation__engine="ping")
    if wanted.is_open:
        found = found.filter(state__in=GOING_ON)
    if wanted.end_at:
        found = found.filter(started_at__lt=wanted.end_at)
    if wanted.start_at:
        found = found.filter(Q(restored_at=None) | Q(restored_at__gt=wanted.start_at))
    if wanted.feeder:
        found = found.filter(feeder=wanted.feeder)
    if wanted.device:
        found = found.filter(Q(device_mrid=wanted.device) | Q(device_name=wanted.device))
    points = _points(wanted)
    if points is not None:
        rows = Interruption.objects.filter(usage_points__overlap=list(points), superseded_at=None)
        if wanted.is_open:
            rows = rows.filter(ended_at=None)
        found = found.filter(pk__in=rows.values("outage"))
    asked = _part(found.order_by("-started_at", "-pk"), wanted)
    if points:
        rows = Interruption.objects.filter(outage__in=[one.pk for one in asked.rows], superseded_at=None)
        for outage_id, members in rows.values_list("outage_id", "usage_points"):
            asked.points.setdefault(outage_id, []).extend(points[one] for one in members if one in points)
    return asked


def planned(wanted: Wanted) -> Asked:
    """Approved planned outages by the beginning of their windows. `is_open`: those that are not over."""
    found = PlannedOutage.objects.select_related("area").filter(state__in=_PUBLIC)
    if wanted.is_open:
        found = found.exclude(state__in=("completed", "cancelled", "restored"))
    if wanted.end_at:
        found = found.filter(begins_at__lt=wanted.end_at)
    if wanted.start_at:
        found = found.filter(ends_at__gt=wanted.start_at)
    if wanted.device:
        named = Q(devices__contains=[{"name": wanted.device}])
        found = found.filter(Q(device_mrids__contains=[wanted.device]) | named)
    if wanted.feeder:
        found = found.filter(feeders__contains=[wanted.feeder])
    points = _points(wanted)
    if points is not None:
        found = found.filter(pk__in=PlannedCustomer.objects.filter(usage_point__in=points).values("planned_outage"))
    asked = _part(found.order_by("begins_at", "pk"), wanted)
    if points:
        rows = PlannedCustomer.objects.filter(planned_outage__in=[one.pk for one in asked.rows], usage_point__in=points)
        for planned_id, point in rows.values_list("planned_outage", "usage_point"):
            asked.points.setdefault(planned_id, []).append(points[point])
    return asked


def _part(found: QuerySet[Any], wanted: Wanted) -> Asked:
    if wanted.mrids:
        found = found.filter(mrid__in=wanted.mrids)
    if wanted.area:
        found = found.filter(area__key=wanted.area)
    return Asked(list(found[wanted.offset : wanted.offset + wanted.limit]), found.count())


def _points(wanted: Wanted) -> dict[int, str] | None:
    """The usage points meant, by mRID or name, with the names they have; None where none is asked for."""
    if not wanted.usage_points:
        return None
    names = set(wanted.usage_points)
    known = identification.find_usage_points(mrids=names, names=names, account_numbers=set())
    ids = {one for name in names if (one := known.by_point(name, [name])) is not None}
    return supply.names(ids)
