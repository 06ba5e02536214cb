"""What all nouns share: objects by mRID and names, and a list of items in which some may be wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from integration.cim import writer
from integration.cim.errors import ObjectId, ReplyError

if TYPE_CHECKING:
    from lxml import etree

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Name:
    """One name of an object, with the type that makes it unique (MeterNumber, UsagePointNumber, KNumber ...)."""

    name: str
    type: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Identified:
    """An object as the sender named it: by mRID, by one or more names, or both."""

    mrid: str = ""
    names: tuple[Name, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.mrid or self.names)

    def to_object_id(self, object_type: str) -> ObjectId:
        """What an error about this object calls it."""
        if not self.names:
            return ObjectId(self.mrid, object_type, kind="uuid")
        first = self.names[0]
        return ObjectId(first.name, object_type, id_type=first.type, authority=first.authority)


#: An object of which nothing was said.
NOTHING = Identified()


class ItemRefused(ValueError):
    """One item of a message cannot be taken; the others can."""

    def __init__(self, code: str, details: str, object_id: ObjectId | None = None) -> None:
        super().__init__(details)
        self.error = ReplyError(code, details, object_id)


@dataclass(slots=True)
class Parsed(Generic[T]):
    """The items of a payload that can be taken, and one error for each that cannot."""

    items: list[T] = field(default_factory=list)
    errors: list[ReplyError] = field(default_factory=list)


def parse_each(elements: Iterable[etree._Element], parse: Callable[[etree._Element], T]) -> Parsed[T]:
    """Parse item by item; a refused one becomes an error that names its place."""
    parsed: Parsed[T] = Parsed()
    for number, element in enumerate(elements, start=1):
        try:
            parsed.items.append(parse(element))
        except ItemRefused as refused:
            error = refused.error
            details = f"item {number}: {error.details}"
            parsed.errors.append(ReplyError(error.code, details, error.object_id))
    return parsed


def values(element: etree._Element) -> dict[str, str]:
    """Local name to text of the simple children (the last of repeated ones)."""
    return {str(child.tag).rpartition("}")[2]: collapse(child.text) for child in element if len(child) == 0}


def identified(element: etree._Element | None) -> Identified:
    """An object's mRID and names; empty where the element is absent."""
    if element is None:
        return Identified()
    prefix = element.tag.rpartition("}")[0] + "}"
    mrid, names = "", []
    for child in element:
        if child.tag == prefix + "Names":
            names.append(_name(child, prefix))
        elif child.tag == prefix + "mRID":
            mrid = collapse(child.text)
    return Identified(mrid, tuple(names))


def write_identified(tag: str, one: Identified) -> str:
    """The same, outgoing."""
    return writer.element(tag, writer.text("mRID", one.mrid), *map(_write_name, one.names))


def write_names(names: Iterable[Name]) -> str:
    """Names of the object they stand in."""
    return "".join(map(_write_name, names))


def collapse(text: str | None) -> str:
    """Text without the white space that layout put around it."""
    return " ".join(text.split()) if text else ""


def _name(element: etree._Element, prefix: str) -> Name:
    """Steps instead of paths: a storm brings this element a million times."""
    name = kind = authority = ""
    for child in element:
        if child.tag == prefix + "name":
            name = collapse(child.text)
        elif child.tag == prefix + "NameType":
            for below in child:
                if below.tag == prefix + "name":
                    kind = collapse(below.text)
                elif below.tag == prefix + "NameTypeAuthority":
                    authority = collapse(below.findtext(prefix + "name"))
    return Name(name, kind, authority)


def _write_name(name: Name) -> str:
    authority = writer.element("NameTypeAuthority", writer.text("name", name.authority))
    kind = writer.element("NameType", writer.text("name", name.type), authority)
    return writer.element("Names", writer.text("name", name.name), kind)
