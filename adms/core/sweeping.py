"""What the sweeper does in each round. Apps add their own: deliver the outbox, end overdue operations, predict what has become due."""

import datetime as dt
from collections.abc import Callable

from adms.core import clock
from adms.core.services import dispatch

Sweep = Callable[[dt.datetime], int]
_sweeps: dict[str, Sweep] = {}


def sweep(name: str) -> Callable[[Sweep], Sweep]:
    """Decorator: run this in every round; it returns how much it found to do."""

    def register(function: Sweep) -> Sweep:
        _sweeps[name] = function
        return function

    return register


def sweeps() -> dict[str, Sweep]:
    """All of them, the delivery of events first."""
    return {"events": lambda _: dispatch.dispatch(clock=clock.now), **_sweeps}
