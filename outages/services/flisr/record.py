"""The one way an event of FLISR changes state: column, line of its report, and what others hear go together."""

import datetime as dt

from adms.core import actors
from adms.core.actors import Actor
from adms.core.services import events
from network.domain.phrases import Phrase
from outages.domain import lifecycle
from outages.domain.flisr import life, modes
from outages.events import FlisrChanged
from outages.models import FlisrEntry, FlisrEvent, Outage
from outages.services import incidents

FLISR = actors.system("flisr")


def locked(event_id: int) -> FlisrEvent | None:
    """The event, held until the transaction ends; None where another process holds it, or it is over."""
    found = FlisrEvent.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related("area")
    return found.filter(pk=event_id, ended_at=None).first()


def step_to(row: FlisrEvent, state: str, told: Phrase, at: dt.datetime, *, actor: Actor = FLISR) -> None:
    """Take a state, with a line that says why.

    Raises:
        ValueError: it does not follow from the present one.
    """
    if row.state != state and not life.may_follow(row.state, state):
        raise ValueError(f"FLISR event {row.pk}: {state} does not follow from {row.state}")
    row.state = state
    if state in life.ENDED:
        row.ended_at, row.next_at = at, None
    row.save()
    note(row, state, told, at, actor=actor)
    tell(row, at)


def note(row: FlisrEvent, kind: str, told: Phrase, at: dt.datetime, *, actor: Actor = FLISR) -> None:
    """A line of the report."""
    FlisrEntry.objects.create(event=row, kind=kind[:20], text=told, actor=actor.label or actor.name, at=at)


def tell(row: FlisrEvent, at: dt.datetime) -> None:
    """Let the others hear that it changed."""
    fact = FlisrChanged(row.pk, row.model_key, row.outage_id or 0, row.state, at)
    events.publish(area_id=row.area_id, facts=[fact], at=at)


def outage_of(row: FlisrEvent) -> Outage | None:
    """The outage of the device that tripped, while it goes on."""
    running = Outage.objects.filter(model_key=row.model_key, device_mrid=row.device_mrid, state__in=lifecycle.RUNNING)
    return running.order_by("-started_at", "-pk").first()


def join_outage(row: FlisrEvent, told: Phrase, at: dt.datetime) -> None:
    """A line on the outage's own timeline, unless it is planned in the shadow."""
    outage = outage_of(row)
    if outage is None:
        return
    row.outage_id = outage.pk
    if row.mode == modes.SHADOW:
        return
    incidents.remark(outage, "flisr", told, FLISR, occurred_at=at, at=at, data={"event": row.pk})
