"""The envelope of IEC 61968-100: bytes in, one frozen Envelope out, whatever form and dialect the bytes came in.

1. Parse safely; recognise the form (`forms`) and name the parts.
2. Refuse with 1.5 where a header element is missing that we need; copies of the standard's schema differ in what is mandatory.
3. Write header, request and the outline of the payload anew in our own namespace and validate that while parsing it.
4. Unpack a compressed payload; read the payload's namespace as the one we speak.
5. Hash verb, noun and canonical payload: a resend may carry a new Timestamp, but not another content.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim import compressed, dialects, forms, header, namespaces, operations, xml
from integration.cim.canonical import canonical, rename
from integration.cim.errors import Case, MessageRefused, ObjectId

if TYPE_CHECKING:
    from lxml import etree

    from integration.cim.operations import OperationSet

_TOO_LARGE = {"too_large", "too_many_elements"}
_NO_ADDRESS = {"", "none"}


@dataclass(frozen=True, slots=True)
class Request:
    """What a request asks for."""

    start_at: dt.datetime | None = None
    end_at: dt.datetime | None = None
    options: tuple[tuple[str, str], ...] = ()
    ids: tuple[ObjectId, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message, understood as far as its envelope goes; `payload` has not been held against the schema of its noun yet."""

    root: str
    form: str
    soap: str
    verb: str
    noun: str
    source: str
    message_id: str
    correlation_id: str
    body_hash: str
    revision: str = ""
    timestamp: dt.datetime | None = None
    context: str = ""
    async_reply: bool = False
    reply_address: str = ""
    ack_required: bool | None = None
    user: str = ""
    organization: str = ""
    comment: str = ""
    nonce: str = ""
    nonce_created_at: dt.datetime | None = None
    properties: tuple[tuple[str, str], ...] = ()
    request: Request | None = None
    payload: etree._Element | None = None
    payload_ids: tuple[ObjectId, ...] = ()
    payload_format: str = ""
    operations: OperationSet | None = None
    reply_errors: tuple[tuple[str, str, ObjectId | None], ...] = ()  # code, words, whom it is about (None: all)
    reply_ids: tuple[ObjectId, ...] = ()  # what the reply as a whole names
    wrapper: str = ""  # a typed wrapper's namespace and local name
    wrapper_name: str = ""
    remarks: tuple[str, ...] = ()  # what was odd and read anyway

    @property
    def is_forgotten(self) -> bool:
        """Whether its sender wants no answer: an event that says so (pattern Fire/Forget)."""
        return self.ack_required is False and self.root == "EventMessage"


def read(data: bytes, dialect: dialects.Dialect = dialects.OURS) -> Envelope:
    """Read a message, written in the dialect of its sender.

    Raises:
        MessageRefused: where not even the envelope can be taken; nothing about the sender's content has been judged then.
    """
    root = _parse(data)
    dialects.read(root, dialect)
    parts = forms.take_apart(root)
    head = header.read(parts)
    payload, several = _payload(parts, dialect), operations.read(parts)
    return Envelope(
        root=parts.root,
        form=parts.form,
        soap=parts.soap,
        verb=head.verb,
        noun=head.noun,
        source=head.text("Source"),
        message_id=head.text("MessageID"),
        correlation_id=head.text("CorrelationID"),
        body_hash=_body_hash(head, payload, several),
        revision=head.text("Revision"),
        timestamp=head.time("Timestamp"),
        context=head.text("Context"),
        async_reply=bool(head.flag("AsyncReplyFlag")),
        reply_address=_address(head.text("ReplyAddress")),
        ack_required=head.flag("AckRequired"),
        user=head.text("User", "UserID"),
        organization=head.text("User", "Organization"),
        comment=head.text("Comment"),
        nonce=head.text("ReplayDetection", "Nonce"),
        nonce_created_at=head.time("ReplayDetection", "Created"),
        properties=head.pairs("Property", "Name", "Value"),
        request=_request(head),
        payload=payload,
        payload_ids=head.ids("Payload"),
        payload_format=head.text("Format", part="Payload"),
        operations=several,
        reply_errors=head.errors(),
        reply_ids=head.ids("Reply"),
        wrapper=parts.wrapper if parts.form == "typed" else "",
        wrapper_name=parts.name,
        remarks=head.remarks,
    )


def _parse(data: bytes) -> etree._Element:
    try:
        return xml.parse_message(data)
    except xml.XmlRefused as refused:
        raise MessageRefused(_case_of(refused), f"{refused.code}: {refused}") from None


def _case_of(refused: xml.XmlRefused) -> Case:
    if refused.code in _TOO_LARGE:
        return Case.TOO_LARGE
    return Case.TOO_MUCH if refused.code == "value_too_long" else Case.UNREADABLE


def _address(text: str) -> str:
    """Some senders write NONE where they mean nothing."""
    return "" if text.lower() in _NO_ADDRESS else text


def _request(head: header.Header) -> Request | None:
    if not head.has("Request"):
        return None
    return Request(
        start_at=head.time("StartTime", part="Request"),
        end_at=head.time("EndTime", part="Request"),
        options=head.pairs("Option", "name", "value", part="Request"),
        ids=head.ids("Request"),
    )


def _payload(parts: forms.Parts, dialect: dialects.Dialect) -> etree._Element | None:
    """The one foreign element of Payload, of what Compressed holds, or (for get) of Request."""
    packed = forms.compressed_text(parts)
    if packed:
        found = [_parse(compressed.unpack(packed))]
        dialects.read(found[0], dialect)
    else:
        found = forms.foreign_children(parts.payload, parts) or forms.foreign_children(parts.request, parts)
    if len(found) > 1:
        raise MessageRefused(Case.ENVELOPE_INVALID, f"a message carries one payload element, this one {len(found)}")
    if not found:
        return None
    namespace = namespaces.split(found[0])[0]
    return rename(found[0], namespace, namespaces.profile_of(namespace))


def _body_hash(head: header.Header, payload: etree._Element | None, several: OperationSet | None) -> str:
    digest = hashlib.sha256(f"{head.verb}\n{head.noun}\n".encode())
    digest.update(head.canonical_rest())
    if payload is not None:
        digest.update(canonical(payload))
    if several is not None:
        digest.update(several.digest())
    return digest.hexdigest()
