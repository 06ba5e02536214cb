"""Who reacts to which events. Apps subscribe in their `subscribers` module, which is imported when Django is ready.

A handler gets the batch of its events in order and the time it runs at. Its effect and its checkpoint commit together, so it sees
each event exactly once; what it publishes itself is numbered after what it reacted to.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from adms.core.events import Recorded

Handler = Callable[[Sequence[Recorded], dt.datetime], None]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A named consumer of some kinds of events; the name keys its checkpoints, so it must never change.

    Attributes:
        batch: so many events at most are handled in one transaction.
        most, weigh: and of so much weight together (the first one always), where events differ much in what they carry.
        is_alone: one process at a time handles any area for it; others leave at once instead of waiting for its lock.
        is_across: a batch may hold events of several areas, each area's in order: a hundred areas are then not a hundred transactions.
        is_urgent: it has a turn between those of the others as well, instead of waiting until all of them had theirs.
    """

    name: str
    events: frozenset[str]
    handle: Handler
    batch: int = 100
    most: int | None = None
    weigh: Callable[[Any], int] | None = None
    is_alone: bool = False
    is_across: bool = False
    is_urgent: bool = False


_subscribers: dict[str, Subscriber] = {}


def subscribe(name: str, *events: type, **pace: Any) -> Callable[[Handler], Handler]:
    """Decorator: call the function with batches of these events; `pace` as in Subscriber."""

    def register(handle: Handler) -> Handler:
        _subscribers[name] = Subscriber(name, frozenset(cls.__name__ for cls in events), handle, **pace)
        return handle

    return register


def subscribers() -> list[Subscriber]:
    """All of them, in order of name."""
    return [_subscribers[name] for name in sorted(_subscribers)]
