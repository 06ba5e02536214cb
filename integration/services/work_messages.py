"""Tell the field force of its work: MaintenanceOrders create when a work order is raised, then change, at the end close or cancel.

The message says how the order stands when it is written; of several changes in a batch the last is told. A partner hears what came
of its own reports as well: that is how it learns that they were taken as it meant them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from adms.core.events import Recorded
from integration.cim.nouns import maintenance_orders as noun
from integration.cim.nouns.items import Identified, Name
from integration.cim.nouns.maintenance_orders import NOUN, Order, Task
from integration.services import outbox, routing
from integration.services.routing import Subscriber
from outages.events import OutageChanged
from outages.selectors import outages
from outages.selectors.outages import Described
from workforce.selectors import work_orders
from workforce.selectors.work_orders import CrewOn

_MRIDS = uuid.UUID("0a4c7f5e-6d0b-5b8e-9a7d-2f3b1c8e4d10")
_PREFIX = "WO-"
_OUTAGE = "outage:"
_ENDS = {"completed": "close", "cancelled": "cancel"}
_STATUS = {"completed": "completed", "cancelled": "cancelled"}
_SAFE = ("en_route", "on_site", "made_safe")
#: Ranks by priority (customers out, plus an offset for critical ones); 1 is the most urgent, 4 the least.
_RANKS = ((1_000, 1), (100, 2), (10, 3))


def announce(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """Write the messages for a batch of OutageChanged and AssignmentChanged; the number written."""
    partners = routing.subscribers_of(NOUN)
    if not partners:
        return 0
    latest = {subject: recorded for recorded in batch if (subject := _subject(recorded)).startswith(_OUTAGE)}
    orders = work_orders.by_subject(latest)
    known = outages.described({int(subject.removeprefix(_OUTAGE)) for subject in orders})
    written = 0
    for subject, recorded in latest.items():
        found = known.get(int(subject.removeprefix(_OUTAGE)))
        if subject in orders and found is not None:
            written += _tell(orders[subject], found, recorded, partners, at)
    return written


def number_of(text: str) -> int | None:
    """The work order that a number in a message means."""
    digits = text.removeprefix(_PREFIX)
    return int(digits) if text.startswith(_PREFIX) and digits.isdecimal() and len(digits) <= 18 else None


def _subject(recorded: Recorded) -> str:
    event = recorded.event
    return f"{_OUTAGE}{event.outage_id}" if isinstance(event, OutageChanged) else str(event.subject)


def _tell(
    order: work_orders.Order, found: Described, recorded: Recorded, partners: Sequence[Subscriber], at: dt.datetime
) -> int:
    key = f"work_order:{order.pk}"
    is_told = outbox.is_told(object_key=key)
    if order.state in _ENDS and not is_told:
        return 0
    verb = _ENDS.get(order.state, "change" if is_told else "create")
    payload = noun.build(translate(order, found, at=at))
    draft = outbox.Draft(verb, payload, key, f"{recorded.reference}:work", frozenset({recorded.area}))
    return outbox.enqueue_all(partners=partners, noun=NOUN, drafts=[draft], at=at)


def translate(order: work_orders.Order, found: Described, *, at: dt.datetime) -> Order:
    """A work order of ours in the words of the standard."""
    outage = found.outage
    asset = Identified(outage.device_mrid, (Name(outage.device_name),) if outage.device_name else ())
    words = f"{outage.customers_out} customers out"
    if outage.critical_out:
        words += f", {outage.critical_out} of them critical"
    tasks = tuple(
        Task(noun.STATUS[one.state], order.title, words, asset, Identified("", (Name(one.crew, noun.CREW_ID),)))
        for one in order.crews
    )
    live = [one for one in order.crews if one.state not in {"completed", "released"}]
    place = (order.x, order.y) if order.x is not None and order.y is not None else None
    return Order(
        mrid=str(uuid.uuid5(_MRIDS, str(order.pk))),
        number=f"{_PREFIX}{order.pk}",
        incident=str(outage.pk),
        status=_STATUS.get(order.state) or _furthest(live),
        requested_at=order.created_at,
        modified_at=at,
        rank=next((rank for least, rank in _RANKS if outage.priority >= least), 4),
        tasks=tasks or (Task("waitingToBeScheduled", order.title, words, asset),),
        place=place,
        direction=outage.feeder,
        restored_at=outage.restored_at,
        expected_at=outage.etr_at,
    )


def _furthest(live: Sequence[CrewOn]) -> str:
    """The status of the whole work: that of the crew furthest on."""
    states = {one.state for one in live}
    furthest = next((state for state in reversed(_SAFE) if state in states), "assigned" if live else "")
    return noun.STATUS[furthest] if furthest else "waitingToBeScheduled"
