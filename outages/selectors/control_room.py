"""What the control room shows beside the map: outages as cards."""

from collections import Counter
from typing import Any

import numpy as np
from django.db.models import Count

from adms.core.actors import Actor
from network.selectors import state
from outages.domain import urgency
from outages.models import Outage
from outages.selectors import lists, trees
from outages.selectors import outages as reading
from workforce.selectors import crews

#: No more cards are shown: a person works from the top.
LISTED = 200


def cards(actor: Actor, model: str = "") -> list[dict[str, Any]]:
    """Going outages, the most urgent first."""
    found = reading.outages(actor, going_on=True).defer("explanation", "parent__explanation")
    rows = list((found.filter(model_key=model) if model else found)[:LISTED])
    on = crews.assignments_for([f"outage:{row.pk}" for row in rows])
    at = lists.branches(rows)
    return [_card(row, on.get(f"outage:{row.pk}", []), at.get(row.pk)) for row in rows]


def by_priority(actor: Actor, model: str = "") -> dict[str, int]:
    """How many outages go on by priority, listed or not."""
    going = reading.outages(actor, going_on=True)
    told = (going.filter(model_key=model) if model else going).order_by().values_list("priority", "kind")
    found = Counter[str]()
    for points, kind, count in told.annotate(count=Count("pk")):
        found[str(urgency.level(points, kind))] += count
    return {one: found[one] for one in ("1", "2", "3", "4")}


def _card(row: Outage, assignments: list[Any], branch: int | None) -> dict[str, Any]:
    live = [one for one in assignments if one.ended_at is None]
    return {
        "id": row.pk,
        "priority": urgency.level(row.priority, row.kind),
        "is_new": row.state == "new",
        "state": row.get_state_display(),
        "confidence": row.get_confidence_display(),
        "device_name": row.device_name,
        "device_branch": branch,
        "feeder": row.feeder,
        "customers_out": row.customers_out,
        "customers_affected": row.customers_affected,
        "critical_out": row.critical_out,
        "started_at": row.started_at,
        "etr_at": row.etr_at,
        "crew": ", ".join(one.crew.name for one in live),
    }


def of_device(actor: Actor, model: str, mrid: str) -> Outage | None:
    """The going outage a device opened for, or lies in by prediction; the innermost of several."""
    going = list(reading.outages(actor, going_on=True).filter(model_key=model))
    own = next((row for row in going if row.device_mrid == mrid), None)
    if own is not None or not going:
        return own
    present = state.present(model)
    branch = present.grid.branch_index(mrid)
    if branch < 0:
        return None
    ends = (int(present.grid.branch_from[branch]), int(present.grid.branch_to[branch]))
    devices = trees.devices(present, [])
    below = [(trees.nodes_of(devices, row), row) for row in going if trees.is_hidden(present.grid, row)]
    around = [(nodes.size, row.pk, row) for nodes, row in below if np.isin(ends, nodes).all()]
    return min(around)[2] if around else None


def latest_closed(actor: Actor, model: str) -> dict[str, Any] | None:
    """The outage that was restored last."""
    found = reading.outages(actor, going_on=False).filter(restored_at__isnull=False)
    row = (found.filter(model_key=model) if model else found).order_by("-restored_at").first()
    return {"id": row.pk, "device_name": row.device_name, "at": row.restored_at} if row else None
