"""Suggestions as jobs (`adms.core.services.long_jobs`): several ways with a power flow after each step take longer than a page waits.

A person has one question under way, a new one ends the one before. The ways are kept with the question; an order is written from one
of them like any other, and rehearsed anew.
"""

import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.models import ControlArea
from adms.core.services import audit, events, long_jobs
from adms.core.services.long_jobs import Clock, Keep, Tell
from outages.events import SuggestionMoved
from outages.models import SwitchingSuggestion
from outages.selectors import load_shedding, suggestions
from outages.services.switching import suggesting
from outages.services.switching.life_cycle import OrderRefused
from outages.services.switching.proposals import Limit
from outages.services.switching.suggesting import Wanted

BELL = "suggestions"


@transaction.atomic
def ask(*, actor: Actor, wanted: Wanted, at: dt.datetime) -> SwitchingSuggestion:
    """Queue a question; one of the same person that has no end yet ends.

    Raises:
        Invalid, NotFound, NotAuthorised: as `suggesting.require`.
    """
    found = suggesting.require(actor=actor, wanted=wanted)
    area = found.area if found else _area(wanted.model)
    with events.deferred():
        JOBS.cancel(SwitchingSuggestion.objects.filter(asked_by=actor.name), _("asked anew"), at)
        row = SwitchingSuggestion.objects.create(
            area=area,
            model_key=wanted.model,
            goal=wanted.goal,
            equipment_mrid=found.mrid if found else "",
            equipment_name=found.name if found else "",
            terms=dict(wanted.terms),
            **long_jobs.asked_by(actor, at),
        )
        audit.record(
            actor=actor, action="suggest_switching", object_=f"{wanted.model}/{row.equipment_mrid}", area=area.key,
            after={"goal": wanted.goal, "terms": row.terms}, at=at,
        )  # fmt: skip
        JOBS.queued(row, at)
    return row


def _area(model: str) -> ControlArea:
    """Of the first feeder that takes part in load shedding."""
    shed = next((one.area for one in load_shedding.feeders(model) if one.is_shed), None)
    if shed is None:
        raise OrderRefused(_("no feeder is in a group of load shedding: put feeders into groups first"))
    return ControlArea.objects.get(key=shed)


@transaction.atomic
def cancel(*, actor: Actor, suggestion: uuid.UUID, at: dt.datetime) -> SwitchingSuggestion:
    """Do without an answer.

    Raises:
        NotFound: none of this id that the actor may read.
        OrderRefused: it has ended.
    """
    row = suggestions.one(actor, suggestion)
    audit.record(actor=actor, action="cancel_suggestion", object_=f"suggestion {row.pk}", area=row.area.key, at=at)
    if not JOBS.cancel(
        SwitchingSuggestion.objects.filter(pk=row.pk),
        _("cancelled by %(who)s") % {"who": actor.label or actor.name},
        at,
    ):
        raise OrderRefused(_("this suggestion is not under way"), suggestion=str(row.pk))
    row.refresh_from_db()
    return row


def _find(job: SwitchingSuggestion, tell: Tell, clock: Clock) -> Keep:
    limit = Limit.of_seconds(float(runtime_settings.get(suggesting.SECONDS)))
    found = suggesting.ways(
        actor=long_jobs.actor_of(job),
        wanted=Wanted(job.model_key, job.goal, job.equipment_mrid, job.terms),
        at=clock(),
        progress=lambda words: tell(stage=words[:200]),
        limit=limit,
    )
    return lambda: {"proposals": found, "is_complete": not limit.was_over}


def _changed(job: SwitchingSuggestion, at: dt.datetime) -> None:
    events.publish(area_id=job.area_id, facts=[SuggestionMoved(str(job.pk), job.model_key, job.state, at)], at=at)


JOBS = long_jobs.Life(SwitchingSuggestion, BELL, _find, _changed, attempts=2)
