"""cancel(PlannedOutages): the work does not happen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from integration.cim.nouns.planned_outages import Wanted
from integration.services import planned_outage_changes
from integration.services.handled import Handled
from outages.services import planned


def handle(*, actor: Actor, source: str, items: Sequence[Wanted], at: dt.datetime) -> Handled:  # noqa: ARG001
    """Cancel each."""

    def cancel(planned_id: int, item: Wanted) -> None:
        planned.cancel(actor=actor, planned_id=planned_id, reason=item.status_reason or item.reason, at=at)

    return planned_outage_changes.to_each(items, cancel)
