"""The rows of messages that came in: stored under their key, answered, counted when they come again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import F, Q

from integration.cim import replies
from integration.cim.errors import Case, MessageRefused, ObjectId
from integration.models import InboxMessage, Partner
from integration.services.handled import Handled
from integration.services.inbox_checks import Message

_RAW = (
    "partner_id, source, message_id, correlation_id, verb, noun, body, body_hash, received_at, nonce,"
    " result, status, reply, items, items_failed, effects, repeats"
)


def store_raw(message: Message) -> int | None:
    """The raw message under its key; None where the key is taken (after waiting for whoever is just taking it)."""
    return store_raw_all([message])[0]


def store_raw_all(messages: Sequence[Message]) -> list[int | None]:
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


def _raw(message: Message) -> tuple[Any, ...]:
    """The columns that are known as it comes in."""
    read = message.read
    return (
        *(message.partner.pk, read.source, read.message_id, read.correlation_id, read.verb, read.noun),
        *(message.data, read.body_hash, message.at, read.nonce),
    )


def store_answer(pk: int, result: str, status: int, body: bytes, handled: Handled) -> None:
    """What became of one message."""
    failed = len(handled.errors)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE integration_inboxmessage SET result = %s, status = %s, reply = %s, items = %s, items_failed = %s,"
            " effects = %s::jsonb WHERE id = %s",
            [result, status, body, handled.taken + failed, failed, json.dumps(handled.effects), pk],
        )


def store_answers(told: Sequence[tuple[int, bytes, Handled]]) -> None:
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
                [body for _, body, _ in told],
                [handled.taken for _, _, handled in told],
                [json.dumps(handled.effects) for _, _, handled in told],
            ],
        )


def first_answer(message: Message) -> tuple[int, bytes] | None:
    """Status and body of the answer to the first copy, if there was one; this one is counted.

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
    return status, bytes(reply)


def note_received(message: Message) -> None:
    """When the partner was last heard, to within ten seconds: a row that every message wrote would make them queue."""
    known, recent = message.partner.latest_received_at, message.at - dt.timedelta(seconds=10)
    if known is None or known < recent:
        old = Q(latest_received_at=None) | Q(latest_received_at__lt=recent)
        Partner.objects.filter(old, pk=message.partner.pk).update(latest_received_at=message.at)
