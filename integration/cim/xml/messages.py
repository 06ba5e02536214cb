"""The message profile: a counting pass that builds nothing, then the tree, validated while it is parsed.

`XMLSchema.validate()` is never called: it takes time quadratic in the number of errors under one parent.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from lxml import etree

from integration.cim.xml.refusal import XmlRefused, from_syntax_error, has_doctype, line_of

MAX_BYTES = 32_000_000
MAX_ELEMENTS = 200_000
MAX_DEPTH = 64
MAX_ATTRIBUTES = 64
MAX_VALUE = 1_000_000
MAX_SCHEMA_ERRORS = 20
_BLOCK = 65_536
_MAX_PIECES = 500_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_is_too_deep = etree.XPath(f"boolean({'/*' * (MAX_DEPTH + 1)})")
_has_too_many_attributes = etree.XPath(f"boolean(//*[count(@*) > {MAX_ATTRIBUTES}])")


class _Counter:
    """A parser target that counts and keeps nothing; what it does not like it raises."""

    def __init__(self) -> None:
        self.elements = self.depth = self.value = 0

    def start(self, tag: str | bytes, attributes: Mapping[str, str]) -> None:
        self.value = 0
        self.depth += 1
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise XmlRefused("too_many_elements", None, f"more than {MAX_ELEMENTS} elements")
        if self.depth > MAX_DEPTH:
            raise XmlRefused("too_deep", None, f"elements nested deeper than {MAX_DEPTH}")
        if len(attributes) > MAX_ATTRIBUTES:
            raise XmlRefused("too_many_attributes", None, f"{tag!s} has more than {MAX_ATTRIBUTES} attributes")
        if attributes and max(map(len, attributes.values())) > MAX_VALUE:
            raise XmlRefused("value_too_long", None, f"an attribute of {tag!s} is longer than {MAX_VALUE} characters")

    def end(self, tag: str | bytes) -> None:  # noqa: ARG002 - the parser's signature
        self.depth -= 1
        self.value = 0

    def data(self, data: str | bytes) -> None:
        self.value += len(data)
        if self.value > MAX_VALUE:
            raise XmlRefused("value_too_long", None, f"a value is longer than {MAX_VALUE} characters")

    def doctype(self, name: str, public_id: str | None, system: str | None) -> None:  # noqa: ARG002
        raise XmlRefused("doctype", None, "a DOCTYPE is not allowed")

    def close(self) -> None:
        """Nothing was built."""


def parse_outline(data: bytes, schema: etree.XMLSchema) -> etree._Element:
    """The root of what was written here of a message that `parse_message` took: it is held to the schema, and counted no second time.

    Raises:
        XmlRefused: with code, line and text.
    """
    return _tree(data, schema)


def parse_message(data: bytes, *, schema: etree.XMLSchema | None = None) -> etree._Element:
    """The root of one message.

    1. A counting pass refuses DOCTYPE and whatever is too large, before memory is spent on it. What is too small to hold anything of
       that is built first and counted where the tree shows that it has to be.
    2. The tree is built from UTF-8 only, without comments and instructions, so that no value is cut in two by one.
    3. With a `schema` it is validated in the same pass; the refusal lists the first 20 errors.
    4. What still carries a document type or an entity is refused.

    Raises:
        XmlRefused: with code, line and text.
    """
    if not isinstance(data, bytes):
        raise TypeError("a message is bytes, never a path or a string")
    if len(data) > MAX_BYTES:
        raise XmlRefused("too_large", None, f"more than {MAX_BYTES} bytes")
    if data.startswith(_UTF16):
        raise XmlRefused("not_utf8", 1, "UTF-16 is not taken, only UTF-8")
    is_small = len(data) <= MAX_VALUE and data.count(b"<") <= MAX_ELEMENTS and b"<!" not in data
    if not is_small:
        _count(data)
    try:
        root = _tree(data, schema)
    except XmlRefused:
        if is_small:
            _count(data)
        raise
    if is_small and (_is_too_deep(root) or _has_too_many_attributes(root)):
        _count(data)
    if has_doctype(root):
        raise XmlRefused("doctype", 1, "a DOCTYPE is not allowed")
    for entity in root.iter(etree.Entity):
        raise XmlRefused("entity", line_of(entity), f"entity {entity.text} is not allowed")
    return root


def validate_element(element: etree._Element, schema: etree.XMLSchema) -> None:
    """Hold one part of a parsed message (a payload) to a schema of its own; lines are those of the whole message."""
    _tree(etree.tostring(element, with_tail=False), schema, offset=line_of(element) - 1)


def load_schema(path: Path) -> etree.XMLSchema:
    """One of our own schemas from its file; includes are followed, from the package only."""
    return etree.XMLSchema(etree.parse(str(path), _parser(None)))


def _parser(schema: etree.XMLSchema | None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        schema=schema,
    )


def _tree(data: bytes, schema: etree.XMLSchema | None, offset: int = 0) -> etree._Element:
    parser = _parser(schema)
    try:
        return etree.fromstring(data, parser) if schema is None else _feed(parser, data)
    except etree.XMLSyntaxError as error:
        complaints = _schema_complaints(data, schema, offset) if schema is not None else []
        if not complaints:
            raise from_syntax_error(error) from None
        details = tuple(f"line {line}: {message}" for line, message in complaints)
        raise XmlRefused("schema_invalid", *complaints[0], details=details) from None


def _feed(parser: etree.XMLParser, data: bytes) -> etree._Element:
    """Validate block by block and stop after the first block with an error: wording a hundred thousand of them takes seconds."""
    for start in range(0, len(data), _BLOCK):
        parser.feed(data[start : start + _BLOCK])
        if len(parser.feed_error_log.filter_from_errors()):
            break
    return parser.close()


def _schema_complaints(data: bytes, schema: etree.XMLSchema, offset: int) -> list[tuple[int, str]]:
    """The first errors with their lines: libxml2 forgets the line when it validates a stream, so the lines are fed one by one."""
    parser = _parser(schema)
    complaints: list[tuple[int, str]] = []
    start, line, step = 0, 1 + offset, len(data) // _MAX_PIECES
    while start < len(data) and len(complaints) < MAX_SCHEMA_ERRORS:
        end = min(data.find(b"\n", start + step) + 1 or len(data), start + max(step, _BLOCK))
        try:
            parser.feed(data[start:end])
        except etree.XMLSyntaxError:
            start = len(data)
        new = [entry.message for entry in parser.feed_error_log.filter_from_errors()][len(complaints) :]
        complaints += [(line, message) for message in new]
        line += data.count(b"\n", start, end)
        start = max(start, end)
    return complaints[:MAX_SCHEMA_ERRORS]


def _count(data: bytes) -> None:
    """Feed block by block; the line of a refusal is found by feeding its block once more, line by line."""
    parser = _counting_parser()
    for start in range(0, max(len(data), 1), _BLOCK):
        try:
            parser.feed(data[start : start + _BLOCK])
        except etree.XMLSyntaxError as error:
            raise from_syntax_error(error) from None
        except XmlRefused as refusal:
            refusal.line = _line_of_refusal(data, start)
            raise
    try:
        parser.close()
    except etree.XMLSyntaxError as error:
        raise from_syntax_error(error) from None


def _line_of_refusal(data: bytes, start: int) -> int:
    parser = _counting_parser()
    line = data.count(b"\n", 0, start) + 1
    if start:
        parser.feed(data[:start])
    for part in data[start : start + _BLOCK].splitlines(keepends=True):
        try:
            parser.feed(part)
        except (XmlRefused, etree.XMLSyntaxError):
            break
        line += part.endswith(b"\n")
    return line


def _counting_parser() -> etree.XMLParser:
    return etree.XMLParser(
        target=cast("Any", _Counter()),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        attribute_defaults=False,
        huge_tree=False,
        collect_ids=False,
    )
