"""change(PlannedOutages): the work is to happen at another time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from integration.cim.nouns.items import ItemRefused
from integration.cim.nouns.planned_outages import Wanted
from integration.services import planned_outage_changes
from integration.services.handled import Handled
from outages.services import planned


def handle(*, actor: Actor, source: str, items: Sequence[Wanted], at: dt.datetime) -> Handled:  # noqa: ARG001
    """Move the window of each."""

    def move(planned_id: int, item: Wanted) -> None:
        if item.begins_at is None or item.ends_at is None:
            raise ItemRefused("1.7", "estimatedPeriod with start and end is missing", item.object_id)
        planned.change_window(
            actor=actor,
            planned_id=planned_id,
            begins_at=item.begins_at,
            ends_at=item.ends_at,
            reason=item.status_reason or item.reason,
            at=at,
        )

    return planned_outage_changes.to_each(items, move)
