"""What people do with one outage: acknowledge, confirm, expect, restore, complete, reopen, cancel.

Which state may follow which is data: outages.domain.lifecycle. Each step is permitted, audited, on the timeline and told.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from adms.core import actors, days
from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.services import audit, authority
from network.domain.energisation import energise
from network.domain.phases import ABC
from network.domain.phrases import Phrase, phrase
from network.selectors import state
from network.services import positions
from network.services.positions import PositionReport
from outages.domain import codes, lifecycle
from outages.domain.restoration import Supply
from outages.models import Outage
from outages.selectors import timeline_words
from outages.services import evidence, incidents, keeping, ledger, nesting, restoration
from outages.services.incidents import OutageRefused, Round, said


@transaction.atomic
def acknowledge(*, actor: Actor, outage_id: int, at: dt.datetime) -> Outage:
    """Somebody has seen it; again, or when work has begun already, changes nothing."""
    with work_on(actor, "change_outage", outage_id, at) as (now, outage):
        require_going(outage)
        if outage.state == "new":
            now.step(outage, "acknowledged")
            tell(now, outage, "acknowledged", phrase("acknowledged", actor=actor.label or actor.name), actor)
    return outage


@transaction.atomic
def confirm(*, actor: Actor, outage_id: int, occurred_at: dt.datetime | None = None, at: dt.datetime) -> Outage:
    """The device is known to be open: from now on only people move the outage, and the network shows it open.

    Raises:
        OutageRefused: it is over, or confirmed already.
    """
    with work_on(actor, "confirm_outage", outage_id, at) as (now, outage):
        require_going(outage)
        if outage.confidence == "confirmed":
            raise OutageRefused(_("it is confirmed already"), outage=outage_id)
        now.change(outage, confidence="confirmed", confirmed_at=occurred_at or at)
        ledger.live().filter(outage=outage).update(is_provisional=False)
        told = phrase("confirmed", device=outage.device_name)
        tell(now, outage, "confirmed", told, actor, occurred_at=occurred_at)
    if outage.kind != "single":
        move_device(outage, actor, is_closed=False, occurred_at=outage.started_at, at=at)
    return outage


@transaction.atomic
def restore(*, actor: Actor, outage_id: int, occurred_at: dt.datetime, at: dt.datetime) -> Outage:
    """The device is closed again, or the fault cleared: everybody still out of this outage is back since `occurred_at`.

    Not those the network shows dead all the same: with them it is partly restored. Who said later that he is dark is looked
    for by prediction, as a nested outage.

    Raises:
        OutageRefused: it is over already, or the network shows all of it dead.
        Invalid: the time lies before the outage began or in the future.
    """
    with work_on(actor, "close_outage", outage_id, at) as (now, outage):
        require_going(outage)
        if not outage.started_at <= occurred_at <= at + dt.timedelta(minutes=1):
            words = _("the time of restoration must lie between the beginning of the outage and now")
            raise Invalid(words, field="occurred_at")
        _give_back(now, outage, occurred_at)
        audit.record(actor=actor, action="restore_outage", object_=f"outage:{outage_id}", area=outage.area.key, at=at)
        figures = ledger.figures([outage_id])[outage_id]
        if figures.out:
            restoration.progress(now, outage_ids=[outage_id], occurred_at=occurred_at, actor=actor)
        else:
            evidence.settle(rows=Q(outage=outage), reason="restored", at=at)
            now.end(outage, restored_at=occurred_at, actor=actor)
    move_device(outage, actor, is_closed=True, occurred_at=occurred_at, at=at)
    return outage


@transaction.atomic
def complete(*, actor: Actor, outage_id: int, cause: str, remedy: str = "", at: dt.datetime) -> Outage:
    """The report is filled in: cause and remedy. Only a restored outage can be completed.

    Raises:
        OutageRefused: customers are still out.
        Invalid: an unknown cause code.
    """
    _require_cause(cause)
    with work_on(actor, "close_outage", outage_id, at) as (now, outage):
        now.step(outage, "completed")
        now.change(outage, cause=cause, remedy=remedy, completed_at=at)
        now.end_work(outage)
        tell(now, outage, "completed", phrase("completed_cause", cause=phrase(f"cause_{cause}")), actor)
    return outage


@transaction.atomic
def reopen(*, actor: Actor, outage_id: int, reason: str, at: dt.datetime) -> Outage:
    """The report of a completed outage is to be filled in anew; what it did to customers stays as it was.

    Raises:
        OutageRefused: it is not completed.
        Invalid: no reason given.
    """
    with work_on(actor, "close_outage", outage_id, at) as (now, outage):
        if outage.state != "completed":
            raise OutageRefused(
                _("it is %(said)s, not completed") % {"said": said(outage.state)}, outage=outage_id, state=outage.state
            )
        now.step(outage, "restored", reason=reason)
        now.change(outage, completed_at=None)
        tell(now, outage, "reopened", phrase("reopened", why=reason), actor)
    return outage


@transaction.atomic
def set_cause(*, actor: Actor, outage_id: int, cause: str, at: dt.datetime) -> Outage:
    """What caused it, as far as is known."""
    _require_cause(cause)
    with work_on(actor, "change_outage", outage_id, at) as (now, outage):
        now.change(outage, cause=cause)
        tell(now, outage, "cause", phrase("cause", cause=phrase(f"cause_{cause}")), actor)
    return outage


@transaction.atomic
def set_etr(*, actor: Actor, outage_id: int, etr_at: dt.datetime, source: str = "operator", at: dt.datetime) -> Outage:
    """When supply is expected back, in the word of a crew or an operator; the machine never overwrites it."""
    with work_on(actor, "change_outage", outage_id, at) as (now, outage):
        require_going(outage)
        if etr_at <= at:
            raise Invalid(_("the expected time of restoration lies in the past"), field="etr_at")
        now.expect(outage, etr_at, source, actor)
        tell(now, outage, "etr", phrase("etr", at=days.in_words(etr_at)), actor)
    return outage


@transaction.atomic
def cancel(*, actor: Actor, outage_id: int, reason: str, at: dt.datetime) -> Outage:
    """It was none: nothing of it counts. Whom it counted out below a device that is open all the same is out with that one.

    Raises:
        OutageRefused: it is over, or telemetry shows its device open.
        Invalid: no reason given.
    """
    with work_on(actor, "change_outage", outage_id, at) as (now, outage):
        require_going(outage)
        _require_not_seen_open(outage)
        uppers = nesting.uppers(now, outage)
        with keeping.kept(now, "cancelled", [outage, *uppers], actor) as act:
            own = ledger.live().filter(outage=outage, ended_at=None).values_list("usage_points", flat=True)
            points = {point for members in own for point in members}
            evidence.settle(rows=Q(outage=outage), reason=f"cancelled: {reason}", at=at)
            now.cancel(outage, reason=reason, actor=actor)
            nesting.count_with(now, uppers, points=points, of=outage)
            act.told = phrase("cancelled_by", actor=actor.label or actor.name, why=reason)
        _audit(actor, outage, "cancel_outage", reason, at)
    move_device(outage, actor, is_closed=True, occurred_at=at, at=at)
    return outage


# Shared with services.regrouping


@contextmanager
def work_on(actor: Actor, action: str, outage_id: int, at: dt.datetime) -> Iterator[tuple[Round, Outage]]:
    """A round of work on one outage, if the actor may do this to it."""
    with incidents.begin(models=[incidents.model_of(outage_id)], at=at) as now:
        outage = now.get(outage_id)
        authority.require(actor=actor, action=action, area=outage.area.key)
        yield now, outage


def require_going(outage: Outage) -> None:
    """Refuse what is over.

    Raises:
        OutageRefused: it is.
    """
    if outage.state not in lifecycle.RUNNING:
        raise OutageRefused(_("it is %(said)s") % {"said": said(outage.state)}, outage=outage.pk, state=outage.state)


def tell(
    now: Round, outage: Outage, what: str, told: Phrase | str, actor: Actor, *, occurred_at: dt.datetime | None = None
) -> None:
    """Timeline, audit and event of one change."""
    now.note(outage, what, told, actor, occurred_at=occurred_at)
    _audit(actor, outage, f"outage_{what}", timeline_words.said(told), now.at)
    now.tell(outage, what)


def _audit(actor: Actor, outage: Outage, action: str, reason: str, at: dt.datetime) -> None:
    object_, area = f"outage:{outage.pk}", outage.area.key
    audit.record(actor=actor, action=action, object_=object_, area=area, reason=reason, at=at)


def _require_cause(cause: str) -> None:
    if cause not in codes.CAUSES:
        raise Invalid(_("unknown cause %(cause)s") % {"cause": f"{cause!r}"}, field="cause", known=sorted(codes.CAUSES))


# The device in the network


def _is_by_hand(present: state.NetworkState, outage: Outage) -> bool:
    """Whether people say where the device stands: a switch without telemetry."""
    branch = present.grid.branch_index(outage.device_mrid)
    return branch >= 0 and bool(present.grid.is_switch[branch]) and not present.grid.is_telemetered[branch]


def _require_not_seen_open(outage: Outage) -> None:
    present = state.present(outage.model_key)
    branch = present.grid.branch_index(outage.device_mrid)
    is_seen = outage.confidence == "confirmed" and branch >= 0 and not _is_by_hand(present, outage)
    if is_seen and outage.phases & ~int(present.closed[branch]) & ABC:
        words = _("%(device)s is seen open: the outage ends when it closes")
        raise OutageRefused(words % {"device": outage.device_name}, outage=outage.pk)


def _give_back(now: Round, outage: Outage, occurred_at: dt.datetime) -> None:
    """End the interruptions of those the network can supply once the device is closed."""
    present = state.present(outage.model_key)
    live = present.energisation.live
    if _is_by_hand(present, outage):
        closed = present.closed.copy()
        branch = present.grid.branch_index(outage.device_mrid)
        closed[branch] |= present.grid.normal_closed[branch]
        live = energise(present.grid, closed).live
    rows = list(ledger.live().filter(outage=outage, ended_at=None).order_by("pk"))
    nodes = np.array([row.node for row in rows], np.int64)
    phases = np.where((nodes >= 0) & (nodes < live.size), live[np.clip(nodes, 0, live.size - 1)], ABC)
    supply = Supply.of(nodes, phases)
    settled = restoration.give_back(
        now, rows=rows, supply=supply, ended_at=occurred_at, reason="restored", denied=False
    )
    if rows and settled.phases.all():
        words = _("the network shows all of it dead: %(device)s or a switch above it is open")
        raise OutageRefused(words % {"device": outage.device_name}, outage=outage.pk)


def move_device(outage: Outage, actor: Actor, *, is_closed: bool, occurred_at: dt.datetime, at: dt.datetime) -> None:
    """Let the network show a hand-operated device as it was found: a telemetered one is believed, never overwritten."""
    present = state.present(outage.model_key)
    if not _is_by_hand(present, outage):
        return
    branch = present.grid.branch_index(outage.device_mrid)
    before, normal = int(present.closed[branch]), int(present.grid.normal_closed[branch])
    wanted = before | normal if is_closed else before & ~outage.phases
    if wanted == before:
        return
    report = PositionReport(
        outage.model_key, outage.device_mrid, occurred_at, is_closed, wanted, "manual", f"outage {outage.pk}"
    )
    positions.record_positions(actor=actors.system(actor.name), source="crew", reports=[report], at=at)
