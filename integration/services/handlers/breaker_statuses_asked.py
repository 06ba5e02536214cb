"""get(BreakerStatuses): the whole breaker table, or part of it by the options area, feeder, device, limit and offset (S04)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from integration.cim.nouns import breaker_statuses
from integration.cim.nouns.outage_queries import Query
from integration.services import breaker_messages
from integration.services.handled import Handled
from network.selectors import breakers
from outages.selectors import device_outages


def handle(*, actor: Actor, source: str, items: Sequence[Query], at: dt.datetime) -> Handled:  # noqa: ARG001
    """The answer as a payload, and how many there are in all."""
    (query,) = items
    named = [*query.mrids, *([query.device] if query.device else [])] or None
    lines, total = breakers.breakers(
        mrids=named, area=query.area, feeder=query.feeder, limit=query.limit, offset=query.offset
    )
    known = device_outages.at_devices([one.mrid for one in lines])
    told = [breaker_messages.translate(one, known.get(one.mrid)) for one in lines]
    payload = breaker_statuses.build(*told) if told else ""
    words = f"{len(told)} of {total} breakers"
    return Handled(taken=1, effects={"told": len(told), "of": total}, payload=payload, remark=words)
