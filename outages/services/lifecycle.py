"""What people do with outages: acknowledge, confirm, give an ETR, restore, complete, cancel; and what crews' work does to them."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from adms.core import actors
from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.services import audit, authority
from network.selectors import state
from network.services import positions
from network.services.positions import PositionReport
from outages.domain import codes
from outages.models import Outage
from outages.services import evidence, incidents, ledger
from workforce.events import AssignmentChanged
from workforce.services import work

#: The outage state a crew's progress leads to; it never goes back.
OF_WORK = {
    "assigned": "assigned",
    "accepted": "assigned",
    "en_route": "en_route",
    "on_site": "on_site",
    "made_safe": "made_safe",
}
RANK = {name: rank for rank, name in enumerate(("new", "acknowledged", "assigned", "en_route", "on_site", "made_safe"))}


@transaction.atomic
def acknowledge(*, actor: Actor, outage_id: int, at: dt.datetime) -> Outage:
    """Somebody has seen it."""
    outage = _for(actor, "change_outage", outage_id)
    if outage.state == "new":
        outage.state = "acknowledged"
        _tell(outage, "acknowledged", f"Acknowledged by {actor.label or actor.name}", actor, at)
    return outage


@transaction.atomic
def confirm(*, actor: Actor, outage_id: int, occurred_at: dt.datetime | None = None, at: dt.datetime) -> Outage:
    """The device is known to be open: from now on only people move the outage, and the network shows it open.

    Raises:
        OutageRefused: it is over, or confirmed already.
    """
    outage = _for(actor, "confirm_outage", outage_id)
    if outage.confidence == "confirmed":
        raise incidents.OutageRefused("it is confirmed already", outage=outage_id)
    outage.confidence, outage.confirmed_at = "confirmed", occurred_at or at
    ledger.live().filter(outage=outage).update(is_provisional=False)
    _tell(outage, "confirmed", f"Confirmed: {outage.device_name} is open", actor, at, occurred_at)
    if outage.kind != "single":
        _move_device(outage, actor, close=False, occurred_at=outage.started_at, at=at)
    return outage


@transaction.atomic
def restore(*, actor: Actor, outage_id: int, occurred_at: dt.datetime, at: dt.datetime) -> Outage:
    """The device is closed again, or the fault cleared: everybody still out of this outage is back since `occurred_at`.

    Raises:
        OutageRefused: it is over already.
        Invalid: the time lies before the outage began or in the future.
    """
    outage = _for(actor, "close_outage", outage_id)
    if not outage.started_at <= occurred_at <= at + dt.timedelta(minutes=1):
        raise Invalid(
            "the time of restoration must lie between the beginning of the outage and now", field="occurred_at"
        )
    rows = list(ledger.live().filter(outage=outage, ended_at=None))
    ledger.close_rows(rows=rows, ended_at=occurred_at)
    evidence.settle(rows=Q(outage=outage), reason="restored", at=at)
    audit.record(actor=actor, action="restore_outage", object_=f"outage:{outage_id}", area=outage.area.key, at=at)
    incidents.end(outage=outage, restored_at=occurred_at, actor=actor, at=at)
    _move_device(outage, actor, close=True, occurred_at=occurred_at, at=at)
    return outage


@transaction.atomic
def complete(*, actor: Actor, outage_id: int, cause: str, remedy: str = "", at: dt.datetime) -> Outage:
    """The report is filled in: cause and remedy. Only a restored outage can be completed.

    Raises:
        OutageRefused: customers are still out.
        Invalid: an unknown cause code.
    """
    outage = _get(actor, "close_outage", outage_id)
    if cause not in codes.CAUSES:
        raise Invalid(f"unknown cause {cause!r}", field="cause", known=sorted(codes.CAUSES))
    if outage.state != "restored":
        raise incidents.OutageRefused(f"it is {outage.get_state_display().lower()}, not restored", outage=outage_id)
    outage.state, outage.cause, outage.remedy, outage.completed_at = "completed", cause, remedy, at
    work.close_work_order(actor=actor, subject=f"outage:{outage.pk}", state="completed", at=at)
    _tell(outage, "completed", f"Completed: {codes.CAUSES[cause]}", actor, at)
    return outage


@transaction.atomic
def set_cause(*, actor: Actor, outage_id: int, cause: str, at: dt.datetime) -> Outage:
    """What caused it, as far as is known."""
    if cause not in codes.CAUSES:
        raise Invalid(f"unknown cause {cause!r}", field="cause", known=sorted(codes.CAUSES))
    outage = _get(actor, "change_outage", outage_id)
    outage.cause = cause
    _tell(outage, "cause", f"Cause: {codes.CAUSES[cause]}", actor, at)
    return outage


@transaction.atomic
def set_etr(*, actor: Actor, outage_id: int, etr_at: dt.datetime, source: str = "operator", at: dt.datetime) -> Outage:
    """When supply is expected back; what a person said is never overwritten by the machine."""
    outage = _for(actor, "change_outage", outage_id)
    if etr_at <= at:
        raise Invalid("the expected time of restoration lies in the past", field="etr_at")
    outage.etr_at, outage.etr_source = etr_at, source
    _tell(outage, "etr", f"Expected back at {etr_at:%Y-%m-%d %H:%M} UTC", actor, at)
    return outage


@transaction.atomic
def cancel(*, actor: Actor, outage_id: int, reason: str, at: dt.datetime) -> Outage:
    """It was none.

    Raises:
        Invalid: no reason given.
    """
    outage = _for(actor, "change_outage", outage_id)
    if not reason.strip():
        raise Invalid("a reason is needed", field="reason")
    evidence.settle(rows=Q(outage=outage), reason=f"cancelled: {reason}", at=at)
    audit.record(
        actor=actor, action="cancel_outage", object_=f"outage:{outage_id}", area=outage.area.key, reason=reason, at=at
    )
    incidents.cancel(outage=outage, reason=reason, actor=actor, at=at)
    return outage


@transaction.atomic
def work_progressed(*, outage_id: int, progress: AssignmentChanged, at: dt.datetime) -> None:
    """A crew's step moves the outage's state on, never back, and is a line on its timeline."""
    outage = incidents.get(outage_id)
    words = progress.state.replace("_", " ")
    actor = Actor(name=progress.actor)
    incidents.note(
        outage=outage,
        kind=f"crew_{progress.state}",
        text=f"{progress.crew_name}: {words}. {progress.note}".strip(),
        actor=actor,
        occurred_at=progress.at,
        at=at,
        data={"crew": progress.crew},
    )
    wanted = OF_WORK.get(progress.state)
    if wanted and RANK.get(outage.state, 99) < RANK[wanted]:
        outage.state = wanted
    incidents.changed(outage=outage, what=words, at=at)


def _get(actor: Actor, action: str, outage_id: int) -> Outage:
    outage = incidents.get(outage_id)
    authority.require(actor=actor, action=action, area=outage.area.key)
    return outage


def _for(actor: Actor, action: str, outage_id: int) -> Outage:
    """A going outage the actor may do this to."""
    outage = _get(actor, action, outage_id)
    if outage.state not in incidents.GOING_ON:
        raise incidents.OutageRefused(f"it is {outage.get_state_display().lower()}", outage=outage_id)
    return outage


def _tell(
    outage: Outage, what: str, text: str, actor: Actor, at: dt.datetime, occurred_at: dt.datetime | None = None
) -> None:
    """Timeline, audit and event of one change."""
    incidents.note(outage=outage, kind=what, text=text, actor=actor, occurred_at=occurred_at or at, at=at)
    audit.record(
        actor=actor, action=f"outage_{what}", object_=f"outage:{outage.pk}", area=outage.area.key, reason=text, at=at
    )
    incidents.changed(outage=outage, what=what, at=at)


def _move_device(outage: Outage, actor: Actor, *, close: bool, occurred_at: dt.datetime, at: dt.datetime) -> None:
    """Let the network show a hand-operated device as it was found: a telemetered one is believed, never overwritten."""
    present = state.present(outage.model_key)
    branch = present.grid.branch_index(outage.device_mrid)
    if branch < 0 or not present.grid.is_switch[branch] or present.grid.is_telemetered[branch]:
        return
    normal = int(present.grid.normal_closed[branch])
    wanted = normal if close else int(present.closed[branch]) & ~outage.phases
    report = PositionReport(
        outage.model_key, outage.device_mrid, occurred_at, close, wanted, "manual", f"outage {outage.pk}"
    )
    teller = actors.system(actor.name)
    positions.record_positions(actor=teller, source="crew", reports=[report], at=at)
