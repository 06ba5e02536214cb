"""Why a document was not taken."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from adms.core import errors

_POSITION = re.compile(r", line \d+, column \d+$")


class XmlRefused(errors.Invalid):
    """A document is not taken: `code` a stable word, `line` where (None where a line means nothing), `text` what.

    Codes: malformed, not_utf8, doctype, entity, schema_invalid, too_large, too_deep, too_many_elements, too_many_attributes,
    value_too_long, object_too_large, unknown_kind, bad_archive, bad_checksum, truncated_archive, nested_archive, expands_too_far,
    unreadable. `details` are a schema's complaints, at most 20, as "line 7: ...".
    """

    def __init__(self, code: str, line: int | None, text: str, file: str = "", details: tuple[str, ...] = ()) -> None:
        super().__init__(text, line=line, file=file, details=details)
        self.code, self.line, self.text, self.file, self.details = code, line, text, file, details

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, f"line {self.line}" if self.line else "") if part)
        return f"{where}: {self.text}" if where else self.text


def from_syntax_error(error: etree.XMLSyntaxError, file: str = "") -> XmlRefused:
    """The refusal that stands for a parser's complaint."""
    text = _POSITION.sub("", error.msg or "not well-formed")
    code = _code_of(text)
    return XmlRefused(code, error.lineno or None, text, file)


def _code_of(text: str) -> str:
    lowered = text.lower()
    if "encoding" in lowered or "utf-8" in lowered:
        return "not_utf8"
    if "external subset" in lowered:
        return "doctype"  # the parser was told of one, and looked for it in the document itself
    if "depth" in lowered:
        return "too_deep"
    if "amplification" in lowered or "entity" in lowered:
        return "entity"
    return "value_too_long" if "too long" in lowered or "huge" in lowered else "malformed"


def has_doctype(root: etree._Element) -> bool:
    """Whether the document says a DOCTYPE, even an empty one."""
    document: Any = root.getroottree().docinfo
    return bool(document.doctype) or document.internalDTD is not None


def line_of(element: Any) -> int:
    """The line where an element begins."""
    return int(element.sourceline or 1)
