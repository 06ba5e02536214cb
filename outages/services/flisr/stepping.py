"""A person carries out the next step of the plan that was taken: in one go, or selected first and then operated."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.services import audit, authority
from network.domain.restoration.sequence import ISOLATE
from network.selectors import operations as asked
from network.services import operations
from outages.domain.flisr import life, modes
from outages.models import FlisrEvent, FlisrStep
from outages.services.flisr import executing


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
        executing.operate(row, step, actor, at, confirmation=confirmation, reason=reason)
        return step

    return audited(actor, event_id, place, at, go)


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
        executing.refuse_unsafe(row, step, at)
    # By itself: the gate keeps its refusal on the audit trail, which must not be rolled back with ours.
    return operations.request_operation(actor=actor, request=executing.request_of(row, step, seen_number), at=at)


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
        executing.refuse_unsafe(row, step, at)
        selected = asked.operation(operation_id)
        wanted = (step.equipment_mrid, step.is_close, executing.plan_name(row))
        if (selected.equipment_mrid, selected.closed_wanted != 0, selected.plan) != wanted:
            words = f"{selected.equipment_name} was selected for something else, not for this step"
            raise executing.FlisrRefused(words, cause="inconsistent-parameters")
        operation = operations.execute_operation(
            actor=actor, operation_id=operation_id, confirmation=confirmation, reason=reason, at=at
        )
        executing.carry(row, step, operation, actor, at)
        return step

    return audited(actor, event_id, place, at, go)


def audited(actor: Actor, event_id: int, place: int, at: dt.datetime, go: Callable[[], FlisrStep]) -> FlisrStep:
    """Do it; a refusal is on record, in a transaction of its own since what was begun is rolled back."""
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


def turn(actor: Actor, event_id: int, place: int) -> tuple[FlisrEvent, FlisrStep]:
    """The event, held, and its step whose turn it is.

    Raises:
        NotFound: no such event, or it is over.
        NotAuthorised: no operator of the area.
        FlisrRefused: it is not this step's turn, or a crew has it.
    """
    row = executing.held(event_id)
    authority.require(actor=actor, action=executing.TAKE, area=row.area.key)
    step = executing.next_step(row) if row.state == life.EXECUTING else None
    if step is None or step.place != place or step.state == FlisrStep.State.PENDING:
        raise executing.FlisrRefused(_("it is not this step's turn"))
    if step.state == FlisrStep.State.INSTRUCTED:
        raise executing.FlisrRefused(_("a crew was told to do this step: hear of it, or take it back"))
    return row, step


def _turn(actor: Actor, event_id: int, place: int) -> tuple[FlisrEvent, FlisrStep]:
    """The same, for a step that goes from the control room."""
    row, step = turn(actor, event_id, place)
    if row.mode == modes.RESTORE_ONLY and step.purpose == ISOLATE and not executing.is_there(row, step):
        raise executing.FlisrRefused(_("the mode is restore only: people hold the fault off themselves, at the switch"))
    return row, step
