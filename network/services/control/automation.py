"""Automation acts by one plan per feeder, until a person has acknowledged what it did. Counted apart from people's operations."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import NotFound
from adms.core.models import ControlArea
from adms.core.services import audit, authority, events
from network.domain.phrases import phrase
from network.events import AutomationActed
from network.models import AutomationPlan, NetworkModel
from network.selectors import gate_words
from network.services.control import freezing
from network.services.control.requests import OperationRefused

ACKNOWLEDGE = "acknowledge_automation"


@transaction.atomic
def begin(
    *, actor: Actor, model: str, area: str, feeder: str, origin: str, plan: str, at: dt.datetime
) -> AutomationPlan:
    """Let an automation act on a feeder by this plan. Beginning the same plan again changes nothing.

    Raises:
        OperationRefused: remote control is frozen, or another plan there waits to be acknowledged.
    """
    freezing.share()
    if freezing.is_frozen():
        lifted_by = gate_words.said(phrase("two_people"))
        raise OperationRefused(phrase("all_frozen"), cause="blocked-by-mode", lifted_by=lifted_by)
    network, place = NetworkModel.objects.get(key=model), ControlArea.objects.get(key=area)
    standing = unacknowledged(model=model, feeder=feeder)
    if standing is None:
        try:
            with transaction.atomic():
                standing = AutomationPlan.objects.create(
                    model=network, area=place, feeder=feeder, origin=origin, plan=plan, started_at=at
                )
        except IntegrityError:
            standing = AutomationPlan.objects.get(model=network, feeder=feeder, acknowledged_at=None)
        else:
            audit.record(actor=actor, action="begin_plan", object_=feeder, area=area, after={"plan": plan}, at=at)
            fact = AutomationActed(model, feeder, origin, plan, is_acknowledged=False, at=at)
            events.publish(area_id=place.pk, facts=[fact], at=at)
    if (standing.origin, standing.plan) != (origin, plan):
        raise OperationRefused(
            gate_words.acted(standing.origin, standing.plan, feeder),
            cause="blocked-by-mode",
            lifted_by=gate_words.said(phrase("by_acknowledging")),
        )
    return standing


def unacknowledged(*, model: str, feeder: str) -> AutomationPlan | None:
    """The plan by which an automation has acted on a feeder and that waits for a person."""
    return AutomationPlan.objects.filter(model__key=model, feeder=feeder, acknowledged_at=None).first()


def has_begun(*, model_id: int, origin: str, plan: str) -> bool:
    """Whether an automation acts by this plan and nobody has closed it by acknowledging it."""
    found = AutomationPlan.objects.filter(model_id=model_id, origin=origin, plan=plan, acknowledged_at=None)
    return bool(plan) and found.exists()


@transaction.atomic
def acknowledge(*, actor: Actor, plan_id: int, note: str = "", at: dt.datetime) -> AutomationPlan:
    """A person has seen what an automation did: it may act on the feeder again.

    Raises:
        NotFound: no such plan waits.
        NotAuthorised: no operator of the area.
    """
    found = AutomationPlan.objects.select_for_update(of=("self",), no_key=True).select_related("area", "model")
    row = found.filter(pk=plan_id, acknowledged_at=None).first()
    if row is None:
        raise NotFound(_("no such plan waits to be acknowledged"), plan=plan_id)
    authority.require(actor=actor, action=ACKNOWLEDGE, area=row.area.key)
    row.acknowledged_by, row.acknowledged_at, row.note = actor.name, at, note[:400]
    row.save(update_fields=["acknowledged_by", "acknowledged_at", "note"])
    audit.record(
        actor=actor,
        action=ACKNOWLEDGE,
        object_=row.feeder,
        area=row.area.key,
        after={"plan": row.plan},
        reason=note,
        at=at,
    )
    fact = AutomationActed(row.model.key, row.feeder, row.origin, row.plan, is_acknowledged=True, at=at)
    events.publish(area_id=row.area_id, facts=[fact], at=at)
    return row
