"""Operate a switch: select, then operate. The one gate every asked-for movement passes, whoever asks by whichever way.

Both steps ask all `checks` and `guards`. The look-ahead says who would lose or regain supply before anything may be confirmed.
Refusals speak the words of IEC 61850 AddCause and are on the audit trail. Locks: freeze (shared), person, area, device.
"""

import datetime as dt
import uuid
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.models import Approval
from adms.core.services import approvals, areas, audit, authority, leases
from adms.core.services.approvals import Wanted
from network.domain import impact
from network.domain.phases import ABC
from network.domain.phrases import phrase
from network.models import Equipment, Operation
from network.selectors import gate_words, state
from network.selectors.state import NetworkState
from network.services.control import checks, commanding, freezing, guards
from network.services.control.checks import Ask
from network.services.control.devices import digits_to_type, find_switch
from network.services.control.following import end
from network.services.control.requests import COMMAND_TIMEOUT, ORIGINS, SELECT_LEASE, OperationRefused, Refusal, Request

OPERATE = "operate_switch"


def request_operation(*, actor: Actor, request: Request, at: dt.datetime) -> Operation:
    """Select a device: every check of the gate, the look-ahead, and a lease for the actor.

    Raises:
        NotFound: no such switch.
        NotAuthorised: not in this area.
        Invalid: an origin that is none.
        OperationRefused: a check says no; `data` has its cause, who can lift it and what it needs.
    """
    try:
        return _select(actor=actor, request=request, at=at)
    except Refused as refusal:
        _audit_refusal(actor, "select", request.equipment_mrid, refusal, at)
        raise


def execute_operation(
    *, actor: Actor, operation_id: uuid.UUID, confirmation: str = "", reason: str = "", at: dt.datetime
) -> Operation:
    """Operate what was selected; everything is checked again. A telemetered switch is commanded, another one is recorded.

    `confirmation` are the digits of the device's name, needed (with a reason) where customers lose supply or a loop is made.

    Raises:
        NotFound: no such operation.
        OperationRefused: not selected by the actor, expired, or a check fails now.
    """
    try:
        return _execute(actor=actor, operation_id=operation_id, confirmation=confirmation, reason=reason, at=at)
    except Refused as refusal:
        _audit_refusal(actor, "operate", str(operation_id), refusal, at)
        raise


@transaction.atomic
def cancel_operation(*, actor: Actor, operation_id: uuid.UUID, at: dt.datetime) -> Operation:
    """Give a selection back."""
    operation = _own_operation(actor, operation_id)
    if operation.state == "selected":
        end(operation, "cancelled", "given back", at)
        audit.record(
            actor=actor, action="cancel_operation", object_=operation.equipment_mrid, area=operation.area.key, at=at
        )
    return operation


def ask_second_person(*, actor: Actor, request: Request, reason: str, at: dt.datetime) -> Approval:
    """Ask for the second person that a movement beyond a guard needs; their word is good for this movement only.

    Raises:
        NotFound: no such switch.
        NotAuthorised: not in this area.
        OperationRefused: a check that no second person lifts says no, or no guard is reached.
        Invalid: no reason.
    """
    equipment = find_switch(request.model, request.equipment_mrid)
    authority.require(actor=actor, action=OPERATE, area=equipment.area.key)
    ask = asked(actor=actor, equipment=equipment, request=request, at=at)
    _refuse(checks.first_refusal(ask))
    found = guards.reached(ask)
    if not found:
        raise OperationRefused(phrase("no_second_person", device=ask.name), cause="inconsistent-parameters")
    if "quality" in found:
        authority.require(actor=actor, action=guards.BAD_QUALITY, area=equipment.area.key)
    words = gate_words.said(
        phrase(
            "ask_close" if request.close else "ask_open",
            device=ask.name,
            guards=[phrase(one) for one in found],
            customers=ask.ahead["lost_customers"],
        )
    )
    details = {"wanted": ask.wanted, "guards": sorted(found), "close": request.close}
    wanted = Wanted(guards.BEYOND, guards.object_of(ask), equipment.area.key, words, reason, details=details)
    return approvals.ask(actor=actor, wanted=wanted, at=at)


def told(*, actor: Actor, request: Request, at: dt.datetime) -> list[tuple[str, Refusal | None]]:
    """Every check with what it says now, guards last: for a page, which decides nothing by it."""
    equipment = find_switch(request.model, request.equipment_mrid)
    ask = asked(actor=actor, equipment=equipment, request=request, at=at)
    said = [(check.__name__, check(ask)) for check in checks.CHECKS]
    return [*said, ("guards", guards.refusal(ask, guards.reached(ask)))]


def look_ahead(*, request: Request) -> dict[str, Any]:
    """What the movement would do: customers lost and regained, kW, loop, parallel sources, level of care it needs."""
    equipment = find_switch(request.model, request.equipment_mrid)
    present = state.present(request.model)
    before = int(present.positions[equipment.index])
    return _look_ahead(equipment, present, before, _wanted(equipment, before, request))


def asked(*, actor: Actor, equipment: Equipment, request: Request, at: dt.datetime) -> Ask:
    """The movement as the checks see it, with the network as it stands now."""
    present = state.present(request.model)
    before = int(present.positions[equipment.index])
    wanted = _wanted(equipment, before, request)
    ahead = _look_ahead(equipment, present, before, wanted)
    return Ask(
        actor, equipment, present, before, wanted, request.seen_number, request.origin, request.plan, request.reason, at, ahead
    )  # fmt: skip


@transaction.atomic
def _select(*, actor: Actor, request: Request, at: dt.datetime) -> Operation:
    if request.origin not in ORIGINS:
        raise Invalid(
            _("no origin %(origin)s") % {"origin": f"{request.origin!r}"}, field="origin", known=list(ORIGINS)
        )
    equipment = find_switch(request.model, request.equipment_mrid)
    authority.require(actor=actor, action=OPERATE, area=equipment.area.key)
    _lock(actor, equipment, at)
    ask = asked(actor=actor, equipment=equipment, request=request, at=at)
    _refuse(checks.first_refusal(ask))
    found = guards.reached(ask)
    _refuse(guards.refusal(ask, found))
    if not actor.is_system:
        leases.hold(actor=actor, area=equipment.area, at=at)
    _release_expired(equipment, at)
    operation = _operation(ask, request, found)
    try:
        with transaction.atomic():
            operation.save(force_insert=True)
    except IntegrityError:
        raise _held(equipment) from None
    audit.record(
        actor=actor, action="select", object_=equipment.mrid, area=equipment.area.key, after=dict(ask.ahead), at=at
    )
    return operation


def _lock(actor: Actor, equipment: Equipment, at: dt.datetime) -> None:
    """Nobody freezes, the person's own operations wait, the area stands still: in the one order everybody takes them."""
    freezing.share()
    guards.lock(actor)
    if not actor.is_system:
        leases.lock_person(actor=actor, area=equipment.area, at=at)
    areas.lock([equipment.area_id])


def _operation(ask: Ask, request: Request, found: list[str]) -> Operation:
    lease = dt.timedelta(seconds=runtime_settings.get(SELECT_LEASE))
    return Operation(
        model_id=ask.present.model_id,
        area=ask.equipment.area,
        equipment_mrid=ask.equipment.mrid,
        equipment_name=ask.name,
        closed_wanted=ask.wanted,
        closed_seen=ask.before,
        seen_number=request.seen_number,
        state="selected",
        is_telemetered=ask.equipment.is_telemetered,
        requested_by=ask.actor.name,
        person=ask.actor.identity,
        session=ask.actor.session,
        way=ask.actor.way,
        origin=request.origin,
        order_step=request.order_step,
        plan=request.plan,
        guards=found,
        look_ahead=ask.ahead,
        level=ask.ahead["level"],
        reason=request.reason,
        selected_at=ask.at,
        expires_at=ask.at + lease,
    )


@transaction.atomic
def _execute(*, actor: Actor, operation_id: uuid.UUID, confirmation: str, reason: str, at: dt.datetime) -> Operation:
    equipment = _device_of(operation_id)
    _lock(actor, equipment, at)
    operation = _own_operation(actor, operation_id)
    _check_selected(operation, at)
    authority.require(actor=actor, action=OPERATE, area=equipment.area.key)
    ask = _asked_again(actor, operation, equipment, reason, at)
    _refuse(checks.first_refusal(ask))
    found = guards.reached(ask)
    _refuse(guards.refusal(ask, found))
    _check_confirmation(operation, confirmation, reason)
    if not actor.is_system:
        leases.hold(actor=actor, area=equipment.area, at=at)
    second = guards.spend(ask) if found else ""
    _begin(operation, ask, found, second)
    if operation.is_telemetered:
        commanding.command(operation, equipment, at)
    else:
        commanding.record(operation, equipment, actor, operation.reason, at)
    operation.refresh_from_db()
    return operation


def _check_selected(operation: Operation, at: dt.datetime) -> None:
    if operation.state != "selected":
        raise OperationRefused(
            phrase("not_selected", state=operation.get_state_display().lower()), cause="object-not-selected"
        )
    if operation.expires_at <= at:
        raise OperationRefused(phrase("ran_out"), cause="time-limit-over")


def _device_of(operation_id: uuid.UUID) -> Equipment:
    """The switch of an operation, before anything is locked."""
    found = Operation.objects.filter(pk=operation_id).values_list("model__key", "equipment_mrid").first()
    if found is None:
        raise NotFound(_("no such operation"), operation=str(operation_id))
    return find_switch(*found)


def _asked_again(actor: Actor, operation: Operation, equipment: Equipment, reason: str, at: dt.datetime) -> Ask:
    """The same movement with what is true now."""
    present = state.present(operation.model.key)
    before, wanted = int(present.positions[equipment.index]), operation.closed_wanted
    ahead = _look_ahead(equipment, present, before, wanted)
    words = reason or operation.reason
    return Ask(
        actor, equipment, present, before, wanted, operation.seen_number, operation.origin, operation.plan, words, at, ahead
    )  # fmt: skip


def _begin(operation: Operation, ask: Ask, found: list[str], second: str) -> None:
    operation.reason, operation.guards = ask.reason, found
    operation.state, operation.executed_at = "executing", ask.at
    operation.deadline_at = ask.at + dt.timedelta(seconds=runtime_settings.get(COMMAND_TIMEOUT))
    operation.save()
    after = {"closed": operation.closed_wanted, "level": operation.level, "origin": operation.origin}
    audit.record(
        actor=ask.actor,
        action="operate",
        object_=ask.equipment.mrid,
        area=ask.equipment.area.key,
        before={"closed": operation.closed_seen},
        after=after | ({"guards": found, "second_person": second} if found else {}),
        reason=operation.reason,
        at=ask.at,
    )


def _refuse(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise refusal.raised()


def _held(equipment: Equipment) -> OperationRefused:
    """Somebody was first."""
    live = Operation.objects.filter(equipment_mrid=equipment.mrid, state__in=("selected", "executing"))
    holder = live.filter(model_id=equipment.version.model_id).first()
    told = (
        phrase("held", device=equipment.name, who=holder.requested_by)
        if holder
        else phrase("held_by_somebody", device=equipment.name)
    )
    is_moving = holder is not None and holder.state == "executing"
    cause = "command-already-in-execution" if is_moving else "object-already-selected"
    return OperationRefused(told, cause=cause, lifted_by=holder.requested_by if holder else "")


def _wanted(equipment: Equipment, before: int, request: Request) -> int:
    phases = equipment.phases if request.phases is None else request.phases & equipment.phases
    return before | phases if request.close else before & ~phases


def _check_confirmation(operation: Operation, confirmation: str, reason: str) -> None:
    if operation.level < 3:
        return
    if confirmation.strip() != digits_to_type(operation.equipment_name):
        raise OperationRefused(phrase("other_digits"), cause="inconsistent-parameters")
    if not reason.strip():
        raise OperationRefused(phrase("no_reason"), cause="inconsistent-parameters")


def _look_ahead(equipment: Equipment, present: NetworkState, before: int, wanted: int) -> dict[str, Any]:
    conducting = present.fitted.conducting_at(equipment.index, wanted)
    ahead = impact.look_ahead(present.grid, present.closed, present.energisation, equipment.index, conducting)
    careful = ahead.lost_customers > 0 or ahead.makes_loop or ahead.parallels_sources
    facts = {name: value for name, value in asdict(ahead).items() if isinstance(value, bool | int | float)}
    ends = (present.grid.branch_from[equipment.index], present.grid.branch_to[equipment.index])
    carried = all(int(present.energisation.live[end]) & before & ABC for end in ends)
    return facts | {"level": 3 if careful else 2, "opens_live": bool(carried and before & ~wanted)}


def _release_expired(equipment: Equipment, at: dt.datetime) -> None:
    Operation.objects.filter(
        equipment_mrid=equipment.mrid, model_id=equipment.version.model_id, state="selected", expires_at__lte=at
    ).update(state="expired", ended_at=at, result="lease ran out")


def _own_operation(actor: Actor, operation_id: uuid.UUID) -> Operation:
    found = Operation.objects.select_for_update(of=("self",), no_key=True).select_related("area", "model")
    operation = found.filter(pk=operation_id).first()
    if operation is None:
        raise NotFound(_("no such operation"), operation=str(operation_id))
    _check_owner(operation, actor)
    return operation


def _check_owner(operation: Operation, actor: Actor) -> None:
    if operation.requested_by != actor.name:
        raise OperationRefused(phrase("selected_by", who=operation.requested_by), cause="locked-by-other-client")


def _audit_refusal(actor: Actor, action: str, object_: str, refusal: Refused, at: dt.datetime) -> None:
    """Refusals are on record too, in their own transaction since the refused one is rolled back."""
    told = refusal.told if isinstance(refusal, OperationRefused) else refusal.message
    with translation.override(settings.LANGUAGE_CODE):
        words = gate_words.said(told)
    audit.record(
        actor=actor,
        action=action,
        object_=object_,
        result="refused",
        at=at,
        after=None if isinstance(told, str) else {"refused": told},
        reason=f"{words} [{refusal.data.get('cause', refusal.code)}]",
    )
