"""Messages out: written in the transaction of the change that caused them; `delivery` carries them until they are accepted or dead."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from adms.core import bell
from integration.cim import events
from integration.cim.replies import ReplyHeader
from integration.models import OutboxMessage, Partner
from integration.services import routing
from integration.services.routing import Subscriber

_MESSAGE_IDS = uuid.UUID("c1b6d2de-1f4e-5b0a-8a39-0a9d5d8f7f21")


class EnqueuedOutsideTransaction(RuntimeError):
    """A message must commit together with the change it tells of."""


def enqueue(
    *,
    verb: str,
    noun: str,
    payload: str,
    object_key: str,
    cause: str,
    at: dt.datetime,
    areas: frozenset[str] = frozenset(),
) -> int:
    """One message to every active partner that subscribes to the noun and whose filter it meets; the number of messages written.

    The same cause again writes nothing: MessageID follows from partner, cause and noun. `object_key` names what the message is
    about; messages about the same object reach a partner in the order they were written.

    Raises:
        EnqueuedOutsideTransaction: if no transaction is open.
    """
    draft = Draft(verb, payload, object_key, cause, areas)
    return enqueue_all(partners=routing.subscribers_of(noun), noun=noun, drafts=[draft], at=at)


class Draft(NamedTuple):
    """A message before it is known to whom it goes."""

    verb: str
    payload: str
    object_key: str
    cause: str
    areas: frozenset[str] = frozenset()  # keys of the control areas it is about; none: of all


def enqueue_all(*, partners: Sequence[Subscriber], noun: str, drafts: Sequence[Draft], at: dt.datetime) -> int:
    """Many messages to those of some partners whose filters they meet, as `enqueue` does one."""
    if not connection.in_atomic_block:
        raise EnqueuedOutsideTransaction(drafts[0].cause if drafts else noun)
    messages = []
    for draft, partner in routing.pairs(drafts, partners):
        message_id = uuid.uuid5(_MESSAGE_IDS, f"{partner.pk}\n{draft.cause}\n{noun}")
        body = events.message(
            verb=draft.verb, noun=noun, payload=draft.payload, sender=sender(), message_id=str(message_id), at=at
        )
        messages.append(_row(partner.pk, message_id, draft.cause, draft.object_key, draft.verb, noun, body, at))
    return _write(messages)


def is_told(*, object_key: str) -> bool:
    """Whether anything was ever written about this object."""
    return OutboxMessage.objects.filter(object_key=object_key).exists()


class Request(NamedTuple):
    """A question to one partner; `cause` is also what it is about."""

    message_id: uuid.UUID
    body: bytes
    verb: str
    noun: str
    cause: str


def enqueue_requests(*, partner: Partner, requests: Sequence[Request], at: dt.datetime) -> int:
    """Questions to one partner; the same MessageID again writes nothing."""
    if not connection.in_atomic_block:
        raise EnqueuedOutsideTransaction(requests[0].cause if requests else partner.name)
    return _write(
        [_row(partner.pk, one.message_id, one.cause, one.cause, one.verb, one.noun, one.body, at) for one in requests]
    )


def enqueue_reply(*, partner: Partner, header: ReplyHeader, body: bytes, at: dt.datetime) -> int:
    """The real answer to a request that asked for it at the partner's address."""
    if not connection.in_atomic_block:
        raise EnqueuedOutsideTransaction(header.message_id)
    key = f"reply:{header.message_id}"
    return _write([_row(partner.pk, uuid.UUID(header.message_id), key, key, "reply", header.noun, body, at)])


def _row(
    partner_id: int,
    message_id: uuid.UUID,
    cause: str,
    object_key: str,
    verb: str,
    noun: str,
    body: bytes,
    at: dt.datetime,
) -> OutboxMessage:
    return OutboxMessage(
        partner_id=partner_id,
        message_id=message_id,
        cause=cause,
        object_key=object_key,
        verb=verb,
        noun=noun,
        body=body,
        next_attempt_at=at,
        created_at=at,
    )


def _write(messages: list[OutboxMessage]) -> int:
    if not messages:
        return 0
    before = OutboxMessage.objects.filter(message_id__in=[one.message_id for one in messages]).count()
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
    transaction.on_commit(lambda: bell.ring("outbox"))
    return len(messages) - before


def sender() -> str:
    """Who we are in the header of a message."""
    return str(getattr(settings, "CIM_SOURCE", "TIELINE"))
