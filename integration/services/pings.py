"""Questions to meters: from PingsRequested to get(MeterReadings) at a head-end, and from what became of the message back.

A head-end is a partner that subscribes to MeterReadings and may send its answers (reply MeterReadings). Each question goes to the one
its meters speak through; where that is not known, to the first by name. Its MessageID is the CorrelationID of the answer. A question
nobody waits for any more is not sent.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from integration.cim import events
from integration.cim.nouns import meter_readings
from integration.models import Partner
from integration.services import outbox
from metering.events import PingsRequested
from metering.selectors import pings as asked
from metering.services import ping_answers

NOUN, ANSWERS = meter_readings.NOUN, "reply MeterReadings"
TOO_LATE = "nobody waits for the answer any more"
NOBODY = "no head-end is registered that takes get MeterReadings"
REPLY_ADDRESS = runtime_settings.declare(
    "ping.reply_address",
    "",
    help_=gettext_noop("Where head-ends send their answers (ReplyAddress); empty: to the address they know us by."),
)
KEY = "ping"


def send_all(*, facts: Sequence[PingsRequested], at: dt.datetime) -> None:
    """Write a message for each batch; without a head-end say so at once, instead of letting people wait for the deadline."""
    found = {partner.source: partner for partner in head_ends()}
    batches: dict[str, list[str]] = defaultdict(list)  # by who is asked
    for batch, source in (pair for fact in facts for pair in zip(fact.batches, fact.head_ends, strict=True)):
        batches[source if source in found else next(iter(found), "")].append(batch)
    for source, ids in batches.items():
        if source in found:
            _send(found[source], ids, at)
            continue
        for batch in ids:
            ping_answers.fail(batch_id=uuid.UUID(batch), reason=NOBODY, at=at)


def is_wanted(*, object_key: str, at: dt.datetime) -> bool:
    """Whether an answer is still waited for."""
    return ping_answers.is_waiting(_batch(object_key), at)


def fail(*, object_key: str, reason: str, at: dt.datetime) -> None:
    """The head-end refused the question, or could not be reached."""
    ping_answers.fail(batch_id=_batch(object_key), reason=reason, at=at)


def head_ends() -> list[Partner]:
    """Partners whom meters are asked through, by name."""
    found = Partner.objects.filter(is_active=True, allowed__contains=[ANSWERS], subscriptions__contains=[NOUN])
    return list(found.exclude(endpoint_url="").order_by("name"))


def _send(partner: Partner, batches: Sequence[str], at: dt.datetime) -> None:
    questions = asked.questions(batches)
    ping_answers.note_addressee(batch_ids=[one.batch for one in questions], source=partner.source)
    outbox.enqueue_requests(partner=partner, requests=[_request(one, at) for one in questions], at=at)


def _request(question: asked.Question, at: dt.datetime) -> outbox.Request:
    body = events.request_message(
        verb=meter_readings.GET,
        noun=NOUN,
        request=meter_readings.build(question.meters, begins=at, ends=question.deadline_at),
        sender=outbox.sender(),
        message_id=str(question.batch),
        reply_address=str(runtime_settings.get(REPLY_ADDRESS)),
        at=at,
        comment=question.purpose.replace("_", " "),
    )
    return outbox.Request(question.batch, body, meter_readings.GET, NOUN, f"{KEY}:{question.batch}")


def _batch(object_key: str) -> uuid.UUID:
    return uuid.UUID(object_key.removeprefix(f"{KEY}:"))
