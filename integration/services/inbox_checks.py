"""What a message passes before anything of it is done: each check has its own stop, in the order of this file."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

from adms.core.actors import Actor
from adms.core.services import authority
from integration.cim import registry, replies
from integration.cim.envelope import Envelope
from integration.cim.errors import Case, MessageRefused
from integration.models import InboxMessage, Partner
from integration.services import outbox

MAX_BYTES = 20 * 1024**2
CONTENT_TYPES = frozenset({"application/xml", "text/xml", "application/soap+xml"})
REPLAY_WINDOW = dt.timedelta(minutes=5)
_NOT_ON_LIVE = frozenset({"testing", "training"})


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way through the checks."""

    partner: Partner
    data: bytes
    read: Envelope
    at: dt.datetime
    sender: Actor | None = None  # with its grants, where they were asked for with its token

    @property
    def header(self) -> replies.ReplyHeader:
        """Of its answer."""
        return header_of(self.read, self.at)


def check_transport(partner: Partner | None, data: bytes, content_type: str, content_encoding: str) -> Partner:
    """Size, content type, sender.

    Raises:
        MessageRefused: 3.1, 1.8 or 7.4.
    """
    if len(data) > MAX_BYTES:
        raise MessageRefused(Case.TOO_LARGE, f"{len(data)} bytes; {MAX_BYTES} are taken")
    kind, _, parameters = content_type.partition(";")
    charset = parameters.lower().partition("charset=")[2].strip(' "') or "utf-8"
    if kind.strip().lower() not in CONTENT_TYPES or charset not in {"utf-8", "utf8"}:
        raise MessageRefused(Case.WRONG_TYPE, content_type[:200] or "no Content-Type says what it is")
    if content_encoding.strip().lower() not in {"", "identity"}:
        raise MessageRefused(Case.WRONG_TYPE, f"Content-Encoding {content_encoding[:50]}")
    if partner is None or not partner.is_active:
        raise MessageRefused(
            Case.NOT_AUTHENTICATED, "send `Authorization: Bearer TOKEN` with the token of an active partner"
        )
    return partner


def check_sender(message: Message) -> None:
    """The Source is the partner's own, and the message is meant for the live system.

    Raises:
        MessageRefused: 2.14 or 7.7.
    """
    read = message.read
    if read.source != message.partner.source:
        raise MessageRefused(Case.UNKNOWN_SOURCE, f"Source {read.source} is not {message.partner.source}")
    if read.context.lower() in _NOT_ON_LIVE:
        raise MessageRefused(Case.AGAINST_POLICY, f"Context {read.context}: this is the live system")


def check_replay(message: Message) -> None:
    """A ReplayDetection is of these minutes.

    Raises:
        MessageRefused: 7.7.
    """
    created = message.read.nonce_created_at
    if created is not None and abs(created - message.at) > REPLAY_WINDOW:
        raise MessageRefused(Case.REPLAYED, "ReplayDetection/Created is more than 5 minutes from now")


def check_nonce(message: Message) -> None:
    """A nonce under another MessageID: somebody sends what he heard.

    Raises:
        MessageRefused: 7.7.
    """
    read = message.read
    if read.nonce and InboxMessage.objects.filter(source=read.source, nonce=read.nonce).exists():
        raise MessageRefused(
            Case.REPLAYED, "ReplayDetection/Nonce was used by another message", message_id=read.message_id
        )


def authorised(message: Message, row: registry.Row) -> Actor:
    """The sender as an actor. What the header says of users is a label, no right.

    Raises:
        MessageRefused: 7.5, the message is not on the partner's list.
        NotAuthorised: its account lacks the right.
    """
    if row.name not in message.partner.allowed:
        raise MessageRefused(Case.NOT_ALLOWED, f"{message.partner.source} may not send {row.name}")
    number = message.read.message_id[:64]
    if message.sender is None:
        actor = authority.actor_for(message.partner.user, way="cim", request_id=number)
    else:
        actor = dataclasses.replace(message.sender, request_id=number)
    authority.require(actor=actor, action="post_cim")
    authority.require(actor=actor, action=row.action)
    return actor


def header_of(read: Envelope, at: dt.datetime) -> replies.ReplyHeader:
    """The header of the answer to a message."""
    return replies.header_for(
        source=read.source,
        message_id=read.message_id,
        correlation_id=read.correlation_id,
        noun=read.noun,
        sender=outbox.sender(),
        at=at,
    )
