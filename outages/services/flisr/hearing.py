"""What the network says about steps that wait for it: their events are looked at at once."""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import Q

from outages.domain.flisr import life
from outages.models import FlisrStep
from outages.services.flisr import record


def hear(*, operation_id: str, at: dt.datetime) -> None:
    """An operation ended: if it is a step's, its event is looked at at once."""
    step = FlisrStep.objects.filter(operation_id=uuid.UUID(operation_id), state=FlisrStep.State.PENDING).first()
    if step is not None:
        wake(step.event_id, at)


def hear_position(*, model: str, equipment_mrid: str, is_closed: bool, at: dt.datetime) -> None:
    """A switch moved: a step that waits for it, or for nobody, may be done by it; one that a crew was told to do may be unsafe now."""
    own, told = Q(equipment_mrid=equipment_mrid, is_close=is_closed), Q(state=FlisrStep.State.INSTRUCTED)
    going = FlisrStep.objects.filter(own | told, event__model_key=model, event__state=life.EXECUTING)
    going = going.exclude(state__in=life.STEP_ENDED)
    for event_id in going.order_by("event_id").values_list("event_id", flat=True).distinct():
        wake(event_id, at)


@transaction.atomic
def hear_crews(*, at: dt.datetime) -> None:
    """Wake events whose crew said what became of its step while another process had the event, which `wake` leaves alone."""
    told = FlisrStep.objects.filter(state=FlisrStep.State.INSTRUCTED, event__state=life.EXECUTING, event__next_at=None)
    heard = told.exclude(order_step__state=FlisrStep.State.INSTRUCTED)
    for event_id in heard.order_by("event_id").values_list("event_id", flat=True).distinct():
        wake(event_id, at)


def wake(event_id: int, at: dt.datetime) -> None:
    """Have an event looked at now; one that another process works on at this moment is left to it."""
    row = record.locked(event_id)
    if row is not None:
        row.next_at = at
        row.save(update_fields=["next_at"])
