"""Answers: ResponseMessage and FaultMessage, written in the order of the schema, the same bytes for the same input."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from integration.cim import codes, writer
from integration.cim.errors import MessageRefused, ObjectId, ReplyError

NAMESPACE = "http://iec.ch/TC57/2011/schema/message"
OK, PARTIAL, FAILED = "OK", "PARTIAL", "FAILED"
_REPLY_IDS = uuid.UUID("5a1c6f0e-3d0b-5c1e-9c57-7d6f2b9d4e11")


@dataclass(frozen=True, slots=True)
class ReplyHeader:
    """What the header of a reply says; make it with `header_for`."""

    noun: str
    sender: str
    message_id: str
    correlation_id: str
    at: dt.datetime
    revision: str = ""


def header_for(
    *, source: str, message_id: str, correlation_id: str, noun: str, sender: str, at: dt.datetime
) -> ReplyHeader:
    """The header of the answer to a message: its own id follows from the id it answers, so making it twice gives the same."""
    own_id = str(uuid.uuid5(_REPLY_IDS, f"{sender}\n{source}\n{message_id}"))
    return ReplyHeader(noun, sender, own_id, correlation_id or message_id, at)


def result_of(*, taken: int, failed: int) -> str:
    """OK, PARTIAL or FAILED, from the number of items taken and failed."""
    if not failed:
        return OK
    return PARTIAL if taken else FAILED


def response(
    header: ReplyHeader,
    *,
    result: str = OK,
    errors: tuple[ReplyError, ...] = (),
    ids: tuple[ObjectId, ...] = (),
    payload: str = "",
) -> bytes:
    """A ResponseMessage. Success is said by an Error with code 0.0, as the interoperability tests do."""
    parts = (_header(header), _reply(result, errors, ids), writer.element("Payload", payload))
    return writer.document(writer.element("ResponseMessage", *parts, xmlns=NAMESPACE))


def acknowledgment(header: ReplyHeader) -> bytes:
    """The simple acknowledgment (code 0.3) of a request whose real answer follows to its reply address."""
    return response(header, errors=(ReplyError("0.3"),))


def fault(errors: tuple[ReplyError, ...]) -> bytes:
    """A FaultMessage: the last resort, where no header could be read that one might answer."""
    return writer.document(writer.element("FaultMessage", _reply(FAILED, errors, ()), xmlns=NAMESPACE))


def refusal(refused: MessageRefused, header: ReplyHeader | None = None) -> bytes:
    """The answer to a refused message."""
    if header is None or refused.is_fault:
        return fault(refused.errors)
    return response(header, result=FAILED, errors=refused.errors)


def _header(header: ReplyHeader) -> str:
    return writer.element(
        "Header",
        writer.text("Verb", "reply"),
        writer.text("Noun", header.noun),
        writer.text("Revision", header.revision),
        writer.time("Timestamp", header.at),
        writer.text("Source", header.sender),
        writer.text("MessageID", header.message_id),
        writer.text("CorrelationID", header.correlation_id),
    )


def _reply(result: str, errors: tuple[ReplyError, ...], ids: tuple[ObjectId, ...]) -> str:
    listed = errors or ((ReplyError("0.0"),) if result == OK else ())
    return writer.element(
        "Reply", writer.text("Result", result), *(_error(error) for error in listed), *(_id(one) for one in ids)
    )


def _error(error: ReplyError) -> str:
    """`stackTrace` and `Location` are never sent: they help an attacker, not a partner."""
    known = codes.CODES[error.code]
    return writer.element(
        "Error",
        writer.text("code", error.code),
        writer.text("level", error.level or known.level),
        writer.text("reason", error.reason or known.meaning),
        writer.text("details", error.details),
        _id(error.object_id) if error.object_id else "",
        writer.text("operationId", error.operation_id),
    )


def _id(one: ObjectId) -> str:
    return writer.text(
        "ID", one.value, idType=one.id_type, idAuthority=one.authority, kind=one.kind, objectType=one.object_type
    )
