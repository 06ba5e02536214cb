"""changed(SwitchingPlans): what the field says of steps of switching orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.services.authority import NotAuthorised
from integration.cim.errors import ReplyError
from integration.cim.nouns.switching_plans import Outcome
from integration.services.handled import Handled
from outages.selectors import switching
from outages.services.switching import reporting


def handle(*, actor: Actor, source: str, items: Sequence[Outcome], at: dt.datetime) -> Handled:  # noqa: ARG001
    """Report each step; the same again changes nothing."""
    handled = Handled(effects={"steps": []})
    for item in items:
        try:
            reporting.report(
                actor=actor,
                order_id=switching.number_of(item.plan),
                step=item.key,
                outcome=item.outcome,
                occurred_at=item.occurred_at,
                note=item.remark,
                at=at,
            )
        except NotAuthorised:
            raise
        except Refused as refused:
            code = "2.15" if isinstance(refused, NotFound) else "1.8"
            handled.errors.append(ReplyError(code, refused.message, item.object_id))
        else:
            handled.taken += 1
            handled.effects["steps"].append(item.key)
    return handled
