"""Messages that come from the server, read with nothing but the standard library."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

_HEADER = "{http://iec.ch/TC57/2011/schema/message}Header/{http://iec.ch/TC57/2011/schema/message}"
_PAYLOAD = "{http://iec.ch/TC57/2011/schema/message}Payload"
_CONTROL = "{urn:tieline:cim:2026:Controls#}"
_QUESTION = "{http://iec.ch/TC57/2011/GetMeterReadings#}"
_RESULT = re.compile(rb"<(?:\w+:)?Result>\s*(\w+)\s*<")
_CODE = re.compile(rb"<(?:\w+:)?code>\s*([\d.]+)\s*<")
_WORDS = re.compile(rb"<(?:\w+:)?(?:reason|details)>([^<]*)<")


class Unreadable(ValueError):
    """Not a message."""


@dataclass(frozen=True, slots=True)
class Control:
    """Bring a switch to a position, but not after `until`."""

    operation: str
    switch: str
    is_closed: bool
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Read these meters: of a voltage now, and answer by `until`; of energy what was counted from `since` to `until`."""

    meters: tuple[str, ...]
    until: dt.datetime | None = None
    since: dt.datetime | None = None
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a message says; `digest` is of its payload, which a repeat must not change."""

    verb: str
    noun: str
    message_id: str
    digest: str
    controls: tuple[Control, ...] = ()
    correlation_id: str = ""
    question: Question | None = None
    root: ET.Element | None = None  # the whole message, for who wants more of it


def read(body: bytes) -> Incoming:
    """Read a message of the server.

    Raises:
        Unreadable: it is none.
    """
    if b"<!DOCTYPE" in body:
        raise Unreadable("a message has no DOCTYPE")
    try:
        root = ET.fromstring(body)  # noqa: S314 - only the server under simulation writes to us
    except ET.ParseError as error:
        raise Unreadable(str(error)) from None
    verb, noun, message_id = (_text(root, _HEADER + name) for name in ("Verb", "Noun", "MessageID"))
    if not (verb and noun and message_id):
        raise Unreadable("Header lacks Verb, Noun or MessageID")
    payload = root.find(_PAYLOAD)
    digest = hashlib.sha256(ET.tostring(payload) if payload is not None else b"").hexdigest()
    controls = tuple(map(_control, root.iter(_CONTROL + "Control")))
    correlation_id = _text(root, _HEADER + "CorrelationID") or message_id
    return Incoming(verb, noun, message_id, digest, controls, correlation_id, _question(root), root)


def result(reply: bytes) -> tuple[str, tuple[str, ...], str]:
    """Result (OK, PARTIAL, FAILED or nothing), error codes and words of an answer."""
    found = _RESULT.search(reply)
    words = "; ".join(one.decode(errors="replace").strip() for one in _WORDS.findall(reply))
    return (found[1].decode() if found else ""), tuple(one.decode() for one in _CODE.findall(reply)), words[:500]


def _control(element: ET.Element) -> Control:
    switch = _text(element, f"{_CONTROL}Switch/{_CONTROL}mRID")
    value = _text(element, _CONTROL + "value")
    if not switch or value not in {"0", "1"}:
        raise Unreadable(f"a Control names a Switch and the value 0 or 1, not {switch!r} and {value!r}")
    moment = _moment("validUntil", _text(element, _CONTROL + "validUntil"))
    return Control(_text(element, _CONTROL + "mRID"), switch, value == "1", moment)


def _question(root: ET.Element) -> Question | None:
    asked = next(root.iter(_QUESTION + "GetMeterReadings"), None)
    if asked is None:
        return None
    names = [one.text or "" for one in asked.iterfind(f"{_QUESTION}EndDevice/{_QUESTION}Names/{_QUESTION}name")]
    types = [one.text or "" for one in asked.iterfind(f"{_QUESTION}ReadingType/{_QUESTION}Names/{_QUESTION}name")]
    until, since = (
        _moment(name, _text(asked, f"{_QUESTION}TimeSchedule/{_QUESTION}scheduleInterval/{_QUESTION}{name}"))
        for name in ("end", "start")
    )
    return Question(tuple(filter(None, names)), until, since, tuple(filter(None, types)))


def _moment(name: str, text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text) if text else None
    except ValueError:
        raise Unreadable(f"{name} {text!r} is no time") from None
    if moment is not None and moment.tzinfo is None:
        raise Unreadable(f"{name} {text} has no time zone")
    return moment


def _text(element: ET.Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
