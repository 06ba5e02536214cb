"""The four forms a message may come in (cim.md A.9), brought to the parts that all of them have.

    bare       EventMessage | RequestMessage | ResponseMessage | FaultMessage | Message
    soap       Envelope/Body around one of the others, SOAP 1.1 or 1.2
    generic    abs:Request | abs:PublishEvent / message / Header ...
    typed      CreatedEndDeviceEvents, GetMeterReadings ...: root and its children in a namespace per noun

Where a typed wrapper and the header disagree about verb or noun, the wrapper is right: headers are wrong in the field.

Of SOAP's own Header nothing is used: a block in it that is meant for us and must be understood refuses the message (SOAP 1.1, 4.2.3;
SOAP 1.2, part 1, 2.4), unless the partner's dialect drops it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from integration.cim import namespaces
from integration.cim.errors import Case, MessageRefused

if TYPE_CHECKING:
    from lxml import etree

_ROOTS = ("Message", "RequestMessage", "ResponseMessage", "EventMessage", "FaultMessage")
_PARTS = ("Header", "Request", "Reply", "Payload")
# fmt: off
_VERBS = ("created", "create", "changed", "change", "canceled", "cancel", "closed", "close", "deleted", "delete", "executed",
          "execute", "get")
# fmt: on
_TYPED_VERB = "|".join(verb.capitalize() for verb in _VERBS)
_TYPED = re.compile(rf"(?P<verb>{_TYPED_VERB})?(?P<noun>\w+?)(?P<kind>(?:Request|Response|Fault)Message)?")
_EVENT_VERBS = frozenset(verb for verb in _VERBS if verb.endswith("d"))
#: By version of SOAP: the attribute that says whom a header block is meant for, and its values that mean us.
_ADDRESSED = {
    "1.1": ("actor", frozenset({"", "http://schemas.xmlsoap.org/soap/actor/next"})),
    "1.2": (
        "role",
        frozenset(
            {"", *(f"http://www.w3.org/2003/05/soap-envelope/role/{one}" for one in ("next", "ultimateReceiver"))}
        ),
    ),
}


class NotUnderstood(MessageRefused):
    """Blocks of SOAP's Header that must be understood and are not; `blocks` are their names, {namespace}local."""

    def __init__(self, blocks: tuple[str, ...]) -> None:
        self.blocks = blocks
        super().__init__(Case.NOT_UNDERSTOOD, ", ".join(blocks))


@dataclass(frozen=True)
class Parts:
    """The parts of a message, whatever its form. `verb` and `noun` are set where the wrapper says them."""

    root: str
    form: str
    header: etree._Element | None = None
    request: etree._Element | None = None
    reply: etree._Element | None = None
    payload: etree._Element | None = None
    verb: str = ""
    noun: str = ""
    soap: str = ""
    wrapper: str = ""  # namespace of a typed wrapper
    name: str = ""  # local name of a typed wrapper
    order: tuple[str, ...] = ()


def take_apart(root: etree._Element) -> Parts:
    """Recognise the form and name the parts.

    Raises:
        NotUnderstood: for a header of SOAP that must be understood.
        MessageRefused: for a root that is none of the forms.
    """
    namespace, local = namespaces.split(root)
    if namespace in namespaces.SOAP:
        return replace(take_apart(_only_child_of_body(root)), soap=namespaces.SOAP[namespace])
    if namespaces.is_message(namespace) and local in _ROOTS:
        return _parts(root, Parts(local, "bare"))
    if namespaces.is_abstract(namespace) and local in {"Request", "PublishEvent"}:
        inner = _only_child(root, "message")
        return _parts(inner, Parts("EventMessage" if local == "PublishEvent" else "RequestMessage", "generic"))
    if noun := namespaces.noun_of_wrapper(namespace):
        return _typed(root, local, noun)
    wanted = (
        f"a message is one of {', '.join(_ROOTS)} in {namespaces.MESSAGE}, a wrapper of its noun, or in a SOAP Envelope"
    )
    raise MessageRefused(Case.ENVELOPE_INVALID, f"root element {{{namespace}}}{local} is not a message; {wanted}")


def _only_child_of_body(envelope: etree._Element) -> etree._Element:
    namespace, local = namespaces.split(envelope)
    bodies = [child for child in envelope if child.tag == f"{{{namespace}}}Body"]
    if local != "Envelope" or len(bodies) != 1:
        raise MessageRefused(Case.ENVELOPE_INVALID, "a SOAP message is an Envelope with one Body")
    if blocks := _not_understood(envelope, namespace):
        raise NotUnderstood(blocks)
    child = _only_child(bodies[0])
    if namespaces.split(child)[0] in namespaces.SOAP:
        raise MessageRefused(Case.ENVELOPE_INVALID, "a SOAP Body holds a message, not another SOAP element")
    return child


def _not_understood(envelope: etree._Element, namespace: str) -> tuple[str, ...]:
    """The header blocks that are meant for us and must be understood: none is."""
    attribute, ours = _ADDRESSED[namespaces.SOAP[namespace]]
    return tuple(
        str(block.tag)
        for block in envelope.iterfind(f"{{{namespace}}}Header/*")
        if block.get(f"{{{namespace}}}mustUnderstand", "").strip() in {"1", "true"}
        and block.get(f"{{{namespace}}}{attribute}", "").strip() in ours
    )


def _only_child(parent: etree._Element, local: str = "") -> etree._Element:
    children = list(parent)
    if len(children) != 1 or (local and namespaces.split(children[0])[1] != local):
        wanted = f"one {local} element" if local else "one element"
        raise MessageRefused(
            Case.ENVELOPE_INVALID, f"{namespaces.split(parent)[1]} must hold {wanted} and nothing else"
        )
    return children[0]


def _typed(root: etree._Element, local: str, namespace_noun: str) -> Parts:
    found = _TYPED.fullmatch(local)
    if found is None:
        raise MessageRefused(Case.ENVELOPE_INVALID, f"wrapper {local} is not one of {namespace_noun}Message")
    kind, verb = found["kind"] or "", (found["verb"] or "").lower()
    noun = "OperationSet" if found["noun"].endswith("OperationSet") else found["noun"]
    if kind in {"ResponseMessage", "FaultMessage"}:
        return _parts(root, Parts(kind, "typed", verb="reply", noun=noun, name=local))
    if not verb:
        raise MessageRefused(Case.ENVELOPE_INVALID, f"wrapper {local} names no verb")
    name = "EventMessage" if verb in _EVENT_VERBS else "RequestMessage"
    return _parts(root, Parts(name, "typed", verb=verb, noun=noun, name=local))


def _parts(root: etree._Element, parts: Parts) -> Parts:
    """Each part at most once, in a namespace the form allows; the order is left to the schema."""
    found: dict[str, etree._Element] = {}
    own = namespaces.split(root)[0]
    for child in root:
        namespace, local = namespaces.split(child)
        fits = namespace == own if parts.form == "typed" else namespaces.is_message(namespace)
        if local not in _PARTS or not fits or local in found:
            raise MessageRefused(
                Case.ENVELOPE_INVALID, f"line {child.sourceline}: {local} has no place in {parts.root}"
            )
        found[local] = child
    return replace(
        parts,
        wrapper=own,
        header=found.get("Header"),
        request=found.get("Request"),
        reply=found.get("Reply"),
        payload=found.get("Payload"),
        order=tuple(found),
    )


def foreign_children(part: etree._Element | None, parts: Parts) -> list[etree._Element]:
    """The elements of a part that belong to a profile, not to the envelope."""
    if part is None:
        return []
    return [child for child in part if not is_envelope(namespaces.split(child)[0], parts)]


def compressed_text(parts: Parts) -> str:
    """What the payload's Compressed element holds."""
    for child in parts.payload if parts.payload is not None else ():
        namespace, local = namespaces.split(child)
        if local == "Compressed" and is_envelope(namespace, parts):
            return child.text or ""
    return ""


def is_envelope(namespace: str, parts: Parts) -> bool:
    """Whether elements of this namespace belong to the envelope of this message."""
    return namespaces.is_message(namespace) or (parts.form == "typed" and namespace == parts.wrapper)
