"""What the control room shows beside the map: outages as cards, and the evidence that came in lately."""

import datetime as dt
from typing import Any

from django.db.models import Count

from adms.core.actors import Actor
from adms.core.errors import NotFound
from metering.selectors import supply
from network.selectors import state
from outages.models import Evidence, Outage
from outages.selectors import outages as reading
from workforce.selectors import crews

RECENT = dt.timedelta(minutes=10)
#: Priority marks by points: 1 is the gravest.
MARKS = ((1000, 1), (200, 2), (20, 3))


def cards(actor: Actor, model: str = "") -> list[dict[str, Any]]:
    """Going outages, the most urgent first."""
    found = reading.outages(actor, going_on=True)
    rows = list((found.filter(model_key=model) if model else found)[:200])
    on = crews.assignments_for([f"outage:{row.pk}" for row in rows])
    return [_card(row, on.get(f"outage:{row.pk}", [])) for row in rows]


def mark(outage: Outage) -> int:
    """1 to 4."""
    return next((level for points, level in MARKS if outage.priority >= points), 4)


def _card(row: Outage, assignments: list[Any]) -> dict[str, Any]:
    live = [one for one in assignments if one.ended_at is None]
    return {
        "id": row.pk,
        "priority": mark(row),
        "is_new": row.state == "new",
        "state": row.get_state_display(),
        "confidence": row.get_confidence_display(),
        "device_name": row.device_name,
        "device_branch": _branch(row),
        "feeder": row.feeder,
        "customers_out": row.customers_out,
        "customers_affected": row.customers_affected,
        "critical_out": row.critical_out,
        "started_at": row.started_at,
        "etr_at": row.etr_at,
        "crew": ", ".join(one.crew.name for one in live),
    }


def _branch(row: Outage) -> int | None:
    try:
        branch = state.present(row.model_key).grid.branch_index(row.device_mrid)
    except NotFound:
        return None
    return branch if branch >= 0 else None


def latest_closed(actor: Actor, model: str) -> dict[str, Any] | None:
    """The outage that was restored last."""
    found = reading.outages(actor, going_on=False).filter(restored_at__isnull=False)
    row = (found.filter(model_key=model) if model else found).order_by("-restored_at").first()
    return {"id": row.pk, "device_name": row.device_name, "at": row.restored_at} if row else None


def intake(at: dt.datetime, limit: int = 30) -> dict[str, Any]:
    """Counts of the last ten minutes and the latest pieces, newest first."""
    recent = Evidence.objects.filter(recorded_at__gte=at - RECENT)
    counts = dict(recent.order_by().values_list("kind").annotate(n=Count("pk")))
    rows = list(Evidence.objects.order_by("-recorded_at", "-pk")[:limit])
    points = supply.usage_points({row.usage_point_id for row in rows if row.usage_point_id})
    waiting = Evidence.objects.filter(settled_at=None, outage=None, kind__in=("call", "gasp", "ping_off", "crew_off"))
    return {
        "calls": counts.get("call", 0),
        "gasps": counts.get("gasp", 0),
        "restores": counts.get("restore", 0),
        "waiting": waiting.count(),
        "latest": [_piece(row, points.get(row.usage_point_id or 0, {})) for row in rows],
    }


def _piece(row: Evidence, point: dict[str, Any]) -> dict[str, Any]:
    return {
        "occurred_at": row.occurred_at,
        "kind_word": row.get_kind_display(),
        "about": point.get("name", ""),
        "place": point.get("address", ""),
        "outage": row.outage_id,
    }
