"""What a handler is given of several messages at once, and what it tells of its work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from adms.core.actors import Actor
from integration.cim.errors import ReplyError


@dataclass(slots=True)
class Handled:
    """How many items were taken, an error for each of the others, and what the message did (for the inspector).

    The answer to a question is a payload, with a remark on how much of everything it is; `more` says how to ask for the rest.
    """

    taken: int = 0
    errors: list[ReplyError] = field(default_factory=list)
    effects: dict[str, Any] = field(default_factory=dict)
    payload: str = ""
    remark: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The items of one message among several that are handled together."""

    actor: Actor
    source: str
    items: Sequence[Any]
