"""How badly a simulated system behaves, on purpose: slow, failing, repeating itself, out of order, sending what nobody can read.

One set of words for all of them, so that any partner can be tried with any bad manner: `slow=2,failing=0.1,repeating=0.2`.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from integration.simulators.delivery import Message

Put = Callable[[Message], None]
Take = Callable[[bytes], tuple[int, bytes]]
_HELD_S = 2.0  # how long a message that lets others pass waits for one


@dataclass(frozen=True, slots=True)
class Temper:
    """Seconds it takes to answer, and shares between 0 and 1 of messages that fare badly."""

    slow: float = 0.0  # seconds before each answer
    failing: float = 0.0  # of what comes in: answered 503, as if it had not come
    repeating: float = 0.0  # of what goes out: sent a second time, whole
    reordering: float = 0.0  # of what goes out: let past by the next one
    garbled: float = 0.0  # of what goes out: preceded by a message that breaks off in the middle


def parse(words: str) -> Temper:
    """A temper from `name=value` pairs.

    >>> parse("slow=2,failing=0.1")
    Temper(slow=2.0, failing=0.1, repeating=0.0, reordering=0.0, garbled=0.0)

    Raises:
        ValueError: an unknown name, or a value that cannot be.
    """
    known = {one.name for one in dataclasses.fields(Temper)}
    given: dict[str, float] = {}
    for pair in filter(None, (one.strip() for one in words.split(","))):
        name, _, text = pair.partition("=")
        if name not in known:
            raise ValueError(f"{name!r} is none of {', '.join(sorted(known))}")
        value = float(text)
        if not 0 <= value <= (60 if name == "slow" else 1):
            raise ValueError(f"{name}={text}: slow is 0 to 60 s, the others are shares from 0 to 1")
        given[name] = value
    return Temper(**given)


class Outgoing:
    """A queue's `put` with a temper. Nothing is lost: what is held back goes out with the next message, or after two seconds."""

    def __init__(self, put: Put, temper: Temper, rng: np.random.Generator, new_id: Callable[[], str]) -> None:
        self.put_on, self.temper, self.rng, self.new_id = put, temper, rng, new_id
        self.garbled = self.reordered = self.repeated = 0
        self._held: Message | None = None
        self._lock = threading.Lock()

    def put(self, message: Message) -> None:
        """Send it, in the manner of this system."""
        with self._lock:
            if self.rng.random() < self.temper.garbled:
                self.garbled += 1
                self.put_on(Message(self.new_id(), message.body[: len(message.body) * 2 // 3]))
            if self._held is None and self.rng.random() < self.temper.reordering:
                self._hold(message)
                return
            self._send(message)
            self._release()

    def flush(self) -> None:
        """Let go what is held back."""
        with self._lock:
            self._release()

    def _hold(self, message: Message) -> None:
        self.reordered += 1
        self._held = message
        timer = threading.Timer(_HELD_S, self.flush)
        timer.daemon = True
        timer.start()

    def _release(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._send(held)

    def _send(self, message: Message) -> None:
        self.put_on(message)
        if self.rng.random() < self.temper.repeating:
            self.repeated += 1
            self.put_on(message)


def slowly(take: Take, temper: Temper) -> Take:
    """A way in that takes its time."""

    def answer(body: bytes) -> tuple[int, bytes]:
        if temper.slow:
            time.sleep(temper.slow)
        return take(body)

    return answer
