"""A network model through the door: the grid goes to network, its customers and meters to metering, in one transaction."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from adms.core.actors import Actor
from adms.core.errors import NotFound
from integration.cim.models import packing, records
from integration.cim.models.differences import Difference, DifferenceRefused, apply_difference
from integration.cim.models.packing import Kept
from integration.services import dossiers
from metering.services import customers
from network.domain import gate
from network.domain.draft import ModelDraft, UsagePoint
from network.domain.grid import Grid
from network.selectors import equipment, state
from network.selectors import records as stored_records
from network.selectors import versions as version_rows
from network.selectors.records import StoredRecords
from network.services import models as network_models
from outages.services import renumbering

if TYPE_CHECKING:
    from network.models import ModelVersion


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a draft."""

    key: str
    name: str
    number: int
    customers: int
    is_published: bool = True


@transaction.atomic
def publish_draft(
    *, actor: Actor, draft: ModelDraft, source: str, at: dt.datetime, based_on: int | None = None
) -> Published:
    """Publish a draft with its customers and all its files said, or nothing of it; `based_on` as in network.

    Raises:
        ModelRefused: the draft has errors.
        ModelMoved: another version than `based_on` is published.
        NotAuthorised: the actor may not publish models.
    """
    draft.records = records.packed(draft)
    before = version_rows.running(name=draft.name, mrid=draft.mrid)
    version = network_models.publish_draft(actor=actor, draft=draft, source=source, at=at, based_on=based_on)
    points = list(draft.usage_points.values())
    dossiers.keep_customers(version.pk, points)
    return follow_version(version, before, points)


def follow_version(
    version: "ModelVersion", before: "ModelVersion | None", points: Sequence[UsagePoint] | None
) -> Published:
    """Customers and open outages follow a version that has just been published; `points` None where it kept none of its own."""
    present = state.present(version.model.key)
    areas = equipment.areas_by_mrid(version.pk)
    anywhere = next(iter(areas.values()))
    if points is None:
        count = customers.place_usage_points(
            model=version.model.key, node_of=lambda mrid: supply_node(present.grid, mrid)
        )
    else:
        count = customers.load_usage_points(
            model=version.model.key,
            points=points,
            node_of=lambda mrid: supply_node(present.grid, mrid),
            area_of=lambda mrid: areas.get(mrid, anywhere),
        )
    if before is not None:
        renumbering.follow(model=version.model.key, before=before.checksum, after=version.checksum)
    return Published(version.model.key, version.model.name, version.number, count)


def changed_draft(model: str, difference: Difference) -> tuple[ModelDraft, int]:
    """A draft of the running model with a difference applied, completed as it was, checked; and the version it is based on.

    Raises:
        NotFound: no such model is published.
        DifferenceRefused: the difference does not fit, or nothing is kept that it could be applied to.
    """
    kept, stored = kept_records(model)
    changed = apply_difference(kept.store, difference)
    draft = records.rebuilt(Kept(changed, kept.name, kept.mrid, kept.completion))
    draft.findings += gate.check(draft)
    return draft, stored.version


def only_model() -> str:
    """The key of the one model that is operated.

    Raises:
        NotFound: there is none, or there are several.
    """
    keys = state.models()
    if len(keys) != 1:
        raise NotFound(f"name the model: {', '.join(keys) or 'none'} is published", models=keys)
    return keys[0]


def kept_records(model: str) -> tuple[Kept, StoredRecords]:
    """What is kept of the published version of a model, by key, name or mRID.

    Raises:
        NotFound: no such model is published.
        DifferenceRefused: nothing is kept of it.
    """
    stored = stored_records.published(model)
    if not stored.blob:
        raise DifferenceRefused(f"of {stored.name} version {stored.version} no records are kept: import it in full")
    return packing.unpack(stored.blob), stored


def supply_node(grid: Grid, mrid: str) -> int:
    """The node at which a service transformer (its low side) or a consumer supplies; -1 if the grid has neither."""
    branch = grid.branch_index(mrid)
    if branch >= 0:
        return int(grid.branch_to[branch])
    injection = grid.injection_index(mrid)
    return int(grid.injection_node[injection]) if injection >= 0 else -1
