"""Messages in: at least once received, exactly once done.

Each check has its own stop (`inbox_checks`), in this order: size, content type, sender, well-formed and limits, envelope, source,
policy, replay, duplicate, noun and verb, right, payload, business. What passes is one transaction: the raw message under (source,
message_id), its effect, its answer. Two copies at the same instant meet at the unique key; the second waits there and gets the first
one's answer.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.services import authority, events
from integration.cim import dialects, forms, operations, payloads, registry, replies, soap
from integration.cim.envelope import Envelope
from integration.cim.errors import Case, MessageRefused, ReplyError
from integration.models import Partner
from integration.services import (
    backpressure,
    counters,
    inbox_checks,
    inbox_rows,
    operation_sets,
    outbox,
    quarantine,
    signing,
)
from integration.services.handled import Handled
from integration.services.inbox_checks import Message

log = logging.getLogger(__name__)

XML = "application/xml; charset=utf-8"
Work = Callable[[], Handled]
_ATTEMPTS = 3
_TAKEN = 200
#: Answers of which no row is kept: the sender is not known, or nothing is wrong with the message.
_NOT_KEPT = frozenset({Case.TOO_LARGE, Case.WRONG_TYPE, Case.NOT_AUTHENTICATED, Case.BUSY})


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, body, and after how many seconds to try again (503)."""

    status: int
    body: bytes
    retry_after_s: int | None = None
    content_type: str = XML
    not_understood: tuple[str, ...] = ()  # headers of SOAP that refuse the message


def accept(
    *,
    partner: Partner | None,
    data: bytes,
    content_type: str,
    at: dt.datetime,
    content_encoding: str = "",
    sender: Actor | None = None,
) -> Answer:
    """Take one message and answer it, in SOAP who speaks SOAP; never raises. Must not be called inside a transaction.

    Who sends an event and forgets it (AckRequired false) is told by the status alone that it was taken; the answer is kept.
    `sender` is the partner's account with its grants of this moment, where who asks knows them already.
    """
    answer, read = _accept(partner, data, content_type, content_encoding, at, sender)
    if answer.status == _TAKEN and read is not None and read.is_forgotten:
        return Answer(202, b"")
    spoken = soap.spoken_in(read, data, status=answer.status)
    if spoken is not None:
        body, status = soap.answer(answer.body, answer.status, spoken, answer.not_understood)
        answer = Answer(status, body, answer.retry_after_s, spoken.content_type)
    if partner is not None and partner.dialect:  # what is kept is in our words, what leaves in the partner's
        answer = dataclasses.replace(answer, body=dialects.write(answer.body, dialects.of(partner.dialect)))
    return answer


def rehearse(
    *,
    partner: Partner | None,
    data: bytes,
    content_type: str,
    at: dt.datetime,
    content_encoding: str = "",
    sender: Actor | None = None,
) -> Answer:
    """What `accept` would answer, found out by doing it and taking everything back: no message, effect or quarantine is kept."""
    with transaction.atomic():
        answer = accept(
            partner=partner,
            data=data,
            content_type=content_type,
            at=at,
            content_encoding=content_encoding,
            sender=sender,
        )
        transaction.set_rollback(True)
    return answer


def _accept(
    partner: Partner | None,
    data: bytes,
    content_type: str,
    content_encoding: str,
    at: dt.datetime,
    sender: Actor | None,
) -> tuple[Answer, Envelope | None]:
    """The answer as it is kept, without SOAP, and the message as far as it was read."""
    read: Envelope | None = None
    try:
        known = inbox_checks.check_transport(partner, data, content_type, content_encoding)
        read = signing.read(partner=known, data=data, at=at)
        return _take(Message(known, data, read, at, sender)), read
    except forms.NotUnderstood as refused:
        answer = _refuse(refused, partner, data, read, at)
        return dataclasses.replace(answer, not_understood=refused.blocks), read
    except MessageRefused as refused:
        return _refuse(refused, partner, data, read, at), read
    except authority.NotAuthorised as refused:
        return _refuse(MessageRefused(Case.NOT_ALLOWED, refused.message), partner, data, read, at), read
    except Refused as refused:
        return _refuse(MessageRefused(Case.AGAINST_RULE, refused.message), partner, data, read, at), read
    except (OperationalError, InterfaceError):
        log.warning("the database could not take a message", exc_info=True)
        return _refuse(MessageRefused(Case.BUSY), partner, data, read, at), read
    except Exception:
        incident = uuid.uuid4().hex[:12]
        log.exception("incident %s while taking a message", incident)
        return _refuse(MessageRefused(Case.BUG, f"incident {incident}"), partner, data, read, at), read


def _take(message: Message) -> Answer:
    inbox_checks.check_sender(message)
    inbox_checks.check_replay(message)
    try:
        work = _work_of_set(message) if message.read.noun == operations.NOUN else _work_of(message)
    except Refused:
        # A copy of what was taken gets its answer again, whatever would be said of it today; what is new never asks for that.
        if (first := inbox_rows.first_answer(message)) is not None:
            return Answer(*first)
        raise
    answer = _settle(message, work)
    inbox_rows.note_received(message)
    return answer


def _work_of(message: Message) -> Work:
    """What is to be done for a message, which has passed all checks that come before."""
    prepared = _prepared(message)

    def work() -> Handled:
        return prepared.handle(source=message.read.source, at=message.at)

    return work


def _work_of_set(message: Message) -> Work:
    """The operations of a set, each held to the same checks as a message of its own."""
    read = message.read
    if read.verb != operations.EXECUTE:
        wanted = f"{operations.NOUN} is taken with: {operations.EXECUTE}; not with {read.verb}"
        raise MessageRefused(Case.UNKNOWN_VERB, wanted)
    if read.operations is None:
        raise MessageRefused(Case.PAYLOAD_MISSING, f"Payload holds no {operations.NOUN}")
    several = read.operations
    steps = [operation_sets.Step(one, _prepared_operation(message, one)) for one in several.operations]

    def work() -> Handled:
        return operation_sets.handle(
            steps=steps,
            is_whole=several.is_whole,
            is_in_sequence=several.is_in_sequence,
            source=read.source,
            at=message.at,
        )

    return work


def _prepared_operation(message: Message, one: operations.Operation) -> operation_sets.Prepared | Refused:
    as_message = dataclasses.replace(
        message.read, verb=one.verb, noun=one.noun, payload=one.payload, revision="", request=None
    )
    try:
        operation_sets.check(one)
        return _prepared(dataclasses.replace(message, read=as_message))
    except MessageRefused as refused:
        if refused.case is Case.BUSY:
            raise
        return refused
    except authority.NotAuthorised as refused:
        return refused


def _prepared(message: Message) -> operation_sets.Prepared:
    """Who may have what done: the row, the sender's right, and what was read of the payload."""
    read = message.read
    row = registry.incoming(read.verb, read.noun)
    if backpressure.is_full(row.noun):
        raise MessageRefused(Case.BUSY, message_id=read.message_id)
    actor = inbox_checks.authorised(message, row)
    if not registry.is_revision_taken(row, read.revision):
        raise MessageRefused(Case.REVISION, f"{read.noun} {read.revision}", message_id=read.message_id)
    return operation_sets.Prepared(row, actor, payloads.parse(read, row, received_at=message.at))


def _settle(message: Message, work: Work) -> Answer:
    """The one transaction; tried again as a whole where the database chose it as the victim of a deadlock."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            answer = _settle_once(message, work)
            if answer is None and (first := inbox_rows.first_answer(message)) is not None:
                answer = Answer(*first)
        except OperationalError as error:
            if attempt == _ATTEMPTS or getattr(error.__cause__, "sqlstate", None) not in {"40P01", "40001"}:
                raise
        else:
            if answer is not None:
                return answer
            inbox_checks.check_nonce(message)
    raise MessageRefused(Case.BUSY, message_id=message.read.message_id)


@transaction.atomic
def _settle_once(message: Message, work: Work) -> Answer | None:
    """Store, handle, answer; None where another copy was first."""
    stored = inbox_rows.store_raw(message)
    if stored is None:
        return None
    with events.deferred():
        handled = work()
    errors = tuple(handled.errors)
    if errors and not handled.taken:
        raise MessageRefused(Case.NOTHING_TAKEN, errors=errors, message_id=message.read.message_id)
    result = replies.result_of(taken=handled.taken, failed=len(errors))
    answer = _reply(message, result, errors, handled)
    inbox_rows.store_answer(stored, result, answer.status, answer.body, handled)
    return answer


def _reply(message: Message, result: str, errors: tuple[ReplyError, ...], handled: Handled) -> Answer:
    """The answer itself; or, to who asked for it later at an address we know, an acknowledgment now and the answer then."""
    more = (ReplyError("0.2", handled.more),) if handled.more else ()
    said = (*errors, *more) or ((ReplyError("0.0", handled.remark),) if handled.remark else ())
    body = replies.response(message.header, result=result, errors=said, payload=handled.payload)
    read, address = message.read, message.partner.endpoint_url
    if not (read.async_reply and address and read.reply_address == address):
        return Answer(200, body)
    outbox.enqueue_reply(partner=message.partner, header=message.header, body=body, at=message.at)
    acknowledgment = replies.header_for(
        source=read.source,
        message_id=f"{read.message_id} acknowledgment",
        correlation_id=read.correlation_id or read.message_id,
        noun=read.noun,
        sender=outbox.sender(),
        at=message.at,
    )
    return Answer(202, replies.acknowledgment(acknowledgment))


def _refuse(
    refused: MessageRefused, partner: Partner | None, data: bytes, read: Envelope | None, at: dt.datetime
) -> Answer:
    """Answer a refusal, and keep the message where a known partner must be able to see what was wrong with it."""
    counters.counted[f"{refused.code} {refused.status}"] += 1
    refused.message_id = refused.message_id or (read.message_id if read else "")
    source = partner.source if partner else "unknown"
    log.info("refused a message of %s: %s %s (%d bytes)", source, refused.code, refused.reason, len(data))
    if partner is not None and refused.case not in _NOT_KEPT:
        try:
            called = {"verb": read.verb, "noun": read.noun} if read else {}
            quarantine.keep(partner=partner, data=data, refused=refused, at=at, **called)
        except DatabaseError:
            log.warning("a refused message could not be kept", exc_info=True)
    body = replies.refusal(refused, inbox_checks.header_of(read, at) if read else None)
    return Answer(refused.status, body, backpressure.RETRY_S if refused.case is Case.BUSY else None)
