"""Questions for readings: from ReadingsRequested to get(MeterReadings) at a head-end, and from what became of the message back.

Head-ends, addresses and MessageIDs as with pings. A question nobody waits for any more is not sent.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from adms.core import runtime_settings
from integration.cim import events
from integration.cim.nouns import meter_readings
from integration.models import Partner
from integration.services import outbox, pings
from metering.events import ReadingsRequested
from metering.selectors import readings as asked
from metering.services import reading_requests

TOO_LATE = pings.TOO_LATE
KEY = "readings"


def send_all(*, facts: Sequence[ReadingsRequested], at: dt.datetime) -> None:
    """Write a message for each request; without a head-end say so at once."""
    found = {partner.source: partner for partner in pings.head_ends()}
    for number, source in (pair for fact in facts for pair in zip(fact.requests, fact.head_ends, strict=True)):
        request_id = uuid.UUID(number)
        partner = found.get(source) or next(iter(found.values()), None)
        if partner is None:
            reading_requests.fail(request_id=request_id, reason=pings.NOBODY, at=at)
        else:
            _send_one(request_id, partner, at)


def is_wanted(*, object_key: str, at: dt.datetime) -> bool:
    """Whether an answer is still waited for."""
    return reading_requests.is_waiting(request_id=_number(object_key), at=at)


def fail(*, object_key: str, reason: str, at: dt.datetime) -> None:
    """The head-end refused the question, or could not be reached."""
    reading_requests.fail(request_id=_number(object_key), reason=reason, at=at)


def _send_one(request_id: uuid.UUID, partner: Partner, at: dt.datetime) -> None:
    question = asked.question(request_id)
    body = events.request_message(
        verb=meter_readings.GET,
        noun=meter_readings.NOUN,
        request=meter_readings.build(
            question.meters, begins=question.first_at, ends=question.last_at, types=question.types
        ),
        sender=outbox.sender(),
        message_id=str(request_id),
        reply_address=str(runtime_settings.get(pings.REPLY_ADDRESS)),
        at=at,
        comment=question.reason,
    )
    reading_requests.note_addressee(request_id=request_id, source=partner.source)
    request = outbox.Request(request_id, body, meter_readings.GET, meter_readings.NOUN, f"{KEY}:{request_id}")
    outbox.enqueue_requests(partner=partner, requests=[request], at=at)


def _number(object_key: str) -> uuid.UUID:
    return uuid.UUID(object_key.removeprefix(f"{KEY}:"))
