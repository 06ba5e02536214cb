"""Requests for planned outages that are not made yet: one for each person, kept until it is asked for or dropped.

A row of its own and not the session: pages fetch parts of themselves at any moment, and each of these requests writes the whole
session as it was when it came in.
"""

import datetime as dt
from typing import Any

from adms.core.actors import Actor
from adms.core.services import authority
from outages.models import PlannedDraft


def keep(*, actor: Actor, content: dict[str, Any], at: dt.datetime) -> None:
    """What was chosen and typed so far.

    Raises:
        NotAuthorised: the actor may not ask for planned outages anywhere.
    """
    authority.require(actor=actor, action="request_planned_outage")
    PlannedDraft.objects.update_or_create(person=actor.name, defaults={"content": content, "changed_at": at})


def drop(*, actor: Actor) -> None:
    """It was asked for, or is not wanted."""
    PlannedDraft.objects.filter(person=actor.name).delete()
