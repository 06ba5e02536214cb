"""Messages in: at least once received, exactly once done.

Each check has its own stop, in this order: size, content type, sender, well-formed and limits, envelope, source, policy, replay,
duplicate, noun and verb, right, payload, business. What passes is one transaction: the raw message under (source, message_id), its
effect, its answer. Two copies at the same instant meet at the unique key; the second waits there and gets the first one's answer.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.utils.module_loading import import_string

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.services import authority
from integration.cim import dialects, envelope, operations, payloads, registry, replies, soap
from integration.cim.envelope import Envelope
from integration.cim.errors import Case, MessageRefused, ObjectId, ReplyError
from integration.models import InboxMessage, Partner
from integration.services import backpressure, counters, operation_sets, outbox, quarantine, signing
from integration.services.handled import Handled, Part

log = logging.getLogger(__name__)

XML = "application/xml; charset=utf-8"
MAX_BYTES = 20 * 1024**2
CONTENT_TYPES = frozenset({"application/xml", "text/xml", "application/soap+xml"})
REPLAY_WINDOW = dt.timedelta(minutes=5)
Work = Callable[[], Handled]
_ATTEMPTS = 3
_NOT_ON_LIVE = frozenset({"testing", "training"})
#: Answers of which no row is kept: the sender is not known, or nothing is wrong with the message.
_NOT_KEPT = frozenset({Case.TOO_LARGE, Case.WRONG_TYPE, Case.NOT_AUTHENTICATED, Case.BUSY})


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, body, and after how many seconds to try again (503)."""

    status: int
    body: bytes
    retry_after_s: int | None = None
    content_type: str = XML


@dataclass(frozen=True, slots=True)
class _Message:
    """One message on its way through the checks."""

    partner: Partner
    data: bytes
    read: Envelope
    at: dt.datetime

    @property
    def header(self) -> replies.ReplyHeader:
        return _header(self.read, self.at)


def accept(
    *, partner: Partner | None, data: bytes, content_type: str, at: dt.datetime, content_encoding: str = ""
) -> Answer:
    """Take one message and answer it, in SOAP who speaks SOAP; never raises. Must not be called inside a transaction."""
    answer, read = _accept(partner, data, content_type, content_encoding, at)
    spoken = soap.spoken_in(read, data, status=answer.status)
    if spoken is not None:
        body, status = soap.answer(answer.body, answer.status, spoken)
        answer = Answer(status, body, answer.retry_after_s, spoken.content_type)
    if partner is not None and partner.dialect:  # what is kept is in our words, what leaves in the partner's
        answer = dataclasses.replace(answer, body=dialects.write(answer.body, dialects.of(partner.dialect)))
    return answer


def rehearse(
    *, partner: Partner | None, data: bytes, content_type: str, at: dt.datetime, content_encoding: str = ""
) -> Answer:
    """What `accept` would answer, found out by doing it and taking everything back: no message, effect or quarantine is kept."""
    with transaction.atomic():
        answer = accept(partner=partner, data=data, content_type=content_type, at=at, content_encoding=content_encoding)
        transaction.set_rollback(True)
    return answer


def _accept(
    partner: Partner | None, data: bytes, content_type: str, content_encoding: str, at: dt.datetime
) -> tuple[Answer, Envelope | None]:
    """The answer as it is kept, without SOAP, and the message as far as it was read."""
    read: Envelope | None = None
    try:
        known = _check_transport(partner, data, content_type, content_encoding)
        read = signing.read(partner=known, data=data, at=at)
        return _take(_Message(known, data, read, at)), read
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


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as it came over the line."""

    partner: Partner | None
    data: bytes
    content_type: str
    content_encoding: str = ""


def accept_all(*, incoming: Sequence[Incoming], at: dt.datetime) -> list[Answer]:
    """Take messages that came in at the same moment, and answer each as if it had come alone; never raises.

    Those in which nothing is odd, of a noun whose handler takes several, are one transaction with one set of statements: that is what
    makes a storm of calls, one a message, as cheap as one of meter events. Whatever is odd, and everything where that transaction
    fails, goes its way alone.
    """
    ready: dict[int, _Ready] = {}
    answers: dict[int, Answer] = {}
    actors: dict[int, Actor] = {}
    with runtime_settings.held():
        for place, one in enumerate(incoming if len(incoming) > 1 else ()):
            if (found := _made_ready(one, actors, at)) is not None:
                ready[place] = found
        if len(ready) > 1:
            try:
                answers = _settle_together(ready, at)
            except Exception as error:  # noqa: BLE001 - whatever it was, each of them finds out for itself
                log.info("%d messages could not be taken together, now one by one: %r", len(ready), error)
    return [
        answers.get(place)
        or accept(
            partner=one.partner,
            data=one.data,
            content_type=one.content_type,
            content_encoding=one.content_encoding,
            at=at,
        )
        for place, one in enumerate(incoming)
    ]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message in which nothing is odd."""

    message: _Message
    row: registry.Row
    part: Part


def _made_ready(one: Incoming, actors: dict[int, Actor], at: dt.datetime) -> _Ready | None:
    """A message that may be taken with others; None where it has to go alone, be it to be refused. `actors` are known by partner."""
    try:
        known = _check_transport(one.partner, one.data, one.content_type, one.content_encoding)
        if known.dialect or signing.is_looked_at(known):
            return None
        message = _Message(known, one.data, envelope.read(one.data), at)
        _check_sender(message)
        _check_replay(message)
        read = message.read
        row = registry.incoming(read.verb, read.noun)
        if not row.takes_several or read.async_reply or read.nonce or read.soap or backpressure.is_full(row.noun):
            return None
        actor = actors[known.pk] = _authorised(message, row, actors.get(known.pk))
        parsed = payloads.parse(read, row, received_at=at)
        if parsed.errors or not registry.is_revision_taken(row, read.revision):
            return None
    except (MessageRefused, Refused, DatabaseError):
        return None
    return _Ready(message, row, Part(actor, read.source, parsed.items))


@transaction.atomic
def _settle_together(ready: Mapping[int, _Ready], at: dt.datetime) -> dict[int, Answer]:
    """The one transaction of several messages; those that were there already, or have to go alone after all, are left out."""
    places = list(ready)
    stored = _store_raw_all([ready[place].message for place in places])
    new = [(place, pk) for place, pk in zip(places, stored, strict=True) if pk is not None]
    answers: dict[int, Answer] = {}
    told: list[tuple[int, Answer, Handled]] = []
    for row in dict.fromkeys(ready[place].row for place, _ in new):
        own = [(place, pk) for place, pk in new if ready[place].row is row]
        handle = import_string(row.handler + ".handle_together")
        for (place, pk), handled in zip(own, handle(parts=[ready[place].part for place, _ in own], at=at), strict=True):
            if handled is not None:
                answers[place] = Answer(200, replies.response(ready[place].message.header))
                told.append((pk, answers[place], handled))
    alone = {pk for _, pk in new} - {pk for pk, _, _ in told}
    if alone:
        InboxMessage.objects.filter(pk__in=alone).delete()
    _store_answers(told)
    for message in {one.partner.pk: one for one in (ready[place].message for place in answers)}.values():
        _note_received(message)
    return answers


def _store_raw_all(messages: Sequence[_Message]) -> list[int | None]:
    """The raw messages under their keys; None where a key is taken (after waiting for whoever is just taking it)."""
    row = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', 0, '', 0, 0, '{}', 0)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO integration_inboxmessage ({_RAW}) VALUES {', '.join([row] * len(messages))}"  # noqa: S608
            " ON CONFLICT DO NOTHING RETURNING source, message_id, id",
            [value for message in messages for value in _raw(message)],
        )
        made = {(source, number): pk for source, number, pk in cursor.fetchall()}
    return [made.pop((message.read.source, message.read.message_id), None) for message in messages]


def _store_answers(told: Sequence[tuple[int, Answer, Handled]]) -> None:
    """What became of each message of several."""
    if not told:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE integration_inboxmessage AS m SET result = %s, status = 200, reply = t.reply, items = t.items,"
            " items_failed = 0, effects = t.effects::jsonb"
            " FROM unnest(%s::bigint[], %s::bytea[], %s::int[], %s::text[]) AS t(id, reply, items, effects) WHERE m.id = t.id",
            [
                replies.OK,
                [pk for pk, _, _ in told],
                [answer.body for _, answer, _ in told],
                [handled.taken for _, _, handled in told],
                [json.dumps(handled.effects) for _, _, handled in told],
            ],
        )


def _check_transport(partner: Partner | None, data: bytes, content_type: str, content_encoding: str) -> Partner:
    if len(data) > MAX_BYTES:
        raise MessageRefused(Case.TOO_LARGE, f"{len(data)} bytes; {MAX_BYTES} are taken")
    kind, _, parameters = content_type.partition(";")
    charset = parameters.lower().partition("charset=")[2].strip(' "') or "utf-8"
    if kind.strip().lower() not in CONTENT_TYPES or charset not in {"utf-8", "utf8"}:
        raise MessageRefused(Case.WRONG_TYPE, content_type[:200])
    if content_encoding.strip().lower() not in {"", "identity"}:
        raise MessageRefused(Case.WRONG_TYPE, f"Content-Encoding {content_encoding[:50]}")
    if partner is None or not partner.is_active:
        raise MessageRefused(Case.NOT_AUTHENTICATED)
    return partner


def _take(message: _Message) -> Answer:
    _check_sender(message)
    _check_replay(message)
    if (first := _first_answer(message)) is not None:
        return first
    answer = _settle(message, _work_of_set(message) if message.read.noun == operations.NOUN else _work_of(message))
    _note_received(message)
    return answer


def _work_of(message: _Message) -> Work:
    """What is to be done for a message, which has passed all checks that come before."""
    prepared = _prepared(message)

    def work() -> Handled:
        return prepared.handle(source=message.read.source, at=message.at)

    return work


def _work_of_set(message: _Message) -> Work:
    """The operations of a set, each held to the same checks as a message of its own."""
    read = message.read
    if read.verb != "execute":
        raise MessageRefused(Case.UNKNOWN_VERB, f"{operations.NOUN} is taken with: execute; not with {read.verb}")
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


def _prepared_operation(message: _Message, one: operations.Operation) -> operation_sets.Prepared | Refused:
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


def _prepared(message: _Message) -> operation_sets.Prepared:
    """Who may have what done: the row, the sender's right, and what was read of the payload."""
    read = message.read
    row = registry.incoming(read.verb, read.noun)
    if backpressure.is_full(row.noun):
        raise MessageRefused(Case.BUSY, message_id=read.message_id)
    actor = _authorised(message, row)
    if not registry.is_revision_taken(row, read.revision):
        raise MessageRefused(Case.REVISION, f"{read.noun} {read.revision}", message_id=read.message_id)
    return operation_sets.Prepared(row, actor, payloads.parse(read, row, received_at=message.at))


def _check_sender(message: _Message) -> None:
    read = message.read
    if read.source != message.partner.source:
        raise MessageRefused(Case.UNKNOWN_SOURCE, f"Source {read.source} is not {message.partner.source}")
    if read.context.lower() in _NOT_ON_LIVE:
        raise MessageRefused(Case.AGAINST_POLICY, f"Context {read.context}: this is the live system")


def _check_replay(message: _Message) -> None:
    created = message.read.nonce_created_at
    if created is not None and abs(created - message.at) > REPLAY_WINDOW:
        raise MessageRefused(Case.REPLAYED, "ReplayDetection/Created is more than 5 minutes from now")


def _check_nonce(message: _Message) -> None:
    """A nonce under another MessageID: somebody sends what he heard."""
    read = message.read
    if read.nonce and InboxMessage.objects.filter(source=read.source, nonce=read.nonce).exists():
        raise MessageRefused(
            Case.REPLAYED, "ReplayDetection/Nonce was used by another message", message_id=read.message_id
        )


def _authorised(message: _Message, row: registry.Row, known: Actor | None = None) -> Actor:
    """The sender as an actor (`known`: from another message of this moment). What the header says of users is a label, no right."""
    if row.name not in message.partner.allowed:
        raise MessageRefused(Case.NOT_ALLOWED, f"{message.partner.source} may not send {row.name}")
    number = message.read.message_id[:64]
    if known is None:
        actor = authority.actor_for(message.partner.user, way="cim", request_id=number)
    else:
        actor = dataclasses.replace(known, request_id=number)
    authority.require(actor=actor, action="post_cim")
    authority.require(actor=actor, action=row.action)
    return actor


def _first_answer(message: _Message) -> Answer | None:
    """The answer of the first copy, if there was one.

    Raises:
        MessageRefused: 6.1 where the first one under this id said something else.
    """
    mine = InboxMessage.objects.filter(source=message.read.source, message_id=message.read.message_id)
    first = mine.values_list("pk", "body_hash", "status", "reply").first()
    if first is None:
        return None
    pk, body_hash, status, reply = first
    if body_hash != message.read.body_hash:
        object_id = ObjectId(message.read.message_id, "Message", kind="other", id_type="MessageID")
        raise MessageRefused(Case.OTHER_BODY, "this MessageID came with another content before", object_id=object_id)
    InboxMessage.objects.filter(pk=pk).update(repeats=F("repeats") + 1)
    return Answer(status, bytes(reply))


def _settle(message: _Message, work: Work) -> Answer:
    """The one transaction; tried again as a whole where the database chose it as the victim of a deadlock."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            answer = _settle_once(message, work) or _first_answer(message)
        except OperationalError as error:
            if attempt == _ATTEMPTS or getattr(error.__cause__, "sqlstate", None) not in {"40P01", "40001"}:
                raise
        else:
            if answer is not None:
                return answer
            _check_nonce(message)
    raise MessageRefused(Case.BUSY, message_id=message.read.message_id)


@transaction.atomic
def _settle_once(message: _Message, work: Work) -> Answer | None:
    """Store, handle, answer; None where another copy was first."""
    stored = _store_raw(message)
    if stored is None:
        return None
    handled = work()
    errors = tuple(handled.errors)
    if errors and not handled.taken:
        raise MessageRefused(Case.NOTHING_TAKEN, errors=errors, message_id=message.read.message_id)
    result = replies.result_of(taken=handled.taken, failed=len(errors))
    answer = _reply(message, result, errors, handled)
    InboxMessage.objects.filter(pk=stored).update(
        result=result,
        status=answer.status,
        reply=answer.body,
        items=handled.taken + len(errors),
        items_failed=len(errors),
        effects=handled.effects,
    )
    return answer


def _store_raw(message: _Message) -> int | None:
    """The raw message under its key; None where the key is taken (after waiting for whoever is just taking it)."""
    return _store_raw_all([message])[0]


_RAW = (
    "partner_id, source, message_id, correlation_id, verb, noun, body, body_hash, received_at, nonce,"
    " result, status, reply, items, items_failed, effects, repeats"
)


def _raw(message: _Message) -> tuple[Any, ...]:
    """The columns that are known as it comes in."""
    read = message.read
    return (
        *(message.partner.pk, read.source, read.message_id, read.correlation_id, read.verb, read.noun),
        *(message.data, read.body_hash, message.at, read.nonce),
    )


def _reply(message: _Message, result: str, errors: tuple[ReplyError, ...], handled: Handled) -> Answer:
    """The answer itself; or, to who asked for it later at an address we know, an acknowledgment now and the answer then."""
    said = errors or ((ReplyError("0.0", handled.remark),) if handled.remark else ())
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
        sender=_sender(),
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
            quarantine.keep(partner=partner, data=data, refused=refused, at=at)
        except DatabaseError:
            log.warning("a refused message could not be kept", exc_info=True)
    body = replies.refusal(refused, _header(read, at) if read else None)
    return Answer(refused.status, body, backpressure.RETRY_S if refused.case is Case.BUSY else None)


def _header(read: Envelope, at: dt.datetime) -> replies.ReplyHeader:
    return replies.header_for(
        source=read.source,
        message_id=read.message_id,
        correlation_id=read.correlation_id,
        noun=read.noun,
        sender=_sender(),
        at=at,
    )


def _sender() -> str:
    return str(getattr(settings, "CIM_SOURCE", "TIELINE"))


def _note_received(message: _Message) -> None:
    """When the partner was last heard, to within ten seconds: a row that every message wrote would make them queue."""
    known, recent = message.partner.latest_received_at, message.at - dt.timedelta(seconds=10)
    if known is None or known < recent:
        old = Q(latest_received_at=None) | Q(latest_received_at__lt=recent)
        Partner.objects.filter(old, pk=message.partner.pk).update(latest_received_at=message.at)
