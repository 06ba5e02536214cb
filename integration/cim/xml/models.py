"""The model profile: one object at a time from a stream of any length.

No event is raised per element: the pull parser builds the tree block by block in C, and after each block the finished children
of the root are handed out and dropped. That is faster than `iterparse`, and memory is bounded by one block and one object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from lxml import etree

from integration.cim.xml.refusal import XmlRefused, from_syntax_error, has_doctype, line_of

MAX_DEPTH = 64
MAX_OBJECT_BYTES = 4_000_000
MAX_PROLOG_BYTES = 1_000_000
_BLOCK = 262_144
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TOO_DEEP = etree.XPath(f"({'/'.join('*' * MAX_DEPTH)})[1]")


def iterate_model(stream: BinaryIO, name: str = "") -> Iterator[etree._Element]:
    """Each child of the root, complete, in order; it is gone when the next one is asked for, so take what you need from it.

    Raises:
        XmlRefused: where the file is not well-formed, not UTF-8, has a DOCTYPE, or is nested or packed to do harm.
    """
    try:
        yield from _iterate(stream)
    except etree.XMLSyntaxError as error:
        raise from_syntax_error(error, name) from None
    except XmlRefused as refusal:
        refusal.file = refusal.file or name
        raise


def _iterate(stream: BinaryIO) -> Iterator[etree._Element]:
    block, tag = _read_prolog(stream)
    parser = _parser(tag)
    root: etree._Element | None = None
    pending = 0
    while block:
        parser.feed(block)
        pending += len(block)
        for _, element in parser.read_events():
            root = element if root is None else root
        if root is not None:
            finished = _finished(root, pending)
            yield from finished
            if finished:
                pending = 0
                del finished
                del root[: len(root) - 1]
        block = stream.read(_BLOCK)
    parser.close()
    if root is not None:
        yield from root


def _finished(root: etree._Element, pending: int) -> list[etree._Element]:
    """All children but the one that is still being read."""
    if deep := _TOO_DEEP(root):
        raise XmlRefused("too_deep", line_of(cast("Any", deep)[0]), f"elements nested deeper than {MAX_DEPTH}")
    if len(root) < 2 and pending > MAX_OBJECT_BYTES:
        raise XmlRefused("object_too_large", line_of(root), f"one object is longer than {MAX_OBJECT_BYTES} bytes")
    return list(root)[:-1]


def _read_prolog(stream: BinaryIO) -> tuple[bytes, str]:
    """What was read up to the root element, and the root's tag; nothing of the content has been parsed yet if it is refused."""
    parser = _parser(None)
    head = b""
    while block := stream.read(_BLOCK if head else 4096):
        head += block
        if head.startswith(_UTF16):
            raise XmlRefused("not_utf8", 1, "UTF-16 is not taken, only UTF-8")
        parser.feed(block)
        for _, element in parser.read_events():
            return _without_doctype(element, head)
        if len(head) > MAX_PROLOG_BYTES:
            raise XmlRefused("malformed", None, f"no root element in the first {MAX_PROLOG_BYTES} bytes")
    return _without_doctype(parser.close(), head)


def _without_doctype(root: etree._Element, head: bytes) -> tuple[bytes, str]:
    if has_doctype(root):
        line = head[: head.find(b"<!DOCTYPE")].count(b"\n") + 1
        raise XmlRefused("doctype", line, "a DOCTYPE is not allowed")
    return head, str(root.tag)


def _parser(tag: str | None) -> Any:  # the stubs know neither events nor close()
    return etree.XMLPullParser(
        events=("start",),
        tag=tag,
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
    )
