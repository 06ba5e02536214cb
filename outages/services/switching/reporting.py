"""What the field says of a step: a crew on its telephone, an operator for it by radio, another system, or a reported position."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core import actors
from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.events import Recorded
from adms.core.selectors import persons
from adms.core.services import authority
from network.domain.phrases import phrase
from network.events import OperationEnded
from network.selectors import operations as asked
from outages.domain.switching import life
from outages.domain.switching import steps as kinds
from outages.models import SwitchingOrder, SwitchingStep
from outages.services.switching import carrying, executing
from outages.services.switching.life_cycle import OrderRefused, hold, tell
from workforce.selectors import crews

OUTCOMES = ("completed", "already_there", "failed")
SYSTEM = actors.system("switching orders")


@transaction.atomic
def report(
    *,
    actor: Actor,
    order_id: int,
    step: str,
    outcome: str,
    occurred_at: dt.datetime | None = None,
    note: str = "",
    at: dt.datetime,
) -> SwitchingStep:
    """A step that was instructed has been done, was found so already, or could not be done. Told twice, it is told once.

    Args:
        actor: a crew for itself, an operator or another system for it.
        order_id: the order.
        step: key of the step.
        outcome: one of `OUTCOMES`.
        occurred_at: when it was done in the field; now if not said.
        note: what else there is to say; of a failure, why.
        at: now.

    Raises:
        NotFound: no such order or step.
        NotAuthorised: a crew that was not instructed.
        Invalid: no such outcome, a time to come or before the instruction, a failure without its reason.
        OrderRefused: it was not instructed, or has another end already.
    """
    if outcome not in OUTCOMES:
        raise Invalid(_("no outcome %(outcome)s") % {"outcome": f"{outcome!r}"}, field="outcome", known=list(OUTCOMES))
    row = _held(actor, order_id)
    found = executing.find_step(row, step)
    _require_reporter(actor, row, found)
    if found.state == outcome:
        return found
    moment = _moment(found, occurred_at, at)
    if outcome == "failed" and not note.strip():
        raise Invalid(_("say why it could not be done"), field="note")
    _require_instructed(row, found)
    executing.require_may(found, outcome)
    _write(actor, row, found, outcome, moment, at)
    executing.begin(row)
    executing.end(row, found, outcome, actor, at, note=note, occurred_at=moment)
    return found


def follow(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Commands that have come to their end settle the steps that wait for them. A time-out leaves the step to a person."""
    ended = {one.event.operation_id: one.event for one in batch}
    waiting = SwitchingStep.objects.filter(operation__in=list(ended), state="pending")
    for order_id, key in sorted(waiting.values_list("order_id", "key")):
        row = (
            SwitchingOrder.objects.select_for_update(of=("self",), no_key=True).select_related("area").get(pk=order_id)
        )
        step = executing.find_step(row, key)
        if step.state != "pending":
            continue
        _followed(row, step, ended[str(step.operation)], at)


def _followed(row: SwitchingOrder, step: SwitchingStep, fact: OperationEnded, at: dt.datetime) -> None:
    operation = asked.operation(uuid.UUID(fact.operation_id))
    if fact.state == "completed":
        by = _named(operation.requested_by)
        executing.end(row, step, "completed", by, at, note=phrase("position_reported"), occurred_at=fact.at)
    elif operation.settled_at is not None:
        has_moved = operation.settled_as == "done"
        note = phrase("settled")
        executing.end(row, step, "completed" if has_moved else "failed", _named(operation.settled_by), at, note=note)
    elif fact.state == "timed_out":
        executing.set_note(step, phrase("no_position"))
        step.save(update_fields=["note", "note_told"])
        tell(row, "timed_out", phrase("timed_out", step=step.position), SYSTEM, at, step=step)
    else:
        executing.end(row, step, "failed", _named(operation.requested_by), at, note=fact.result, occurred_at=fact.at)


def _named(account: str) -> Actor:
    """The step ends by itself, in the name of who commanded it or settled the command."""
    return replace(SYSTEM, label=persons.names({account})[account])


def _held(actor: Actor, order_id: int) -> SwitchingOrder:
    """The order, for who reports: a crew's right lies in its instruction, not in an area."""
    row = hold(actor, "report_step", order_id)
    if row.state not in life.EXECUTING:
        raise OrderRefused(
            _("%(reference)s is %(state)s: it is not being carried out")
            % {"reference": row.reference, "state": row.get_state_display().lower()},
            order=row.pk,
        )
    return row


def _require_reporter(actor: Actor, row: SwitchingOrder, step: SwitchingStep) -> None:
    if actor.may("execute_order", row.area.key) or "INT" in actor.roles:
        return
    own = {crew.key for crew in crews.crews() if crew.user_id is not None and crew.user_id == actor.user_id}
    if step.crew not in own or not step.instructed_to:
        words = _("step %(step)s of %(reference)s was not instructed to your crew") % {
            "step": step.position,
            "reference": row.reference,
        }
        raise authority.NotAuthorised(words, action="report_step", area=row.area.key)


def _require_instructed(row: SwitchingOrder, step: SwitchingStep) -> None:
    if step.state != "instructed" and not (row.kind == "training" and step.state == "not_started"):
        words = _("step %(step)s of %(reference)s is %(state)s, not instructed") % {
            "step": step.position,
            "reference": row.reference,
            "state": step.get_state_display().lower(),
        }
        raise OrderRefused(words, step=step.key, state=step.state)


def _moment(step: SwitchingStep, occurred_at: dt.datetime | None, at: dt.datetime) -> dt.datetime:
    if occurred_at is None:
        return at
    if occurred_at > at:
        raise Invalid(_("that is in the future"), field="occurred_at")
    if step.instructed_at is not None and occurred_at < step.instructed_at:
        raise Invalid(_("that is before it was instructed"), field="occurred_at")
    return occurred_at


def _write(
    actor: Actor, row: SwitchingOrder, step: SwitchingStep, outcome: str, moment: dt.datetime, at: dt.datetime
) -> None:
    if row.kind == "training" or outcome == "failed":
        return
    if outcome == "completed":
        carrying.carry_out(actor=actor, order=row, step=step, occurred_at=moment, at=at)
    elif step.kind in kinds.SWITCHING:
        carrying.stand_at(actor=actor, order=row, step=step, occurred_at=moment, at=at)
