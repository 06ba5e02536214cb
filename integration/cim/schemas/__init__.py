"""Our own schemas, loaded once, and payloads held against them. No schema is ever taken from a message."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

from integration.cim import xml
from integration.cim.errors import Case, MessageRefused, ReplyError

if TYPE_CHECKING:
    from lxml import etree

_NAMESPACE = re.compile(r"\{[^{}]*\}")
_FOLDER = Path(__file__).parent


@functools.cache
def schema(name: str) -> etree.XMLSchema:
    """The schema `name`.xsd of this folder."""
    return xml.load_schema(_FOLDER / f"{name}.xsd")


def files() -> dict[str, Path]:
    """Every schema by its name, for those who want to read it."""
    return {path.stem: path for path in sorted(_FOLDER.glob("*.xsd"))}


def validate_payload(payload: etree._Element, name: str) -> None:
    """Hold a payload to the schema of its noun.

    Raises:
        MessageRefused: with at most 20 errors, each saying where; 1.7 where something is missing, 1.8 for the rest.
    """
    try:
        xml.validate_element(payload, schema(name))
    except xml.XmlRefused as refused:
        complaints = refused.details or (str(refused),)
        raise MessageRefused(Case.PAYLOAD_INVALID, errors=tuple(map(_error, complaints))) from None


def _error(complaint: str) -> ReplyError:
    is_missing = "Missing child element" in complaint or "required but missing" in complaint
    return ReplyError("1.7" if is_missing else "1.8", readable(complaint))


def readable(complaint: str) -> str:
    """A schema's complaint without the namespaces that hide what it says."""
    return _NAMESPACE.sub("", complaint)[:1000]
