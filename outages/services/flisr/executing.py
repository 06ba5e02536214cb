"""The steps of the plan that was taken, one after the other through the control gate, and what becomes of each.

A step and the operation it makes are written in one transaction: whoever dies leaves either both or none. What the field refuses is
planned anew at once. A command that times out leaves a switch of which nobody knows where it stands: FLISR waits for a late word, then
plans as if an opening had not happened; behind a closing nobody knows of, and where a ring may stand (`rings`), it stops and asks a
person.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from network.domain.phrases import Phrase, phrase
from network.domain.restoration.sequence import ISLAND, RESTORE, TRANSFER, UNDO, Move
from network.domain.restoration.worsening import Before
from network.selectors import equipment, state
from network.selectors import operations as asked
from network.services import operations, step_checks
from network.services.control import automation
from network.services.operations import OperationRefused, Request
from outages.domain.flisr import life
from outages.models import FlisrEvent, FlisrStep, SwitchingStep
from outages.selectors import flisr_words
from outages.services.flisr import expected, field_orders, following, islanding, record, rings, settings

TAKE = "take_flisr_plan"
#: So often it is looked whether a machine has said that it runs.
_LOOK_S = 1.0
_GONE = ("failed", "timed_out", "expired", "cancelled")
#: Steps that bring supply in or move it: what they come to is looked at once more before each.
_LOOKED_AT = (RESTORE, TRANSFER, UNDO)


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


def held(event_id: int) -> FlisrEvent:
    """The event, waited for; locks its row before the gate locks areas."""
    row = (
        FlisrEvent.objects.select_for_update(of=("self",), no_key=True)
        .select_related("area")
        .filter(pk=event_id, ended_at=None)
        .first()
    )
    if row is None:
        raise NotFound(_("no FLISR event %(event_id)s goes on") % {"event_id": event_id}, event=event_id)
    return row


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
    record.step_to(
        row, life.EXECUTING, phrase("plan_taken", plan=place + 1, summary=chosen["summary"]), at, actor=actor
    )


def next_step(row: FlisrEvent) -> FlisrStep | None:
    """The step that is to be done next, or waits for the field; None when all are over."""
    steps = row.steps.filter(revision=row.revision).exclude(state__in=life.STEP_ENDED)
    return steps.select_related("order_step").order_by("place").first()


def request_of(row: FlisrEvent, step: FlisrStep, seen_number: int) -> Request:
    """What a step asks of the gate."""
    return Request(
        model=row.model_key,
        equipment_mrid=step.equipment_mrid,
        close=step.is_close,
        seen_number=seen_number,
        reason=_reason(row, step),
        origin="flisr",
        plan=plan_name(row),
    )


def _reason(row: FlisrEvent, step: FlisrStep) -> str:
    return f"FLISR event {row.pk}, step {step.place}"


def run(row: FlisrEvent, at: dt.datetime) -> int:
    """Look after the steps of an event that is held; how much was done. Only an automatic plan goes on by itself."""
    done = 0
    while (step := next_step(row)) is not None:
        if not _look_after(row, step, at):
            return done
        done += 1
        if row.state != life.EXECUTING:
            return done
    _finish(row, at)
    return done + 1


def _look_after(row: FlisrEvent, step: FlisrStep, at: dt.datetime) -> bool:
    """Do with the next step what can be done now; False while it waits for somebody."""
    if step.state == FlisrStep.State.PENDING:
        return _settle(row, step, at)
    if not rings.is_parting(step) and _is_overtaken(row):  # a ring is opened first, whatever comes then
        _end_overtaken(row, step, at)
        return True
    if step.state == FlisrStep.State.INSTRUCTED:
        return _hear_of_crew(row, step, at)
    is_alone = row.taken_by == record.FLISR.name
    if step.purpose == ISLAND and is_alone:
        return _island_by_itself(row, step, at)
    if is_there(row, step):
        _end(step, FlisrStep.State.ALREADY, phrase("stood_so"), at)
        return True
    return is_alone and _by_itself(row, step, at)


def _is_overtaken(row: FlisrEvent) -> bool:
    """Whether the device that tripped was closed before the plan would have, or though it would not have: its steps hold no more."""
    present = state.present(row.model_key)
    branch = present.grid.branch_index(row.device_mrid)
    if branch < 0 or not following.is_back(present, branch):
        return False
    planned = row.steps.filter(revision=row.revision)
    own = planned.filter(equipment_mrid=row.device_mrid, is_close=True).first()
    if own is None:
        return True
    left = planned.exclude(state__in=life.STEP_ENDED)
    return own.state not in life.STEP_DONE and left.filter(is_close=False).exists()


def _end_overtaken(row: FlisrEvent, step: FlisrStep, at: dt.datetime) -> None:
    """Nothing is left to be restored, or a person has to look; a crew that has the next step is not to do it."""
    if step.state == FlisrStep.State.INSTRUCTED:
        field_orders.take_back(step, actor=record.FLISR, at=at)
        begin_anew(row, step, record.FLISR, at)
    if following.is_all_back(row, opened(row, state.present(row.model_key))):
        record.step_to(row, life.OVER, phrase("closed_again", device=row.device_name), at)
    else:
        hold(row, phrase("closed_meanwhile", device=row.device_name), at)


def _by_itself(row: FlisrEvent, step: FlisrStep, at: dt.datetime) -> bool:
    """Operate a step without a person; a refusal of the gate holds the event or plans anew."""
    typed = operations.digits_to_type(step.equipment_name)  # as a person would where a step makes a ring
    try:
        with transaction.atomic():
            operate(row, step, record.FLISR, at, confirmation=typed, reason=_reason(row, step))
    except FlisrRefused as refused:
        _again(row, step, refused.message, at)
    except OperationRefused as refused:
        if refused.data.get("cause") == "blocked-by-mode":
            hold(row, refused.message, at)
        else:
            _again(row, step, refused.message, at)
    return row.state == life.EXECUTING


def _hear_of_crew(row: FlisrEvent, step: FlisrStep, at: dt.datetime) -> bool:
    """What became of a step that a crew was told to do; False while it has it still, and the step is safe still."""
    told = step.order_step
    if told is None:
        raise ValueError(f"step {step.pk} was told to nobody")
    if told.state == "completed":
        _end(step, FlisrStep.State.COMPLETED, phrase("crew_did", crew=told.instructed_to), told.occurred_at or at)
        _note_crew(row, step, told, at)
    elif told.state == "already_there":
        _end(step, FlisrStep.State.ALREADY, phrase("stood_so"), at)
        _note_crew(row, step, told, at)
    elif told.state == "instructed" and is_there(row, step):
        _end(step, FlisrStep.State.ALREADY, phrase("stood_so"), at)
    elif told.state == "failed":
        _again(row, step, phrase("crew_could_not", crew=told.instructed_to, why=told.note), at)
    elif told.state != "instructed":
        field_orders.take_back(step, actor=record.FLISR, at=at)
        begin_anew(row, step, record.FLISR, at)
    elif why := _unsafe_now(row, step, at):
        field_orders.take_back(step, actor=record.FLISR, at=at)
        _again(row, step, why, at)
    else:
        return False
    record.tell(row, at)
    return True


def _note_crew(row: FlisrEvent, step: FlisrStep, told: SwitchingStep, at: dt.datetime) -> None:
    """What a crew said of its step, in the report."""
    code = "crew_closed" if step.is_close else "crew_opened"
    said = phrase(code, step=step.place, name=step.equipment_name, crew=told.instructed_to)
    record.note(
        row, "step", phrase("crew_noted", told=said, note=told.note) if told.note else said, told.occurred_at or at
    )


def _unsafe_now(row: FlisrEvent, step: FlisrStep, at: dt.datetime) -> str:
    """Why a crew must not do its step any more, since the network has changed under it."""
    try:
        refuse_unsafe(row, step, at)
    except FlisrRefused as refused:
        return refused.message
    return ""


def begin_anew(row: FlisrEvent, step: FlisrStep, actor: Actor, at: dt.datetime) -> None:
    """A crew that was told to do a step does not: it has not begun."""
    step.state, step.order_step, step.actor, step.started_at = FlisrStep.State.NOT_STARTED, None, "", None
    step.save()
    record.note(row, "step", phrase("step_taken_back", step=step.place, name=step.equipment_name), at, actor=actor)
    record.tell(row, at)


def _island_by_itself(row: FlisrEvent, step: FlisrStep, at: dt.datetime) -> bool:
    """Have an island known to live, once its machine says that it does; False while that is waited for."""
    why: Phrase | str = islanding.why_not(row, step)
    if why == islanding.WAITS:
        row.next_at = at + dt.timedelta(seconds=_LOOK_S)
        return False
    if not why:
        try:
            with transaction.atomic():
                island(row, step, record.FLISR, at)
        except Refused as refused:
            why = refused.message
    if why:
        _again(row, step, why, at)
    return True


def island(row: FlisrEvent, step: FlisrStep, actor: Actor, at: dt.datetime) -> None:
    """Record that a machine carries its island.

    Raises:
        FlisrRefused: it does not, or nobody knows yet.
    """
    if why := islanding.why_not(row, step):
        raise FlisrRefused(_("step %(place)s: %(said)s") % {"place": step.place, "said": flisr_words.said(why)})
    islanding.energise(row, step, actor, at)
    step.actor, step.started_at = actor.name, at
    told = phrase("step_island", step=step.place, name=step.equipment_name)
    record.note(row, "step", told, at, actor=actor)
    _end(step, FlisrStep.State.COMPLETED, phrase("machine_carries"), at)
    if not actor.is_system:
        row.next_at = at  # the sweeper sees whether it was the last
        row.save(update_fields=["next_at"])
    record.tell(row, at)


def operate(
    row: FlisrEvent, step: FlisrStep, actor: Actor, at: dt.datetime, *, confirmation: str = "", reason: str = ""
) -> None:
    """Select and operate in one go: whoever took the plan has seen what it does, and each step is looked at once more here."""
    if step.purpose == ISLAND:
        island(row, step, actor, at)
        return
    found = equipment.find(step.equipment_mrid, row.model_key)
    refuse_unsafe(row, step, at)
    request = request_of(row, step, equipment.position(found)["seen_number"])
    operation = operations.request_operation(actor=actor, request=request, at=at)
    operation = operations.execute_operation(
        actor=actor, operation_id=operation.pk, confirmation=confirmation, reason=reason, at=at
    )
    carry(row, step, operation, actor, at)


def carry(row: FlisrEvent, step: FlisrStep, operation: Any, actor: Actor, at: dt.datetime) -> None:
    """The step as its operation leaves it: waiting for the field, or recorded."""
    step.operation_id, step.actor, step.started_at = operation.pk, actor.name, at
    step.state = FlisrStep.State.PENDING
    step.save()
    told = phrase("step_close" if step.is_close else "step_open", step=step.place, name=step.equipment_name)
    record.note(row, "step", told, at, actor=actor)
    if operation.state == "completed":
        _end(step, FlisrStep.State.COMPLETED, operation.result or phrase("recorded"), at)
        if not actor.is_system:
            row.next_at = at  # the sweeper sees whether it was the last
            row.save(update_fields=["next_at"])
    record.tell(row, at)


def refuse_unsafe(row: FlisrEvent, step: FlisrStep, at: dt.datetime) -> None:
    """Nothing is brought in or moved that the network as it is now would not bear, or that would feed the fault."""
    if step.purpose not in _LOOKED_AT:
        return
    present = state.present(row.model_key)
    moves = [_move_of(present, one) for one in (step, *_pair_of(row, step))]
    faulted = frozenset(node for mrid in row.location.get("nodes", ()) if (node := present.grid.node_index(mrid)) >= 0)
    why = step_checks.unsafe_moves(present=present, moves=moves, faulted=faulted)
    if not why and step.purpose != UNDO and not _is_as_planned(row, present):
        ahead, before = expected.ahead(row, present, at), _before(row)
        for number in range(len(moves), 0, -1):
            why = why or step_checks.beyond_limits(present=present, moves=moves[:number], ahead=ahead, before=before)
    if why:
        raise FlisrRefused(
            _("step %(place)s is not safe any more: %(said)s") % {"place": step.place, "said": flisr_words.said(why)}
        )


def _move_of(present: state.NetworkState, step: FlisrStep) -> Move:
    branch = present.grid.branch_index(step.equipment_mrid)
    return Move(branch, close=step.is_close, purpose=step.purpose, is_remote=step.is_remote)


def _pair_of(row: FlisrEvent, step: FlisrStep) -> list[FlisrStep]:
    """The step that opens the ring which a step of a load transfer makes."""
    if step.purpose != TRANSFER or not step.is_close:
        return []
    return list(row.steps.filter(revision=step.revision, place=step.place + 1, purpose=TRANSFER))


def _is_as_planned(row: FlisrEvent, present: state.NetworkState) -> bool:
    """Whether nothing but its own steps has moved since it was planned: then the power flow of the plan speaks of this state."""
    own = row.steps.filter(revision=row.revision, state=FlisrStep.State.COMPLETED).count()
    return present.sequence == row.sequence + own


def _before(row: FlisrEvent) -> Before:
    """What was near its limits before the device tripped."""
    return Before.of_rows(row.location.get("before", ()))


def is_there(row: FlisrEvent, step: FlisrStep) -> bool:
    """Whether the switch of a step stands as wanted already."""
    present = state.present(row.model_key)
    branch = present.grid.branch_index(step.equipment_mrid)
    return branch >= 0 and bool(present.positions[branch]) == step.is_close


def _end(step: FlisrStep, ended: str, result: Phrase | str, at: dt.datetime) -> None:
    step.state, step.result, step.ended_at = ended, result, at
    step.save(update_fields=["state", "result", "ended_at", "actor", "started_at"])


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
    _again(row, step, phrase(f"operation_{operation.state}", result=operation.result), at)
    return True


def _late(row: FlisrEvent, step: FlisrStep, since: dt.datetime, at: dt.datetime) -> bool:
    """Nobody answered in time: a late position is waited for, then the worse is taken to be true."""
    if is_there(row, step):
        _end(step, FlisrStep.State.COMPLETED, phrase("reported_late"), at)
        record.note(row, "step", phrase("step_late", step=step.place, name=step.equipment_name), at)
        return True
    if at < since + dt.timedelta(seconds=float(runtime_settings.get(settings.LATE))):
        return False
    if step.is_close or rings.is_parting(step):
        _end(step, FlisrStep.State.FAILED, phrase("no_position"), at)
        code = "nobody_knows" if step.is_close else "nobody_knows_open"
        hold(row, phrase(code, name=step.equipment_name), at)
        return True
    _again(row, step, phrase("no_position"), at)
    return True


def _again(row: FlisrEvent, step: FlisrStep, why: Phrase | str, at: dt.datetime) -> None:
    """A step failed: plan anew, unless it was planned too often; a ring that it was to open is opened otherwise first."""
    _end(step, FlisrStep.State.FAILED, why, at)
    row.steps.filter(revision=row.revision, state=FlisrStep.State.NOT_STARTED).update(
        state=FlisrStep.State.SKIPPED, ended_at=at, result=phrase("planned_anew")
    )
    ring = rings.standing(row)
    if ring is not None and step.purpose == UNDO:
        hold(row, why, at)
    elif ring is not None:
        rings.undo(row, ring, why, at)
    else:
        _plan_anew(row, step, why, at)


def _plan_anew(row: FlisrEvent, step: FlisrStep, why: Phrase | str, at: dt.datetime) -> None:
    if row.revision >= int(runtime_settings.get(settings.MOST_PLANS)):
        hold(row, phrase("planned_often", times=row.revision, step=step.place, why=why), at)
        return
    row.next_at = at
    told = phrase("step_failed", step=step.place, name=step.equipment_name, why=why)
    record.step_to(row, life.PLANNING, told, at)


def hold(row: FlisrEvent, why: Phrase | str, at: dt.datetime) -> None:
    """Stop until a person says how to go on, and say if a ring stands."""
    ring = rings.standing(row)
    why = ring.told(why) if ring else why
    row.reason, row.next_at = why, None
    record.step_to(row, life.HELD, phrase("held", why=why), at)


def _finish(row: FlisrEvent, at: dt.datetime) -> None:
    failed = rings.undone(row)
    if failed is not None:
        _plan_anew(row, failed, failed.result, at)
        return
    back = _back(row)
    record.join_outage(row, phrase("outage_carried_out", customers=back), at)
    record.step_to(row, life.DONE, phrase("carried_out", customers=back), at)


def _back(row: FlisrEvent) -> int:
    """Customers whom the plan that was taken gave supply, of parts that have it: what feeds one may have tripped meanwhile."""
    live = state.present(row.model_key).energisation.live
    gains = row.plans[row.chosen or 0]["gains"] if row.plans else []
    return sum(one["customers"] for one in gains if any(live[n] for n in one["nodes"] if n < live.size))


def opened(row: FlisrEvent, present: state.NetworkState) -> frozenset[int]:
    """Switches that steps of this event have opened to hold the fault off, and that stand open still."""
    done = row.steps.filter(state=FlisrStep.State.COMPLETED, is_close=False).exclude(purpose__in=rings.PARTING)
    places = (present.grid.branch_index(mrid) for mrid in done.values_list("equipment_mrid", flat=True))
    return frozenset(branch for branch in places if branch >= 0 and not present.positions[branch])


def barred(row: FlisrEvent, present: state.NetworkState) -> dict[int, Phrase | str]:
    """Switches that failed a step of this event, and why."""
    failed = row.steps.filter(state=FlisrStep.State.FAILED).order_by("pk")
    places = ((present.grid.branch_index(one.equipment_mrid), one) for one in failed)
    return {branch: phrase("failed_before", why=one.result) for branch, one in places if branch >= 0}
