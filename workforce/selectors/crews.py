"""Crews and what they are doing."""

import datetime as dt
from typing import Any

from django.db.models import Prefetch

from workforce.models import Assignment, Crew
from workforce.models.work import LIVE


def crews(areas: frozenset[str] | None = None) -> list[Crew]:
    """Crews with their live assignments in `live`, in order of key; only of the areas where some are given."""
    live = Prefetch(
        "assignments",
        Assignment.objects.filter(state__in=LIVE).select_related("work_order").order_by("assigned_at"),
        to_attr="live",
    )
    found = Crew.objects.select_related("area").prefetch_related(live)
    return list(found if areas is None else found.filter(area__key__in=areas))


def assignments_for(subjects: list[str]) -> dict[str, list[Assignment]]:
    """Assignments by subject, oldest first."""
    found: dict[str, list[Assignment]] = {}
    rows = Assignment.objects.select_related("crew", "work_order").filter(work_order__subject__in=subjects)
    for row in rows.order_by("assigned_at"):
        found.setdefault(row.work_order.subject, []).append(row)
    return found


def is_any_assigned_since(since: dt.datetime) -> bool:
    """Whether anybody has sent a crew anywhere since then."""
    return Assignment.objects.filter(assigned_at__gte=since).exists()


def describe(crew: Crew) -> dict[str, Any]:
    """What a board shows of a crew."""
    live: list[Assignment] = getattr(crew, "live", [])
    return {
        "key": crew.key,
        "name": crew.name,
        "kind": crew.get_kind_display(),
        "shift": crew.shift,
        "area": crew.area.key,
        "vehicle": crew.vehicle,
        "x": crew.x,
        "y": crew.y,
        "positioned_at": crew.positioned_at,
        "jobs": [
            {"id": a.pk, "subject": a.work_order.subject, "title": a.work_order.title, "state": a.state} for a in live
        ],
    }
