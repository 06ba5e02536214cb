"""Operate a switch: select, then operate. The one gate every asked-for movement passes, whoever asks by whichever way.

Checks, at select and again at operate: authority in the device's area, the position the person saw, blocking tags, quality of the
position, another live operation. The look-ahead says who would lose or regain supply before anything may be confirmed. Refusals
speak the words of IEC 61850 AddCause.
"""

import datetime as dt
import re
import uuid
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.services import areas, audit, authority, events
from network.domain import impact
from network.domain.energisation import reenergise
from network.events import CommandRequested, OperationEnded, TagChanged
from network.models import HEAVY, Equipment, Operation, SwitchState, Tag
from network.selectors import state
from network.services import overlays, positions
from network.services.positions import PositionReport

SELECT_LEASE = runtime_settings.declare(
    "operation.select_lease_s", 30, unit="s", help_="How long a selected device stays reserved for who selected it."
)
COMMAND_TIMEOUT = runtime_settings.declare(
    "operation.command_timeout_s", 20, unit="s", help_="How long a command may wait for the reported position."
)


class OperationRefused(Refused):
    """The gate says no; `data["cause"]` is the IEC 61850 AddCause word."""

    code = "operation_refused"


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants moved: the device, to where, and the state they saw when they asked."""

    model: str
    equipment_mrid: str
    close: bool
    seen_number: int
    phases: int | None = None  # only these phases; all of the device's otherwise
    reason: str = ""


def request_operation(*, actor: Actor, request: Request, at: dt.datetime) -> Operation:
    """Select a device: every check of the gate, the look-ahead, and a lease for the actor.

    Raises:
        NotFound: no such switch.
        NotAuthorised: not in this area.
        OperationRefused: blocked by a tag, state changed, already selected, already there, bad quality.
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
        _end(operation, "cancelled", "given back", at)
        audit.record(
            actor=actor, action="cancel_operation", object_=operation.equipment_mrid, area=operation.area.key, at=at
        )
    return operation


@transaction.atomic
def end_overdue(*, at: dt.datetime) -> int:
    """Expire old selections and time out unanswered commands; the number ended. A timed-out command is a task for a person."""
    live = Operation.objects.select_for_update(skip_locked=True, of=("self",)).select_related("area", "model")
    expired = list(live.filter(state="selected", expires_at__lt=at))
    for operation in expired:
        _end(operation, "expired", "lease ran out", at)
    timed_out = list(live.filter(state="executing", deadline_at__lt=at))
    for operation in timed_out:
        _end(operation, "timed_out", "no position reported in time", at)
        fact = OperationEnded(
            operation.model.key,
            str(operation.pk),
            operation.equipment_mrid,
            operation.equipment_name,
            "timed_out",
            operation.result,
            at,
        )
        events.publish(area_id=operation.area_id, facts=[fact], at=at)
    return len(expired) + len(timed_out)


def is_waiting(*, operation_id: uuid.UUID, at: dt.datetime) -> bool:
    """Whether a command still waits to be carried out: afterwards it must not be."""
    return Operation.objects.filter(pk=operation_id, state="executing", deadline_at__gt=at).exists()


@transaction.atomic
def fail_operation(*, actor: Actor, operation_id: uuid.UUID, result: str, at: dt.datetime) -> None:
    """The field refused the command."""
    operation = Operation.objects.select_for_update(of=("self",)).select_related("area", "model").get(pk=operation_id)
    if operation.state != "executing":
        return
    _end(operation, "failed", result[:500], at)
    audit.record(
        actor=actor,
        action="operate",
        object_=operation.equipment_mrid,
        area=operation.area.key,
        result="failed",
        reason=result,
        at=at,
    )
    fact = OperationEnded(
        operation.model.key, str(operation.pk), operation.equipment_mrid, operation.equipment_name, "failed", result, at
    )
    events.publish(area_id=operation.area_id, facts=[fact], at=at)


@transaction.atomic
def place_tag(*, actor: Actor, model: str, equipment_mrid: str, kind: str, text: str, at: dt.datetime) -> Tag:
    """Hang a tag on a device. Inhibit and clearance block every operation until all of them are removed."""
    equipment = find_switch(model, equipment_mrid)
    authority.require(actor=actor, action="place_tag", area=equipment.area.key)
    tag = Tag.objects.create(
        model_id=equipment.version.model_id,
        area=equipment.area,
        equipment_mrid=equipment_mrid,
        kind=kind,
        text=text,
        placed_by=actor.name,
        placed_at=at,
    )
    audit.record(
        actor=actor,
        action="place_tag",
        object_=equipment_mrid,
        area=equipment.area.key,
        after={"kind": kind, "text": text},
        at=at,
    )
    events.publish(
        area_id=equipment.area_id, facts=[TagChanged(model, equipment_mrid, kind, is_placed=True, at=at)], at=at
    )
    return tag


def find_tag(tag_id: int) -> Tag:
    """A tag that hangs.

    Raises:
        NotFound: there is none, or it is off already.
    """
    found = Tag.objects.select_related("area", "model").filter(pk=tag_id, removed_at=None).first()
    if found is None:
        raise NotFound("no such tag", tag=tag_id)
    return found


@transaction.atomic
def remove_tag(*, actor: Actor, tag_id: int, at: dt.datetime) -> Tag:
    """Take one's own tag off."""
    tag = (
        Tag.objects.select_for_update(of=("self",))
        .select_related("area", "model")
        .filter(pk=tag_id, removed_at=None)
        .first()
    )
    if tag is None:
        raise NotFound("no such tag", tag=tag_id)
    authority.require(actor=actor, action="place_tag", area=tag.area.key)
    if tag.placed_by != actor.name:
        raise OperationRefused(
            f"the tag was placed by {tag.placed_by}, who alone removes it", cause="locked-by-other-client"
        )
    tag.removed_by, tag.removed_at = actor.name, at
    tag.save(update_fields=["removed_by", "removed_at"])
    audit.record(actor=actor, action="remove_tag", object_=tag.equipment_mrid, area=tag.area.key, at=at)
    events.publish(
        area_id=tag.area_id,
        facts=[TagChanged(tag.model.key, tag.equipment_mrid, tag.kind, is_placed=False, at=at)],
        at=at,
    )
    return tag


def find_switch(model: str, mrid: str) -> Equipment:
    """The switch in the published version of a model."""
    found = (
        Equipment.objects.select_related("area", "version")
        .defer(*HEAVY)
        .filter(version__model__key=model, version__state="published", mrid=mrid, is_switch=True)
        .first()
    )
    if found is None:
        raise NotFound(f"no switch {mrid} in network {model}", equipment=mrid, model=model)
    return found


def look_ahead(*, request: Request) -> dict[str, Any]:
    """What the movement would do: customers lost and regained, kW, loop, parallel sources, level of care it needs."""
    equipment = find_switch(request.model, request.equipment_mrid)
    present = state.present(request.model)
    wanted = _wanted(equipment, int(present.positions[equipment.index]), request)
    return _look_ahead(equipment, present, wanted)


@transaction.atomic
def _select(*, actor: Actor, request: Request, at: dt.datetime) -> Operation:
    equipment = find_switch(request.model, request.equipment_mrid)
    authority.require(actor=actor, action="operate_switch", area=equipment.area.key)
    areas.lock([equipment.area_id])
    present = state.present(request.model)
    before = int(present.positions[equipment.index])
    wanted = _wanted(equipment, before, request)
    _check(equipment, present, request.seen_number)
    _check_overlay(equipment, present, wanted)
    if wanted == before:
        raise OperationRefused(f"{equipment.name} stands so already", cause="position-reached")
    _release_expired(equipment, at)
    ahead = _look_ahead(equipment, present, wanted)
    operation = Operation(
        model_id=equipment.version.model_id,
        area=equipment.area,
        equipment_mrid=equipment.mrid,
        equipment_name=equipment.name,
        closed_wanted=wanted,
        closed_seen=before,
        seen_number=request.seen_number,
        state="selected",
        is_telemetered=equipment.is_telemetered,
        requested_by=actor.name,
        way=actor.way,
        look_ahead=ahead,
        level=ahead["level"],
        reason=request.reason,
        selected_at=at,
        expires_at=at + dt.timedelta(seconds=runtime_settings.get(SELECT_LEASE)),
    )
    try:
        with transaction.atomic():
            operation.save(force_insert=True)
    except IntegrityError:
        holder = Operation.objects.filter(equipment_mrid=equipment.mrid, state__in=("selected", "executing")).first()
        who = holder.requested_by if holder else "somebody else"
        raise OperationRefused(f"{equipment.name} is held by {who}", cause="object-already-selected") from None
    audit.record(actor=actor, action="select", object_=equipment.mrid, area=equipment.area.key, after=ahead, at=at)
    return operation


@transaction.atomic
def _execute(*, actor: Actor, operation_id: uuid.UUID, confirmation: str, reason: str, at: dt.datetime) -> Operation:
    operation = _own_operation(actor, operation_id)
    if operation.state != "selected":
        raise OperationRefused(f"the operation is {operation.get_state_display().lower()}", cause="object-not-selected")
    if operation.expires_at <= at:
        raise OperationRefused("the selection ran out; select again", cause="time-limit-over")
    equipment = find_switch(operation.model.key, operation.equipment_mrid)
    authority.require(actor=actor, action="operate_switch", area=equipment.area.key)
    areas.lock([equipment.area_id])
    present = state.present(operation.model.key)
    _check(equipment, present, operation.seen_number)
    _check_overlay(equipment, present, operation.closed_wanted)
    _check_confirmation(operation, confirmation, reason)
    operation.reason = reason or operation.reason
    operation.state, operation.executed_at = "executing", at
    operation.deadline_at = at + dt.timedelta(seconds=runtime_settings.get(COMMAND_TIMEOUT))
    operation.save()
    audit.record(
        actor=actor,
        action="operate",
        object_=equipment.mrid,
        area=equipment.area.key,
        before={"closed": operation.closed_seen},
        after={"closed": operation.closed_wanted, "level": operation.level},
        reason=operation.reason,
        at=at,
    )
    if operation.is_telemetered:
        _command(operation, equipment, at)
    else:
        _record(operation, equipment, actor, at)
    operation.refresh_from_db()
    return operation


def _command(operation: Operation, equipment: Equipment, at: dt.datetime) -> None:
    deadline = operation.deadline_at or at
    fact = CommandRequested(
        operation.model.key, str(operation.pk), equipment.mrid, equipment.name, operation.closed_wanted != 0, deadline
    )
    events.publish(area_id=equipment.area_id, facts=[fact], at=at)


def _record(operation: Operation, equipment: Equipment, actor: Actor, at: dt.datetime) -> None:
    """A hand-operated switch: the operator states that it was moved."""
    report = PositionReport(
        operation.model.key,
        equipment.mrid,
        at,
        operation.closed_wanted != 0,
        operation.closed_wanted,
        "manual",
        operation.reason,
    )
    positions.record_positions(actor=actor, source="operation", reports=[report], at=at, operation=operation)


def _wanted(equipment: Equipment, before: int, request: Request) -> int:
    phases = equipment.phases if request.phases is None else request.phases & equipment.phases
    return before | phases if request.close else before & ~phases


def _check(equipment: Equipment, present: state.NetworkState, seen_number: int) -> None:
    """Tags, the state the person saw, and the quality of the position."""
    blocking = Tag.objects.filter(
        model_id=present.model_id, equipment_mrid=equipment.mrid, removed_at=None, kind__in=("inhibit", "clearance")
    ).first()
    if blocking is not None:
        raise OperationRefused(
            f"{equipment.name} carries a tag of {blocking.placed_by}: {blocking.text}", cause="blocked-by-interlocking"
        )
    current = SwitchState.objects.filter(model_id=present.model_id, equipment_mrid=equipment.mrid).first()
    if (current.number if current else 0) != seen_number:
        raise OperationRefused(f"{equipment.name} has moved since it was shown", cause="inconsistent-parameters")
    if current and current.quality in state.BAD:
        raise OperationRefused(f"the position of {equipment.name} is {current.quality}", cause="blocked-by-health")


def _check_overlay(equipment: Equipment, present: state.NetworkState, wanted: int) -> None:
    """What is not commissioned is not operated, and nothing is energised onto a ground."""
    if equipment.mrid in present.fitted.overlay.uncommissioned:
        raise OperationRefused(f"{equipment.name} is not commissioned", cause="blocked-by-process")
    if not present.fitted.grounds:
        return
    closed = present.closed.copy()
    closed[equipment.index] = wanted
    branch = np.array([equipment.index], np.int32)
    overlays.refuse_live_grounds(
        present, present.fitted, reenergise(present.grid, present.energisation, closed, branch)
    )


def _check_confirmation(operation: Operation, confirmation: str, reason: str) -> None:
    if operation.level < 3:
        return
    if confirmation.strip() != digits_to_type(operation.equipment_name):
        raise OperationRefused("the typed digits are not those of the device", cause="inconsistent-parameters")
    if not reason.strip():
        raise OperationRefused("a reason is needed", cause="inconsistent-parameters")


def digits_to_type(name: str) -> str:
    """What a person types to prove which device is meant: the last digits of its name, else its last four characters.

    >>> digits_to_type("SW 4203-17"), digits_to_type("Tie")
    ('17', 'Tie')
    """
    numbers = re.findall(r"\d+", name)
    return numbers[-1][-4:] if numbers else name[-4:]


def _look_ahead(equipment: Equipment, present: state.NetworkState, wanted: int) -> dict[str, Any]:
    conducting = present.fitted.conducting_at(equipment.index, wanted)
    ahead = impact.look_ahead(present.grid, present.closed, present.energisation, equipment.index, conducting)
    careful = ahead.lost_customers > 0 or ahead.makes_loop or ahead.parallels_sources
    facts = {name: value for name, value in asdict(ahead).items() if isinstance(value, bool | int | float)}
    return facts | {"level": 3 if careful else 2}


def _release_expired(equipment: Equipment, at: dt.datetime) -> None:
    Operation.objects.filter(
        equipment_mrid=equipment.mrid, model_id=equipment.version.model_id, state="selected", expires_at__lte=at
    ).update(state="expired", ended_at=at, result="lease ran out")


def _own_operation(actor: Actor, operation_id: uuid.UUID) -> Operation:
    operation = (
        Operation.objects.select_for_update(of=("self",))
        .select_related("area", "model")
        .filter(pk=operation_id)
        .first()
    )
    if operation is None:
        raise NotFound("no such operation", operation=str(operation_id))
    if operation.requested_by != actor.name:
        raise OperationRefused(f"selected by {operation.requested_by}", cause="locked-by-other-client")
    return operation


def _end(operation: Operation, ended: str, result: str, at: dt.datetime) -> None:
    operation.state, operation.result, operation.ended_at = ended, result, at
    operation.save(update_fields=["state", "result", "ended_at"])


def _audit_refusal(actor: Actor, action: str, object_: str, refusal: Refused, at: dt.datetime) -> None:
    """Refusals are on record too, in their own transaction since the refused one is rolled back."""
    audit.record(
        actor=actor,
        action=action,
        object_=object_,
        result="refused",
        at=at,
        reason=f"{refusal.message} [{refusal.data.get('cause', refusal.code)}]",
    )
