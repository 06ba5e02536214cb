"""Whether there is room for more: a flood is told to come again before it is stored, in the order of what can wait longest.

Meter events wait first, calls long after them, telemetry and everything else never: an operator's picture must not go dark
because meters are loud. What was answered is stored; what is not stored was never answered, and comes again under its own id.
"""

from __future__ import annotations

import time

from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.services import backlog

MOST_WAITING = runtime_settings.declare(
    "intake.most_waiting",
    50_000,
    unit=gettext_noop("events"),
    help_=gettext_noop(
        "Beyond so many events that wait to be taken, meter events are told to come again (503); calls beyond four times as many."
    ),
)
#: How often the bound holds for a noun; nouns that are not named are always taken.
TIMES = {"EndDeviceEvents": 1, "TroubleTickets": 4}
#: After how many seconds a sender is asked to come again.
RETRY_S = 2
_FRESH_S = 1.0
_looked: tuple[float, int, int] = (float("-inf"), 0, 0)  # when (monotonic), events that wait, the bound


def is_full(noun: str) -> bool:
    """Whether a message of this noun has to wait outside; looked up once a second at most."""
    global _looked  # noqa: PLW0603 - what this process saw last
    times = TIMES.get(noun)
    if times is None:
        return False
    now = time.monotonic()
    if now - _looked[0] > _FRESH_S:
        _looked = (now, backlog.distance("outages"), int(runtime_settings.get(MOST_WAITING)))
    return _looked[1] > times * _looked[2]


def forget() -> None:
    """Look again at the next message (tests)."""
    global _looked  # noqa: PLW0603
    _looked = (float("-inf"), 0, 0)
