"""Devices as a list or a panel tells of them: what was built, where it stands now, what it hangs on now."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from adms.core.errors import Invalid, NotFound
from network.domain import phases as ph
from network.models import Equipment
from network.selectors import equipment, state
from network.selectors.state import NetworkState


def devices(
    *,
    name: str = "",
    cim_class: str = "",
    feeder: str = "",
    area: str = "",
    model: str = "",
    is_switch: bool | None = None,
    is_telemetered: bool | None = None,
) -> QuerySet[Equipment]:
    """Equipment of the published models by model and name; `name` is a part of it, the others are exact."""
    exact = {
        "cim_class": cim_class or None,
        "feeder": feeder or None,
        "area__key": area or None,
        "version__model__key": model or None,
        "is_switch": is_switch,
        "is_telemetered": is_telemetered,
    }
    found = equipment.published().filter(**{key: value for key, value in exact.items() if value is not None})
    if name:
        found = found.filter(name__icontains=name)
    return found.order_by("version__model__key", "name", "pk")


def device(mrid: str, model: str = "") -> Equipment:
    """The one piece of equipment meant.

    Raises:
        NotFound: none of this mRID is published.
        Invalid: two models have it, and none was named.
    """
    found = list(equipment.published(model or None).filter(mrid=mrid).order_by("version__model__key")[:2])
    if not found:
        raise NotFound(_("no equipment %(mrid)s") % {"mrid": mrid}, equipment=mrid)
    if len(found) > 1:
        models = [one.version.model.key for one in found]
        raise Invalid(_("several models have %(mrid)s: name one") % {"mrid": mrid}, field="model", known=models)
    return found[0]


def describe(rows: list[Equipment]) -> list[dict[str, Any]]:
    """What a list tells of each."""
    states = {key: state.present(key) for key in sorted({row.version.model.key for row in rows})}
    return [_describe(row, states[row.version.model.key]) for row in rows]


def detail(row: Equipment) -> dict[str, Any]:
    """All that is known of one: with its tags, its telemetry points, and who holds it."""
    present = state.present(row.version.model.key)
    return _describe(row, present) | {
        "attributes": row.attributes,
        "current_feeder": _current_feeder(row, present),
        "switch": equipment.position(row) if row.is_switch else None,
        "tags": equipment.tags(row),
        "telemetry_points": equipment.points(row),
        "live_operation": equipment.live_operation(row),
    }


def _describe(row: Equipment, present: NetworkState) -> dict[str, Any]:
    told = {
        "mrid": row.mrid,
        "name": row.name,
        "cim_class": row.cim_class,
        "model": row.version.model.key,
        "model_version": row.version.number,
        "area": row.area.key,
        "nominal_feeder": row.feeder,
        "substation": row.substation,
        "phases": ph.text(row.phases),
        "nominal_v": row.nominal_v,
        "is_switch": row.is_switch,
        "is_telemetered": row.is_telemetered,
        "is_synthetic": row.is_synthetic,
        "energised_phases": ph.text(_live(row, present) & row.phases),
        "position": None,
        "normal_position": None,
    }
    branch = present.grid.branch_index(row.mrid)
    if row.is_switch and branch >= 0:
        told["position"] = equipment.position_word(int(present.positions[branch]), row.phases)
        told["normal_position"] = equipment.position_word(int(present.grid.normal_closed[branch]), row.phases)
    return told


def _nodes(row: Equipment, present: NetworkState) -> list[int]:
    """Where it touches the grid; by mRID, since a newer version may just have been published."""
    grid = present.grid
    if row.is_branch:
        branch = grid.branch_index(row.mrid)
        return [int(grid.branch_from[branch]), int(grid.branch_to[branch])] if branch >= 0 else []
    injection = grid.injection_index(row.mrid)
    return [int(grid.injection_node[injection])] if injection >= 0 else []


def _live(row: Equipment, present: NetworkState) -> int:
    """Phases live at any of its ends."""
    bits = 0
    for node in _nodes(row, present):
        bits |= int(present.energisation.live[node])
    return bits


def _current_feeder(row: Equipment, present: NetworkState) -> str:
    """Name of the feeder it hangs on as switched; of an open switch between two, that of its first live end."""
    for node in _nodes(row, present):
        head = int(present.energisation.feeder[node])
        if head >= 0:
            return present.grid.feeder_name(head)
    return ""
