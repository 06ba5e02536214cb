"""The simulators' own HTTP server. SCADA takes commands and outages at POST /cim, the head-end questions to meters at POST /cim/ami.

Each MessageID is answered once and the same ever after. Now and then a system is busy (503), as any partner is.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from integration.simulators import incoming, messages
from integration.simulators.incoming import Incoming
from integration.simulators.pens import Pen
from integration.simulators.scada import Scada
from integration.simulators.timeline import Timeline

log = logging.getLogger(__name__)

MAX_BYTES = 20 * 1024**2
PATH, AMI_PATH = "/cim", "/cim/ami"
Take = Callable[[bytes], tuple[int, bytes]]


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
    """Understands and answers what is posted to one system; one post at a time. `handle` gives code and reason of the reply."""

    def __init__(
        self,
        *,
        name: str,
        timeline: Timeline,
        pen: Pen,
        handle: Callable[[Incoming], tuple[str, str]],
        rng: np.random.Generator,
        busy: float = 0.02,
    ) -> None:
        self.name, self.timeline, self.pen, self.handle, self.rng, self.busy = name, timeline, pen, handle, rng, busy
        self.received = Received()

    def take(self, body: bytes) -> tuple[int, bytes]:
        """Status and answer."""
        with self.timeline.joined():
            try:
                message = incoming.read(body)
            except incoming.Unreadable as error:
                self.received.unreadable += 1
                log.warning("%s cannot read a message: %s", self.name, error)
                return 400, messages.reply(self.pen.sender(), noun="", correlation_id="", code="1.8", reason=str(error))
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
        code, reason = self.handle(message)
        return messages.reply(
            self.pen.sender(), noun=message.noun, correlation_id=message.message_id, code=code, reason=reason
        )


def commands_to(scada: Scada) -> Callable[[Incoming], tuple[str, str]]:
    """SCADA's way: commands go to the field; everything else is only noted."""

    def handle(message: Incoming) -> tuple[str, str]:
        refusals = [answer for one in message.controls if (answer := scada.command(one))[0] != "0.0"]
        return refusals[0] if refusals else ("0.0", "")

    return handle


def note(message: Incoming) -> tuple[str, str]:  # noqa: ARG001 - as every handler
    """The way of a system that does nothing by itself: it takes what it is told, and only the desk counts it."""
    return "0.0", ""


@contextlib.contextmanager
def listening(takes: Mapping[str, Take], port: int, host: str = "127.0.0.1") -> Iterator[int]:
    """Serve these paths while the block runs; gives the port (0 asks for any free one).

    Raises:
        OSError: the port is taken.
    """

    class Handler(_Handler):
        answers = takes

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="partners-http", daemon=True
    )
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """POST to the systems' paths and nothing else."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    answers: Mapping[str, Take]

    def do_POST(self) -> None:
        """Hand the body on, send the answer back."""
        length = self.headers.get("Content-Length", "")
        take = self.answers.get(self.path)
        if take is None or not length.isdigit() or int(length) > MAX_BYTES:
            self.close_connection = True
            self._send(404 if take is None else 413, b"")
            return
        self._send(*take(self.rfile.read(int(length))))

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say it in the log of the simulator."""
        log.debug(format, *args)
