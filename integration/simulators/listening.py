"""SCADA's own HTTP server: takes commands and outages at POST /cim, answers each MessageID once and the same ever after.

Now and then it is busy (503), as any partner is.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from integration.simulators import incoming, messages
from integration.simulators.incoming import Incoming
from integration.simulators.scada import Scada

log = logging.getLogger(__name__)

MAX_BYTES = 20 * 1024**2
PATH = "/cim"


@dataclass(slots=True)
class Received:
    """What came in: answers by MessageID, how often each came, and what was wrong with it."""

    answers: dict[str, bytes] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    posts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    busy: int = 0
    unreadable: int = 0
    changed: int = 0  # a MessageID that came again with another content

    def summary(self) -> dict[str, object]:
        """Counts."""
        taken = len(self.answers)
        return {
            "messages": taken,
            "repeats": sum(self.posts.values()) - taken,
            "changed": self.changed,
            "busy": self.busy,
            "unreadable": self.unreadable,
            "kinds": dict(sorted(self.kinds.items())),
        }


class Desk:
    """Understands and answers what is posted; one post at a time."""

    def __init__(self, scada: Scada, *, rng: np.random.Generator, busy: float = 0.02) -> None:
        self.scada, self.rng, self.busy = scada, rng, busy
        self.received = Received()

    def take(self, body: bytes) -> tuple[int, bytes]:
        """Status and answer."""
        with self.scada.timeline.joined():
            try:
                message = incoming.read(body)
            except incoming.Unreadable as error:
                self.received.unreadable += 1
                log.warning("SCADA cannot read a message: %s", error)
                return 400, messages.reply(
                    self.scada.pen.sender(), noun="", correlation_id="", code="1.8", reason=str(error)
                )
            if self.rng.random() < self.busy:
                self.received.busy += 1
                return 503, b""
            return 200, self._answer(message)

    def _answer(self, message: Incoming) -> bytes:
        received = self.received
        received.posts[message.message_id] += 1
        received.changed += received.digests.setdefault(message.message_id, message.digest) != message.digest
        if message.message_id not in received.answers:
            received.kinds[f"{message.verb} {message.noun}"] += 1
            received.answers[message.message_id] = self._handle(message)
        return received.answers[message.message_id]

    def _handle(self, message: Incoming) -> bytes:
        """Commands go to the field; everything else is only noted."""
        refusals = [answer for one in message.controls if (answer := self.scada.command(one))[0] != "0.0"]
        code, reason = refusals[0] if refusals else ("0.0", "")
        return messages.reply(
            self.scada.pen.sender(), noun=message.noun, correlation_id=message.message_id, code=code, reason=reason
        )


@contextlib.contextmanager
def listening(take: Callable[[bytes], tuple[int, bytes]], port: int, host: str = "127.0.0.1") -> Iterator[int]:
    """Serve while the block runs; gives the port (0 asks for any free one).

    Raises:
        OSError: the port is taken.
    """

    class Handler(_Handler):
        answer = staticmethod(take)

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="scada-http", daemon=True
    )
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """POST /cim and nothing else."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    answer: Callable[[bytes], tuple[int, bytes]]

    def do_POST(self) -> None:
        """Hand the body on, send the answer back."""
        length = self.headers.get("Content-Length", "")
        if self.path != PATH or not length.isdigit() or int(length) > MAX_BYTES:
            self.close_connection = True
            self._send(404 if self.path != PATH else 413, b"")
            return
        self._send(*self.answer(self.rfile.read(int(length))))

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say it in the log of the simulator."""
        log.debug(format, *args)
