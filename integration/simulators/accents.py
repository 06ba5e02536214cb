"""An accent: a business system that says the same as the others in words of its own, as systems of other makers do.

The words stand in a JSON file, which is also the dialect of its account (`create_partner --dialect`): namespaces of the envelope and
by noun, names of elements, types of names, codes, and the zone of clocks that tell none. Here they are put on and taken off by text,
with nothing of the server's reader.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import zoneinfo
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_MESSAGE = "http://iec.ch/TC57/2011/schema/message"
_TIME = re.compile(r">(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d))<")
Post = Callable[[bytes], Any]
Take = Callable[[bytes], tuple[int, bytes]]


class AccentRefused(ValueError):
    """A file that is no accent."""


class Accent:
    """Puts the words of a file on a message, and takes them off again."""

    def __init__(self, words: dict[str, Any]) -> None:
        self.zone = zoneinfo.ZoneInfo(words["zone"]) if words.get("zone") else None
        self.message = str(words.get("message") or _MESSAGE)
        self.namespaces = [(noun, its) for noun, its in words.get("namespaces", ())]
        self.elements = [(ours, its) for ours, its in words.get("elements", ())]
        self.name_types = [(ours, its) for ours, its in words.get("name_types", ())]
        self.codes = [(element, ours, its) for element, ours, its in words.get("codes", ())]
        self._ours: dict[str, str] = {}  # namespaces by noun, as they were before the accent was put on

    def speak(self, body: bytes) -> bytes:
        """A message with the accent."""
        text = body.decode()
        for noun, its in self.namespaces:
            found = re.search(rf'xmlns="([^"]*[/:]{noun}#)"', text)
            if found:
                self._ours[noun] = found[1]
                text = text.replace(f'"{found[1]}"', f'"{its}"')
        text = text.replace(f'"{_MESSAGE}"', f'"{self.message}"')
        text = _code_words(_type_words(text, self.name_types), self.codes)
        text = _renamed(text, self.elements)
        return (_TIME.sub(self._local, text) if self.zone else text).encode()

    def hear(self, body: bytes) -> bytes:
        """A message without the accent."""
        text = body.decode().replace(f'"{self.message}"', f'"{_MESSAGE}"')
        for noun, its in self.namespaces:
            text = text.replace(f'"{its}"', f'"{self._ours.get(noun, its)}"')
        text = _renamed(text, [(its, ours) for ours, its in self.elements])
        text = _type_words(text, [(its, ours) for ours, its in self.name_types])
        return _code_words(text, [(element, its, ours) for element, ours, its in self.codes]).encode()

    def posting(self, post: Post) -> Post:
        """A way out with the accent."""
        return lambda body: post(self.speak(body))

    def taking(self, take: Take) -> Take:
        """A way in that understands it, and answers with it."""

        def answer(body: bytes) -> tuple[int, bytes]:
            status, reply = take(self.hear(body))
            return status, self.speak(reply)

        return answer

    def _local(self, found: re.Match[str]) -> str:
        moment = dt.datetime.fromisoformat(found[1]).astimezone(self.zone)
        return f">{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}<"


def read(file: Path) -> Accent:
    """The accent in a file.

    Raises:
        AccentRefused: there is none in it.
    """
    try:
        words = json.loads(file.read_text())
        return Accent(words)
    except (OSError, ValueError, TypeError, AttributeError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise AccentRefused(f"{file}: {error}") from None


def _renamed(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    for one, other in pairs:
        text = re.sub(rf"(</?){re.escape(one)}(?=[\s/>])", rf"\g<1>{other}", text)
    return text


def _type_words(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    for one, other in pairs:
        text = text.replace(f"<NameType><name>{one}</name>", f"<NameType><name>{other}</name>")
        text = text.replace(f'idType="{one}"', f'idType="{other}"')
    return text


def _code_words(text: str, rows: Sequence[tuple[str, str, str]]) -> str:
    for element, one, other in rows:
        text = text.replace(f"<{element}>{one}</{element}>", f"<{element}>{other}</{element}>")
        text = text.replace(f'<{element} ref="{one}"', f'<{element} ref="{other}"')
    return text
