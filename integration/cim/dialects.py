"""How a partner's messages differ from ours, as data.

Namespaces, names of elements, types of names, codes, the zone of times that name none; what of the partner's has no place with us, and
what has to stand in its messages though we do not say it.

Coming in, a message is brought to our words before anything of it is read; going out, it leaves in the partner's. What a dialect
does not name stays as it is. Of several of its words for one of ours the first is written, all are read.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from lxml import etree

from integration.cim import namespaces, xml

MOST = 500
_NAMESPACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\"'<>{}]{1,200}")
_ELEMENT = re.compile(r"[A-Za-z_][\w.-]{0,79}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?P<zone>Z|[+-]\d\d:\d\d)?")
_WIDTH = {"namespaces": 2, "elements": 2, "name_types": 2, "codes": 3, "dropped": 1, "added": 3}
#: What an account may say of a dialect.
PARTS = frozenset({"message", "zone", *_WIDTH})
#: Elements of the envelope keep their names: without them nothing could be answered.
_KEPT = frozenset({"Header", "Payload", "Request", "Reply", "Verb", "Noun", "Source", "MessageID", "CorrelationID"})


class DialectRefused(ValueError):
    """A dialect that cannot be spoken; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Ours to the partner's, in the order written. `namespaces` are by noun, `codes` by the element they stand in.

    `dropped` are elements of the partner's that are left out with all they hold; `added` are texts the partner must have, as the first
    child of an element of its own: (parent, element, text), where it is not there.
    """

    message: str = ""  # namespace of the envelope; empty: edition 1
    zone: str = ""  # of times without one, and in which it is told ours; empty: they are refused, ours are in UTC
    namespaces: tuple[tuple[str, str], ...] = ()
    name_types: tuple[tuple[str, str], ...] = ()
    codes: tuple[tuple[str, str, str], ...] = ()
    elements: tuple[tuple[str, str], ...] = ()
    dropped: tuple[tuple[str], ...] = ()
    added: tuple[tuple[str, str, str], ...] = ()

    def __bool__(self) -> bool:
        return self != OURS


OURS = Dialect()


def of(data: Mapping[str, Any]) -> Dialect:
    """A dialect as a partner's account keeps it.

    Raises:
        DialectRefused: it names a noun, zone or namespace that is none, or the same thing of the partner's twice.
    """
    if not data:
        return OURS
    pairs = {key: _rows(key, data.get(key, ())) for key in _WIDTH}
    found = Dialect(str(data.get("message", "")), str(data.get("zone", "")), **pairs)
    _check_namespaces(found)
    _check_zone(found.zone)
    _check_elements(found)
    unambiguous = (
        ("name_types", found.name_types),
        ("elements", found.elements),
        ("codes", [(one, its) for one, _, its in found.codes]),
    )
    for key, told in unambiguous:
        seen: set[tuple[str, str]] = set()
        for one in told:
            its = one if key == "codes" else ("", one[1])
            if its in seen:
                raise DialectRefused(f"{key}: {its[1]} stands for two things")
            seen.add(its)
    return found


def _check_elements(found: Dialect) -> None:
    named = {
        "codes": [one for one, *_ in found.codes],
        "elements": [one for pair in found.elements for one in pair],
        "dropped": [one for (one,) in found.dropped],
        "added": [one for row in found.added for one in row[:2]],
    }
    for key, names in named.items():
        if wrong := next((one for one in names if not _ELEMENT.fullmatch(one)), ""):
            raise DialectRefused(f"{key}: {wrong[:80]} is no element")
    touched = [*named["elements"], *named["dropped"], *(one for _, one, _ in found.added)]
    if kept := next((one for one in touched if one in _KEPT), ""):
        raise DialectRefused(f"{kept} is of the envelope and keeps its name")


def _rows(key: str, given: Sequence[Sequence[str]]) -> tuple[Any, ...]:
    rows = tuple(tuple(str(one).strip() for one in row) for row in given)
    if len(rows) > MOST:
        raise DialectRefused(f"{key}: {len(rows)} lines; {MOST} at most")
    for row in rows:
        if len(row) != _WIDTH[key] or not all(row) or max(map(len, row)) > 200:
            raise DialectRefused(f"{key}: {' '.join(row)[:80]} is not complete")
    return rows


def _check_namespaces(found: Dialect) -> None:
    for noun, namespace in found.namespaces:
        if noun not in namespaces.PROFILES:
            raise DialectRefused(f"namespaces: {noun} is no noun we exchange")
        if not _NAMESPACE.fullmatch(namespace):
            raise DialectRefused(f"namespaces: {namespace[:80]} is no namespace")
    theirs = [namespace for _, namespace in found.namespaces] + [found.message or namespaces.MESSAGE]
    if len(set(theirs)) < len(theirs):
        raise DialectRefused("namespaces: each stands for one noun")
    if found.message and not namespaces.is_message(found.message):
        raise DialectRefused(f"message: {found.message[:80]} is no edition of the message namespace")


def _check_zone(zone: str) -> None:
    try:
        if zone:
            zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise DialectRefused(f"zone: {zone[:80]} is no time zone, such as Europe/Vilnius") from None


def read(root: etree._Element, dialect: Dialect) -> None:
    """Bring a message, or a payload, to our words, in place."""
    if not dialect:
        return
    reading = _Reading(dialect)
    for one in [one for one in _elements(root) if namespaces.split(one)[1] in reading.dropped]:
        if (parent := one.getparent()) is not None:
            parent.remove(one)
    for one in _elements(root):
        reading.bring(one)


def write(data: bytes, dialect: Dialect) -> bytes:
    """A message of ours, as the partner writes it."""
    if not dialect or not data:
        return data
    try:
        root = xml.parse_message(data)
    except xml.XmlRefused:
        return data  # no message, e.g. an empty answer
    return etree.tostring(_Writing(dialect).made(root), xml_declaration=True, encoding="UTF-8")


def _elements(root: etree._Element) -> Iterator[etree._Element]:
    return root.iter(etree.Element)


class _Words:
    """What both ways have in common: where a code or the type of a name may stand."""

    def __init__(self, types: Mapping[str, str], codes: Mapping[tuple[str, str], str]) -> None:
        self.types, self.codes = types, codes
        self.with_codes = {element for element, _ in codes}

    def replace(self, one: etree._Element, local: str) -> None:
        """Codes in text or `ref`; types of names in NameType and in `idType`."""
        text = " ".join((one.text or "").split())
        if text and local == "name" and _is_name_type(one.getparent()) and text in self.types:
            one.text = self.types[text]
        if local in self.with_codes:
            one.text = self.codes.get((local, text), one.text)
            ref = " ".join((one.get("ref") or "").split())
            if (local, ref) in self.codes:
                one.set("ref", self.codes[local, ref])
        if (kind := one.get("idType", "")) in self.types:
            one.set("idType", self.types[kind])


def _is_name_type(parent: etree._Element | None) -> bool:
    return parent is not None and namespaces.split(parent)[1] == "NameType"


class _Reading:
    def __init__(self, dialect: Dialect) -> None:
        self.namespaces = {its: namespaces.PROFILES[noun] for noun, its in dialect.namespaces}
        self.words = _Words(
            {its: ours for ours, its in dialect.name_types},
            {(element, its): ours for element, ours, its in dialect.codes},
        )
        self.elements = {its: ours for ours, its in dialect.elements}
        self.dropped = {one for (one,) in dialect.dropped}
        self.zone = zoneinfo.ZoneInfo(dialect.zone) if dialect.zone else None

    def bring(self, one: etree._Element) -> None:
        namespace, local = namespaces.split(one)
        if namespace in self.namespaces or local in self.elements:
            namespace, local = self.namespaces.get(namespace, namespace), self.elements.get(local, local)
            one.tag = f"{{{namespace}}}{local}" if namespace else local
        self.words.replace(one, local)
        if self.zone is not None and len(one) == 0 and one.text:
            one.text = _zoned(one.text, self.zone)


def _zoned(text: str, zone: zoneinfo.ZoneInfo) -> str:
    """A time that names no zone, with that of the partner's clocks; of an hour that came twice the first is meant."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None or found["zone"]:
        return text
    try:
        return dt.datetime.fromisoformat(text.strip()).replace(tzinfo=zone).isoformat()
    except (ValueError, OverflowError):
        return text  # whoever reads it refuses it in its own words


class _Writing:
    def __init__(self, dialect: Dialect) -> None:
        self.namespaces = {namespaces.PROFILES[noun]: its for noun, its in dialect.namespaces}
        self.namespaces[namespaces.MESSAGE] = dialect.message or namespaces.MESSAGE
        codes: dict[tuple[str, str], str] = {}
        for element, ours, its in dialect.codes:
            codes.setdefault((element, ours), its)
        types: dict[str, str] = {}
        for ours, its in dialect.name_types:
            types.setdefault(ours, its)
        self.words = _Words(types, codes)
        self.elements: dict[str, str] = {}
        for ours, its in dialect.elements:
            self.elements.setdefault(ours, its)
        self.added = dialect.added
        self.zone = zoneinfo.ZoneInfo(dialect.zone) if dialect.zone else None

    def made(self, one: etree._Element, parent: etree._Element | None = None, above: str = "") -> etree._Element:
        """An element anew, each namespace declared where it begins."""
        namespace, local = namespaces.split(one)
        namespace, its = self.namespaces.get(namespace, namespace), self.elements.get(local, local)
        tag = f"{{{namespace}}}{its}" if namespace else its
        declared = {None: namespace} if namespace and namespace != above else {}
        copy = (  # the stubs know no default namespace
            etree.Element(tag, nsmap=cast("Any", declared))
            if parent is None
            else etree.SubElement(parent, tag, nsmap=cast("Any", declared))
        )
        copy.text, copy.tail = one.text, one.tail if parent is not None else None
        for key, value in one.attrib.items():
            copy.set(key, value)
        self.words.replace(copy, local)
        if self.zone is not None and len(one) == 0 and copy.text:
            copy.text = _told(copy.text, self.zone)
        for child in one:
            self.made(child, copy, namespace)
        self._add(copy, namespace, its)
        return copy

    def _add(self, copy: etree._Element, namespace: str, name: str) -> None:
        """What the partner must have in this element and does not find."""
        for parent, element, text in reversed(self.added):
            if parent == name and all(namespaces.split(child)[1] != element for child in copy):
                new = etree.Element(f"{{{namespace}}}{element}" if namespace else element)
                new.text = text
                copy.insert(0, new)


def _told(text: str, zone: zoneinfo.ZoneInfo) -> str:
    """A time of ours by the partner's clocks, its zone told."""
    found = _MOMENT.fullmatch(text)
    if found is None or not found["zone"]:
        return text
    try:
        return dt.datetime.fromisoformat(text).astimezone(zone).isoformat()
    except (ValueError, OverflowError):
        return text
