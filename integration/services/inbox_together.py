"""Messages that came in at the same moment, taken in one transaction where nothing about them is odd."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import DatabaseError, transaction
from django.utils.module_loading import import_string

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.services import events
from integration.cim import envelope, payloads, registry, replies
from integration.cim.errors import MessageRefused
from integration.models import InboxMessage, Partner
from integration.services import backpressure, inbox_checks, inbox_rows, signing
from integration.services.handled import Handled, Part
from integration.services.inbox import Answer, accept
from integration.services.inbox_checks import Message

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as it came over the line."""

    partner: Partner | None
    data: bytes
    content_type: str
    content_encoding: str = ""
    sender: Actor | None = None  # with its grants of this moment


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
            sender=one.sender,
            at=at,
        )
        for place, one in enumerate(incoming)
    ]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message in which nothing is odd."""

    message: Message
    row: registry.Row
    part: Part


def _made_ready(one: Incoming, actors: dict[int, Actor], at: dt.datetime) -> _Ready | None:
    """A message that may be taken with others; None where it has to go alone, be it to be refused. `actors` are known by partner."""
    try:
        known = inbox_checks.check_transport(one.partner, one.data, one.content_type, one.content_encoding)
        if known.dialect or signing.is_looked_at(known):
            return None
        message = Message(known, one.data, envelope.read(one.data), at, one.sender or actors.get(known.pk))
        inbox_checks.check_sender(message)
        inbox_checks.check_replay(message)
        read = message.read
        row = registry.incoming(read.verb, read.noun)
        if not row.takes_several or read.async_reply or read.nonce or read.soap or read.is_forgotten:
            return None
        if backpressure.is_full(row.noun):
            return None
        actor = actors[known.pk] = inbox_checks.authorised(message, row)
        parsed = payloads.parse(read, row, received_at=at)
        if parsed.errors or not registry.is_revision_taken(row, read.revision):
            return None
    except (MessageRefused, Refused, DatabaseError):
        return None
    return _Ready(message, row, Part(actor, read.source, parsed.items))


@transaction.atomic
def _settle_together(ready: Mapping[int, _Ready], at: dt.datetime) -> dict[int, Answer]:
    """The one transaction of several messages; those that were there already, or have to go alone after all, are left out."""
    with events.deferred():
        return _settled(ready, at)


def _settled(ready: Mapping[int, _Ready], at: dt.datetime) -> dict[int, Answer]:
    places = list(ready)
    stored = inbox_rows.store_raw_all([ready[place].message for place in places])
    new = [(place, pk) for place, pk in zip(places, stored, strict=True) if pk is not None]
    answers: dict[int, Answer] = {}
    told: list[tuple[int, bytes, Handled]] = []
    for row in dict.fromkeys(ready[place].row for place, _ in new):
        own = [(place, pk) for place, pk in new if ready[place].row is row]
        handle = import_string(row.handler + ".handle_together")
        found = handle(parts=[ready[place].part for place, _ in own], at=at)
        for (place, pk), handled in zip(own, found, strict=True):
            if handled is not None:
                answers[place] = Answer(200, replies.response(ready[place].message.header))
                told.append((pk, answers[place].body, handled))
    alone = {pk for _, pk in new} - {pk for pk, _, _ in told}
    if alone:
        InboxMessage.objects.filter(pk__in=alone).delete()
    inbox_rows.store_answers(told)
    for message in {one.partner.pk: one for one in (ready[place].message for place in answers)}.values():
        inbox_rows.note_received(message)
    return answers
