"""What becomes of an operation after the gate let it go: carried out, refused by the field, run out, settled by a person."""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.services import audit, authority, events
from network.events import OperationEnded
from network.models import Operation
from network.services.control import commanding, freezing
from network.services.control.devices import find_switch

SETTLE = "settle_operation"
OUTCOMES = ("done", "failed", "retried")


def is_waiting(*, operation_id: uuid.UUID, at: dt.datetime) -> bool:
    """Whether a command still waits to be carried out, and may be: asked just before it is sent, afterwards it must not be."""
    waiting = Operation.objects.filter(pk=operation_id, state="executing", deadline_at__gt=at).exists()
    return waiting and not freezing.is_frozen()


def end(operation: Operation, ended: str, result: str, at: dt.datetime) -> None:
    """Write down how it ended."""
    operation.state, operation.result, operation.ended_at = ended, result, at
    operation.save(update_fields=["state", "result", "ended_at"])


@transaction.atomic
def end_overdue(*, at: dt.datetime) -> int:
    """Expire old selections and time out unanswered commands; the number ended. A timed-out command is a task for a person."""
    live = Operation.objects.select_for_update(skip_locked=True, of=("self",), no_key=True).select_related(
        "area", "model"
    )
    expired = list(live.filter(state="selected", expires_at__lt=at).order_by("pk"))
    for operation in expired:
        end(operation, "expired", "lease ran out", at)
    timed_out = list(live.filter(state="executing", deadline_at__lt=at).order_by("area_id", "pk"))
    for operation in timed_out:
        end(operation, "timed_out", "no position reported in time", at)
        _tell(operation, at)
    return len(expired) + len(timed_out)


@transaction.atomic
def fail_operation(*, actor: Actor, operation_id: uuid.UUID, result: str, at: dt.datetime) -> None:
    """The field refused the command."""
    operation = _locked().get(pk=operation_id)
    if operation.state != "executing":
        return
    end(operation, "failed", result[:500], at)
    audit.record(
        actor=actor,
        action="operate",
        object_=operation.equipment_mrid,
        area=operation.area.key,
        result="failed",
        reason=result,
        at=at,
    )
    _tell(operation, at)


@transaction.atomic
def settle_operation(*, actor: Actor, operation_id: uuid.UUID, outcome: str, reason: str, at: dt.datetime) -> Operation:
    """A person says what became of a command that timed out: `done` records the position, `failed` leaves it, `retried` asks anew.

    Raises:
        NotFound: no such task.
        NotAuthorised: no operator of the area.
        Invalid: no such outcome, or no reason.
    """
    operation = _locked().filter(pk=operation_id, state="timed_out", settled_at=None).first()
    if operation is None:
        raise NotFound(_("no such task: it is settled, or the command did not time out"), operation=str(operation_id))
    authority.require(actor=actor, action=SETTLE, area=operation.area.key)
    if outcome not in OUTCOMES:
        raise Invalid(_("no outcome %(outcome)s") % {"outcome": f"{outcome!r}"}, field="outcome", known=list(OUTCOMES))
    if outcome != "retried" and len(reason.strip()) < 3:
        raise Invalid(_("say how you know"), field="reason")
    operation.settled_as, operation.settled_by, operation.settled_at = outcome, actor.name, at
    operation.save(update_fields=["settled_as", "settled_by", "settled_at"])
    audit.record(
        actor=actor,
        action=SETTLE,
        object_=operation.equipment_mrid,
        area=operation.area.key,
        after={"outcome": outcome, "operation": str(operation.pk)},
        reason=reason,
        at=at,
    )
    if outcome == "done":
        commanding.record(operation, find_switch(operation.model.key, operation.equipment_mrid), actor, reason, at)
    _tell(operation, at)
    return operation


def _locked() -> QuerySet[Operation]:
    return Operation.objects.select_for_update(of=("self",), no_key=True).select_related("area", "model")


def _tell(operation: Operation, at: dt.datetime) -> None:
    fact = OperationEnded(
        operation.model.key,
        str(operation.pk),
        operation.equipment_mrid,
        operation.equipment_name,
        operation.state,
        operation.result,
        at,
    )
    events.publish(area_id=operation.area_id, facts=[fact], at=at)
