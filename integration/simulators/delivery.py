"""A system's outgoing queue: every message is posted, under one id, until the server has answered it.

1. Messages wait in memory in the order they were put in; `workers` threads take them (one where order matters).
2. No answer, 5xx, 408, 425, 429, or FAILED with a code that passes by itself: the same bytes again, after 0.2 s doubling to 10 s.
3. OK and PARTIAL are accepted, everything else is refused; neither is sent again.
4. A message put in a second time on purpose is a repeat: it must get the first answer.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from integration.simulators.client import Answer, Unreachable

log = logging.getLogger(__name__)

Post = Callable[[bytes], Answer]
PASSING_STATUS = frozenset({408, 425, 429})
PASSING_CODES = frozenset({"3.2", "4.1", "5.1", "7.1"})
MAX_WAIT_S = 10.0
_KEPT_WORDS = 20


@dataclass(frozen=True, slots=True)
class Message:
    """Bytes under an id, and how many items they hold."""

    id: str
    body: bytes
    items: int = 1
    told: Callable[[bytes], None] | None = None  # gets the first answer, where it says more than that it was taken


@dataclass(slots=True)
class Tally:
    """What became of the messages. sent = accepted + refused + those still waiting."""

    sent: int = 0
    accepted: int = 0
    refused: int = 0
    repeats: int = 0  # posts beyond the first one of a message
    partial: int = 0  # of the accepted
    items: int = 0
    changed_answers: int = 0  # repeats that were answered differently from the first
    refusals: list[str] = field(default_factory=list)


class Outbox:
    """The queue and its threads."""

    def __init__(self, name: str, post: Post, *, workers: int = 1, first_wait_s: float = 0.2) -> None:
        self.name, self.tally = name, Tally()
        self._post, self._first_wait_s = post, first_wait_s
        self._waiting: queue.Queue[Message] = queue.Queue()
        self._answers: dict[str, Answer] = {}
        self._posted: set[str] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        for number in range(workers):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def put(self, message: Message) -> None:
        """Send it, some time."""
        self._waiting.put(message)

    @property
    def waiting(self) -> int:
        """Messages not yet answered."""
        return self._waiting.unfinished_tasks

    def drain(self, timeout_s: float) -> int:
        """Wait until everything is answered; how many messages are still waiting when the time is up."""
        deadline = time.monotonic() + timeout_s
        while self.waiting and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.waiting

    def close(self) -> None:
        """Let the threads go; what is waiting stays unsent."""
        self._closing.set()

    def _work(self) -> None:
        while not self._closing.is_set():
            try:
                message = self._waiting.get(timeout=0.2)
            except queue.Empty:
                continue
            if self._deliver(message):
                self._waiting.task_done()

    def _deliver(self, message: Message) -> bool:
        """Post until answered; False where the queue was closed before."""
        wait_s = self._first_wait_s
        while not self._closing.is_set():
            self._note_post(message)
            answer = self._attempt(message)
            if answer is not None:
                self._note_answer(message, answer)
                return True
            self._closing.wait(wait_s)
            wait_s = min(wait_s * 2, MAX_WAIT_S)
        return False

    def _attempt(self, message: Message) -> Answer | None:
        try:
            answer = self._post(message.body)
        except Unreachable as error:
            log.info("%s: message %s: %s", self.name, message.id, error)
            return None
        return None if is_passing(answer) else answer

    def _note_post(self, message: Message) -> None:
        with self._lock:
            if message.id in self._posted:
                self.tally.repeats += 1
                return
            self._posted.add(message.id)
            self.tally.sent += 1
            self.tally.items += message.items

    def _note_answer(self, message: Message, answer: Answer) -> None:
        if message.told is not None and message.id not in self._answers:
            message.told(answer.content)
        answer = replace(answer, content=b"")
        with self._lock:
            first = self._answers.setdefault(message.id, answer)
            if first is not answer:
                self.tally.changed_answers += first != answer
                return
            if is_accepted(answer):
                self.tally.accepted += 1
                self.tally.partial += answer.result == "PARTIAL"
                return
            self.tally.refused += 1
            if len(self.tally.refusals) < _KEPT_WORDS:
                self.tally.refusals.append(f"HTTP {answer.status} {', '.join(answer.codes)} {answer.words}".strip())
        log.warning("%s: message %s refused: %s", self.name, message.id, self.tally.refusals[-1])


def is_passing(answer: Answer) -> bool:
    """Whether the same message may be taken a little later."""
    if answer.status >= 500 or answer.status in PASSING_STATUS:
        return True
    return answer.result == "FAILED" and bool(PASSING_CODES.intersection(answer.codes))


def is_accepted(answer: Answer) -> bool:
    """Whether the server has taken the message, or what it could of it."""
    return 200 <= answer.status < 300 and answer.result in {"OK", "PARTIAL"}
