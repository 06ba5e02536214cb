"""Tell partners the indices of a day: created(ReliabilityIndices) the first time, changed where the ledger was restated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.events import Recorded
from integration.cim.nouns import reliability_indices
from integration.cim.nouns.reliability_indices import CHANGED, CREATED, Day, mrid_of
from integration.services import outbox
from outages.selectors import day_indices

_NOUN = "ReliabilityIndices"


def announce(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """Write the messages for a batch of IndicesComputed; the number written."""
    written = 0
    for recorded in batch:
        fact = recorded.event
        day = dt.date.fromisoformat(fact.day)
        found = day_indices.version(day=day, area=fact.area, number=fact.version)
        if found is None:
            continue
        told = Day(day, fact.area, found.version, found.border_minutes, found.computed_at, found.figures)
        written += outbox.enqueue(
            verb=CREATED if found.version == 1 else CHANGED,
            noun=_NOUN,
            payload=reliability_indices.build(told),
            object_key=f"indices:{mrid_of(day, fact.area)}",
            cause=recorded.reference,
            areas=frozenset({fact.area} if fact.area else ()),
            at=at,
        )
    return written
