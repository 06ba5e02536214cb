"""Make a study, move switches in it, undo, redo, discard. Writes to the tables of studies and the audit trail, and nowhere else."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import audit, authority
from network.domain import impact, temporary
from network.domain import phases as ph
from network.models import Equipment, Study, StudyAction
from network.selectors import history, state, studies
from network.selectors.state import NetworkState

ACTION = "run_study"


class StudyRefused(Refused):
    """The study has nothing to do there."""

    code = "study_refused"


@dataclass(frozen=True, slots=True)
class NewStudy:
    """A study to be made: of which state, and of which second where that is past."""

    model: str
    name: str
    base: str
    base_at: dt.datetime | None = None


@transaction.atomic
def make(*, actor: Actor, new: NewStudy, at: dt.datetime) -> Study:
    """Copy a state of the network.

    Raises:
        NotAuthorised: no role that may study.
        NotFound: the model is not published.
        Invalid: no such base; a past one without its second, in the future, or before anything is known.
    """
    authority.require(actor=actor, action=ACTION)
    copied = _copied(new, at)
    positions = copied.fitted.base.normal_closed if new.base == Study.Base.NOMINAL else copied.positions
    overlay = temporary.Overlay() if new.base == Study.Base.NOMINAL else copied.fitted.overlay
    study = Study.objects.create(
        owner=actor.name,
        name=new.name.strip()[:120] or f"{Study.Base(new.base).label} of {new.model}",
        model_id=copied.model_id,
        version_id=copied.version_id,
        base=new.base,
        base_at=new.base_at or at,
        positions=studies.packed_positions(positions),
        overlay=studies.packed_overlay(overlay),
        created_at=at,
    )
    _audit(actor, "make_study", study, at, base=new.base, base_at=study.base_at.isoformat())
    return study


@transaction.atomic
def move(*, actor: Actor, number: int, equipment_mrid: str, close: bool, at: dt.datetime) -> StudyAction:
    """Open or close a switch in a study, on every phase it has. What was undone before cannot be redone any more.

    Raises:
        NotFound: no study of this person, or no such switch in it.
        NotAuthorised: not in the area of the switch.
        StudyRefused: it stands so already.
    """
    study = _locked(actor, number)
    reached = studies.state_of(study)
    base = reached.fitted.base
    branch = base.branch_index(equipment_mrid)
    if branch < 0 or not base.is_switch[branch]:
        raise NotFound(f"no switch {equipment_mrid} in this study", equipment=equipment_mrid)
    where = Equipment.objects.select_related("area").get(version_id=study.version_id, mrid=equipment_mrid)
    authority.require(actor=actor, action=ACTION, area=where.area.key)
    before = int(reached.positions[branch])
    after = where.phases & ph.ABC if close else 0
    if before & ph.ABC == after:
        raise StudyRefused(f"{where.name} is {'closed' if close else 'open'} already", equipment=equipment_mrid)
    conducts = reached.fitted.conducting_at(branch, after)
    comes = impact.look_ahead(reached.fitted.grid, reached.closed, reached.energisation, branch, conducts)
    study.actions.filter(is_undone=True).delete()
    done = StudyAction.objects.create(
        study=study,
        number=study.actions.count() + 1,
        equipment_mrid=equipment_mrid,
        closed_before=before,
        closed_after=after,
        customers_lost=comes.lost_customers,
        customers_regained=comes.regained_customers,
        taken_at=at,
    )
    _audit(actor, "move_in_study", study, at, equipment=equipment_mrid, close=close)
    return done


@transaction.atomic
def undo(*, actor: Actor, number: int, at: dt.datetime) -> None:
    """Take the last action back.

    Raises:
        NotFound: no study of this person.
        StudyRefused: there is nothing to undo.
    """
    study = _locked(actor, number)
    _turn(study.actions.filter(is_undone=False).order_by("-number").first(), "undo", is_undone=True)
    _audit(actor, "undo_in_study", study, at)


@transaction.atomic
def redo(*, actor: Actor, number: int, at: dt.datetime) -> None:
    """Take the action again that was undone last.

    Raises:
        NotFound: no study of this person.
        StudyRefused: there is nothing to redo.
    """
    study = _locked(actor, number)
    _turn(study.actions.filter(is_undone=True).order_by("number").first(), "redo", is_undone=False)
    _audit(actor, "redo_in_study", study, at)


@transaction.atomic
def discard(*, actor: Actor, number: int, at: dt.datetime) -> Study:
    """Throw a study away.

    Raises:
        NotFound: no study of this person.
    """
    study = _locked(actor, number)
    study.discarded_at = at
    study.save(update_fields=["discarded_at"])
    _audit(actor, "discard_study", study, at)
    return study


def _copied(new: NewStudy, at: dt.datetime) -> NetworkState:
    if new.base not in Study.Base.values:
        raise Invalid(f"no base {new.base!r}", field="base", known=Study.Base.values)
    if new.base != Study.Base.PAST:
        if new.base_at is not None:
            raise Invalid("only a past state has a second", field="at")
        return state.present(new.model)
    if new.base_at is None:
        raise Invalid("of which second?", field="at")
    return history.then(new.model, new.base_at, as_known=False, now=at).state


def _locked(actor: Actor, number: int) -> Study:
    authority.require(actor=actor, action=ACTION)
    found = studies.owned(actor.name).select_for_update(of=("self",)).filter(pk=number).first()
    if found is None:
        raise NotFound(f"you have no study {number}", study=number)
    return found


def _turn(action: StudyAction | None, verb: str, *, is_undone: bool) -> None:
    if action is None:
        raise StudyRefused(f"there is nothing to {verb}")
    action.is_undone = is_undone
    action.save(update_fields=["is_undone"])


def _audit(actor: Actor, action: str, study: Study, at: dt.datetime, **after: object) -> None:
    audit.record(actor=actor, action=action, object_=f"study {study.pk}", after=after, at=at)
