"""The head-end of storm.py as one that is asked: it takes get(MeterReadings) and answers for its meters as the storm left them.

It lives in the process of the load maker, which is the head-end's other half. A meter with supply answers mostly, one without by its
battery now and then; the answer comes some seconds later, in a message of its own.
"""

from __future__ import annotations

import datetime as dt
import heapq
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np

from integration.simulators import incoming, listening, messages
from integration.simulators.messages import Reading, Sender

PATH = "/cim/ami"
ANSWERING, WITH_BATTERY, DELAY_S = 0.97, 0.10, (1.0, 6.0)


class HeadEnd:
    """Answers while `serving`; `send` posts a body to the system."""

    def __init__(self, storm: Any, source: str, began: float, send: Callable[[bytes], object]) -> None:
        self.storm, self.source, self.began, self.send = storm, source, began, send
        self.is_dark = np.zeros(storm.customers, np.bool_)
        self.changed = self.asked = self.meters = self.answered = 0
        self.rng = np.random.default_rng(11)
        self.wake = threading.Condition()
        self.later: list[tuple[float, str, tuple[str, ...]]] = []

    def take(self, body: bytes) -> tuple[int, bytes]:
        """Status and acknowledgment of a question."""
        message = incoming.read(body)
        known = message.question if (message.verb, message.noun) == ("get", "MeterReadings") else None
        code = "0.3" if known else "2.9"
        if known:
            with self.wake:
                self.asked += 1
                self.meters += len(known.meters)
                due = time.time() + float(self.rng.uniform(*DELAY_S))
                heapq.heappush(self.later, (due, message.correlation_id, known.meters))
                self.wake.notify()
        return 200, messages.reply(self._sender(), noun=message.noun, correlation_id=message.message_id, code=code)

    def answer(self) -> None:
        """Send what is due, for ever: run it in a thread."""
        while True:
            with self.wake:
                while not self.later:
                    self.wake.wait()
                due, correlation_id, meters = heapq.heappop(self.later)
            time.sleep(max(0.0, due - time.time()))
            readings = [self._reading(number) for number in meters]
            self.send(messages.meter_readings(self._sender(), readings, correlation_id=correlation_id, is_last=True))
            self.answered += 1

    def _reading(self, number: str) -> Reading:
        """What a meter says now: its customer is the number at its end."""
        self._move_on()
        at, is_dark, chance = _now(), self.is_dark[int(number[-7:]) - 1], self.rng.random()
        if chance < (WITH_BATTERY if is_dark else ANSWERING):
            return Reading(number, at, volts=0.0 if is_dark else 231.0)
        return Reading(number, at, code="4.1", reason="the meter did not answer")

    def _move_on(self) -> None:
        """The faults that have come and gone until now."""
        now = time.time() - self.began
        while self.changed < len(self.storm.changes) and self.storm.changes[self.changed][0] <= now:
            _, members, is_dark = self.storm.changes[self.changed]
            self.is_dark[members] = is_dark
            self.changed += 1

    def _sender(self) -> Sender:
        return Sender(self.source, str(uuid.uuid4()), _now())

    def serving(self, port: int) -> Any:
        """A context in which it listens and answers."""
        threading.Thread(target=self.answer, daemon=True).start()
        return listening.listening({PATH: self.take}, port)


def _now() -> dt.datetime:
    return dt.datetime.fromtimestamp(time.time(), dt.UTC)
