"""What people decide about an event: which plan is taken, to stop, to plan anew, and whether the plan was right."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.services import audit, authority
from network.domain.phrases import phrase
from network.services.control import automation
from outages.domain.flisr import life
from outages.models import FlisrEvent, FlisrStep
from outages.selectors import flisr_words
from outages.services.flisr import executing, field_orders, record, rings


@transaction.atomic
def take_plan(*, actor: Actor, event_id: int, place: int, revision: int, at: dt.datetime) -> FlisrEvent:
    """A person takes one of the offered plans, as they saw it.

    Raises:
        NotFound: no such event, or it is over.
        NotAuthorised: no operator of the area.
        FlisrRefused: it is not offered any more, was planned anew, or did not pass the checks.
    """
    row = executing.held(event_id)
    authority.require(actor=actor, action=executing.TAKE, area=row.area.key)
    if row.state != life.PROPOSED:
        raise executing.FlisrRefused(
            _("the event is not proposed any more: %(state)s") % {"state": row.get_state_display().lower()}
        )
    if row.revision != revision:
        raise executing.FlisrRefused(_("the plans were made anew since they were shown"), revision=row.revision)
    if not 0 <= place < len(row.plans):
        raise NotFound(_("no plan %(what)s") % {"what": place + 1}, plan=place + 1)
    if not row.plans[place]["is_safe"]:
        raise executing.FlisrRefused(_("the plan did not pass the checks"))
    executing.take(row, place, actor, at)
    audit.record(
        actor=actor,
        action=executing.TAKE,
        object_=f"flisr event {row.pk}",
        area=row.area.key,
        after={"plan": place + 1, "steps": len(row.plans[place]["steps"])},
        at=at,
    )
    return row


@transaction.atomic
def stop(*, actor: Actor, event_id: int, reason: str, at: dt.datetime) -> FlisrEvent:
    """A person stops it: nothing more is planned or done.

    Raises:
        NotFound: no such event, or it is over.
        NotAuthorised: no operator of the area.
        Invalid: no reason.
    """
    row = executing.held(event_id)
    authority.require(actor=actor, action=executing.TAKE, area=row.area.key)
    if len(reason.strip()) < 3:
        raise Invalid(_("say why"), field="reason")
    for step in row.steps.filter(state=FlisrStep.State.INSTRUCTED).select_related("order_step"):
        field_orders.take_back(step, actor=actor, at=at)
    row.steps.filter(state__in=(FlisrStep.State.NOT_STARTED, FlisrStep.State.INSTRUCTED)).update(
        state=FlisrStep.State.SKIPPED, ended_at=at, result=phrase("step_stopped")
    )
    _tell_of_ring(row, at)
    row.reason = reason[:400]
    record.step_to(row, life.STOPPED, phrase("stopped", why=row.reason), at, actor=actor)
    audit.record(
        actor=actor, action="stop_flisr", object_=f"flisr event {row.pk}", area=row.area.key, reason=reason, at=at
    )
    return row


def _tell_of_ring(row: FlisrEvent, at: dt.datetime) -> None:
    """Whoever stops in the middle of a load transfer is told that a ring stands, or that one comes."""
    ring, begun = rings.standing(row), rings.begun(row)
    if ring is not None:
        record.note(row, "step", ring.told(phrase("step_stopped")), at)
    elif begun is not None:
        record.note(row, "step", phrase("ring_comes", tie=begun.equipment_name), at)


@transaction.atomic
def plan_again(*, actor: Actor, event_id: int, at: dt.datetime) -> FlisrEvent:
    """A person asks for plans made from the picture as it is now.

    Raises:
        NotFound: no such event, or it is over.
        NotAuthorised: no operator of the area.
        FlisrRefused: it is planned or carried out at this moment, or a crew has a step of it.
    """
    row = executing.held(event_id)
    authority.require(actor=actor, action=executing.TAKE, area=row.area.key)
    ring = rings.standing(row)
    if ring is not None:
        raise executing.FlisrRefused(
            _("it cannot be planned anew: %(state)s") % {"state": flisr_words.said(ring.told(phrase("asked_anew")))}
        )
    under_way = (FlisrStep.State.PENDING, FlisrStep.State.INSTRUCTED)
    if row.steps.filter(state__in=under_way).exists() or not life.may_follow(row.state, life.PLANNING):
        raise executing.FlisrRefused(
            _("it cannot be planned anew: %(state)s") % {"state": row.get_state_display().lower()}
        )
    row.steps.filter(revision=row.revision, state=FlisrStep.State.NOT_STARTED).update(
        state=FlisrStep.State.SKIPPED, ended_at=at, result=phrase("planned_anew")
    )
    row.next_at = at
    record.step_to(row, life.PLANNING, phrase("asked_anew"), at, actor=actor)
    return row


@transaction.atomic
def acknowledge(*, actor: Actor, event_id: int, verdict: str, remark: str = "", at: dt.datetime) -> FlisrEvent:
    """A person has seen how it ended and says whether its best plan was right; automation may act on the feeder again.

    Raises:
        NotFound: no such event.
        NotAuthorised: no operator of the area.
        FlisrRefused: it is not over, or acknowledged already.
        Invalid: no such verdict.
    """
    row = (
        FlisrEvent.objects.select_for_update(of=("self",), no_key=True)
        .select_related("area")
        .filter(pk=event_id)
        .first()
    )
    if row is None:
        raise NotFound(_("no FLISR event %(event_id)s") % {"event_id": event_id}, event=event_id)
    authority.require(actor=actor, action=executing.TAKE, area=row.area.key)
    if verdict not in ("right", "wrong", ""):
        raise Invalid(
            _("no verdict %(verdict)s") % {"verdict": f"{verdict!r}"}, field="verdict", known=["right", "wrong", ""]
        )
    if row.ended_at is None or row.acknowledged_at is not None:
        raise executing.FlisrRefused("it goes on still" if row.ended_at is None else "it is acknowledged already")
    row.verdict, row.remark = verdict, remark[:400]
    row.acknowledged_by, row.acknowledged_at = actor.name, at
    row.save()
    code = f"acknowledged_{verdict}" if verdict else "acknowledged"
    record.note(row, "acknowledged", phrase(code, remark=row.remark), at, actor=actor)
    standing = automation.unacknowledged(model=row.model_key, feeder=(row.feeder or row.feeder_mrid)[:120])
    if standing is not None and standing.plan == executing.plan_name(row):
        automation.acknowledge(actor=actor, plan_id=standing.pk, note=remark, at=at)
    audit.record(
        actor=actor,
        action="acknowledge_flisr",
        object_=f"flisr event {row.pk}",
        area=row.area.key,
        after={"verdict": verdict},
        reason=remark,
        at=at,
    )
    record.tell(row, at)
    return row
