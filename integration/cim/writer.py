"""Ordered XML text, written by ourselves: the same input gives the same bytes, and the order is the one that was asked for."""

from __future__ import annotations

import datetime as dt
import re
from xml.sax.saxutils import escape, quoteattr

#: What XML 1.0 cannot carry at all; text from people may hold it.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def element(name: str, /, *children: str, **attributes: str) -> str:
    """An element around finished children, nothing where there are none; empty attributes are left out."""
    return container(name, *children, **attributes) if any(children) else ""


def container(name: str, /, *children: str, **attributes: str) -> str:
    """An element that stays even when nothing is in it."""
    marks = "".join(f" {key}={quoteattr(_clean(value))}" for key, value in attributes.items() if value)
    return f"<{name}{marks}>{''.join(children)}</{name}>"


def text(name: str, value: str | int | None, /, **attributes: str) -> str:
    """An element with text; nothing where there is no value."""
    return "" if value is None or value == "" else element(name, escape(_clean(str(value))), **attributes)


def flag(name: str, *, value: bool | None) -> str:
    """An xs:boolean."""
    return "" if value is None else text(name, "true" if value else "false")


def time(name: str, at: dt.datetime | None) -> str:
    """An xs:dateTime in UTC."""
    return "" if at is None else text(name, at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"))


def document(root: str) -> bytes:
    """The whole document."""
    return (_DECLARATION + root).encode()


def _clean(value: str) -> str:
    return _FORBIDDEN.sub("\ufffd", value)
