"""Equipment of the published models: look-up and search, never topology."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext

from adms.core.errors import NotFound
from network.domain import phases as ph
from network.domain.grid import Grid
from network.models import HEAVY, Equipment, JournalEntry, Operation, SwitchState, Tag, TelemetryPoint
from network.selectors import state


def published(model: str | None = None) -> QuerySet[Equipment]:
    """Equipment of what is operated now."""
    found = Equipment.objects.select_related("area", "version__model").filter(version__state="published").defer(*HEAVY)
    return found.filter(version__model__key=model) if model else found


def find(mrid: str, model: str | None = None) -> Equipment:
    """One piece of equipment.

    Raises:
        NotFound: none of this mRID is published.
    """
    found = published(model).filter(mrid=mrid).first()
    if found is None:
        raise NotFound(gettext("no equipment %(mrid)s") % {"mrid": mrid}, equipment=mrid)
    return found


class Movement(NamedTuple):
    """The temporary element that changed ("" for none), who told, and what is said to have moved it: the protection that tripped."""

    temporary: str = ""
    source: str = ""
    reason: str = ""


def movements(moments: Collection[tuple[str, dt.datetime]]) -> dict[tuple[str, dt.datetime], Movement]:
    """What the journal has of equipment (by mRID) at a field time."""
    mrids, times = {mrid for mrid, _ in moments}, {at for _, at in moments}
    found = {}
    for entry in JournalEntry.objects.filter(equipment_mrid__in=mrids, occurred_at__in=times).order_by("pk"):
        end = "placed" if entry.data.get("is_placed") else "removed"
        words = f"{entry.data.get('name', '')} {end}" if entry.kind == "temporary" else ""
        found[entry.equipment_mrid, entry.occurred_at] = Movement(words, entry.source, entry.reason)
    return found


def areas_by_mrid(version_id: int) -> dict[str, int]:
    """Control area id of every piece of equipment of a version."""
    return dict(Equipment.objects.filter(version_id=version_id).values_list("mrid", "area_id"))


def areas_of_sources(version_id: int, grid: Grid) -> list[int]:
    """Control area id of each source of a version's grid."""
    injections = grid.source_injection.tolist()
    rows = Equipment.objects.filter(version_id=version_id, is_branch=False, index__in=injections)
    areas = dict(rows.values_list("index", "area_id"))
    return [areas[injection] for injection in injections]


def feeders_by_mrid(model: str, mrids: set[str]) -> dict[str, str]:
    """Feeder (as built) by equipment mRID."""
    return dict(published(model).filter(mrid__in=mrids).values_list("mrid", "feeder"))


def powers(model: str, mrids: Collection[str]) -> list[dict[str, Any]]:
    """What the model says of the power of pieces of equipment: mrid, rated_kva of transformers, p_kw and q_kvar of loads."""
    names = ("rated_kva", "p_kw", "q_kvar")
    values = {name: KeyTextTransform(name, "attributes") for name in names}
    rows = published(model).filter(mrid__in=list(mrids)).annotate(**values).values_list("mrid", *names)
    return [
        {"mrid": mrid, **{name: float(one) for name, one in zip(names, told, strict=True) if one is not None}}
        for mrid, *told in rows
    ]


def by_branch(model: str, branches: list[int]) -> dict[int, Equipment]:
    """Equipment by branch number in the published grid."""
    return {row.index: row for row in published(model).filter(is_branch=True, index__in=branches)}


def position(equipment: Equipment) -> dict[str, Any]:
    """Present, normal and seen position of a switch, its quality and who moved it last."""
    present = state.present(equipment.version.model.key)
    closed = int(present.positions[equipment.index])
    normal = int(present.grid.normal_closed[equipment.index])
    current = SwitchState.objects.filter(model_id=present.model_id, equipment_mrid=equipment.mrid).first()
    latest = (
        JournalEntry.objects.filter(model_id=present.model_id, equipment_mrid=equipment.mrid, kind="position")
        .order_by("-recorded_at", "-number")
        .first()
    )
    return {
        "closed_phases": ph.text(closed),
        "closed": closed,
        "phases": ph.text(equipment.phases),
        "position": position_word(closed, equipment.phases),
        "normal": position_word(normal, equipment.phases),
        "is_abnormal": closed != normal,
        "quality": current.quality if current else "good",
        "seen_number": current.number if current else 0,
        "occurred_at": current.occurred_at if current else None,
        "latest_actor": latest.actor if latest else "",
        "latest_source": latest.source if latest else "",
    }


def position_word(closed: int, phases: int) -> str:
    """open, closed, or the phases that are closed."""
    if closed == 0:
        return "open"
    return "closed" if closed == phases else f"closed on {ph.text(closed)}"


def tags(equipment: Equipment) -> list[Tag]:
    """Tags on a device now."""
    found = Tag.objects.filter(model_id=equipment.version.model_id, equipment_mrid=equipment.mrid, removed_at=None)
    return list(found.order_by("placed_at"))


def points(equipment: Equipment) -> list[TelemetryPoint]:
    """Telemetry points on a device."""
    return list(
        TelemetryPoint.objects.filter(version=equipment.version, equipment_mrid=equipment.mrid).order_by("name")
    )


def telemetry(model: str) -> list[TelemetryPoint]:
    """Every telemetry point of a published model."""
    return list(TelemetryPoint.objects.filter(version__state="published", version__model__key=model).order_by("mrid"))


def indicator_points(version_id: int) -> list[tuple[int, str, str]]:
    """Every fault indicator of a version: number of its telemetry point, the equipment it is on, the mRID of the point."""
    points = TelemetryPoint.objects.filter(version_id=version_id, kind="fault_indicator").order_by("pk")
    return list(points.values_list("pk", "equipment_mrid", "mrid"))


def indicator_words(points: Collection[int]) -> list[tuple[int, float, str, dt.datetime]]:
    """What fault indicators said last: point, value (0: no fault's current), quality, when. Who never said anything is left out."""
    found = TelemetryPoint.objects.filter(pk__in=points, value__isnull=False, occurred_at__isnull=False).order_by("pk")
    return [
        (pk, value, quality, occurred_at)
        for pk, value, quality, occurred_at in found.values_list("pk", "value", "quality", "occurred_at")
        if value is not None and occurred_at is not None
    ]


def history(equipment: Equipment, limit: int = 20) -> list[JournalEntry]:
    """The latest journal entries of a device."""
    found = JournalEntry.objects.filter(model_id=equipment.version.model_id, equipment_mrid=equipment.mrid)
    return list(found.select_related("area").order_by("-recorded_at", "-number")[:limit])


def open_tasks() -> list[Operation]:
    """Operations that ended without the position being known: tasks for a person."""
    return list(Operation.objects.select_related("area", "model").filter(state="timed_out").order_by("-ended_at")[:50])


def live_operation(equipment: Equipment) -> Operation | None:
    """The selection or running command that holds a device."""
    return Operation.objects.filter(
        model_id=equipment.version.model_id, equipment_mrid=equipment.mrid, state__in=("selected", "executing")
    ).first()


def own_names(model: str, mrids: Iterable[str]) -> dict[str, str]:
    """Names by mRID, of those pieces of the published network that share their name with no other."""
    rows = published(model)
    found = dict(rows.filter(mrid__in=list(mrids)).values_list("mrid", "name"))
    counted = rows.filter(name__in=set(found.values())).values("name").annotate(times=Count("pk"))
    alone = {one["name"] for one in counted if one["times"] == 1}
    return {mrid: name for mrid, name in found.items() if name in alone}
