"""Tags that hang, as others than the device panel ask for them."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from network.models import Tag
from network.selectors import equipment
from network.selectors.state import NetworkState

BLOCKING = ("inhibit", "clearance")


def hanging(model_id: int, mrids: Collection[str] | None = None) -> QuerySet[Tag]:
    """Tags of a model now, of these devices where some are given, in the order they were placed."""
    found = Tag.objects.filter(model_id=model_id, removed_at=None)
    return (found if mrids is None else found.filter(equipment_mrid__in=mrids)).order_by("placed_at", "pk")


def notes(shown: NetworkState) -> list[dict[str, Any]]:
    """Where notes hang, for the map and in words: as `temporary.marks`."""
    rows = [
        (row, branch)
        for row in hanging(shown.model_id).filter(kind=Tag.Kind.NOTE)
        if (branch := shown.grid.branch_index(row.equipment_mrid)) >= 0
    ]
    mrids = [row.equipment_mrid for row, _ in rows]
    names = dict(equipment.published(shown.model).filter(mrid__in=mrids).values_list("mrid", "name")) if rows else {}
    return [
        {
            "branch": branch,
            "other": -1,
            "kind": "note",
            "word": "NOTE",
            "name": names.get(row.equipment_mrid, row.equipment_mrid),
            "text": f"{row.text} ({row.placed_by})",
        }
        for row, branch in rows
    ]


def hanging_in(area: str) -> QuerySet[Tag]:
    """Tags on devices of an area now, whatever the model, in the order they were placed."""
    return Tag.objects.select_related("model").filter(area__key=area, removed_at=None).order_by("placed_at", "pk")


def blocked_devices(model_id: int) -> set[str]:
    """Devices with a tag that blocks operating them."""
    return set(hanging(model_id).filter(kind__in=BLOCKING).values_list("equipment_mrid", flat=True))
