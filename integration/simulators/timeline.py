"""What happens when: actions in order of their time, played in real time or as fast as they can be done.

One action runs at a time, in one thread. Other threads (the HTTP server of SCADA) join in with `joined`. The clock of the
simulation stands at the time an action was due, so what is made of it does not depend on how fast the machine is.
"""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Action = Callable[[], None]
_NAP_S = 0.5  # how long at most a signal or a stop waits to be seen


class Timeline:
    """Seconds since the beginning; `tempo` shortens every delay, `waits` says whether real time passes between actions."""

    def __init__(self, *, started_at: dt.datetime, tempo: float = 1.0, waits: bool = True) -> None:
        self.started_at = started_at
        self.tempo, self.waits = tempo, waits
        self.now = 0.0
        self.is_stopped = False
        self._due: list[tuple[float, int, Action]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition(threading.RLock())
        self._origin = time.monotonic()

    @property
    def at(self) -> dt.datetime:
        """The moment as messages state it. The wall clock is asked anew: a machine that slept must not speak of yesterday."""
        if not self.waits:
            return self.started_at + dt.timedelta(seconds=self.now)
        return dt.datetime.fromtimestamp(time.time() - max(self._elapsed() - self.now, 0.0), dt.UTC)

    def after(self, delay_s: float, action: Action) -> None:
        """Do something later."""
        with self._changed:
            heapq.heappush(self._due, (self.now + delay_s / self.tempo, next(self._numbers), action))
            self._changed.notify_all()

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Act from another thread, between two actions."""
        with self._changed:
            if self.waits:
                self.now = max(self.now, self._elapsed())
            yield

    def run(self, until_s: float = math.inf) -> None:
        """Play until the given second, or until `stop`; without waiting, also until nothing is left to do."""
        self._origin = time.monotonic() - self.now
        while self._step(until_s):
            pass
        if not self.is_stopped and until_s < math.inf:
            self.now = max(self.now, until_s)

    def stop(self) -> None:
        """End `run` after the action it is at."""
        with self._changed:
            self.is_stopped = True
            self._changed.notify_all()

    def _step(self, until_s: float) -> bool:
        """Wait a little or do one action; False when there is no more to come."""
        with self._changed:
            due = self._due[0][0] if self._due else math.inf
            if self.is_stopped or (due == math.inf and not self.waits):
                return False
            ahead = min(due, until_s) - self._elapsed()
            if self.waits and ahead > 0:
                self._changed.wait(min(ahead, _NAP_S))
                return True
            if due > until_s:
                return False
            _, _, action = heapq.heappop(self._due)
            self.now = max(self.now, due)
            action()
            return True

    def _elapsed(self) -> float:
        return time.monotonic() - self._origin
