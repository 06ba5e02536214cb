"""The switching order by which crews are told the steps of an event that are done by hand.

A step stands in it from the moment a crew is told to do it: what is not its turn yet is nobody's to begin. From there on it is a step
as any other: on the crew's phone, in `SwitchingPlans`, and reported by whoever may report one.
"""

import datetime as dt
import uuid

from adms.core.actors import Actor
from outages.domain.switching import life
from outages.models import FlisrEvent, FlisrStep, SwitchingOrder, SwitchingStep
from outages.services.flisr import record
from outages.services.switching import drafting, executing
from outages.services.switching.drafting import NewOrder, NewStep

KIND = "flisr"


def order_of(row: FlisrEvent) -> SwitchingOrder | None:
    """The order of an event while it is carried out; None where no crew was told anything, or the order has ended."""
    return SwitchingOrder.objects.filter(flisr_events=row, state__in=life.EXECUTING).first()


def instruct(row: FlisrEvent, step: FlisrStep, *, actor: Actor, crew: str, at: dt.datetime) -> SwitchingStep:
    """Tell a crew to do a step; the event is held by the caller, who has looked whether it is safe.

    Raises:
        NotFound: no such crew.
        NotAuthorised: the actor carries out no orders there.
        OperationRefused: the control gate says no.
    """
    key = str(uuid.uuid4())
    new = NewStep("close" if step.is_close else "open", step.equipment_mrid, crew=crew, key=key)
    order = order_of(row)
    if order is None:
        purpose = f"FLISR event {row.pk}: {row.device_name} tripped"
        order = drafting.write(actor=actor, new=NewOrder(row.model_key, KIND, purpose, [new]), at=at)
        row.order = order
        row.save(update_fields=["order"])
    else:
        drafting.append(actor=actor, order_id=order.pk, steps=[new], at=at)
    return executing.instruct(actor=actor, order_id=order.pk, step=key, crew=crew, is_for_flisr=True, at=at)


def take_back(step: FlisrStep, *, actor: Actor, at: dt.datetime) -> None:
    """The crew is not to do it after all, and nobody else begins it by the order."""
    told = step.order_step
    if told is None or told.state not in ("instructed", "not_started"):
        return
    if told.state == "instructed":  # else somebody took it back by the order
        executing.take_back(actor=actor, order_id=told.order_id, step=told.key, at=at)
    executing.leave_out(actor=actor, order_id=told.order_id, step=told.key, reason="FLISR tells it no more", at=at)


def close(row: FlisrEvent, at: dt.datetime) -> None:
    """The event is over: its order is complete once every crew has been heard of; what failed is not tried again."""
    order = order_of(row)
    if order is None or order.steps.filter(state="instructed").exists():
        return
    for told in order.steps.filter(state="failed"):
        executing.leave_out(actor=record.FLISR, order_id=order.pk, step=told.key, reason="The event is over", at=at)
    executing.complete(actor=record.FLISR, order_id=order.pk, at=at)
