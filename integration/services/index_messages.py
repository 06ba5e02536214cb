"""Tell partners the indices of days: created(ReliabilityIndices) the first time, changed where the ledger was restated.

Whoever reports starts with a month of days at once: the days of an area that come together are one message.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from adms.core.events import Recorded
from integration.cim.nouns import reliability_indices
from integration.cim.nouns.reliability_indices import CHANGED, CREATED, Day
from integration.services import outbox, routing
from outages.selectors import day_indices

_NOUN = "ReliabilityIndices"


def announce(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """Write the messages for a batch of IndicesComputed; the number written. Of several versions of a day the last is told."""
    partners = routing.subscribers_of(_NOUN)
    if not partners:
        return 0
    latest = {(one.event.area, one.event.day): one for one in batch}
    begun = {(one.event.area, one.event.day) for one in batch if one.event.version == 1}
    told: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
    for key, recorded in sorted(latest.items()):
        told[key[0], CREATED if key in begun else CHANGED].append(recorded)
    drafts = [_draft(area, verb, days) for (area, verb), days in sorted(told.items(), key=_created_first)]
    return outbox.enqueue_all(partners=partners, noun=_NOUN, drafts=[one for one in drafts if one is not None], at=at)


def _created_first(item: tuple[tuple[str, str], list[Recorded]]) -> tuple[str, bool]:
    (area, verb), _ = item
    return area, verb == CHANGED


def _draft(area: str, verb: str, recorded: Sequence[Recorded]) -> outbox.Draft | None:
    """What is told of some days of an area ("" is everything)."""
    days = [day for one in recorded if (day := _day(one)) is not None]
    if not days:
        return None
    cause = max(recorded, key=lambda one: one.number).reference
    areas = frozenset({area} if area else ())
    return outbox.Draft(verb, reliability_indices.build(*days), f"indices:{area}", f"{cause}:{area}:{verb}", areas)


def _day(recorded: Recorded) -> Day | None:
    fact = recorded.event
    day = dt.date.fromisoformat(fact.day)
    found = day_indices.version(day=day, area=fact.area, number=fact.version)
    if found is None:
        return None
    return Day(day, fact.area, found.version, found.border_minutes, found.computed_at, found.figures)
