"""Who reacts to which events. Apps subscribe in their `subscribers` module, which is imported when Django is ready.

A handler gets the batch of its events in order and the time it runs at. Its effect and its checkpoint commit together, so it sees
each event exactly once; what it publishes itself is numbered after what it reacted to.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adms.core.events import Recorded

Handler = Callable[[Sequence[Recorded], dt.datetime], None]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A named consumer of some kinds of events; the name keys its checkpoints, so it must never change."""

    name: str
    events: frozenset[str]
    handle: Handler


_subscribers: dict[str, Subscriber] = {}


def subscribe(name: str, *events: type) -> Callable[[Handler], Handler]:
    """Decorator: call the function with batches of these events."""

    def register(handle: Handler) -> Handler:
        _subscribers[name] = Subscriber(name, frozenset(cls.__name__ for cls in events), handle)
        return handle

    return register


def subscribers() -> list[Subscriber]:
    """All of them, in order of name."""
    return [_subscribers[name] for name in sorted(_subscribers)]
