"""Tell partners of switching orders in the field: SwitchingPlans create when one is issued, then changed, closed or canceled.

What becomes of one step is told with that step alone, so that an order of a hundred steps does not send them a hundred times.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from adms.core.events import Recorded
from integration.cim.nouns import switching_plans as noun
from integration.cim.nouns.items import Identified, Name
from integration.cim.nouns.switching_plans import NOUN, Action, Plan
from integration.services import outbox, routing
from network.domain import phases as ph
from outages.selectors import switching

if TYPE_CHECKING:
    from outages.models import SwitchingOrder, SwitchingStep

_VERBS = {
    "issued": "create",
    "completed": "closed",
    "aborted": "changed",
    "cancelled": "canceled",
    "rework": "canceled",
}


def announce(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """Write the messages of a batch of SwitchingOrderChanged; the number written. What stays at the desk is nobody else's."""
    partners = routing.subscribers_of(NOUN)
    if not partners:
        return 0
    drafts: list[outbox.Draft] = []
    known = switching.by_id({one.event.order_id for one in batch})
    steps = switching.steps_of({(one.event.order_id, one.event.step) for one in batch if one.event.step})
    drafted: set[str] = set()
    for one in batch:
        row = known.get(one.event.order_id)
        if row is None:
            continue
        key = f"switching_order:{row.mrid}"
        verb = _VERBS.get(one.event.what, "changed")
        if one.event.what == "written" and row.issued_at is not None:
            verb = "create"
        if verb == "create" or key in drafted or outbox.is_told(object_key=key):
            step = steps.get((row.pk, one.event.step)) if verb == "changed" else None
            told = translate(row, switching.steps(row) if step is None else [step])
            drafts.append(outbox.Draft(verb, noun.build(told), key, one.reference, frozenset({one.area})))
            drafted.add(key)
    return outbox.enqueue_all(partners=partners, noun=NOUN, drafts=drafts, at=at)


def translate(row: SwitchingOrder, steps: Sequence[SwitchingStep]) -> Plan:
    """An order of ours in the words of CIM, with these of its steps, as they stand now."""
    return Plan(
        mrid=row.mrid,
        number=row.reference,
        purpose=row.purpose,
        status=_camel(row.state),
        actions=tuple(_action(step) for step in steps),
        approved_at=row.approved_at,
        begins_at=row.begins_at,
        ends_at=row.ends_at,
    )


def _action(step: SwitchingStep) -> Action:
    device = Identified(step.device_mrid, (Name(step.device_name),)) if step.device_mrid else Identified()
    return Action(
        key=step.key,
        number=step.position,
        group=step.group,
        kind=step.kind,
        device=device,
        phases=ph.text(step.phases),
        description=step.text,
        status=_camel(step.state),
        crew=step.crew,
        issued_at=step.instructed_at,
        executed_at=step.occurred_at,
    )


def _camel(state: str) -> str:
    """already_there as alreadyThere."""
    first, *others = state.split("_")
    return first + "".join(word.capitalize() for word in others)
