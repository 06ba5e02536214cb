"""Tell partners of planned outages (PlannedOutages), and have customers told (PlannedOutageNotifications, in bounded messages).

What became of a message of notifications is told back, customer by customer where the partner's answer names them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from adms.core.events import Recorded
from integration.cim import envelope
from integration.cim.errors import MessageRefused
from integration.cim.nouns import planned_outage_notifications as notifications
from integration.cim.nouns import planned_outages
from integration.cim.nouns.items import Identified, Name
from integration.cim.nouns.planned_outage_notifications import Facts
from integration.cim.nouns.planned_outages import PlannedOutage as Told
from integration.models import OutboxMessage
from integration.services import outbox, routing
from outages.selectors import planned as reading
from outages.selectors import planned_notices as known
from outages.services import planned_announcing, planned_notices

if TYPE_CHECKING:
    from outages.models import PlannedOutage

#: The noun of notices.
NOTICES = notifications.NOUN
_KIND = {
    "in_execution": "confirmed",
    "partly_restored": "partiallyRestored",
    "restored": "restored",
    **dict.fromkeys(("completed", "cancelled", "rejected"), "closed"),
}


def announce(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """Write the messages for a batch of PlannedOutageChanged; of several changes of one the last, but its beginning and end always."""
    partners = routing.subscribers_of(planned_outages.NOUN)
    if not partners:
        return 0
    latest = {recorded.event.planned_id: recorded.number for recorded in batch}
    rows = reading.by_id({recorded.event.planned_id for recorded in batch})
    drafts = []
    for one in batch:
        row = rows.get(one.event.planned_id)
        if row is None or (one.event.verb == "changed" and latest[row.pk] != one.number):
            continue
        payload = planned_outages.build(translate(row, at=one.event.at))
        drafts.append(
            outbox.Draft(one.event.verb, payload, f"planned_outage:{row.mrid}", one.reference, frozenset({one.area}))
        )
    return outbox.enqueue_all(partners=partners, noun=planned_outages.NOUN, drafts=drafts, at=at)


def translate(row: PlannedOutage, *, at: dt.datetime, points: Sequence[str] = ()) -> Told:
    """A planned outage of ours in the words of CIM, with the usage points of these names."""
    return Told(
        mrid=row.mrid,
        number=str(row.pk),
        kind=_KIND.get(row.state, "predicted"),
        status=row.state,
        status_reason=row.reason,
        reason=row.purpose,
        community=row.area.name,
        begins_at=row.begins_at,
        ends_at=row.ends_at,
        modified_at=at,
        created_at=row.requested_at,
        started_at=row.executed_at,
        ended_at=row.restored_at,
        customers=row.customers_known,
        critical_customers=row.critical,
        order=row.order_reference,
        equipments=tuple(Identified(one["mrid"], (Name(one["name"]),) if one["name"] else ()) for one in row.devices),
        usage_points=tuple(Identified("", (Name(name, "UsagePointNumber"),)) for name in sorted(points)),
    )


def notify(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """Write the messages of rounds of notices; without a subscriber a person is told to tell the customers."""
    partners = routing.subscribers_of(NOTICES)
    written = 0
    for recorded in batch:
        notice_id = recorded.event.notice_id
        drafts = [_draft(chunk, recorded.area) for chunk in known.chunks_of(notice_id)] if partners else []
        if not all(routing.is_for_somebody(one, partners) for one in drafts) or not partners:
            planned_notices.note_by_hand(notice_id=notice_id)
            continue
        written += outbox.enqueue_all(partners=partners, noun=NOTICES, drafts=drafts, at=at)
    return written


def _draft(chunk: known.Chunk, area: str) -> outbox.Draft:
    plan, notice = chunk.plan, chunk.notice
    facts = Facts(
        planned_mrid=plan.mrid,
        reason=plan.purpose,
        text=notice.text,
        begins_at=notice.begins_at,
        ends_at=notice.ends_at,
        made_at=notice.made_at,
        order=plan.order_reference,
    )
    cause = f"notices:{notice.pk}/{chunk.number}/{chunk.verb}"
    return outbox.Draft(
        chunk.verb,
        notifications.build(facts, chunk.customers),
        f"planned_notices:{plan.mrid}",
        cause,
        frozenset({area}),
    )


def settled(*, cause: str, partner: str, reply: bytes, at: dt.datetime) -> None:
    """A partner took a message; customers that its answer names as refused were not told."""
    notice_id, chunk, verb = _place(cause)
    refused = _refused(reply)
    planned_notices.settle(notice_id=notice_id, chunk=chunk, verb=verb, partner=partner, refused=refused, at=at)


def failed(*, cause: str, partner: str, reason: str, at: dt.datetime) -> None:
    """A message was refused for good, or could not be delivered."""
    notice_id, chunk, verb = _place(cause)
    planned_notices.fail(notice_id=notice_id, chunk=chunk, verb=verb, reason=f"{partner}: {reason}", at=at)


def sent_to(*, source: str, message_id: str) -> planned_announcing.Sent | None:
    """The message of notices that went to this partner under this id; None where none did."""
    try:
        number = uuid.UUID(message_id)
    except ValueError:
        return None
    found = OutboxMessage.objects.filter(message_id=number, noun=NOTICES, partner__source=source)
    cause = found.values_list("cause", flat=True).first()
    return planned_announcing.Sent(*_place(cause)) if cause else None


def _place(cause: str) -> tuple[int, int, str]:
    notice_id, chunk, verb = cause.removeprefix("notices:").split("/")
    return int(notice_id), int(chunk), verb


def _refused(reply: bytes) -> dict[str, str]:
    """MRIDs of notifications that a partner's answer names in an error, with its words."""
    try:
        errors = envelope.read(reply).reply_errors
    except MessageRefused:
        return {}
    return {
        about.value: f"{code} {words}".strip() for code, words, about in errors if about is not None and code != "0.0"
    }
