"""One-line diagrams of the operated network: which one is meant, where everything stands on it, and what is live there now."""

import functools
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from adms.core.errors import NotFound
from network.domain import diagram, display
from network.domain import phases as ph
from network.domain.diagram import Drawing
from network.domain.draft import Drawn
from network.domain.grid import Grid
from network.domain.grid.nameplates import Nameplates
from network.models import Equipment, ModelDiagrams, ModelVersion, TelemetryPoint
from network.selectors import display as shown
from network.selectors import equipment, grids, nameplates, points, power_flow, search
from network.selectors.class_word import class_word
from network.selectors.search import Found
from network.selectors.state import NetworkState


@dataclass(frozen=True, slots=True)
class Subject:
    """What a diagram is of: a feeder by its label, or a station by its container. `branch` is the element it was asked for by."""

    kind: Literal["feeder", "station"]
    index: int
    mrid: str
    name: str
    branch: int = -1


def subject(present: NetworkState, mrid: str) -> Subject:
    """The diagram meant: a station or feeder by mRID, else the one a piece of equipment is on.

    Raises:
        NotFound: the model has none of this mRID, or it lies on no feeder and in no station.
    """
    grid = present.grid
    wanted = mrid.encode()
    labels = np.flatnonzero(grid.feeder_label_mrid == wanted)
    if labels.size:
        return _feeder(grid, int(labels[0]))
    stations = np.flatnonzero((grid.container_mrid == wanted) & (grid.container_class == b"Substation"))
    if stations.size:
        return _station(grid, int(stations[0]))
    branch = grid.branch_index(mrid)
    if not 0 <= branch < present.positions.size:
        raise NotFound(_("no feeder, substation or equipment %(mrid)s") % {"mrid": mrid}, equipment=mrid)
    return _around(grid, branch)


def find(text: str, *, limit: int) -> list[Found]:
    """Diagrams of stations and feeders whose name has the text in it, best fits first, of all published models."""
    found = search.feeders(text, limit)
    published = ModelVersion.objects.filter(state="published").order_by("model__key")
    for model, checksum in published.values_list("model__key", "checksum"):
        grid = grids.load(checksum)
        for container in np.flatnonzero(grid.container_class == b"Substation").tolist():
            what = _station(grid, container)
            place = what.name.lower().find(text.lower())
            if place >= 0:
                found.append(Found("station", what.mrid, what.name, "Substation", model, 1 if place == 0 else 2))
    return sorted(found, key=lambda one: (one.rank, one.kind != "station", one.name, one.mrid))[:limit]


def _around(grid: Grid, branch: int) -> Subject:
    """Of a feeder's head, and of all above it, the station."""
    label, container = int(grid.branch_feeder_label[branch]), int(grid.branch_substation[branch])
    is_above = bool(grid.is_feeder_head[branch]) or label < 0
    if container >= 0 and is_above:
        return _station(grid, container, branch)
    if label >= 0:
        return _feeder(grid, label, branch)
    raise NotFound(_("%(device)s lies on no feeder and in no substation") % {"device": grid.branch_mrid_text(branch)})


def _feeder(grid: Grid, label: int, branch: int = -1) -> Subject:
    return Subject("feeder", label, _text(grid.feeder_label_mrid[label]), _text(grid.feeder_label_name[label]), branch)


def _station(grid: Grid, container: int, branch: int = -1) -> Subject:
    return Subject(
        "station", container, _text(grid.container_mrid[container]), _text(grid.container_name[container]), branch
    )


def _text(value: Any) -> str:
    return bytes(value).decode()


def drawn(present: NetworkState, what: Subject, *, is_whole: bool = False) -> Drawing:
    """The drawing; made once per version in a process, for nothing that moves changes it."""
    return _drawn(present.version_id, _checksum(present), what.kind, what.index, is_whole)


@functools.lru_cache(maxsize=64)
def _drawn(version_id: int, checksum: str, kind: str, index: int, is_whole: bool) -> Drawing:  # noqa: FBT001 - a key of the cache
    grid = grids.load(checksum)
    contents = diagram.substation(grid, index) if kind == "station" else diagram.feeder(grid, index, is_whole=is_whole)
    if not contents.branches.size:
        raise NotFound(_("the model has nothing there that could be drawn"))
    for objects in _given(version_id):
        drawing = diagram.draw_given(grid, contents, objects)
        if drawing is not None:
            return drawing
    return diagram.draw(grid, contents)


@functools.lru_cache(maxsize=4)
def _given(version_id: int) -> list[list[Drawn]]:
    """The diagrams that the files of a version had."""
    kept = ModelDiagrams.objects.filter(version_id=version_id).values_list("diagrams", flat=True).first() or {}
    return [
        [Drawn(mrid, [(x, y) for x, y in points], rotation, node) for mrid, points, rotation, node in kept[key]]
        for key in sorted(kept)
    ]


def _checksum(present: NetworkState) -> str:
    return shown.drawn_version(present.version_id)[0]


def layout(present: NetworkState, what: Subject, *, is_whole: bool = False) -> dict[str, Any]:
    """The drawing with its names: symbols, wires and marks, in pixels."""
    grid, drawing = present.grid, drawn(present, what, is_whole=is_whole)
    plates = nameplates.load(present.version_id, _checksum(present))
    return {
        "kind": what.kind,
        "mrid": what.mrid,
        "name": what.name,
        "width": drawing.width,
        "height": drawing.height,
        "is_given": drawing.is_given,
        "symbols": _symbols(grid, plates, drawing),
        "wires": [
            {"points": one.points, "branch": one.branch, "node": one.node, "is_bus": one.is_bus}
            | (_named(grid, plates, one.branch, -1) if one.branch >= 0 else {"name": "", "mrid": ""})
            for one in drawing.wires
        ],
        "marks": [
            {"x": one.x, "y": one.y, "is_upright": one.is_upright, "node": one.node, "number": one.number} | _leads_to(grid, what, one)
            for one in drawing.marks
        ],
    }  # fmt: skip


def _symbols(grid: Grid, plates: Nameplates, drawing: Drawing) -> list[dict[str, Any]]:
    told = [_named(grid, plates, one.branch, one.node) for one in drawing.symbols]
    rooms = diagram.with_room(drawing.symbols, [one["name"] for one in told])
    return [
        {
            "kind": one.kind,
            "x": one.x,
            "y": one.y,
            "is_upright": one.is_upright,
            "branch": one.branch,
            "node": one.node,
            "has_room": room,
            **named,
        }
        for one, named, room in zip(drawing.symbols, told, rooms, strict=True)
    ]


def _named(grid: Grid, plates: Nameplates, branch: int, node: int) -> dict[str, str]:
    if branch >= 0:
        return {
            "name": plates.name(branch),
            "mrid": grid.branch_mrid_text(branch),
            "word": class_word(grid.branch_class_name(branch)),
        }
    if grid.source_at[node] >= 0:
        injection = int(grid.source_injection[grid.source_at[node]])
        mrid = _text(grid.injection_mrid[injection])
        return {"name": plates.name(grid.branch_count + injection), "mrid": mrid, "word": _("Source")}
    return {"name": _customers(grid, node), "mrid": "", "word": _("Load")}


def _customers(grid: Grid, node: int) -> str:
    """Who hangs at a node, and below it where its low voltage is not drawn."""
    end = int(grid.normal_exit[node]) if 0 < grid.node_nominal_v[node] < diagram.LOW_VOLTAGE else node + 1
    customers = int(grid.node_customers[node : max(end, node + 1)].sum())
    kw = float(grid.node_kw[node : max(end, node + 1)].sum())
    if not customers:
        return f"{kw:,.0f} kW"
    return ngettext("%(customers)s customer", "%(customers)s customers", customers) % {"customers": f"{customers:,}"}


def _leads_to(grid: Grid, what: Subject, mark: diagram.Mark) -> dict[str, str]:
    """The feeder or station on the other side; nothing for the ends of a ring."""
    if mark.number:
        return {"name": str(mark.number), "leads_to": ""}
    label = int(grid.branch_feeder_label[mark.branch]) if mark.branch >= 0 else int(grid.node_feeder_label[mark.node])
    if label >= 0 and (what.kind, what.index) != ("feeder", label):
        return {"name": _text(grid.feeder_label_name[label]), "leads_to": _text(grid.feeder_label_mrid[label])}
    container = int(grid.branch_substation[mark.branch]) if mark.branch >= 0 else int(grid.node_substation[mark.node])
    if container >= 0 and (what.kind, what.index) != ("station", container):
        return {"name": _text(grid.container_name[container]), "leads_to": _text(grid.container_mrid[container])}
    return {"name": "", "leads_to": ""}


def live(present: NetworkState, what: Subject, *, is_whole: bool = False) -> dict[str, Any]:
    """State bytes of the branches drawn, supply of the nodes, and values beside the symbols, as of `sequence`."""
    drawing = drawn(present, what, is_whole=is_whole)
    plane = shown.plane(present.model)
    branches = drawing.branches
    return {
        "version": plane.version,
        "sequence": plane.sequence,
        "branches": {branch: int(plane.states[branch]) for branch in branches},
        "nodes": {node: _supply(present, node) for node in drawing.nodes},
        "values": _values(present, branches),
    }


def _supply(present: NetworkState, node: int) -> int:
    """As the low bits of a state byte say it."""
    wanted = int(present.grid.node_phases[node]) & ph.ABC
    is_live = int(present.energisation.live[node]) & wanted
    return display.DE_ENERGISED if not is_live else display.ENERGISED if is_live == wanted else display.PARTLY


def _values(present: NetworkState, branches: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Telemetered values; of transformers and feeder heads without any, the loading of the latest power flow."""
    grid = present.grid
    told: dict[int, list[dict[str, Any]]] = {}
    mrids = {grid.branch_mrid_text(branch): branch for branch in branches}
    measured = TelemetryPoint.objects.filter(version_id=present.version_id, kind__in=points.UNITS, value__isnull=False)
    for point in measured.filter(equipment_mrid__in=mrids).order_by("kind", "phases", "pk"):
        told.setdefault(mrids[point.equipment_mrid], []).append(_reading(point))
    row, loading = power_flow.percent(present.model)
    for branch in branches if row and row.version_id == present.version_id else []:
        is_watched = bool(grid.is_feeder_head[branch] or grid.is_transformer[branch])
        if is_watched and branch not in told and branch < loading.size and np.isfinite(loading[branch]):
            told[branch] = [{"text": f"{loading[branch]:.0f} %", "quality": "calculated"}]
    return told


def _reading(point: TelemetryPoint) -> dict[str, Any]:
    factor, unit, places = points.scale(point.kind)
    phases = "" if point.phases & ph.ABC == ph.ABC else f"{ph.text(point.phases)} "
    value = f"{(point.value or 0.0) * factor:,.{places}f}"
    return {"text": f"{phases}{value} {unit}", "quality": point.quality, "is_bad": point.quality in points.BAD}


def neighbours(present: NetworkState, what: Subject) -> dict[str, Any]:
    """For the head of the page: the station of a feeder, and all feeders of the station."""
    grid = present.grid
    if what.kind == "station":
        container = what.index
    else:
        nodes = np.flatnonzero(grid.node_feeder_label == what.index)
        container = int(grid.node_substation[nodes[0]]) if nodes.size else -1
    heads = np.flatnonzero(grid.is_feeder_head & (grid.branch_substation == container) & (container >= 0))
    labels = sorted({int(label) for label in grid.branch_feeder_label[heads] if label >= 0})
    feeders = [_feeder(grid, label) for label in labels]
    return {
        "station": _station(grid, container) if container >= 0 else None,
        "feeders": sorted(feeders, key=lambda one: one.name),
    }


def rows(present: NetworkState, layout_: dict[str, Any]) -> list[Equipment]:
    """The switches of a drawing as rows, by name: the list beside the picture."""
    branches = sorted({one["branch"] for one in layout_["symbols"] if one["branch"] >= 0})
    found = equipment.by_branch(present.model, branches)
    return sorted((row for row in found.values() if row.is_switch), key=lambda row: (row.name, row.pk))
