"""get(PlannedOutages): approved work that takes supply, as everybody may know it: no customers beyond those asked for (X05, S08)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from integration.cim.nouns import planned_outages
from integration.cim.nouns.outage_queries import Query
from integration.services import planned_messages
from integration.services.handled import Handled
from outages.selectors import asked_outages


def handle(*, actor: Actor, source: str, items: Sequence[Query], at: dt.datetime) -> Handled:  # noqa: ARG001
    """The answer as a payload, and how many there are in all."""
    (query,) = items
    found = asked_outages.planned(asked_outages.Wanted(**dataclasses.asdict(query)))
    told = [planned_messages.translate(one, at=at, points=found.points.get(one.pk, ())) for one in found.rows]
    payload = planned_outages.build(*told) if told else ""
    words = f"{len(told)} of {found.total} planned outages"
    return Handled(taken=1, effects={"told": len(told), "of": found.total}, payload=payload, remark=words)
