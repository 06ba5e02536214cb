"""Messages for a person to read: indented, and what a reply says in rows."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from integration.cim import namespaces, xml

MOST = 256 * 1024


@dataclass(frozen=True, slots=True)
class Text:
    """Text to show; `is_cut` where it is only the beginning, `is_indented` where it could be read as XML."""

    text: str
    is_cut: bool
    is_indented: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of a reply."""

    code: str
    level: str
    reason: str
    details: str
    object_id: str


def shown(data: bytes) -> Text:
    """A message indented where it is XML that we would read, else as it is; never expanded, never fetched."""
    try:
        root = xml.parse_message(data)
    except xml.XmlRefused:
        text, is_indented = data[: 4 * MOST].decode("utf-8", "replace"), False
    else:
        etree.indent(root, "  ")
        text, is_indented = etree.tostring(root, encoding="unicode"), True
    clean = "".join(one for one in text[:MOST] if one.isprintable() or one in "\n\t")
    return Text(clean, len(text) > MOST, is_indented)


def faults(reply: bytes) -> list[Fault]:
    """The errors a reply lists; code 0.0 is none."""
    try:
        root = xml.parse_message(reply)
    except xml.XmlRefused:
        return []
    errors = [one for one in root.iter() if namespaces.split(one)[1] == "Error"]
    return [found for error in errors if (found := _fault(error)).code not in {"0.0", "0.3"}]


def _fault(error: etree._Element) -> Fault:
    said = {namespaces.split(child)[1]: (child.text or "").strip() for child in error}
    return Fault(
        said.get("code", ""),
        said.get("level", ""),
        said.get("reason", ""),
        said.get("details", ""),
        said.get("ID", ""),
    )
