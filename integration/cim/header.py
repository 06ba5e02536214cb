"""Header, Request and the outline of the Payload, written anew in our namespace, held to our schema, and asked for values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from integration.cim import forms, namespaces, schemas, times, writer, xml
from integration.cim.canonical import canonical
from integration.cim.errors import Case, MessageRefused, ObjectId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

MAX_ELEMENTS = 20_000
_NEEDED = ("Verb", "Noun", "Source", "MessageID")
_PREFIX = f"{{{namespaces.MESSAGE}}}"
#: Stands for the payload in the outline: the schema only asks whether a foreign element may be there.
_FOREIGN = '<f:payload xmlns:f="urn:tieline:outline">-</f:payload>'


@dataclass(frozen=True)
class Header:
    """The validated outline of a message."""

    outline: etree._Element
    texts: dict[tuple[str, ...], str]  # by path below the root
    verb: str = ""
    noun: str = ""
    remarks: tuple[str, ...] = ()

    def has(self, part: str) -> bool:
        """Whether the message has this part."""
        return self.outline.find(_PREFIX + part) is not None

    def text(self, *path: str, part: str = "Header") -> str:
        """The text at a path below a part, empty where there is none."""
        return self.texts.get((part, *path), "")

    def flag(self, name: str) -> bool | None:
        """An xs:boolean of the header."""
        text = self.text(name)
        return text in {"true", "1"} if text else None

    def time(self, *path: str, part: str = "Header") -> dt.datetime | None:
        """An xs:dateTime below a part."""
        text = self.text(*path, part=part)
        try:
            return times.parse(text) if text else None
        except times.TimeRefused as refused:
            raise MessageRefused(
                Case.ENVELOPE_INVALID, f"{path[-1]}: {refused}", message_id=self.text("MessageID")
            ) from None

    def pairs(self, name: str, key: str, value: str, part: str = "Header") -> tuple[tuple[str, str], ...]:
        """Repeated name and value elements, in order."""
        found = self.outline.iterfind(f"{_PREFIX}{part}/{_PREFIX}{name}")
        return tuple((one.findtext(_PREFIX + key) or "", one.findtext(_PREFIX + value) or "") for one in found)

    def ids(self, part: str) -> tuple[ObjectId, ...]:
        """The ID elements of a part."""
        return tuple(_object_id(one) for one in self.outline.iterfind(f"{_PREFIX}{part}/{_PREFIX}ID"))

    def errors(self) -> tuple[tuple[str, str, ObjectId | None], ...]:
        """The errors of a reply: code, reason and details, and the object they are about where one is named."""
        found = []
        for one in self.outline.iterfind(f"{_PREFIX}Reply/{_PREFIX}Error"):
            said = [" ".join((one.findtext(_PREFIX + name) or "").split()) for name in ("reason", "details")]
            about = one.find(_PREFIX + "ID")
            code = (one.findtext(_PREFIX + "code") or "").strip()
            found.append((code, " ".join(filter(None, said)), _object_id(about) if about is not None else None))
        return tuple(found)

    def canonical_rest(self) -> bytes:
        """Request and payload outline: with the payload, all that the message asks for."""
        return b"".join(canonical(part) for part in self.outline if part.tag != _PREFIX + "Header")


def read(parts: forms.Parts) -> Header:
    """The header of a message taken apart.

    Raises:
        MessageRefused: 1.5 where something we need is missing, 1.8 where the envelope does not validate.
    """
    _require(parts)
    try:
        outline = xml.parse_outline(_outline(parts), schemas.schema("message"))
    except xml.XmlRefused as refused:
        raise MessageRefused(Case.ENVELOPE_INVALID, _without_line(refused)) from None
    header = Header(outline, dict(_texts(outline, ())))
    verb, noun = parts.verb or header.text("Verb").lower(), parts.noun or header.text("Noun")
    return replace(header, verb=verb, noun=noun, remarks=tuple(_remarks(parts, header)))


def _texts(element: etree._Element, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Path and text of everything below an element; of repeated elements the last."""
    for child in element:
        below = (*path, str(child.tag).removeprefix(_PREFIX))
        if child.text:
            yield below, " ".join(child.text.split())
        yield from _texts(child, below)


def _require(parts: forms.Parts) -> None:
    have = (
        {}
        if parts.header is None
        else {namespaces.split(child)[1]: (child.text or "").strip() for child in parts.header}
    )
    missing = [name for name in _NEEDED if not have.get(name) and not (parts.noun and name in {"Verb", "Noun"})]
    if missing:
        raise MessageRefused(Case.HEADER_INCOMPLETE, ", ".join(missing), message_id=have.get("MessageID", "")[:120])


def _remarks(parts: forms.Parts, header: Header) -> Iterator[str]:
    """The edition, if it is another one, and what the wrapper overruled."""
    if parts.header is not None and namespaces.is_edition_2(namespaces.split(parts.header)[0]):
        yield "written in edition 2 of IEC 61968-100, read as edition 1"
    for name, said in (("Verb", parts.verb), ("Noun", parts.noun)):
        written = header.text(name)
        if said and written != said:
            yield f"header says {name} {written}, the wrapper {said}"


def _outline(parts: forms.Parts) -> bytes:
    found = {"Header": parts.header, "Request": parts.request, "Reply": parts.reply, "Payload": parts.payload}
    outliner = _Outliner(parts)
    ordered = [outliner.copy(part, is_part=True) for name in parts.order if (part := found[name]) is not None]
    return writer.document(writer.element(parts.root, *ordered, xmlns=namespaces.MESSAGE))


class _Outliner:
    """Copies elements of the envelope into our namespace, up to a number of them that no honest envelope has."""

    def __init__(self, parts: forms.Parts) -> None:
        self.parts = parts
        self.left = MAX_ELEMENTS

    def copy(self, element: etree._Element, *, is_part: bool = False) -> str:
        """One element with its children. Of foreign elements a mark stays, of those in the header (security) none."""
        self.left -= 1
        if self.left < 0:
            raise MessageRefused(Case.ENVELOPE_INVALID, f"the envelope has more than {MAX_ELEMENTS} elements")
        namespace, local = namespaces.split(element)
        if not forms.is_envelope(namespace, self.parts):
            return "" if element.getparent() is self.parts.header else _FOREIGN
        if local == "Compressed":
            return writer.text(local, "-")
        children = [self.copy(child) for child in element]
        marks = {str(key): str(value) for key, value in element.attrib.items() if not str(key).startswith("{")}
        if children or is_part:
            return writer.container(local, *children, **marks)
        return writer.text(local, element.text, **marks) or writer.container(local, **marks)


def _object_id(element: etree._Element) -> ObjectId:
    return ObjectId(
        value=" ".join((element.text or "").split()),
        object_type=element.get("objectType", ""),
        kind=element.get("kind", "name"),
        id_type=element.get("idType", ""),
        authority=element.get("idAuthority", ""),
    )


def _without_line(refused: xml.XmlRefused) -> str:
    """The lines of the outline are not those of the message."""
    details = [detail.partition(": ")[2] for detail in refused.details] or [refused.text]
    return schemas.readable("; ".join(details))
