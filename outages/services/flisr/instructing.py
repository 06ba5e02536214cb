"""Steps that are done by hand: a crew is told, and what it reports moves the event on."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.events import Recorded
from adms.core.services import authority
from network.domain.phrases import phrase
from network.domain.restoration.sequence import ISLAND
from outages.domain.flisr import life
from outages.events import FlisrChanged, SwitchingOrderChanged
from outages.models import FlisrEvent, FlisrStep
from outages.services.flisr import executing, field_orders, hearing, record, stepping


def instruct_step(*, actor: Actor, event_id: int, place: int, crew: str, at: dt.datetime) -> FlisrStep:
    """Tell a crew to do the next step, which is done by hand.

    Raises:
        NotFound: no such event or crew, or the event is over.
        NotAuthorised: no operator of the area.
        FlisrRefused: it is not this step's turn, it goes by remote control, or it is not safe any more.
        OperationRefused: the control gate says no: what would be refused at the switch is refused here.
    """

    @transaction.atomic
    def go() -> FlisrStep:
        row, step = stepping.turn(actor, event_id, place)
        if step.is_remote or step.purpose == ISLAND:
            raise executing.FlisrRefused(
                _("%(equipment_name)s needs nobody to drive there") % {"equipment_name": step.equipment_name}
            )
        executing.refuse_unsafe(row, step, at)
        told = field_orders.instruct(row, step, actor=actor, crew=crew, at=at)
        step.order_step, step.state, step.actor, step.started_at = told, FlisrStep.State.INSTRUCTED, actor.name, at
        step.save()
        code = "crew_closes" if step.is_close else "crew_opens"
        words = phrase(code, step=step.place, name=step.equipment_name, crew=told.instructed_to)
        record.note(row, "step", words, at, actor=actor)
        record.tell(row, at)
        return step

    return stepping.audited(actor, event_id, place, at, go)


def take_step_back(*, actor: Actor, event_id: int, place: int, at: dt.datetime) -> FlisrStep:
    """The crew is not to do it after all; it says so itself that it has not.

    Raises:
        NotFound: no such event, or it is over.
        NotAuthorised: no operator of the area.
        FlisrRefused: no crew has it.
    """

    @transaction.atomic
    def go() -> FlisrStep:
        row = executing.held(event_id)
        authority.require(actor=actor, action=executing.TAKE, area=row.area.key)
        step = executing.next_step(row)
        if step is None or step.place != place or step.state != FlisrStep.State.INSTRUCTED:
            raise executing.FlisrRefused(_("no crew has this step"))
        field_orders.take_back(step, actor=actor, at=at)
        executing.begin_anew(row, step, actor, at)
        return step

    return stepping.audited(actor, event_id, place, at, go)


def follow(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """What crews said of steps wakes their events; the order of an event that is over is completed once all were heard of."""
    for one in batch:
        fact = one.event
        if isinstance(fact, SwitchingOrderChanged) and fact.step:
            told = FlisrStep.objects.filter(order_step__order=fact.order_id, order_step__key=fact.step).first()
            if told is not None:
                hearing.wake(told.event_id, at)
                _close(told.event_id, at)
        elif isinstance(fact, FlisrChanged) and fact.what in life.ENDED:
            _close(fact.event_id, at)


@transaction.atomic
def _close(event_id: int, at: dt.datetime) -> None:
    row = FlisrEvent.objects.exclude(ended_at=None).filter(pk=event_id).first()
    if row is not None:
        field_orders.close(row, at)
