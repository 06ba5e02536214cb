"""Versions through the gate: staged with their customers and their difference, published or taken back by a person.

The grid side is `network.services.versions`; here the customers follow it, and what is told of outages, in the same transaction.
"""

import datetime as dt

from django.db import transaction

from adms.core.actors import Actor
from integration.cim.models import records
from integration.services import dossiers, models
from integration.services.models import Published
from network.domain import buildable, comparison, grid
from network.domain.comparison import Comparison
from network.domain.draft import Finding, ModelDraft
from network.domain.findings import Findings
from network.selectors import versions as version_rows
from network.services import models as network_models
from network.services import versions


def compare(draft: ModelDraft) -> tuple[Comparison | None, int | None]:
    """How a draft differs from the published version of its model; normally open points it lost become findings of it."""
    shown = _shown(draft)
    found, number = dossiers.compare_draft(draft, comparison.contents_of_draft(shown, grid.compile_grid(shown)))
    if found:
        draft.findings += lost_open_points(draft, found)
        draft.findings.sort(key=lambda one: ("error", "warning", "info").index(one.severity))
    return found, number


def lost_open_points(draft: ModelDraft, found: Comparison) -> list[Finding]:
    """A warning for each normally open point of the running model that this one does not have."""
    findings = Findings(500)
    for one in found.lost_open_points:
        _, was, now = one.values[0]
        file, line = draft.places.get(one.mrid, ("", None))
        text = f"normally {was} in the running model, " + ("normally closed here" if now else "not in this model")
        findings.add(
            "warning",
            "normal_open_lost",
            text,
            cim_class=one.cim_class,
            object_=f"{one.name} ({one.mrid})",
            line=line,
            mrid=one.mrid,
            file=file,
        )
    return findings.listed()


@transaction.atomic
def stage_draft(
    *,
    actor: Actor,
    draft: ModelDraft,
    found: Comparison | None,
    compared_with: int | None,
    source: str,
    at: dt.datetime,
) -> Published:
    """Store a draft as a staged version with its customers and its difference; nothing that is operated changes.

    Raises:
        NotAuthorised: the actor may not publish models.
    """
    shown = _shown(draft)
    shown.records = records.packed(draft)
    version = network_models.stage_draft(actor=actor, draft=shown, source=source, at=at)
    dossiers.keep_customers(version.pk, shown.usage_points.values())
    dossiers.keep_difference(version.pk, found, compared_with)
    return Published(version.model.key, version.model.name, version.number, len(shown.usage_points), is_published=False)


@transaction.atomic
def publish_version(
    *, actor: Actor, model: str, number: int, compared_with: int | None, reason: str, at: dt.datetime
) -> Published:
    """Publish a staged version; its customers and the open outages follow it.

    Raises:
        NotFound, NotAuthorised, VersionMoved, VersionBlocked: as `network.services.versions.publish`.
    """
    before = version_rows.running(key=model)
    version = versions.publish(
        actor=actor, model=model, number=number, compared_with=compared_with, reason=reason, at=at
    )
    return models.follow_version(version, before, dossiers.customers(version.pk))


@transaction.atomic
def go_back(*, actor: Actor, model: str, number: int, instead_of: int, reason: str, at: dt.datetime) -> Published:
    """Publish a retired version once more; its customers and the open outages follow it.

    Raises:
        NotFound, NotAuthorised, VersionMoved, VersionBlocked: as `network.services.versions.go_back`.
    """
    before = version_rows.running(key=model)
    version = versions.go_back(actor=actor, model=model, number=number, instead_of=instead_of, reason=reason, at=at)
    return models.follow_version(version, before, dossiers.customers(version.pk))


def _shown(draft: ModelDraft) -> ModelDraft:
    """The draft itself, or what of it can be compiled where it has errors."""
    return buildable.without_loose_ends(draft) if draft.errors else draft
