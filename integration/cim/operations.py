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

EXECUTE, NOUN = "execute", "OperationSet"
#: What an operation of a set may be.
VERBS = frozenset({"create", "change", "cancel", "close", "delete"})
MAX_OPERATIONS = 500


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
    """The operation set of a message whose outline is validated, None where it has none.

    Raises:
        MessageRefused: 1.8 where an operation does not say what to do or two have one number, 3.1 where it holds too many.
    """
    element = next((one for one in _own(parts.payload, parts) if namespaces.split(one)[1] == NOUN), None)
    if element is None:
        return None
    children = _own(element, parts)
    operations = [one for one in children if namespaces.split(one)[1] == "Operation"]
    flags = {namespaces.split(one)[1]: one for one in children if one not in operations}
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
    number = int(_text(own.get("operationId")))
    verb, noun = _text(own.get("verb")).lower(), _text(own.get("noun"))
    payload = next(iter(forms.foreign_children(element, parts)), None)
    if not (verb and noun):
        raise MessageRefused(Case.ENVELOPE_INVALID, f"operation {number} names no noun or no verb")
    if payload is not None:
        namespace = namespaces.split(payload)[0]
        rename(payload, namespace, namespaces.profile_of(namespace))
    return Operation(number, verb, noun, _flag(own.get("elementOperation")), payload)


def _text(element: etree._Element | None) -> str:
    return " ".join((element.text or "").split()) if element is not None else ""


def _flag(element: etree._Element | None) -> bool:
    return _text(element) in {"true", "1"}
