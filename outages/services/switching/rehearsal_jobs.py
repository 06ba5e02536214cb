"""Rehearsals as jobs: a cold solver and a large station take longer than a page may wait (`adms.core.services.long_jobs`).

One order has one rehearsal under way at most, by a unique index. The answer is kept with the order if that still is what was rehearsed,
in the transaction of the end; pages are told of every state that is solved.
"""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, Refused
from adms.core.services import audit, events, long_jobs
from adms.core.services.long_jobs import Clock, Keep, Tell
from outages.events import OrderRehearsed, RehearsalMoved
from outages.models import OrderRehearsal
from outages.selectors import switching
from outages.services.switching import approving, rehearsing
from outages.services.switching.life_cycle import OrderRefused

BELL = "rehearsals"


def ask(
    *,
    actor: Actor,
    order_id: int,
    basis: str = rehearsing.PRESENT,
    then: str = "",
    revision: int | None = None,
    at: dt.datetime,
) -> OrderRehearsal:
    """Queue a rehearsal; with `then` (one of `approving.REHEARSED`) the order is checked, approved or issued with its answer.

    Raises:
        NotFound: no such order.
        NotAuthorised: neither writes nor checks orders here, or may not do what is to be done then.
        Invalid: no such basis.
        OrderRefused: one is under way, or what is to be done then would be refused whatever the answer.
    """
    if basis not in rehearsing.BASES:
        raise Invalid(_("no basis %(basis)s") % {"basis": f"{basis!r}"}, field="basis", known=list(rehearsing.BASES))
    row = rehearsing.readable(actor, order_id)
    if then:
        approving.require(actor=actor, order_id=order_id, verb=then, revision=revision, at=at)
    made = OrderRehearsal(order=row, basis=basis, then=then, revision=revision, **long_jobs.asked_by(actor, at))
    with transaction.atomic():
        OrderRehearsal.objects.bulk_create([made], ignore_conflicts=True)  # one index decides between two who ask
        if not OrderRehearsal.objects.filter(pk=made.pk).exists():
            raise OrderRefused(
                _("%(reference)s is being rehearsed already") % {"reference": row.reference}, order=row.pk
            )
        object_, after = f"switching_order:{row.pk}", {"basis": basis} | ({"then": then} if then else {})
        audit.record(actor=actor, action="order_rehearse", object_=object_, area=row.area.key, after=after, at=at)
        JOBS.queued(made, at)
    return made


def decide(*, actor: Actor, order_id: int, verb: str, revision: int | None = None, at: dt.datetime) -> bool:
    """Check, approve or issue an order: at once where a rehearsal of just that is kept, else by a worker, with a rehearsal first.

    Returns:
        whether it is done; else `OrderRehearsal` tells how far it is.

    Raises:
        NotFound, NotAuthorised, OrderRefused: as `ask`, or as the verb itself.
    """
    row = switching.order(actor, order_id)
    if rehearsing.is_fresh(row, at=at):
        approving.REHEARSED[verb](actor, order_id, revision, at)
        return True
    ask(actor=actor, order_id=order_id, then=verb, revision=revision, at=at)
    return False


@transaction.atomic
def cancel(*, actor: Actor, order_id: int, at: dt.datetime) -> None:
    """Stop the rehearsal of an order: nothing of it is kept.

    Raises:
        NotFound: no such order.
        NotAuthorised: neither writes nor checks orders here.
        OrderRefused: none is under way.
    """
    row = rehearsing.readable(actor, order_id)
    object_ = f"switching_order:{row.pk}"
    audit.record(actor=actor, action="cancel_rehearsal", object_=object_, area=row.area.key, at=at)
    if not JOBS.cancel(OrderRehearsal.objects.filter(order=row), f"cancelled by {actor.name}", at):
        raise OrderRefused(_("no rehearsal of %(reference)s is under way") % {"reference": row.reference}, order=row.pk)


def _rehearse(job: OrderRehearsal, tell: Tell, clock: Clock) -> Keep:
    actor = long_jobs.actor_of(job)
    row, told = rehearsing.rehearsed(
        actor=actor, order_id=job.order_id, basis=job.basis, at=clock(),
        tell=lambda done, of: tell(states_done=done, states_in_all=of),
    )  # fmt: skip

    def keep() -> dict[str, object]:
        rehearsing.keep(row, told, at=clock())
        if not job.then:
            return {}
        try:
            approving.REHEARSED[job.then](actor, job.order_id, job.revision, clock())
        except Refused as refused:  # the rehearsal stands, and says why
            return {"error": refused.message, "ended_at": clock()}
        return {}

    return keep


def _changed(job: OrderRehearsal, at: dt.datetime) -> None:
    order, pk = job.order, str(job.pk)
    moved = RehearsalMoved(order.pk, order.model_key, pk, at)
    fact = moved if job.is_waiting else OrderRehearsed(order.pk, order.model_key, pk, job.state, at)
    events.publish(area_id=order.area_id, facts=[fact], at=at)


JOBS = long_jobs.Life(OrderRehearsal, BELL, _rehearse, _changed)
