"""The life of a version beside its import: staged, then published by a person or discarded; an older one published once more.

    staged --publish--> published --(another is published)--> retired --go back--> published
       +----discard---> discarded

Publishing flips states and writes one journal entry per area; equipment, grid and telemetry points of a version were stored when it
was staged. Positions, tags and operations belong to the model, by mRID: they are as they were.
"""

import dataclasses
import datetime as dt
import hashlib
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.models import ControlArea
from adms.core.services import areas, audit, authority, events
from network.domain import grid as grids
from network.events import ModelPublished
from network.models import Equipment, JournalEntry, ModelVersion, NetworkModel, TelemetryPoint
from network.selectors import grids as stored_grids
from network.selectors import state


class VersionBlocked(Refused):
    """The version has errors, or warnings that nobody has accepted."""

    code = "model_blocked"
    status = 422


class VersionMoved(Refused):
    """The version is no longer in the state in which it was shown, or another one is published than it was compared with."""

    code = "model_moved"


def accept_warnings(*, actor: Actor, model: str, number: int, reason: str, at: dt.datetime) -> ModelVersion:
    """A named person takes the warnings of a staged version upon herself; on the audit trail with the reason.

    Raises:
        NotFound: there is no such version.
        NotAuthorised: the actor may not publish models.
        VersionMoved: it is not staged.
        VersionBlocked: no reason is given, or it has errors, which nobody can accept.
    """
    authority.require(actor=actor, action="publish_model")
    if not reason.strip():
        raise VersionBlocked(_("say why the warnings are acceptable"), field="reason")
    with transaction.atomic():
        version = _locked(model, number, "staged")
        counts = severities(version)
        if counts["error"]:
            raise VersionBlocked(
                _("it has %(errors)s errors: they must be mended, not accepted") % {"errors": counts["error"]}
            )
        accepted = {"by": actor.name, "at": at.isoformat(), "reason": reason.strip(), "warnings": counts["warning"]}
        version.summary["accepted"] = accepted
        version.save(update_fields=["summary"])
        audit.record(
            actor=actor, action="accept_warnings", object_=model, after=_told(version), reason=reason.strip(), at=at
        )
    return version


def publish(
    *, actor: Actor, model: str, number: int, compared_with: int | None, reason: str, at: dt.datetime
) -> ModelVersion:
    """Make a staged version the operated one; `compared_with` is the published version its difference was shown against.

    Raises:
        NotFound: there is no such version.
        NotAuthorised: the actor may not publish models.
        VersionMoved: it is not staged any more, or another version was published since it was compared.
        VersionBlocked: it has errors, or warnings nobody has accepted.
    """
    authority.require(actor=actor, action="publish_model")
    with transaction.atomic():
        version = _locked(model, number, "staged")
        require_publishable(version)
        _require_base(version, compared_with)
        operate(version=version, actor=actor, at=at)
        audit.record(actor=actor, action="publish_model", object_=model, after=_told(version), reason=reason, at=at)
    return version


def go_back(*, actor: Actor, model: str, number: int, instead_of: int, reason: str, at: dt.datetime) -> ModelVersion:
    """Publish a retired version once more, in the place of the one the person saw published.

    Raises:
        NotFound: there is no such version.
        NotAuthorised: the actor may not publish models.
        VersionMoved: it was never published, or another version is published by now.
        VersionBlocked: no reason is given.
    """
    authority.require(actor=actor, action="publish_model")
    if not reason.strip():
        raise VersionBlocked(_("say why the network goes back to an older version"), field="reason")
    with transaction.atomic():
        version = _locked(model, number, "retired")
        _require_base(version, instead_of)
        operate(version=version, actor=actor, at=at)
        before = {"version": instead_of}
        audit.record(
            actor=actor,
            action="go_back_model",
            object_=model,
            before=before,
            after=_told(version),
            reason=reason.strip(),
            at=at,
        )
    return version


def discard(*, actor: Actor, model: str, number: int, reason: str, at: dt.datetime) -> ModelVersion:
    """Throw a staged version away: its rows go, that it was there stays.

    Raises:
        NotFound: there is no such version.
        NotAuthorised: the actor may not publish models.
        VersionMoved: it is not staged.
    """
    authority.require(actor=actor, action="publish_model")
    with transaction.atomic():
        version = _locked(model, number, "staged")
        Equipment.objects.filter(version=version).delete()
        TelemetryPoint.objects.filter(version=version).delete()
        version.state, version.grid = "discarded", b""
        version.save(update_fields=["state", "grid"])
        audit.record(actor=actor, action="discard_model", object_=model, after=_told(version), reason=reason, at=at)
    return version


def operate(*, version: ModelVersion, actor: Actor, at: dt.datetime) -> None:
    """Make a version the operated one of its model, in the surrounding transaction; the one before is retired."""
    before = version.model.versions.filter(state="published").only("pk", "checksum", "summary").first()
    area_ids = set(_areas(version))
    if before is not None:
        area_ids |= set(_areas(before))
        _carry_positions(before.checksum, version)
        ModelVersion.objects.filter(pk=before.pk).update(state="retired")
    version.state, version.published_at = "published", at
    version.summary["published_by"] = actor.name
    version.save(update_fields=["state", "published_at", "summary"])
    _journal(version, sorted(area_ids), actor, at)


def severities(version: ModelVersion) -> dict[str, int]:
    """How many errors, warnings and notes a version has."""
    counts = {"error": 0, "warning": 0, "info": 0}
    for finding in version.findings:
        counts[finding["severity"]] += finding.get("count", 1)
    return counts


def require_publishable(version: ModelVersion) -> None:
    """Refuse what errors block, and warnings that nobody has accepted.

    Raises:
        VersionBlocked: saying which.
    """
    counts = severities(version)
    if counts["error"]:
        raise VersionBlocked(
            _("%(errors)s errors block it") % {"errors": counts["error"]},
            model=version.model.key,
            version=version.number,
        )
    if counts["warning"] and "accepted" not in version.summary:
        words = _("nobody has accepted its %(warnings)s warnings yet") % {"warnings": counts["warning"]}
        raise VersionBlocked(words, model=version.model.key, version=version.number)


def _locked(model: str, number: int, wanted: str) -> ModelVersion:
    """The version in the state wanted; publishing of its model waits for this transaction."""
    held = NetworkModel.objects.select_for_update(no_key=True).filter(key=model).first()
    version = held and held.versions.filter(number=number).defer("grid").first()
    if held is None or not version:
        raise NotFound(
            _("no version %(number)s of %(model)s") % {"number": number, "model": model}, model=model, version=number
        )
    if version.state != wanted:
        states = dict(ModelVersion.State.choices)
        words = _("version %(number)s of %(model)s is %(state)s, not %(wanted)s") % {
            "number": number,
            "model": held.name,
            "state": version.get_state_display().lower(),
            "wanted": str(states.get(wanted, wanted)).lower(),
        }
        raise VersionMoved(words, model=model, version=number)
    return version


def _require_base(version: ModelVersion, expected: int | None) -> None:
    """The version that is published must be the one the person was shown the difference to."""
    running = version.model.versions.filter(state="published").values_list("number", flat=True).first()
    if running != expected:
        words = (
            _("it was compared with version %(expected)s, but version %(running)s is published by now: compare again")
            if expected
            else _("it was compared with none, but version %(running)s is published by now: compare again")
        ) % {"expected": expected, "running": running}
        raise VersionMoved(words, model=version.model.key, version=version.number, published=running)


def _areas(version: ModelVersion) -> list[int]:
    return version.summary.get("areas") or state.areas_of(version.pk)


def _carry_positions(running: str, version: ModelVersion) -> None:
    """A switch that never moved stays as it stood: a version may change what is normal, but it moves nothing in the field.

    Switches that did move have their SwitchState, which counts above every version's initial position.
    """
    old, new = stored_grids.load(running), stored_grids.load(version.checksum)
    initial = new.initial_closed.copy()
    for branch in np.flatnonzero(new.is_switch).tolist():
        index = old.branch_index(new.branch_mrid_text(branch))
        if index < 0 or not old.is_switch[index]:
            continue
        stood, carries = old.initial_closed[index], new.branch_phases[branch]
        initial[branch] = carries if stood == old.branch_phases[index] else stood & carries
    if np.array_equal(initial, new.initial_closed):
        return
    blob = grids.to_blob(dataclasses.replace(new, initial_closed=initial))
    version.grid, version.checksum = blob, hashlib.sha256(blob).hexdigest()
    version.save(update_fields=["grid", "checksum"])


def _journal(version: ModelVersion, area_ids: list[int], actor: Actor, at: dt.datetime) -> None:
    """One entry and one event in every area the version, or the one before it, touches."""
    for area in ControlArea.objects.filter(pk__in=area_ids).order_by("pk"):
        JournalEntry.objects.create(
            area=area,
            number=areas.next_numbers(area.pk, "journal_number"),
            model=version.model,
            kind="model",
            occurred_at=at,
            recorded_at=at,
            source="model",
            actor=actor.name,
            data={"version": version.number},
        )
        events.publish(area_id=area.pk, facts=[ModelPublished(version.model.key, version.number, at)], at=at)


def _told(version: ModelVersion) -> dict[str, Any]:
    return {"version": version.number, "source": version.source, "accepted": version.summary.get("accepted")}
