"""What the sweeper does in each round. Apps add their own: deliver the outbox, end overdue operations, predict what has become due."""

import datetime as dt
from collections.abc import Callable

from adms.core import clock
from adms.core.services import dispatch

Sweep = Callable[[dt.datetime], int]
_sweeps: dict[str, Sweep] = {}
_pauses: dict[str, float] = {}


def sweep(name: str, *, pause_s: float = 0.0) -> Callable[[Sweep], Sweep]:
    """Decorator: run this in every round; it returns how much it found to do.

    With `pause_s` it rests at least so long where it found nothing: for what seldom comes or was told by a bell already. Thirty
    sweeps that ask twice a second whether a day is over take a third of a processor from those who have work.
    """

    def register(function: Sweep) -> Sweep:
        _sweeps[name], _pauses[name] = function, pause_s
        return function

    return register


def pause_s(name: str) -> float:
    """So long a sweep rests at least where it found nothing."""
    return _pauses.get(name, 0.0)


def sweeps() -> dict[str, Sweep]:
    """All of them, the delivery of events first."""
    return {"events": lambda _: dispatch.dispatch(clock=clock.now), **_sweeps}
