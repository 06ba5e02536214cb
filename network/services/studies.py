"""Make a study, act in it, undo, redo, share, discard. Writes to the tables of studies and the audit trail, and nowhere else."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import audit, authority
from network.domain import impact, temporary, tripping
from network.domain import phases as ph
from network.domain.energisation import compare, energise
from network.domain.grid.arrays import Byte, frozen
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
        used_at=at,
    )
    _audit(actor, "make_study", study, at, base=new.base, base_at=study.base_at.isoformat())
    return study


@transaction.atomic
def move(*, actor: Actor, number: int, equipment_mrid: str, close: bool, at: dt.datetime) -> StudyAction:
    """Open or close a switch in a study, on every phase it has. What was undone before cannot be redone any more.

    Raises:
        NotFound: no study of this person, or no such switch in it.
        NotAuthorised: not in the area of the switch.
        StudyRefused: it stands so already, or would bring supply to a fault.
    """
    study = locked(actor, number, at)
    reached = studies.state_of(study)
    branch = reached.fitted.base.branch_index(equipment_mrid)
    if branch < 0 or not reached.fitted.base.is_switch[branch]:
        raise NotFound(
            _("no switch %(equipment_mrid)s in this study") % {"equipment_mrid": equipment_mrid},
            equipment=equipment_mrid,
        )
    where = placed(actor, study, equipment_mrid)
    before = int(reached.positions[branch])
    after = where.phases & ph.ABC if close else 0
    if before & ph.ABC == after:
        told = _("%(name)s is closed already") if close else _("%(name)s is open already")
        raise StudyRefused(told % {"name": where.name}, equipment=equipment_mrid)
    positions = reached.positions.copy()
    positions[branch] = after
    lost, regained = come_of(reached, overlay=reached.fitted.overlay, positions=positions, name=where.name)
    return record(
        actor,
        study,
        at,
        StudyAction(
            kind=StudyAction.Kind.SWITCH,
            equipment_mrid=equipment_mrid,
            closed_before=before,
            closed_after=after,
            customers_lost=lost,
            customers_regained=regained,
        ),
    )


def come_of(reached: studies.StudyState, *, overlay: temporary.Overlay, positions: Byte, name: str) -> tuple[int, int]:
    """Customers who lose and who regain supply by another overlay or other positions.

    Raises:
        StudyRefused: `name` would bring supply to a fault that is not repaired or onto a ground, or join sources out of step.
    """
    fitted = reached.fitted
    if overlay is not fitted.overlay:
        fitted = temporary.fit(fitted.base, overlay)
    was, now = reached.energisation, energise(fitted.grid, fitted.conducting(frozen(positions)))
    for branch, nodes in reached.faults.items():
        phases = reached.fault_phases[branch]
        if any(now.live[node] & ~was.live[node] & phases for node in nodes):
            faulted = reached.fitted.base.branch_mrid_text(branch)
            raise StudyRefused(
                _("%(name)s would bring supply to the fault on %(faulted)s: repair it in the study first")
                % {"name": name, "faulted": faulted}
            )
    before, after = (reached.fitted, was), (fitted, now)
    if onto := temporary.newly(temporary.live_grounds, before, after):
        raise StudyRefused(
            _("%(name)s would energise onto %(other)s: remove it in the study first")
            % {"name": name, "other": onto[0].name}
        )
    if joined := temporary.newly(temporary.out_of_step, before, after):
        raise StudyRefused(
            _("%(name)s would join %(other)s with another source, out of step: remove it in the study first")
            % {"name": name, "other": joined[0].name}
        )
    size, base = fitted.base.node_count, fitted.base
    lost = np.flatnonzero(was.live[:size] & ~now.live[:size]).astype(np.int32)
    back = np.flatnonzero(now.live[:size] & ~was.live[:size]).astype(np.int32)
    return impact.customers_changed(base, was, now, lost), impact.customers_changed(base, now, was, back)


@transaction.atomic
def place_fault(
    *, actor: Actor, number: int, equipment_mrid: str, phases: int = ph.ABC, at: dt.datetime
) -> StudyAction:
    """Put a fault on an element, of all its phases or of some: the protective devices that clear it open, and stay open.

    Raises:
        NotFound: no study of this person, or nothing of this mRID that conducts.
        NotAuthorised: not in the area of the element.
        Invalid: the element has none of these phases.
        StudyRefused: it is faulted already, or nothing on the way from a source would clear it.
    """
    study = locked(actor, number, at)
    reached = studies.state_of(study)
    grid, branch = reached.fitted.grid, reached.fitted.base.branch_index(equipment_mrid)
    if branch < 0:
        raise NotFound(
            _("no line, transformer or switch %(equipment_mrid)s in this study") % {"equipment_mrid": equipment_mrid},
            equipment=equipment_mrid,
        )
    where = placed(actor, study, equipment_mrid)
    if branch in reached.faults:
        raise StudyRefused(_("%(name)s is faulted already") % {"name": where.name}, equipment=equipment_mrid)
    bits = phases & where.phases & ph.ABC
    if not bits:
        raise Invalid(_("%(name)s has none of these phases") % {"name": where.name}, field="phases")
    nodes = tripping.fault_nodes(grid, branch)
    try:
        opened, left = tripping.trips(grid, reached.closed, reached.energisation, nodes, bits)
    except tripping.Unprotected as nothing:
        raise StudyRefused(
            _("no closed protective device stands between a source and %(name)s: nothing would clear the fault")
            % {"name": where.name},
            equipment=equipment_mrid,
        ) from nothing
    lost = compare(reached.energisation, left).lost_nodes
    return record(
        actor,
        study,
        at,
        StudyAction(
            kind=StudyAction.Kind.FAULT,
            equipment_mrid=equipment_mrid,
            phases=bits,
            trips=[
                [grid.branch_mrid_text(one.branch), int(reached.positions[one.branch]), one.closed_after]
                for one in opened
            ],
            customers_lost=impact.customers_changed(grid, reached.energisation, left, lost),
            customers_regained=0,
        ),
    )


@transaction.atomic
def repair_fault(*, actor: Actor, number: int, equipment_mrid: str, at: dt.datetime) -> StudyAction:
    """Take a fault away again. Nothing is switched by it.

    Raises:
        NotFound: no study of this person.
        NotAuthorised: not in the area of the element.
        StudyRefused: there is no fault on it.
    """
    study = locked(actor, number, at)
    reached = studies.state_of(study)
    if reached.fitted.base.branch_index(equipment_mrid) not in reached.faults:
        raise StudyRefused(
            _("there is no fault on %(equipment_mrid)s in this study") % {"equipment_mrid": equipment_mrid},
            equipment=equipment_mrid,
        )
    placed(actor, study, equipment_mrid)
    done = StudyAction(
        kind=StudyAction.Kind.REPAIR, equipment_mrid=equipment_mrid, customers_lost=0, customers_regained=0
    )
    return record(actor, study, at, done)


def placed(actor: Actor, study: Study, equipment_mrid: str) -> Equipment:
    """An element of a study, in whose area the person may study.

    Raises:
        NotFound: the version has no such equipment.
        NotAuthorised: not in its area.
    """
    rows = Equipment.objects.select_related("area").filter(version_id=study.version_id, mrid=equipment_mrid)
    found = rows.first()
    if found is None:
        raise NotFound(
            _("no equipment %(equipment_mrid)s in this study") % {"equipment_mrid": equipment_mrid},
            equipment=equipment_mrid,
        )
    authority.require(actor=actor, action=ACTION, area=found.area.key)
    return found


def record(actor: Actor, study: Study, at: dt.datetime, done: StudyAction) -> StudyAction:
    """Write an action down after those that hold; what was undone is gone."""
    study.actions.filter(is_undone=True).delete()
    done.study, done.number, done.taken_at = study, study.actions.count() + 1, at
    done.save()
    told = {"equipment": done.equipment_mrid, "kind": done.kind, "closed": done.closed_after, "trips": done.trips}
    told |= {"phases": done.phases, "element": done.element}
    _audit(actor, "act_in_study", study, at, **told)
    return done


@transaction.atomic
def share(*, actor: Actor, number: int, shared: bool, at: dt.datetime) -> Study:
    """Let everybody who may study read it, or nobody else any more. Only its owner acts in it.

    Raises:
        NotFound: no study of this person.
    """
    study = locked(actor, number, at)
    study.is_shared = shared
    study.save(update_fields=["is_shared"])
    _audit(actor, "share_study", study, at, shared=shared)
    return study


@transaction.atomic
def undo(*, actor: Actor, number: int, at: dt.datetime) -> None:
    """Take the last action back.

    Raises:
        NotFound: no study of this person.
        StudyRefused: there is nothing to undo.
    """
    study = locked(actor, number, at)
    _turn(study.actions.filter(is_undone=False).order_by("-number").first(), "undo", is_undone=True)
    _audit(actor, "undo_in_study", study, at)


@transaction.atomic
def redo(*, actor: Actor, number: int, at: dt.datetime) -> None:
    """Take the action again that was undone last.

    Raises:
        NotFound: no study of this person.
        StudyRefused: there is nothing to redo.
    """
    study = locked(actor, number, at)
    _turn(study.actions.filter(is_undone=True).order_by("number").first(), "redo", is_undone=False)
    _audit(actor, "redo_in_study", study, at)


@transaction.atomic
def discard(*, actor: Actor, number: int, at: dt.datetime) -> Study:
    """Throw a study away.

    Raises:
        NotFound: no study of this person.
    """
    study = locked(actor, number, at)
    study.discarded_at = at
    study.save(update_fields=["discarded_at"])
    _audit(actor, "discard_study", study, at)
    return study


def _copied(new: NewStudy, at: dt.datetime) -> NetworkState:
    if new.base not in Study.Base.values:
        raise Invalid(_("no base %(base)s") % {"base": f"{new.base!r}"}, field="base", known=Study.Base.values)
    if new.base != Study.Base.PAST:
        if new.base_at is not None:
            raise Invalid(_("only a past state has a second"), field="at")
        return state.present(new.model)
    if new.base_at is None:
        raise Invalid(_("of which second?"), field="at")
    return history.then(new.model, new.base_at, as_known=False, now=at).state


def locked(actor: Actor, number: int, at: dt.datetime) -> Study:
    """A study of this person, locked, and used now.

    Raises:
        NotAuthorised: no role that may study.
        NotFound: no study of this person.
    """
    authority.require(actor=actor, action=ACTION)
    found = studies.owned(actor.name).select_for_update(of=("self",), no_key=True).filter(pk=number).first()
    if found is None:
        raise NotFound(_("you have no study %(number)s") % {"number": number}, study=number)
    found.used_at = at
    found.save(update_fields=["used_at"])
    return found


def _turn(action: StudyAction | None, verb: str, *, is_undone: bool) -> None:
    if action is None:
        raise StudyRefused(_("there is nothing to %(verb)s") % {"verb": verb})
    action.is_undone = is_undone
    action.save(update_fields=["is_undone"])


def _audit(actor: Actor, action: str, study: Study, at: dt.datetime, **after: object) -> None:
    audit.record(actor=actor, action=action, object_=f"study {study.pk}", after=after, at=at)
