"""What can be wrong with a message: errors of single items, and the refusal of the whole (reliability-security anchor, section 6)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

from adms.core import errors as core_errors
from integration.cim import codes

MAX_ERRORS = 20


@dataclass(frozen=True, slots=True)
class ObjectId:
    """The object an error speaks of, as the sender named it: `kind` is name, uuid, transaction or other."""

    value: str
    object_type: str
    kind: str = "name"
    id_type: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class ReplyError:
    """One `Reply/Error`; level and reason follow from the code unless given."""

    code: str
    details: str = ""
    object_id: ObjectId | None = None
    level: str = ""
    reason: str = ""
    operation_id: int | None = None  # which operation of an OperationSet it is about


class _Answer(NamedTuple):
    status: int
    code: str
    level: str
    is_fault: bool  # the message could not be read, so its header cannot be answered
    reason: str


def _answer(status: int, code: str, *, level: str = "", is_fault: bool = False, reason: str = "") -> _Answer:
    return _Answer(status, code, level or codes.CODES[code].level, is_fault, reason or codes.CODES[code].meaning)


class Case(enum.Enum):
    """The error contract: HTTP status, code, level, and whether only a FaultMessage can answer."""

    TOO_LARGE = _answer(413, "3.1", is_fault=True, reason="Message is too large")
    TOO_MUCH = _answer(400, "3.1", is_fault=True, reason="Message holds or expands to too much")
    WRONG_TYPE = _answer(415, "1.8", is_fault=True, reason="Only application/xml in UTF-8 without encoding is taken")
    NOT_AUTHENTICATED = _answer(401, "7.4", is_fault=True)
    UNREADABLE = _answer(400, "1.8", level=codes.CATASTROPHIC, is_fault=True, reason="Request could not be parsed")
    HEADER_INCOMPLETE = _answer(400, "1.5", is_fault=True)
    REVISION = _answer(400, "1.9", is_fault=True)
    ENVELOPE_INVALID = _answer(400, "1.8", is_fault=True)
    PAYLOAD_INVALID = _answer(422, "1.8")
    PAYLOAD_MISSING = _answer(422, "1.7")
    UNKNOWN_NOUN = _answer(422, "2.5")
    UNKNOWN_VERB = _answer(422, "2.9")
    UNKNOWN_SOURCE = _answer(422, "2.14")
    NOT_ALLOWED = _answer(403, "7.5")
    NOT_SIGNED = _answer(403, "7.3")
    WRONGLY_SIGNED = _answer(403, "7.4")
    AGAINST_POLICY = _answer(403, "7.7")
    REPLAYED = _answer(409, "7.7")
    OTHER_BODY = _answer(409, "6.1", reason="MessageID was used before for another content")
    TOO_MANY_ITEMS = _answer(413, "3.1")
    NOTHING_TAKEN = _answer(422, "5.3")  # every item failed; the items' own errors are listed instead of this code
    AGAINST_RULE = _answer(409, "6.1")
    INTEGRITY = _answer(422, "5.9")
    BUSY = _answer(503, "5.1")
    NOT_UNDERSTOOD = _answer(500, "5.2", is_fault=True, reason="A SOAP header that must be understood is not")
    BUG = _answer(500, "5.3")


class MessageRefused(core_errors.Refused):
    """A whole message is refused. `errors` are what the reply lists: the given ones, else one made of the case and details."""

    def __init__(
        self,
        case: Case,
        details: str = "",
        *,
        errors: tuple[ReplyError, ...] = (),
        object_id: ObjectId | None = None,
        message_id: str = "",
    ) -> None:
        answer = case.value
        self.case = case
        self.level, self.reason, self.details = answer.level, answer.reason, details
        own = ReplyError(answer.code, details, object_id, answer.level, answer.reason)
        self.errors = (errors or (own,))[:MAX_ERRORS]
        self.message_id = message_id  # where it is known, although the message was refused
        self.is_fault: bool = answer.is_fault
        super().__init__(f"{answer.reason}: {details}" if details else answer.reason)
        self.code, self.status = self.errors[0].code, answer.status
