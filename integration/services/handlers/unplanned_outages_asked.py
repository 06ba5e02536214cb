"""get(UnplannedOutages): outages as everybody may know them: no customers beyond those asked for, no crews (S08)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from integration.cim.nouns import unplanned_outages
from integration.cim.nouns.items import Identified, Name
from integration.cim.nouns.outage_queries import Query
from integration.services import outage_messages
from integration.services.handled import Handled
from outages.selectors import asked_outages
from outages.selectors.outages import Described


def handle(*, actor: Actor, source: str, items: Sequence[Query], at: dt.datetime) -> Handled:  # noqa: ARG001
    """The answer as a payload, and how many there are in all."""
    (query,) = items
    found = asked_outages.unplanned(asked_outages.Wanted(**dataclasses.asdict(query)))
    told = []
    for one in found.rows:
        public = outage_messages.translate(Described(one, [], frozenset()), at=at)
        points = tuple(Identified("", (Name(name, "UsagePointNumber"),)) for name in found.points.get(one.pk, ()))
        told.append(dataclasses.replace(public, de_energized_usage_points=points))
    payload = unplanned_outages.build(*told) if told else ""
    words = f"{len(told)} of {found.total} outages"
    return Handled(taken=1, effects={"told": len(told), "of": found.total}, payload=payload, remark=words)
