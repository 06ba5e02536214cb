"""Store and publish network models. A version is staged, checked and published in one transaction, or not at all."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, astuple
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.services import authority
from network.domain import grid as grids
from network.domain.draft import ModelDraft
from network.models import ModelVersion, NetworkModel
from network.services import publication

FINDINGS_KEPT = 5000


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
        raise ModelRefused(
            _("%(count)s errors, the first: %(text)s (%(object)s)")
            % {"count": len(draft.errors), "text": first.text, "object": first.object},
            findings=listed,
        )
    model = publication.model_for(draft.name, draft.mrid)
    _require_base(model, based_on)
    grid = grids.compile_grid(draft)
    return publication.publish(actor=actor, model=model, compiled=_compiled(draft, grid), source=source, at=at)


@transaction.atomic
def stage_draft(*, actor: Actor, draft: ModelDraft, source: str, at: dt.datetime) -> ModelVersion:
    """Store a draft as a version that nobody operates yet. It may have errors, as long as it can be compiled.

    Raises:
        DanglingReference: it cannot; `domain.buildable` leaves out what stands in the way.
        NotAuthorised: if the actor may not publish models.
    """
    authority.require(actor=actor, action="publish_model")
    model = publication.model_for(draft.name, draft.mrid)
    compiled = _compiled(draft, grids.compile_grid(draft))
    return publication.stage(actor=actor, model=model, compiled=compiled, source=source, at=at)


def _require_base(model: NetworkModel, based_on: int | None) -> None:
    if based_on is None:
        return
    published = model.versions.filter(state="published").values_list("number", flat=True).first()
    if published != based_on:
        raise ModelMoved(
            _("%(name)s: made from version %(based_on)s, but version %(published)s is published")
            % {"name": model.name, "based_on": based_on, "published": published}
        )


def _compiled(draft: ModelDraft, grid: grids.Grid) -> publication.Compiled:
    """The draft as it is stored."""
    return publication.Compiled(
        grid=grid,
        summary=_summary(draft),
        pieces=_pieces(draft, grid),
        points=(
            publication.Point(point.mrid, point.name, point.equipment_mrid, point.kind, point.phases)
            for point in draft.telemetry_points.values()
        ),
        source_names=[_source_name(draft, grid, index) for index in range(grid.source_node.size)],
        findings=[asdict(finding) for finding in draft.findings[:FINDINGS_KEPT]],
        records=draft.records,
        diagrams={mrid: [astuple(one) for one in drawn] for mrid, drawn in draft.diagrams.items()},
    )


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


def _source_name(draft: ModelDraft, grid: grids.Grid, index: int) -> str:
    node = draft.nodes[grid.node_mrid_text(int(grid.source_node[index]))]
    container = draft.containers.get(node.container_mrid)
    while container is not None and container.cim_class != "Substation":
        container = draft.containers.get(container.parent_mrid)
    return container.name if container else node.name


def _pieces(draft: ModelDraft, grid: grids.Grid) -> Iterator[publication.Piece]:
    for mrid, branch in draft.branches.items():
        index = grid.branch_index(mrid)
        yield publication.Piece(mrid, branch.name, branch.cim_class, index, _attributes(branch), branch.synthetic)
    for mrid, injection in draft.injections.items():
        index = grid.injection_index(mrid)
        power = {"p_kw": injection.p_kw, "q_kvar": injection.q_kvar}
        yield publication.Piece(
            mrid, injection.name, injection.cim_class, index, power, injection.synthetic, is_branch=False
        )


def _attributes(branch: Any) -> dict[str, Any]:
    ratings = {"rated_a": branch.rated_a, "rated_kva": branch.rated_kva, "length_m": branch.length_m}
    known: dict[str, Any] = {key: value for key, value in ratings.items() if value is not None}
    return {**known, **branch.attributes}
