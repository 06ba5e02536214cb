"""Carry an order out, step by step: instruct, operate through the gate, hear what became of it, complete or go back.

Locks: the order first, then what the gate locks.
"""

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import audit
from network.domain.phrases import Phrase, phrase
from network.selectors import equipment
from network.selectors import operations as asked
from network.services import operations
from network.services.operations import Request
from outages.domain.switching import life
from outages.domain.switching import steps as kinds
from outages.models import FlisrStep, SwitchingOrder, SwitchingStep
from outages.selectors import order_words
from outages.services.switching import carrying, drafting
from outages.services.switching.life_cycle import OrderRefused, change, hold, move, tell
from workforce.selectors import crews

EXECUTE = "execute_order"
#: What is said of the end of a step.
_END = ("note", "note_told", "ended_by", "ended_at", "occurred_at")


def instruct(
    *, actor: Actor, order_id: int, step: str, crew: str, is_for_flisr: bool = False, at: dt.datetime
) -> SwitchingStep:
    """Tell a crew to do a step. What would be refused at the switch is refused here: the gate is asked first.

    `is_for_flisr`: FLISR tells one of its own, and has looked whether it is safe.

    Raises:
        NotFound: no such order, step or crew.
        OrderRefused: it is not this step's turn, or the order is not in execution.
        OperationRefused: the gate says no.
    """

    @transaction.atomic
    def go() -> SwitchingStep:
        row, found = _turn(actor, order_id, step, "instructed", is_for_flisr=is_for_flisr)
        return _instruct(actor, row, found, crew, at)

    return _audited(actor, order_id, "order_instruct", at, go)


def _instruct(actor: Actor, row: SwitchingOrder, found: SwitchingStep, crew: str, at: dt.datetime) -> SwitchingStep:
    who = next((one for one in crews.crews() if one.key == crew), None)
    if who is None:
        raise NotFound(_("no crew %(crew)s") % {"crew": crew}, crew=crew)
    if found.kind in kinds.SWITCHING and row.kind != "training":
        _ask_the_gate(actor, row, found, at)
    begin(row)
    found.instructed_to, found.instructed_by, found.instructed_at, found.crew = (
        who.name,
        actor.label or actor.name,
        at,
        who.key,
    )
    _begin_anew(found)
    _set(found, "instructed", "instructed_to", "instructed_by", "instructed_at", "crew", *_END)
    told = phrase("instructed", step=found.position, crew=who.name, what=order_words.step_phrase(found))
    tell(row, "instructed", told, actor, at, step=found)
    return found


@transaction.atomic
def take_back(*, actor: Actor, order_id: int, step: str, at: dt.datetime) -> SwitchingStep:
    """The crew is not to do it after all; it says so itself that it has not."""
    row = hold(actor, EXECUTE, order_id)
    found = find_step(row, step)
    require_may(found, "not_started")
    found.instructed_to = found.instructed_by = ""
    found.instructed_at = None
    _set(found, "not_started", "instructed_to", "instructed_by", "instructed_at")
    tell(row, "taken_back", phrase("taken_back", step=found.position), actor, at, step=found)
    return found


@transaction.atomic
def do(*, actor: Actor, order_id: int, step: str, note: str = "", at: dt.datetime) -> SwitchingStep:
    """The control room does a step that needs no command: a tag, a note, a verification, a ground told by telephone.

    Raises:
        OrderRefused: it is not this step's turn, it waits, or it is a switch, which is selected and operated.
    """
    row, found = _turn(actor, order_id, step, "completed")
    if found.kind == "wait" and (until := waits_until(row, found)) > at:
        raise OrderRefused(
            _("%(number)s waits until %(localtime)s")
            % {"number": _number(found), "localtime": f"{timezone.localtime(until):%H:%M:%S}"},
            step=step,
        )
    if found.kind in kinds.SWITCHING:
        raise OrderRefused(
            _("%(device_name)s is operated through the gate, or by a crew") % {"device_name": found.device_name},
            step=step,
        )
    begin(row)
    if row.kind != "training":
        carrying.carry_out(actor=actor, order=row, step=found, occurred_at=at, at=at)
    end(row, found, "completed", actor, at, note=note)
    return found


def select(*, actor: Actor, order_id: int, step: str, seen_number: int, at: dt.datetime) -> Any:
    """Select the switch of a step at the gate: its checks, its look-ahead, its lease. The operation.

    Raises:
        OrderRefused: it is not this step's turn.
        OperationRefused: the gate says no.
    """
    with transaction.atomic():
        row, found = _turn(actor, order_id, step, "pending")
        _require_switch(row, found)
    return operations.request_operation(actor=actor, request=request_of(row, found, seen_number), at=at)


def operate(
    *, actor: Actor, order_id: int, step: str, operation_id: uuid.UUID, confirmation: str = "", reason: str = "", at: dt.datetime
) -> SwitchingStep:  # fmt: skip
    """Operate what was selected for a step. A telemetered switch leaves the step pending until its position is reported.

    Raises:
        OrderRefused: it is not this step's turn, or something else was selected.
        OperationRefused: the gate says no.
    """

    @transaction.atomic
    def go() -> SwitchingStep:
        row, found = _turn(actor, order_id, step, "pending")
        _require_switch(row, found)
        words = reason or f"{row.reference} step {found.position}"
        operation = operations.execute_operation(
            actor=actor, operation_id=operation_id, confirmation=confirmation, reason=words, at=at
        )
        if operation.order_step != found.pk:  # not even the same device the other way, or the same from the map
            words = _("%(device)s was selected for something else, not for this step") % {
                "device": operation.equipment_name
            }
            raise OrderRefused(words, cause="inconsistent-parameters", step=step)
        begin(row)
        found.operation = operation.pk
        if operation.state == "completed":
            end(row, found, "completed", actor, at)
        else:
            _begin_anew(found)
            _set(found, "pending", "operation", *_END)
            told = phrase("pending", step=found.position, what=order_words.step_phrase(found))
            tell(row, "pending", told, actor, at, step=found)
        return found

    return _audited(actor, order_id, "order_operate", at, go)


@transaction.atomic
def resolve(*, actor: Actor, order_id: int, step: str, is_done: bool, note: str, at: dt.datetime) -> SwitchingStep:
    """A person says what became of a command that nothing was heard of; done, the position is written down as theirs.

    Raises:
        OrderRefused: it is not pending, or its answer is awaited still.
        Invalid: they do not say how they know.
    """
    row = hold(actor, EXECUTE, order_id)
    found = find_step(row, step)
    if found.state != "pending":
        raise OrderRefused(_("%(number)s is not pending") % {"number": _number(found)}, step=step)
    if not note.strip():
        raise Invalid(_("say how it is known"), field="note")
    if not _settle(actor, found, is_done=is_done, note=note, at=at) and is_done:
        carrying.carry_out(actor=actor, order=row, step=found, occurred_at=at, at=at)
    end(row, found, "completed" if is_done else "failed", actor, at, note=note)
    return found


def _settle(actor: Actor, step: SwitchingStep, *, is_done: bool, note: str, at: dt.datetime) -> bool:
    """Take the command off the list of those without an answer, with what became of it; whether it stood there."""
    if step.operation is None:
        return False
    operation = asked.operation(step.operation)
    if operation.state == "executing":
        raise OrderRefused(_("%(number)s: its answer is awaited still") % {"number": _number(step)}, step=step.key)
    if operation.state != "timed_out" or operation.settled_at is not None:
        return False
    outcome = "done" if is_done else "failed"
    operations.settle_operation(actor=actor, operation_id=operation.pk, outcome=outcome, reason=note, at=at)
    return True


@transaction.atomic
def leave_out(*, actor: Actor, order_id: int, step: str, reason: str, at: dt.datetime) -> SwitchingStep:
    """A step is not to be done: it ends so, with the reason."""
    row = hold(actor, EXECUTE, order_id)
    if row.state not in life.EXECUTING:
        raise OrderRefused(
            _("%(reference)s is %(state)s") % {"reference": row.reference, "state": row.get_state_display().lower()},
            order=row.pk,
        )
    found = find_step(row, step)
    if not reason.strip():
        raise Invalid(_("a reason is needed"), field="reason")
    require_may(found, "deleted")
    begin(row)
    end(row, found, "deleted", actor, at, note=reason)
    return found


@transaction.atomic
def complete(*, actor: Actor, order_id: int, at: dt.datetime) -> SwitchingOrder:
    """All steps have their end and nobody holds a safety document.

    Raises:
        OrderRefused: a step is open, or a document is held.
    """
    row = hold(actor, EXECUTE, order_id)
    _require_no_document(row)
    states = list(row.steps.values_list("state", flat=True))
    if not kinds.is_complete(states):
        still = sum(state not in kinds.ENDS for state in states)
        raise OrderRefused(
            ngettext(
                "%(still)s step of %(reference)s has no end yet",
                "%(still)s steps of %(reference)s have no end yet",
                still,
            )
            % {"still": still, "reference": row.reference},
            order=row.pk,
        )
    move(row, "completed", ended_at=at)
    tell(row, "completed", phrase("completed"), actor, at)
    return row


@transaction.atomic
def abort(*, actor: Actor, order_id: int, reason: str, go_back: bool = True, at: dt.datetime) -> SwitchingOrder:
    """Stop: steps not begun end as aborted, and steps that undo what was done follow, the latest first.

    Raises:
        OrderRefused: a command is pending, a crew has been instructed and not reported, or a document is held.
    """
    row = hold(actor, EXECUTE, order_id)
    _require_no_document(row)
    steps = list(row.steps.order_by("position", "pk"))
    running = [step for step in steps if step.state in {"instructed", "pending"}]
    if running:
        raise OrderRefused(
            _("%(number)s is under way: hear of it first") % {"number": _number(running[0])}, order=row.pk
        )
    done = [step for step in steps if step.state == "completed" and not step.is_go_back]
    back = kinds.lead_back([drafting.planned(step) for step in done]) if go_back and row.state == "in_execution" else []
    row.steps.filter(state__in=("not_started", "failed")).update(
        state="aborted", ended_at=at, ended_by=actor.label or actor.name
    )
    move(row, "aborting" if back else "aborted", reason=reason, **({} if back else {"ended_at": at}))
    drafting.put_back_steps(row, back)
    why = row.reason
    told = phrase("aborted_back", why=why, steps=len(back)) if back else phrase("aborted", why=why)
    tell(row, "aborted", told, actor, at)
    return row


# For this package


def find_step(row: SwitchingOrder, key: str) -> SwitchingStep:
    """A step by its key, locked."""
    found = SwitchingStep.objects.select_for_update(no_key=True).filter(order=row, key=key).first()
    if found is None:
        raise NotFound(
            _("%(reference)s has no step %(key)s") % {"reference": row.reference, "key": key}, order=row.pk, step=key
        )
    return found


def waits_until(row: SwitchingOrder, step: SwitchingStep) -> dt.datetime:
    """When a wait is over: its minutes after the latest step before it that was done, or after the issue where none was."""
    before = row.steps.filter(position__lt=step.position, state__in=("completed", "already_there"))
    latest = before.aggregate(latest=Max("occurred_at"))["latest"] or row.issued_at or row.created_at
    return latest + dt.timedelta(minutes=kinds.minutes(step.text) or 0)


def require_may(step: SwitchingStep, following: str) -> None:
    """Refuse a state that cannot come next."""
    if not kinds.may_become(step.state, following):
        words = _("%(number)s is %(state)s: it cannot become %(wanted)s") % {
            "number": _number(step),
            "state": step.get_state_display().lower(),
            "wanted": str(order_words.STEP_STATES[following]).lower(),
        }
        raise OrderRefused(words, step=step.key, state=step.state)


def begin(row: SwitchingOrder) -> None:
    """The first step begins the execution."""
    if row.state == "issued":
        move(row, "in_execution")


def end(
    row: SwitchingOrder,
    step: SwitchingStep,
    state: str,
    actor: Actor,
    at: dt.datetime,
    *,
    note: str | Phrase = "",
    occurred_at: dt.datetime | None = None,
) -> None:
    """Give a step its end (or its failure), and the order its own where it was going back and all has its end.

    `note` is what a person wrote, or a phrase of what Tieline knows.
    """
    require_may(step, state)
    step.ended_by, step.ended_at, step.occurred_at = actor.label or actor.name, at, occurred_at or at
    note = note.strip() if isinstance(note, str) else note
    if note:
        set_note(step, note)
    _set(step, state, "operation", "placed", *_END)
    change(row)
    if row.state == "aborting" and kinds.is_complete(list(row.steps.values_list("state", flat=True))):
        move(row, "aborted", reason=row.reason, ended_at=at)
    told = phrase(f"step_{state}", step=step.position, what=order_words.step_phrase(step))
    told = phrase("with_note", said=told, note=note) if note else told
    tell(row, "step", told, actor, at, step=step, occurred_at=occurred_at)


def set_note(step: SwitchingStep, note: str | Phrase) -> None:
    """Note something of a step; the row is not saved."""
    step.note = order_words.said(note)[:400]
    step.note_told = {} if isinstance(note, str) else note


def _turn(
    actor: Actor, order_id: int, key: str, following: str, *, is_for_flisr: bool = False
) -> tuple[SwitchingOrder, SwitchingStep]:
    """The order and the step, if it is its turn. What FLISR told a crew is begun by it alone: it looks whether that is safe still."""
    row = hold(actor, EXECUTE, order_id)
    if row.state not in life.EXECUTING:
        raise OrderRefused(
            _("%(reference)s is %(state)s: it is not being carried out")
            % {"reference": row.reference, "state": row.get_state_display().lower()},
            order=row.pk,
        )
    found = find_step(row, key)
    require_may(found, following)
    if row.kind == "flisr" and not is_for_flisr and FlisrStep.objects.filter(order_step=found).exists():
        raise OrderRefused(
            _("%(number)s is FLISR's: it is told to a crew on the page of the event") % {"number": _number(found)},
            step=key,
        )
    steps = list(row.steps.order_by("position", "pk"))
    index = next(number for number, step in enumerate(steps) if step.pk == found.pk)
    groups, states = [step.group for step in steps], [step.state for step in steps]
    first = kinds.waits_for(groups, states, index, is_free=row.kind in life.FREE)
    if first >= 0:
        raise OrderRefused(
            _("%(number)s comes first") % {"number": _number(steps[first])}, step=key, waits_for=steps[first].key
        )
    return row, found


def _require_switch(row: SwitchingOrder, step: SwitchingStep) -> None:
    if step.kind not in kinds.SWITCHING:
        raise OrderRefused(
            _("%(told_step)s is not a movement of a switch") % {"told_step": order_words.told_step(step)}, step=step.key
        )
    if row.kind == "training":
        raise OrderRefused(_("a training order moves nothing: report its steps"), order=row.pk)


def request_of(row: SwitchingOrder, step: SwitchingStep, seen_number: int) -> Request:
    """What a step asks of the gate."""
    reason = f"{row.reference} step {step.position}"
    return Request(
        row.model_key,
        step.device_mrid,
        step.kind == "close",
        seen_number,
        step.phases or None,
        reason,
        origin="order",
        order_step=step.pk,
    )


def _ask_the_gate(actor: Actor, row: SwitchingOrder, step: SwitchingStep, at: dt.datetime) -> None:
    """Every check of the gate with the position as it is known now; the selection is given back, the crew takes its time."""
    seen = equipment.position(operations.find_switch(row.model_key, step.device_mrid))["seen_number"]
    try:
        selected = operations.request_operation(actor=actor, request=request_of(row, step, seen), at=at)
    except operations.OperationRefused as refusal:
        if refusal.data.get("cause") == "position-reached":
            return  # the crew will find it already there, and say so
        raise
    operations.cancel_operation(actor=actor, operation_id=selected.pk, at=at)


def _require_no_document(row: SwitchingOrder) -> None:
    held = row.documents.filter(state="issued").first()
    if held is not None:
        raise OrderRefused(
            _("%(reference)s is held by %(holder_name)s")
            % {"reference": held.reference, "holder_name": held.holder_name},
            order=row.pk,
            document=held.pk,
        )


def _begin_anew(step: SwitchingStep) -> None:
    """A failed step is tried again: what was said of its failure stands on the timeline, not beside what goes on."""
    step.note, step.note_told, step.ended_by, step.ended_at, step.occurred_at = "", {}, "", None, None


def _set(step: SwitchingStep, state: str, *fields: str) -> None:
    step.state = state
    step.save(update_fields=["state", *fields])


def _number(step: SwitchingStep) -> str:
    return _("Step %(position)s") % {"position": step.position}


def _audited(actor: Actor, order_id: int, action: str, at: dt.datetime, go: Any) -> SwitchingStep:
    """Refusals are on record too; what the gate wrote of its own is rolled back with what was refused."""
    try:
        done: SwitchingStep = go()
    except Refused as refusal:
        cause = refusal.data.get("cause", refusal.code)
        object_ = f"switching_order:{order_id}"
        reason = f"{refusal.message} [{cause}]"
        audit.record(actor=actor, action=action, object_=object_, result="refused", reason=reason, at=at)
        raise
    return done
