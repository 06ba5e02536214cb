"""Store a compiled model as a version: the grid, its equipment as rows, areas, audit; staged, or published at once."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from adms.core import bulk
from adms.core.actors import Actor
from adms.core.services import areas, audit
from network.domain.energisation import energise
from network.domain.grid import Grid, to_blob
from network.domain.grid.arrays import Int
from network.models import Equipment, ModelDiagrams, ModelRecords, ModelVersion, NetworkModel, TelemetryPoint
from network.selectors import grids as stored_grids
from network.services import versions


class Piece(NamedTuple):
    """One piece of equipment as a row; the rest of the row is in the grid."""

    mrid: str
    name: str
    cim_class: str
    place: int  # among the branches or injections of the grid
    attributes: dict[str, Any] | str  # or JSON, dumped already
    is_synthetic: bool
    is_branch: bool = True


class Point(NamedTuple):
    """One telemetry point as a row."""

    mrid: str
    name: str
    equipment_mrid: str
    kind: str
    phases: int


@dataclass(slots=True)
class Compiled:
    """A model that is ready to be operated."""

    grid: Grid
    summary: dict[str, Any]
    pieces: Iterable[Piece]
    points: Iterable[Point]
    source_names: list[str]  # of the substation of each source of the grid
    findings: list[dict[str, Any]] = field(default_factory=list)
    records: bytes | None = None
    diagrams: dict[str, list[Any]] = field(default_factory=dict)  # see ModelDiagrams


def model_for(name: str, mrid: str) -> NetworkModel:
    """The model of the same mRID or name, locked; a new one otherwise."""
    found = NetworkModel.objects.filter(mrid=mrid).first() if mrid else None
    found = found or NetworkModel.objects.filter(name=name).first()
    if found:
        return NetworkModel.objects.select_for_update(no_key=True).get(pk=found.pk)
    return NetworkModel.objects.create(key=slugify(name)[:60] or "model", name=name, mrid=mrid)


@transaction.atomic
def publish(*, actor: Actor, model: NetworkModel, compiled: Compiled, source: str, at: dt.datetime) -> ModelVersion:
    """Make it the operated version of the model, with an entry and an event in every area it touches."""
    version = _store_whole(model, compiled, actor, source, at)
    versions.operate(version=version, actor=actor, at=at)
    after = {"version": version.number, "source": source}
    audit.record(actor=actor, action="publish_model", object_=model.key, at=at, after=after)
    return version


@transaction.atomic
def stage(*, actor: Actor, model: NetworkModel, compiled: Compiled, source: str, at: dt.datetime) -> ModelVersion:
    """Store it as a version that nobody operates yet; `versions` publishes or discards it."""
    version = _store_whole(model, compiled, actor, source, at)
    after = {"version": version.number, "source": source}
    audit.record(actor=actor, action="stage_model", object_=model.key, at=at, after=after)
    return version


def _store_whole(model: NetworkModel, compiled: Compiled, actor: Actor, source: str, at: dt.datetime) -> ModelVersion:
    area_ids = _assign_areas(model, compiled)
    compiled.summary["areas"] = sorted(set(area_ids))
    version = _store(model, compiled, actor, source, at)
    _store_pieces(version, compiled, area_ids)
    points = ((version.pk, *point, "unknown") for point in compiled.points)
    bulk.copy(TelemetryPoint, ("version", *Point._fields, "quality"), points)
    return version


def _store(model: NetworkModel, compiled: Compiled, actor: Actor, source: str, at: dt.datetime) -> ModelVersion:
    blob = to_blob(compiled.grid)
    number = (model.versions.aggregate(latest=Max("number"))["latest"] or 0) + 1
    version = ModelVersion.objects.create(
        model=model,
        number=number,
        state="staged",
        source=source,
        summary=compiled.summary,
        findings=compiled.findings,
        grid=b"",
        checksum=hashlib.sha256(blob).hexdigest(),
        created_by=actor.name,
        created_at=at,
    )
    bulk.write_bytes(version, "grid", blob)
    transaction.on_commit(lambda: stored_grids.keep(version.checksum, blob))
    if compiled.records:
        ModelRecords.objects.create(version=version, records=compiled.records)
    if compiled.diagrams:
        ModelDiagrams.objects.create(version=version, diagrams=compiled.diagrams)
    return version


def _assign_areas(model: NetworkModel, compiled: Compiled) -> list[int]:
    """Control area id per source: one area per substation that feeds the model in its normal state."""
    names = compiled.source_names
    alone = len(set(names)) <= 1
    ids = {}
    for name in dict.fromkeys(names or [""]):
        key = model.key if alone else f"{model.key}-{slugify(name)}"
        ids[name] = areas.ensure(key=key, name=model.name if alone else f"{model.name} {name}").pk
    return [ids[name] for name in names or [""]]


def _store_pieces(version: ModelVersion, compiled: Compiled, area_ids: list[int]) -> None:
    """Equipment rows; those of what is fed by no source go to the first area."""
    grid = compiled.grid
    source = energise(grid, grid.normal_closed).source
    of_branch = _told(grid, source, area_ids, is_branch=True)
    of_injection = _told(grid, source, area_ids, is_branch=False)

    def rows() -> Iterable[tuple[Any, ...]]:
        for mrid, name, cim_class, place, attributes, is_synthetic, is_branch in compiled.pieces:
            told = (of_branch if is_branch else of_injection)[place]
            dumped = attributes if isinstance(attributes, str) else json.dumps(attributes)
            yield (version.pk, mrid, name, cim_class, place, dumped, is_synthetic, is_branch, *told)

    own = ("version", "mrid", "name", "cim_class", "index", "attributes", "is_synthetic", "is_branch")
    told = ("is_switch", "is_telemetered", "phases", "area", "feeder", "substation", "nominal_v")
    with bulk.trusted(), bulk.unindexed(Equipment):
        bulk.copy(Equipment, (*own, *told), rows())


def _told(grid: Grid, source: Int, area_ids: list[int], *, is_branch: bool) -> list[tuple[Any, ...]]:
    """What the grid tells of each branch or injection, row by row."""
    if is_branch:
        node = grid.branch_from
        fed = np.where(source[node] < 0, grid.branch_to, node)  # its fed end in the normal state decides its area
        flags = grid.is_switch.tolist(), grid.is_telemetered.tolist(), grid.branch_phases.tolist()
        labels, stations = grid.branch_feeder_label, grid.branch_substation
    else:
        node = fed = grid.injection_node
        nothing = [False] * node.size
        flags = nothing, nothing, grid.injection_phases.tolist()
        labels, stations = grid.node_feeder_label[node], grid.node_substation[node]
    areas_of = [*area_ids, area_ids[0]]  # -1, which nothing feeds, takes the last
    feeders = [name.decode() for name in grid.feeder_label_name.tolist()] + [""]
    substations = [name.decode() for name in grid.container_name.tolist()] + [""]
    return list(
        zip(
            *flags,
            [areas_of[one] for one in source[fed].tolist()],
            [feeders[one] for one in labels.tolist()],
            [substations[one] for one in stations.tolist()],
            grid.node_nominal_v[node].tolist(),
            strict=True,
        )
    )
