"""Store and publish network models. A version is staged, checked and published in one transaction, or not at all."""

import datetime as dt
import hashlib
from dataclasses import asdict
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.models import ControlArea
from adms.core.services import areas, audit, authority, events
from network.domain import grid as grids
from network.domain.draft import ModelDraft
from network.domain.energisation import energise
from network.events import ModelPublished
from network.models import Equipment, JournalEntry, ModelRecords, ModelVersion, NetworkModel, TelemetryPoint
from network.selectors import grids as stored_grids


class ModelMoved(Refused):
    """Another version was published since the one this was made from."""

    code = "model_moved"


class ModelRefused(Refused):
    """The model has errors that block it; `data["findings"]` lists them."""

    code = "model_refused"
    status = 422


@transaction.atomic
def publish_draft(
    *, actor: Actor, draft: ModelDraft, source: str, at: dt.datetime, based_on: int | None = None
) -> ModelVersion:
    """Make a draft the operated version of its model. Positions, tags and operations of known switches stay as they are.

    Args:
        actor: who publishes.
        draft: checked; `draft.records` are stored beside the version.
        source: where it came from, for the audit.
        at: now.
        based_on: the version it was made from, where it was made from one: that must be the published one still.

    Raises:
        ModelRefused: if the draft has findings of severity error.
        ModelMoved: if another version than `based_on` is published.
        NotAuthorised: if the actor may not publish models.
    """
    authority.require(actor=actor, action="publish_model")
    if draft.errors:
        first = draft.errors[0]
        listed = [asdict(finding) for finding in draft.errors[:100]]
        raise ModelRefused(f"{len(draft.errors)} errors, the first: {first.text} ({first.object})", findings=listed)
    model = _model_for(draft)
    _require_base(model, based_on)
    _carry_positions(model, draft)
    grid = grids.compile_grid(draft)
    version = _store_version(model, draft, grid, actor, source, at)
    area_ids = _assign_areas(model, draft, grid)
    _store_equipment(version, draft, grid, area_ids)
    _journal(model, version, sorted(set(area_ids.values())), actor, at)
    audit.record(
        actor=actor,
        action="publish_model",
        object_=model.key,
        at=at,
        after={"version": version.number, "source": source},
    )
    return version


def _require_base(model: NetworkModel, based_on: int | None) -> None:
    if based_on is None:
        return
    published = model.versions.filter(state="published").values_list("number", flat=True).first()
    if published != based_on:
        raise ModelMoved(f"{model.name}: made from version {based_on}, but version {published} is published")


def _model_for(draft: ModelDraft) -> NetworkModel:
    """The model of the same mRID or name; a new one otherwise."""
    found = NetworkModel.objects.filter(mrid=draft.mrid).first() if draft.mrid else None
    found = found or NetworkModel.objects.filter(name=draft.name).first()
    if found:
        return NetworkModel.objects.select_for_update().get(pk=found.pk)
    return NetworkModel.objects.create(key=slugify(draft.name)[:60] or "model", name=draft.name, mrid=draft.mrid)


def _carry_positions(model: NetworkModel, draft: ModelDraft) -> None:
    """A switch that never moved stays as it stood: a file may change what is normal, but it moves nothing in the field.

    Switches that did move have their SwitchState, which counts above every version's initial position.
    """
    running = model.versions.filter(state="published").values_list("checksum", flat=True).first()
    if running is None:
        return
    grid = stored_grids.load(running)
    for mrid, branch in draft.branches.items():
        index = grid.branch_index(mrid) if branch.is_switch else -1
        if index < 0 or not grid.is_switch[index]:
            continue
        carried, stood = int(grid.branch_phases[index]), int(grid.initial_closed[index])
        branch.closed_phases = branch.phases if stood == carried else stood & branch.phases


def _store_version(
    model: NetworkModel, draft: ModelDraft, grid: grids.Grid, actor: Actor, source: str, at: dt.datetime
) -> ModelVersion:
    blob = grids.to_blob(grid)
    number = (model.versions.aggregate(latest=Max("number"))["latest"] or 0) + 1
    model.versions.filter(state="published").update(state="retired")
    version = ModelVersion.objects.create(
        model=model,
        number=number,
        state="published",
        source=source,
        summary=_summary(draft),
        findings=[asdict(finding) for finding in draft.findings[:1000]],
        grid=blob,
        checksum=hashlib.sha256(blob).hexdigest(),
        created_by=actor.name,
        created_at=at,
        published_at=at,
    )
    if draft.records:
        ModelRecords.objects.create(version=version, records=draft.records)
    return version


def _summary(draft: ModelDraft) -> dict[str, Any]:
    return {
        "classes": draft.classes,
        "skipped": draft.skipped,
        "skipped_attributes": draft.skipped_attributes,
        "nodes": len(draft.nodes),
        "branches": len(draft.branches),
        "switches": sum(branch.is_switch for branch in draft.branches.values()),
        "customers": len(draft.usage_points),
        "crs": draft.crs,
    }


def _assign_areas(model: NetworkModel, draft: ModelDraft, grid: grids.Grid) -> dict[int, int]:
    """Control area id per source: one area per substation that feeds the model in its normal state."""
    names = {index: _source_name(draft, grid, index) for index in range(len(grid.source_node))}
    alone = len(set(names.values())) <= 1
    ids: dict[int, int] = {}
    for index, name in names.items():
        key = model.key if alone else f"{model.key}-{slugify(name)}"
        ids[index] = areas.ensure(key=key, name=model.name if alone else f"{model.name} {name}").pk
    if not ids:
        ids[0] = areas.ensure(key=model.key, name=model.name).pk
    return ids


def _source_name(draft: ModelDraft, grid: grids.Grid, index: int) -> str:
    node = draft.nodes[grid.node_mrid_text(int(grid.source_node[index]))]
    container = draft.containers.get(node.container_mrid)
    while container is not None and container.cim_class != "Substation":
        container = draft.containers.get(container.parent_mrid)
    return container.name if container else node.name


def _store_equipment(version: ModelVersion, draft: ModelDraft, grid: grids.Grid, area_ids: dict[int, int]) -> None:
    source_of = energise(grid, grid.normal_closed).source
    first = next(iter(area_ids.values()))
    position_points = {point.equipment_mrid for point in draft.telemetry_points.values() if point.kind == "position"}

    def area(node: int) -> int:
        return area_ids.get(int(source_of[node]), first)

    rows = []
    for mrid, branch in draft.branches.items():
        index = grid.branch_index(mrid)
        rows.append(
            Equipment(
                version=version,
                mrid=mrid,
                name=branch.name,
                cim_class=branch.cim_class,
                index=index,
                is_branch=True,
                is_switch=branch.is_switch,
                is_telemetered=mrid in position_points,
                area_id=area(_area_node(grid, source_of, index)),
                feeder=grid.feeder_name(index),
                substation=grid.substation_name(index),
                phases=int(grid.branch_phases[index]),
                nominal_v=float(grid.node_nominal_v[grid.branch_from[index]]),
                attributes=_attributes(branch),
                is_synthetic=branch.synthetic,
            )
        )
    for mrid, injection in draft.injections.items():
        index = grid.injection_index(mrid)
        node = int(grid.injection_node[index])
        rows.append(
            Equipment(
                version=version,
                mrid=mrid,
                name=injection.name,
                cim_class=injection.cim_class,
                index=index,
                is_branch=False,
                area_id=area(node),
                phases=injection.phases,
                nominal_v=float(grid.node_nominal_v[node]),
                attributes={"p_kw": injection.p_kw, "q_kvar": injection.q_kvar},
                is_synthetic=injection.synthetic,
            )
        )
    Equipment.objects.bulk_create(rows, batch_size=2000)
    TelemetryPoint.objects.bulk_create(
        (
            TelemetryPoint(
                version=version,
                mrid=point.mrid,
                name=point.name,
                equipment_mrid=point.equipment_mrid,
                kind=point.kind,
                phases=point.phases,
            )
            for point in draft.telemetry_points.values()
        ),
        batch_size=2000,
    )


def _area_node(grid: grids.Grid, source_of: "np.ndarray[Any, Any]", branch: int) -> int:
    """The node that decides a branch's area: its fed end in the normal state."""
    start, end = int(grid.branch_from[branch]), int(grid.branch_to[branch])
    return start if source_of[start] >= 0 else end


def _attributes(branch: Any) -> dict[str, Any]:
    ratings = {"rated_a": branch.rated_a, "rated_kva": branch.rated_kva, "length_m": branch.length_m}
    known: dict[str, Any] = {key: value for key, value in ratings.items() if value is not None}
    return {**known, **branch.attributes}


def _journal(model: NetworkModel, version: ModelVersion, area_ids: list[int], actor: Actor, at: dt.datetime) -> None:
    """One entry and one event in every area the version touches."""
    for area in ControlArea.objects.filter(pk__in=area_ids).order_by("pk"):
        JournalEntry.objects.create(
            area=area,
            number=areas.next_numbers(area.pk, "journal_number"),
            model=model,
            kind="model",
            occurred_at=at,
            recorded_at=at,
            source="model",
            actor=actor.name,
            data={"version": version.number},
        )
        events.publish(area_id=area.pk, facts=[ModelPublished(model.key, version.number, at)], at=at)
