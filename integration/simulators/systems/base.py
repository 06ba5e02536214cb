"""What every simulated business system has: a way out, a way in, a clock, a memory of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from integration.simulators import messages
from integration.simulators.client import Client
from integration.simulators.delivery import Message
from integration.simulators.incoming import Incoming
from integration.simulators.pens import Pen
from integration.simulators.timeline import Timeline

Answer = tuple[str, str]  # code and reason of the reply
TAKEN: Answer = ("0.0", "")


@dataclass(frozen=True, slots=True)
class Tools:
    """What a system works with. `rate` is messages per second it sends of itself; None: as it likes."""

    timeline: Timeline
    pen: Pen
    put: Callable[[Message], None]
    rng: np.random.Generator
    client: Client
    rate: float | None = None


class System:
    """One system; a subclass says what it does with what comes in, and what it does by itself."""

    source = ""
    summary_line = ""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def begin(self) -> None:
        """Do what it does by itself; called once, before anything comes in."""

    def take(self, message: Incoming) -> Answer:
        """Take a message; code and reason of the reply."""
        return "2.9", f"{message.verb} {message.noun} is not taken here"

    def state(self) -> dict[str, Any]:
        """What it knows, for the report."""
        return {}

    def send(self, root: str, verb: str, noun: str, payload: str, *, correlation_id: str = "", items: int = 1) -> None:
        """Put one message in the queue."""
        sender = self.tools.pen.sender()
        body = messages.written(root, verb, noun, sender, payload, correlation_id=correlation_id)
        self.tools.put(Message(sender.message_id, body, items))

    def after(self, delay_s: float, action: Callable[[], None]) -> None:
        """Do something later."""
        self.tools.timeline.after(delay_s, action)

    @property
    def at(self) -> dt.datetime:
        """Now, as this system's clock has it."""
        return self.tools.timeline.at


def local(element: ET.Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def find(element: ET.Element | None, *path: str) -> ET.Element | None:
    """The first element down a path of local names: other makers' readers do not look at namespaces either."""
    for step in path:
        element = None if element is None else next((one for one in element if local(one) == step), None)
    return element


def find_all(element: ET.Element | None, name: str) -> list[ET.Element]:
    """Children of this local name."""
    return [] if element is None else [one for one in element if local(one) == name]


def words(element: ET.Element | None, *path: str) -> str:
    """The text down a path, or nothing."""
    found = find(element, *path)
    return (found.text or "").strip() if found is not None else ""


def named(element: ET.Element | None, kind: str) -> str:
    """The name of this type that an element bears."""
    for one in find_all(element, "Names"):
        if words(one, "NameType", "name") == kind:
            return words(one, "name")
    return ""


def payload(message: Incoming, noun: str) -> ET.Element | None:
    """What a message carries of this noun."""
    return find(message.root, "Payload", noun)
