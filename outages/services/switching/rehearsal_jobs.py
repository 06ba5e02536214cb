"""Rehearsals as jobs: a cold solver and a large station take longer than a page may wait. The row is the record.

1. Asking keeps who asked, and rings; one order has one rehearsal under way at most, by a unique index.
2. A worker takes what nobody has (`adms.core.services.long_work`). It writes nothing but how far it is until its end, so that one
   whose worker was killed is simply begun again, ATTEMPTS times at most.
3. The answer is kept with the order if that still is what was rehearsed; pages are told of every state that is solved.
"""

import datetime as dt
import time
import uuid
from collections.abc import Callable

from django.db import transaction

from adms.core import bell
from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.services import audit, authority, events, long_work
from outages.events import OrderRehearsed, RehearsalMoved
from outages.models import OrderRehearsal, SwitchingOrder
from outages.services.switching import rehearsing
from outages.services.switching.life_cycle import OrderRefused

BELL = "rehearsals"
ATTEMPTS = 3
WAITING = (OrderRehearsal.State.QUEUED, OrderRehearsal.State.RUNNING)
TOLD_EVERY_S = 0.5
Clock = Callable[[], dt.datetime]


def ask(*, actor: Actor, order_id: int, basis: str = rehearsing.PRESENT, at: dt.datetime) -> OrderRehearsal:
    """Queue a rehearsal.

    Raises:
        NotFound: no such order.
        NotAuthorised: neither writes nor checks orders here.
        Invalid: no such basis.
        OrderRefused: one is under way.
    """
    if basis not in rehearsing.BASES:
        raise Invalid(f"no basis {basis!r}", field="basis", known=list(rehearsing.BASES))
    row = rehearsing.readable(actor, order_id)
    made = OrderRehearsal(
        order=row, basis=basis, asked_by=actor.name, asker={"user_id": actor.user_id, "way": actor.way}, created_at=at
    )
    with transaction.atomic():
        OrderRehearsal.objects.bulk_create([made], ignore_conflicts=True)  # one index decides between two who ask
        if not OrderRehearsal.objects.filter(pk=made.pk).exists():
            raise OrderRefused(f"{row.reference} is being rehearsed already", order=row.pk)
        object_, after = f"switching_order:{row.pk}", {"basis": basis}
        audit.record(actor=actor, action="order_rehearse", object_=object_, area=row.area.key, after=after, at=at)
        _tell(row, made, at)
        transaction.on_commit(lambda: bell.ring(BELL))
    return made


def cancel(*, actor: Actor, order_id: int, at: dt.datetime) -> None:
    """Stop the rehearsal of an order: nothing of it is kept. Where no worker has it, it ends at once.

    Raises:
        NotFound: no such order.
        NotAuthorised: neither writes nor checks orders here.
        OrderRefused: none is under way.
    """
    row = rehearsing.readable(actor, order_id)
    with transaction.atomic():
        job = OrderRehearsal.objects.select_for_update(no_key=True).filter(order=row, state__in=WAITING).first()
        if job is None:
            raise OrderRefused(f"no rehearsal of {row.reference} is under way", order=row.pk)
        job.cancelled_by = actor.name
        job.save(update_fields=["cancelled_by"])
        object_ = f"switching_order:{row.pk}"
        audit.record(actor=actor, action="cancel_rehearsal", object_=object_, area=row.area.key, at=at)
        _tell(row, job, at)
    with long_work.taken(BELL, job.pk) as is_free:
        if is_free:
            _end_cancelled(job.pk, at)


def run_waiting(*, clock: Clock) -> int:
    """Do all rehearsals that nobody else is doing, the oldest first; how many were done."""
    return long_work.do_waiting(BELL, _waiting(), lambda pk: _run(pk, clock))


def ring_for_waiting() -> bool:
    """Ring again for rehearsals that wait, or whose worker has died; whether there are any."""
    return long_work.ring_for_waiting(BELL, _waiting())


def _waiting() -> list[uuid.UUID]:
    rows = OrderRehearsal.objects.filter(state__in=WAITING).order_by("created_at", "pk")
    return list(rows.values_list("pk", flat=True))


def _run(pk: uuid.UUID, clock: Clock) -> bool:
    """One rehearsal, to its end."""
    job = OrderRehearsal.objects.get(pk=pk)
    if not job.is_waiting:
        return False
    if job.cancelled_by:
        return _end_cancelled(pk, clock())
    if job.attempts >= ATTEMPTS:
        return _end(pk, "failed", f"given up: its worker ended {ATTEMPTS} times", clock())
    job.state, job.started_at, job.attempts = OrderRehearsal.State.RUNNING, clock(), job.attempts + 1
    job.save(update_fields=["state", "started_at", "attempts"])
    state, error = long_work.attempted(f"rehearsal {pk}", lambda: _rehearse(job, clock))
    return _end_cancelled(pk, clock()) if state == "cancelled" else _end(pk, state, error, clock())


def _rehearse(job: OrderRehearsal, clock: Clock) -> None:
    actor = authority.actor_again(job.asker, job.asked_by)
    rehearsing.rehearse(actor=actor, order_id=job.order_id, basis=job.basis, at=clock(), tell=_teller(job, clock))


def _teller(job: OrderRehearsal, clock: Clock) -> Callable[[int, int], None]:
    """Writes down how far it is, not more often than somebody could look, and stops it where that is wanted."""
    told_at = 0.0

    def tell(done: int, of: int) -> None:
        nonlocal told_at
        if OrderRehearsal.objects.filter(pk=job.pk).exclude(cancelled_by="").exists():
            raise long_work.Cancelled
        if time.monotonic() - told_at < TOLD_EVERY_S:
            return
        told_at = time.monotonic()
        with transaction.atomic():
            OrderRehearsal.objects.filter(pk=job.pk).update(states_done=done, states_in_all=of)
            _tell(job.order, job, clock())

    return tell


def _end_cancelled(pk: uuid.UUID, at: dt.datetime) -> bool:
    by = OrderRehearsal.objects.filter(pk=pk).values_list("cancelled_by", flat=True).first()
    return _end(pk, "cancelled", f"cancelled by {by}", at)


@transaction.atomic
def _end(pk: uuid.UUID, state: str, error: str, at: dt.datetime) -> bool:
    """Its end, once: whoever finds it ended writes nothing."""
    rows = OrderRehearsal.objects.filter(pk=pk, state__in=WAITING)
    if not rows.update(state=state, error=error[:2000], ended_at=at):
        return False
    job = OrderRehearsal.objects.select_related("order").get(pk=pk)
    fact = OrderRehearsed(job.order_id, job.order.model_key, str(pk), state, at)
    events.publish(area_id=job.order.area_id, facts=[fact], at=at)
    return True


def _tell(row: SwitchingOrder, job: OrderRehearsal, at: dt.datetime) -> None:
    """Pages fetch what they show; last in a transaction, because publishing locks the area."""
    events.publish(area_id=row.area_id, facts=[RehearsalMoved(row.pk, row.model_key, str(job.pk), at)], at=at)
