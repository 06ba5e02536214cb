"""The steps of the plan that was taken, one after the other through the control gate, and what becomes of each.

A step and the operation it makes are written in one transaction: whoever dies leaves either both or none. What the field refuses is
planned anew at once. A command that times out leaves a switch of which nobody knows where it stands: FLISR waits for a late word, then
plans as if an opening had not happened; behind a closing nobody knows of it stops and asks a person.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.db import transaction

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import audit, authority
from network.domain.restoration.sequence import ISOLATE, RESTORE, Move
from network.domain.restoration.worsening import Before
from network.selectors import equipment, state
from network.selectors import operations as asked
from network.services import operations, restoration_plans
from network.services.control import automation
from network.services.operations import OperationRefused, Request
from outages.domain.flisr import life, modes
from outages.models import FlisrEvent, FlisrStep
from outages.services.flisr import expected, record, settings

TAKE = "take_flisr_plan"
_GONE = ("failed", "timed_out", "expired", "cancelled")


class FlisrRefused(Refused):
    """The event is not where that could be done."""

    code = "flisr_refused"


def plan_name(row: FlisrEvent) -> str:
    """What the gate knows the plan by; planning anew within an event is the same plan still."""
    return f"flisr-{row.pk}"


def begin_automatic(row: FlisrEvent, at: dt.datetime) -> None:
    """Ask the gate whether an automation may act on the feeder.

    Raises:
        OperationRefused: control is frozen, or a plan there waits to be acknowledged.
    """
    automation.begin(
        actor=record.FLISR,
        model=row.model_key,
        area=row.area.key,
        feeder=(row.feeder or row.feeder_mrid)[:120],
        origin="flisr",
        plan=plan_name(row),
        at=at,
    )


def take(row: FlisrEvent, place: int, actor: Actor, at: dt.datetime) -> None:
    """Write the steps of one of the plans; the event is held by the caller."""
    chosen = row.plans[place]
    row.chosen, row.taken_by, row.taken_at = place, actor.name, at
    row.next_at = at if actor.is_system else None
    FlisrStep.objects.bulk_create(
        [
            FlisrStep(
                event=row,
                revision=row.revision,
                place=number,
                equipment_mrid=one["mrid"],
                equipment_name=one["name"],
                is_close=one["close"],
                is_remote=one["is_remote"],
                purpose=one["purpose"],
            )
            for number, one in enumerate(chosen["steps"], 1)
        ]
    )
    record.step_to(row, life.EXECUTING, f"Plan {place + 1} taken: {chosen['summary']}", at, actor=actor)


@transaction.atomic
def take_plan(*, actor: Actor, event_id: int, place: int, revision: int, at: dt.datetime) -> FlisrEvent:
    """A person takes one of the offered plans, as they saw it.

    Raises:
        NotFound: no such event, or it is over.
        NotAuthorised: no operator of the area.
        FlisrRefused: it is not offered any more, was planned anew, or did not pass the checks.
    """
    row = _held(event_id)
    authority.require(actor=actor, action=TAKE, area=row.area.key)
    if row.state != life.PROPOSED:
        raise FlisrRefused(f"the event is not proposed any more: {row.get_state_display().lower()}")
    if row.revision != revision:
        raise FlisrRefused("the plans were made anew since they were shown", revision=row.revision)
    if not 0 <= place < len(row.plans):
        raise NotFound(f"no plan {place + 1}", plan=place + 1)
    if not row.plans[place]["is_safe"]:
        raise FlisrRefused("the plan did not pass the checks")
    take(row, place, actor, at)
    audit.record(
        actor=actor,
        action=TAKE,
        object_=f"flisr event {row.pk}",
        area=row.area.key,
        after={"plan": place + 1, "steps": len(row.plans[place]["steps"])},
        at=at,
    )
    return row


def next_step(row: FlisrEvent) -> FlisrStep | None:
    """The step that is to be done next, or waits for the field; None when all are over."""
    steps = row.steps.filter(revision=row.revision).exclude(state__in=life.STEP_ENDED)
    return steps.order_by("place").first()


def do_step(
    *, actor: Actor, event_id: int, place: int, confirmation: str = "", reason: str = "", at: dt.datetime
) -> FlisrStep:
    """Carry out the next step in one go: a remote-controlled switch is commanded, another is recorded as moved.

    Raises:
        NotFound: no such event, or it is over.
        NotAuthorised: no operator of the area.
        FlisrRefused: it is not this step's turn, or the network has changed so that it is not safe any more.
        OperationRefused: the control gate says no.
    """

    @transaction.atomic
    def go() -> FlisrStep:
        row, step = _turn(actor, event_id, place)
        _operate(row, step, actor, at, confirmation=confirmation, reason=reason)
        return step

    return _audited(actor, event_id, place, at, go)


def select_step(*, actor: Actor, event_id: int, place: int, seen_number: int, at: dt.datetime) -> Any:
    """Select the switch of the next step, as a person saw it; the operation.

    Raises:
        NotFound: no such event, or it is over.
        NotAuthorised: no operator of the area.
        FlisrRefused: it is not this step's turn, or the network has changed so that it is not safe any more.
        OperationRefused: the control gate says no.
    """
    with transaction.atomic():
        row, step = _turn(actor, event_id, place)
        if step.purpose == RESTORE:
            _refuse_unsafe(row, step, at)
    # By itself: the gate keeps its refusal on the audit trail, which must not be rolled back with ours.
    return operations.request_operation(actor=actor, request=request_of(row, step, seen_number), at=at)


def operate_step(
    *, actor: Actor, event_id: int, place: int, operation_id: uuid.UUID, confirmation: str = "", reason: str = "", at: dt.datetime
) -> FlisrStep:  # fmt: skip
    """Operate what was selected for the next step; it is asked once more whether it is safe.

    Raises:
        NotFound: no such event, or it is over.
        NotAuthorised: no operator of the area.
        FlisrRefused: it is not this step's turn, something else was selected, or it is not safe any more.
        OperationRefused: the control gate says no.
    """

    @transaction.atomic
    def go() -> FlisrStep:
        row, step = _turn(actor, event_id, place)
        if step.purpose == RESTORE:
            _refuse_unsafe(row, step, at)
        selected = asked.operation(operation_id)
        wanted = (step.equipment_mrid, step.is_close, plan_name(row))
        if (selected.equipment_mrid, selected.closed_wanted != 0, selected.plan) != wanted:
            words = f"{selected.equipment_name} was selected for something else, not for this step"
            raise FlisrRefused(words, cause="inconsistent-parameters")
        operation = operations.execute_operation(
            actor=actor, operation_id=operation_id, confirmation=confirmation, reason=reason, at=at
        )
        _carry(row, step, operation, actor, at)
        return step

    return _audited(actor, event_id, place, at, go)


def _audited(actor: Actor, event_id: int, place: int, at: dt.datetime, go: Callable[[], FlisrStep]) -> FlisrStep:
    """A refusal is on record, in a transaction of its own since what was begun is rolled back."""
    try:
        return go()
    except Refused as refusal:
        audit.record(
            actor=actor,
            action="flisr_step",
            object_=f"flisr event {event_id} step {place}",
            result="refused",
            reason=f"{refusal.message} [{refusal.data.get('cause', refusal.code)}]"[:400],
            at=at,
        )
        raise


def _turn(actor: Actor, event_id: int, place: int) -> tuple[FlisrEvent, FlisrStep]:
    """The event, held, and its step whose turn it is."""
    row = _held(event_id)
    authority.require(actor=actor, action=TAKE, area=row.area.key)
    step = next_step(row) if row.state == life.EXECUTING else None
    if step is None or step.place != place or step.state == FlisrStep.State.PENDING:
        raise FlisrRefused("it is not this step's turn")
    if row.mode == modes.RESTORE_ONLY and step.purpose == ISOLATE and not _is_there(row, step):
        raise FlisrRefused("the mode is restore only: people hold the fault off themselves, at the switch")
    return row, step


def request_of(row: FlisrEvent, step: FlisrStep, seen_number: int) -> Request:
    """What a step asks of the gate."""
    return Request(
        model=row.model_key,
        equipment_mrid=step.equipment_mrid,
        close=step.is_close,
        seen_number=seen_number,
        reason=f"FLISR event {row.pk}, step {step.place}",
        origin="flisr",
        plan=plan_name(row),
    )


def run(row: FlisrEvent, at: dt.datetime) -> int:
    """Look after the steps of an event that is held; how much was done. Only an automatic plan goes on by itself."""
    done = 0
    while (step := next_step(row)) is not None:
        if step.state == FlisrStep.State.PENDING:
            if not _settle(row, step, at):
                return done
        elif _is_there(row, step):
            _end(step, FlisrStep.State.ALREADY, "it stood so already", at)
        elif row.taken_by != record.FLISR.name or not _by_itself(row, step, at):
            return done
        done += 1
        if row.state != life.EXECUTING:
            return done
    _finish(row, at)
    return done + 1


def _by_itself(row: FlisrEvent, step: FlisrStep, at: dt.datetime) -> bool:
    """Operate a step without a person; a refusal of the gate holds the event or plans anew."""
    try:
        with transaction.atomic():
            _operate(row, step, record.FLISR, at)
    except FlisrRefused as refused:
        _again(row, step, refused.message, at)
    except OperationRefused as refused:
        if refused.data.get("cause") == "blocked-by-mode":
            hold(row, refused.message, at)
        else:
            _again(row, step, refused.message, at)
    return row.state == life.EXECUTING


def _operate(
    row: FlisrEvent, step: FlisrStep, actor: Actor, at: dt.datetime, *, confirmation: str = "", reason: str = ""
) -> None:
    """Select and operate in one go: whoever took the plan has seen what it does, and each step is looked at once more here."""
    found = equipment.find(step.equipment_mrid, row.model_key)
    if step.purpose == RESTORE:
        _refuse_unsafe(row, step, at)
    request = request_of(row, step, equipment.position(found)["seen_number"])
    operation = operations.request_operation(actor=actor, request=request, at=at)
    operation = operations.execute_operation(
        actor=actor, operation_id=operation.pk, confirmation=confirmation, reason=reason, at=at
    )
    _carry(row, step, operation, actor, at)


def _carry(row: FlisrEvent, step: FlisrStep, operation: Any, actor: Actor, at: dt.datetime) -> None:
    """The step as its operation leaves it: waiting for the field, or recorded."""
    step.operation_id, step.actor, step.started_at = operation.pk, actor.name, at
    step.state = FlisrStep.State.PENDING
    step.save()
    verb = "Close" if step.is_close else "Open"
    record.note(row, "step", f"Step {step.place}: {verb} {step.equipment_name}", at, actor=actor)
    if operation.state == "completed":
        _end(step, FlisrStep.State.COMPLETED, operation.result or "recorded", at)
        if not actor.is_system:
            row.next_at = at  # the sweeper sees whether it was the last
            row.save(update_fields=["next_at"])
    record.tell(row, at)


def _refuse_unsafe(row: FlisrEvent, step: FlisrStep, at: dt.datetime) -> None:
    """Nothing is brought in that the network as it is now would not bear, or that would feed the fault."""
    present = state.present(row.model_key)
    branch = present.grid.branch_index(step.equipment_mrid)
    move = Move(branch, close=True, purpose=RESTORE, is_remote=step.is_remote)
    faulted = frozenset(node for mrid in row.location.get("nodes", ()) if (node := present.grid.node_index(mrid)) >= 0)
    why = restoration_plans.unsafe_move(present=present, moves=[move], faulted=faulted)
    if not why and not _is_as_planned(row, present):
        why = restoration_plans.beyond_limits(
            present=present, moves=[move], ahead=expected.ahead(row, at), before=_before(row)
        )
    if why:
        raise FlisrRefused(f"step {step.place} is not safe any more: {why}")


def _is_as_planned(row: FlisrEvent, present: state.NetworkState) -> bool:
    """Whether nothing but its own steps has moved since it was planned: then the power flow of the plan speaks of this state."""
    own = row.steps.filter(revision=row.revision, state=FlisrStep.State.COMPLETED).count()
    return present.sequence == row.sequence + own


def _before(row: FlisrEvent) -> Before:
    """What was near its limits before the device tripped."""
    return Before.of_rows(row.location.get("before", ()))


def _is_there(row: FlisrEvent, step: FlisrStep) -> bool:
    present = state.present(row.model_key)
    branch = present.grid.branch_index(step.equipment_mrid)
    return branch >= 0 and bool(present.positions[branch]) == step.is_close


def _end(step: FlisrStep, ended: str, result: str, at: dt.datetime) -> None:
    step.state, step.result, step.ended_at = ended, result[:400], at
    step.save(update_fields=["state", "result", "ended_at"])


def _settle(row: FlisrEvent, step: FlisrStep, at: dt.datetime) -> bool:
    """What became of a step that waited for the field; False while it still waits."""
    if step.operation_id is None:
        raise ValueError(f"step {step.pk} waits for no operation")
    operation = asked.operation(step.operation_id)
    if operation.state == "completed":
        _end(step, FlisrStep.State.COMPLETED, operation.result, operation.ended_at or at)
        record.tell(row, at)
        return True
    if operation.state not in _GONE:
        return False
    if operation.state == "timed_out":
        return _late(row, step, operation.ended_at or at, at)
    _again(row, step, f"{operation.get_state_display().lower()}: {operation.result}", at)
    return True


def _late(row: FlisrEvent, step: FlisrStep, since: dt.datetime, at: dt.datetime) -> bool:
    """Nobody answered in time: a late position is waited for, then the worse is taken to be true."""
    if _is_there(row, step):
        _end(step, FlisrStep.State.COMPLETED, "reported late", at)
        record.note(row, "step", f"Step {step.place}: {step.equipment_name} reported late", at)
        return True
    if at < since + dt.timedelta(seconds=float(runtime_settings.get(settings.LATE))):
        return False
    if step.is_close:
        _end(step, FlisrStep.State.FAILED, "no position was reported", at)
        hold(row, f"nobody knows whether {step.equipment_name} has closed: a person must find out", at)
        return True
    _again(row, step, "no position was reported", at)
    return True


def _again(row: FlisrEvent, step: FlisrStep, why: str, at: dt.datetime) -> None:
    """A step failed: plan anew, unless it was planned too often."""
    _end(step, FlisrStep.State.FAILED, why, at)
    row.steps.filter(revision=row.revision, state=FlisrStep.State.NOT_STARTED).update(
        state=FlisrStep.State.SKIPPED, ended_at=at, result="planned anew"
    )
    if row.revision >= int(runtime_settings.get(settings.MOST_PLANS)):
        hold(row, f"planned {row.revision} times; step {step.place} failed again: {why}", at)
        return
    row.next_at = at
    record.step_to(row, life.PLANNING, f"Step {step.place} {step.equipment_name} failed: {why}. Planning anew", at)


def hold(row: FlisrEvent, why: str, at: dt.datetime) -> None:
    """Stop until a person says how to go on."""
    row.reason, row.next_at = why[:400], None
    record.step_to(row, life.HELD, f"Held: {why}", at)


def _finish(row: FlisrEvent, at: dt.datetime) -> None:
    back = sum(one["customers"] for one in row.plans[row.chosen or 0]["gains"]) if row.plans else 0
    record.join_outage(row, f"FLISR carried out its plan: {back} customers have supply again", at)
    record.step_to(row, life.DONE, f"Carried out: {back} customers have supply again", at)


def barred(row: FlisrEvent, present: state.NetworkState) -> dict[int, str]:
    """Switches that failed a step of this event, and why."""
    failed = row.steps.filter(state=FlisrStep.State.FAILED).order_by("pk")
    places = ((present.grid.branch_index(one.equipment_mrid), one) for one in failed)
    return {branch: f"it failed before: {one.result}" for branch, one in places if branch >= 0}


# What people do with an event


@transaction.atomic
def stop(*, actor: Actor, event_id: int, reason: str, at: dt.datetime) -> FlisrEvent:
    """A person stops it: nothing more is planned or done.

    Raises:
        NotFound: no such event, or it is over.
        NotAuthorised: no operator of the area.
        Invalid: no reason.
    """
    row = _held(event_id)
    authority.require(actor=actor, action=TAKE, area=row.area.key)
    if len(reason.strip()) < 3:
        raise Invalid("say why", field="reason")
    row.steps.filter(state__in=(FlisrStep.State.NOT_STARTED, FlisrStep.State.INSTRUCTED)).update(
        state=FlisrStep.State.SKIPPED, ended_at=at, result="stopped"
    )
    row.reason = reason[:400]
    record.step_to(row, life.STOPPED, f"Stopped: {reason}", at, actor=actor)
    audit.record(
        actor=actor, action="stop_flisr", object_=f"flisr event {row.pk}", area=row.area.key, reason=reason, at=at
    )
    return row


@transaction.atomic
def plan_again(*, actor: Actor, event_id: int, at: dt.datetime) -> FlisrEvent:
    """A person asks for plans made from the picture as it is now.

    Raises:
        NotFound: no such event, or it is over.
        NotAuthorised: no operator of the area.
        FlisrRefused: it is planned or carried out at this moment.
    """
    row = _held(event_id)
    authority.require(actor=actor, action=TAKE, area=row.area.key)
    pending = row.steps.filter(state=FlisrStep.State.PENDING).exists()
    if pending or not life.may_follow(row.state, life.PLANNING):
        raise FlisrRefused(f"it cannot be planned anew: {row.get_state_display().lower()}")
    row.steps.filter(revision=row.revision, state=FlisrStep.State.NOT_STARTED).update(
        state=FlisrStep.State.SKIPPED, ended_at=at, result="planned anew"
    )
    row.next_at = at
    record.step_to(row, life.PLANNING, "Asked for new plans", at, actor=actor)
    return row


@transaction.atomic
def acknowledge(*, actor: Actor, event_id: int, verdict: str, remark: str = "", at: dt.datetime) -> FlisrEvent:
    """A person has seen how it ended and says whether its best plan was right; automation may act on the feeder again.

    Raises:
        NotFound: no such event.
        NotAuthorised: no operator of the area.
        FlisrRefused: it is not over, or acknowledged already.
        Invalid: no such verdict.
    """
    row = (
        FlisrEvent.objects.select_for_update(of=("self",), no_key=True)
        .select_related("area")
        .filter(pk=event_id)
        .first()
    )
    if row is None:
        raise NotFound(f"no FLISR event {event_id}", event=event_id)
    authority.require(actor=actor, action=TAKE, area=row.area.key)
    if verdict not in ("right", "wrong", ""):
        raise Invalid(f"no verdict {verdict!r}", field="verdict", known=["right", "wrong", ""])
    if row.ended_at is None or row.acknowledged_at is not None:
        raise FlisrRefused("it goes on still" if row.ended_at is None else "it is acknowledged already")
    row.verdict, row.remark = verdict, remark[:400]
    row.acknowledged_by, row.acknowledged_at = actor.name, at
    row.save()
    record.note(row, "acknowledged", f"Acknowledged{f', plan {verdict}' if verdict else ''}. {remark}", at, actor=actor)
    standing = automation.unacknowledged(model=row.model_key, feeder=(row.feeder or row.feeder_mrid)[:120])
    if standing is not None and standing.plan == plan_name(row):
        automation.acknowledge(actor=actor, plan_id=standing.pk, note=remark, at=at)
    audit.record(
        actor=actor,
        action="acknowledge_flisr",
        object_=f"flisr event {row.pk}",
        area=row.area.key,
        after={"verdict": verdict},
        reason=remark,
        at=at,
    )
    record.tell(row, at)
    return row


def _held(event_id: int) -> FlisrEvent:
    """The event, waited for; locks its row before the gate locks areas."""
    row = (
        FlisrEvent.objects.select_for_update(of=("self",), no_key=True)
        .select_related("area")
        .filter(pk=event_id, ended_at=None)
        .first()
    )
    if row is None:
        raise NotFound(f"no FLISR event {event_id} goes on", event=event_id)
    return row


# What the network says


def hear(*, operation_id: str, at: dt.datetime) -> None:
    """An operation ended: if it is a step's, its event is looked at at once."""
    step = FlisrStep.objects.filter(operation_id=uuid.UUID(operation_id), state=FlisrStep.State.PENDING).first()
    if step is not None:
        _wake(step.event_id, at)


def hear_position(*, model: str, equipment_mrid: str, is_closed: bool, at: dt.datetime) -> None:
    """A switch moved: a step that waits for it, or for nobody, may be done by it."""
    going = FlisrStep.objects.filter(
        event__model_key=model, event__state=life.EXECUTING, equipment_mrid=equipment_mrid, is_close=is_closed
    ).exclude(state__in=life.STEP_ENDED)
    for event_id in going.order_by("event_id").values_list("event_id", flat=True).distinct():
        _wake(event_id, at)


def _wake(event_id: int, at: dt.datetime) -> None:
    """Have an event looked at now; one that another process works on at this moment looks again by itself."""
    row = record.locked(event_id)
    if row is not None:
        row.next_at = at
        row.save(update_fields=["next_at"])
