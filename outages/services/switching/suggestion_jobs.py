"""Suggestions as jobs: several ways with a power flow after every step take longer than a page may wait. The row is the record.

1. Asking checks what can be checked, keeps who asked, and rings; a person has one question under way, a new one ends the one before.
2. A worker takes what nobody has (`adms.core.services.long_work`), with the rights the asker has by then, and tells how far it is.
3. The ways are kept with the question; an order is written from one of them like any other, and rehearsed anew.
"""

import datetime as dt
import time
import uuid
from collections.abc import Callable

from django.db import transaction

from adms.core import bell
from adms.core.actors import Actor
from adms.core.models import ControlArea
from adms.core.services import audit, authority, events, long_work
from outages.events import SuggestionMoved
from outages.models import SwitchingSuggestion
from outages.selectors import load_shedding, suggestions
from outages.services.switching import suggesting
from outages.services.switching.life_cycle import OrderRefused
from outages.services.switching.proposals import Proposal
from outages.services.switching.suggesting import Wanted

BELL = "suggestions"
ATTEMPTS = 2
TOLD_EVERY_S = 0.5
State = SwitchingSuggestion.State
WAITING = (State.QUEUED, State.RUNNING)
Clock = Callable[[], dt.datetime]


@transaction.atomic
def ask(*, actor: Actor, wanted: Wanted, at: dt.datetime) -> SwitchingSuggestion:
    """Queue a question; one of the same person that has no end yet ends.

    Raises:
        Invalid, NotFound, NotAuthorised: as `suggesting.require`.
    """
    found = suggesting.require(actor=actor, wanted=wanted)
    for waiting in SwitchingSuggestion.objects.filter(asked_by=actor.name, state__in=WAITING):
        _end(waiting.pk, at, state=State.CANCELLED, error="asked anew")
    row = SwitchingSuggestion.objects.create(
        area=found.area if found else _area(wanted.model),
        model_key=wanted.model,
        goal=wanted.goal,
        equipment_mrid=found.mrid if found else "",
        equipment_name=found.name if found else "",
        terms=dict(wanted.terms),
        asked_by=actor.name,
        asker={"user_id": actor.user_id, "way": actor.way},
        asked_at=at,
    )
    audit.record(
        actor=actor, action="suggest_switching", object_=f"{wanted.model}/{row.equipment_mrid}", area=row.area.key,
        after={"goal": wanted.goal, "terms": row.terms}, at=at,
    )  # fmt: skip
    _tell(row, at)
    transaction.on_commit(lambda: bell.ring(BELL))
    return row


def _area(model: str) -> ControlArea:
    """Of the first feeder that takes part in load shedding."""
    shed = next((one.area for one in load_shedding.feeders(model) if one.is_shed), None)
    if shed is None:
        raise OrderRefused("no feeder is in a group of load shedding: put feeders into groups first")
    return ControlArea.objects.get(key=shed)


@transaction.atomic
def cancel(*, actor: Actor, suggestion: uuid.UUID, at: dt.datetime) -> SwitchingSuggestion:
    """Do without an answer. A worker that is at it stops at its next word.

    Raises:
        NotFound: none of this id that the actor may read.
        OrderRefused: it has ended.
    """
    row = suggestions.one(actor, suggestion)
    if not _end(row.pk, at, state=State.CANCELLED, error=f"cancelled by {actor.name}"):
        raise OrderRefused("this suggestion is not under way", suggestion=str(row.pk))
    audit.record(actor=actor, action="cancel_suggestion", object_=f"suggestion {row.pk}", area=row.area.key, at=at)
    row.refresh_from_db()
    return row


def run_waiting(*, clock: Clock) -> int:
    """Answer what nobody else is answering, the oldest first; how many were answered."""
    return long_work.do_waiting(BELL, _waiting(), lambda pk: _run(pk, clock))


def ring_for_waiting() -> bool:
    """Ring again for what waits, or whose worker has died; whether there is any."""
    return long_work.ring_for_waiting(BELL, _waiting())


def _waiting() -> list[uuid.UUID]:
    rows = SwitchingSuggestion.objects.filter(state__in=WAITING).order_by("asked_at", "pk")
    return list(rows.values_list("pk", flat=True))


def _run(pk: uuid.UUID, clock: Clock) -> bool:
    row = SwitchingSuggestion.objects.filter(pk=pk, state__in=WAITING).first()
    if row is None:
        return False
    if row.attempts >= ATTEMPTS:
        return _end(pk, clock(), state=State.FAILED, error=f"given up: its worker ended {ATTEMPTS} times")
    begun = {"state": State.RUNNING, "attempts": row.attempts + 1, "started_at": clock()}
    SwitchingSuggestion.objects.filter(pk=pk).update(**begun)
    found: list[Proposal] = []
    state, error = long_work.attempted(f"suggestion {pk}", lambda: found.extend(_found(row, clock)))
    return state != "cancelled" and _end(pk, clock(), state=state, error=error[:2000], proposals=found)


def _found(row: SwitchingSuggestion, clock: Clock) -> list[Proposal]:
    actor = authority.actor_again(row.asker, row.asked_by)
    wanted = Wanted(row.model_key, row.goal, row.equipment_mrid, row.terms)
    return suggesting.ways(actor=actor, wanted=wanted, at=clock(), progress=_teller(row, clock))


def _teller(row: SwitchingSuggestion, clock: Clock) -> Callable[[str], None]:
    """Writes down how far it is, not more often than somebody could look, and stops it where nobody waits any more."""
    told_at = 0.0

    def tell(words: str) -> None:
        nonlocal told_at
        if not SwitchingSuggestion.objects.filter(pk=row.pk, state=State.RUNNING).exists():
            raise long_work.Cancelled
        if time.monotonic() - told_at < TOLD_EVERY_S:
            return
        told_at = time.monotonic()
        with transaction.atomic():
            SwitchingSuggestion.objects.filter(pk=row.pk).update(stage=words[:200])
            _tell(row, clock())

    return tell


@transaction.atomic
def _end(pk: uuid.UUID, at: dt.datetime, **values: object) -> bool:
    """The end, once: whoever finds it ended writes nothing."""
    if not SwitchingSuggestion.objects.filter(pk=pk, state__in=WAITING).update(ended_at=at, stage="", **values):
        return False
    _tell(SwitchingSuggestion.objects.get(pk=pk), at)
    return True


def _tell(row: SwitchingSuggestion, at: dt.datetime) -> None:
    """Pages fetch what they show; last in a transaction, because publishing locks the area."""
    events.publish(area_id=row.area_id, facts=[SuggestionMoved(str(row.pk), row.model_key, row.state, at)], at=at)
