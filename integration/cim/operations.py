"""`Payload/OperationSet`: several operations in one message, in order, all or each for itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim import forms, namespaces
from integration.cim.canonical import canonical, rename
from integration.cim.errors import Case, MessageRefused

if TYPE_CHECKING:
    from lxml import etree

NOUN = "OperationSet"
MAX_OPERATIONS = 500
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: as if its verb, noun and payload had come as a message. `is_element`: it removes a part of an object."""

    id: int
    verb: str
    noun: str
    is_element: bool = False
    payload: etree._Element | None = None


@dataclass(frozen=True, slots=True)
class OperationSet:
    """The operations of a message. In sequence: after one that failed no other is tried. Whole: all of them or none."""

    operations: tuple[Operation, ...]
    is_in_sequence: bool = False
    is_whole: bool = False

    def digest(self) -> bytes:
        """What two copies of it have in common."""
        digest = hashlib.sha256(f"{self.is_in_sequence} {self.is_whole}\n".encode())
        for one in self.operations:
            digest.update(f"{one.id} {one.verb} {one.noun} {one.is_element}\n".encode())
            digest.update(canonical(one.payload) if one.payload is not None else b"")
        return digest.digest()


def read(parts: forms.Parts) -> OperationSet | None:
    """The operation set of a message, None where it has none.

    Raises:
        MessageRefused: 1.8 where it is not as the envelope's schema has it, 3.1 where it holds too many.
    """
    element = next((one for one in _own(parts.payload, parts) if namespaces.split(one)[1] == NOUN), None)
    if element is None:
        return None
    children = _own(element, parts)
    operations = [one for one in children if namespaces.split(one)[1] == "Operation"]
    flags = {namespaces.split(one)[1]: one for one in children if one not in operations}
    if unknown := flags.keys() - {"enforceMsgSequence", "enforceTransactionalIntegrity"}:
        raise MessageRefused(Case.ENVELOPE_INVALID, f"{min(unknown)} has no place in OperationSet")
    if len(operations) > MAX_OPERATIONS:
        raise MessageRefused(Case.TOO_MANY_ITEMS, f"{len(operations)} operations; {MAX_OPERATIONS} are taken")
    told = tuple(_operation(one, parts) for one in operations)
    if not told or len({one.id for one in told}) < len(told):
        raise MessageRefused(
            Case.ENVELOPE_INVALID, "an OperationSet holds operations, each with an operationId of its own"
        )
    return OperationSet(
        told,
        is_in_sequence=_flag(flags.get("enforceMsgSequence")),
        is_whole=_flag(flags.get("enforceTransactionalIntegrity")),
    )


def _own(part: etree._Element | None, parts: forms.Parts) -> list[etree._Element]:
    """The children that belong to the envelope."""
    if part is None:
        return []
    return [child for child in part if forms.is_envelope(namespaces.split(child)[0], parts)]


def _operation(element: etree._Element, parts: forms.Parts) -> Operation:
    own = {namespaces.split(one)[1]: one for one in _own(element, parts)}
    number = _text(own.get("operationId"))
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise MessageRefused(
            Case.ENVELOPE_INVALID, f"line {element.sourceline}: an Operation has an operationId, a whole number"
        )
    verb, noun = _text(own.get("verb")).lower(), _text(own.get("noun"))
    foreign = forms.foreign_children(element, parts)
    if not (verb and noun) or len(foreign) > 1:
        raise MessageRefused(
            Case.ENVELOPE_INVALID, f"operation {number} must have a noun, a verb and at most one payload"
        )
    payload = foreign[0] if foreign else None
    if payload is not None:
        namespace = namespaces.split(payload)[0]
        rename(payload, namespace, namespaces.profile_of(namespace))
    return Operation(int(number), verb[:20], noun[:60], _flag(own.get("elementOperation")), payload)


def _text(element: etree._Element | None) -> str:
    return " ".join((element.text or "").split()) if element is not None else ""


def _flag(element: etree._Element | None) -> bool:
    text = _text(element) or "false"
    if text not in _FLAGS:
        raise MessageRefused(Case.ENVELOPE_INVALID, f"{text[:40]} is no xs:boolean")
    return _FLAGS[text]
