"""A server for the simulators to talk to, which fails now and then, as servers do."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from integration.cim import dialects, envelope
from integration.cim.errors import MessageRefused
from tests.integration.simulators import streets

REPLY = (
    '<ResponseMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>reply</Verb></Header>'
    "<Reply><Result>{result}</Result><Error><code>{code}</code></Error></Reply></ResponseMessage>"
)


class Counterpart:
    """Keeps what it took by (Source, MessageID); a repeat gets the first answer."""

    def __init__(
        self,
        *,
        failing: float = 0.0,
        seed: int = 0,
        refusing: frozenset[str] = frozenset(),
        dialect: Any = dialects.OURS,
    ) -> None:
        self.dialect = dialect
        self.failing, self.refusing = failing, refusing
        self.rng = np.random.default_rng(seed)
        self.lock = threading.Lock()
        self.bodies: dict[tuple[str, str], bytes] = {}
        self.posts: Counter[tuple[str, str]] = Counter()
        self.changed = 0
        self.failures: Counter[str] = Counter()
        self.document = streets.document()
        self.tokens: Counter[str] = Counter()
        self.url = ""

    def take(self, body: bytes) -> tuple[str, bytes]:
        """What to do (answer, 503, 500, lose the answer, lose the message) and the answer."""
        read = envelope.read(body, self.dialect)
        key = (read.source, read.message_id)
        with self.lock:
            fate = self._fate()
            self.failures[fate] += 1
            if fate in {"answer", "answer lost"}:
                self.posts[key] += 1
                self.changed += self.bodies.setdefault(key, body) != body
        is_refused = read.noun in self.refusing
        return fate, REPLY.format(result="FAILED" if is_refused else "OK", code="2.4" if is_refused else "0.0").encode()

    def _fate(self) -> str:
        if self.rng.random() >= self.failing:
            return "answer"
        return str(self.rng.choice(["503", "500", "answer lost", "message lost"]))

    def nouns(self) -> Counter[str]:
        """Messages taken, by noun."""
        return Counter(envelope.read(body, self.dialect).noun for body in self.taken())

    def taken(self) -> list[bytes]:
        """Messages taken so far; more may be coming."""
        with self.lock:
            return list(self.bodies.values())


@contextlib.contextmanager
def running(counterpart: Counterpart) -> Iterator[Counterpart]:
    """The counterpart behind a real HTTP server."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_GET(self) -> None:
            counterpart.tokens[self.headers.get("Authorization", "")] += 1
            path = self.path.partition("?")[0]
            document: dict[str, Any] | None = None
            if path == "/api/v1/simulation/world":
                document = counterpart.document
            if path == "/api/v1/simulation/positions":
                closed = {one["mrid"]: one["closed"] for one in counterpart.document["branches"] if one["is_switch"]}
                document = {"model": "town", "version": counterpart.document["version"], "closed": closed}
            self._send(404 if document is None else 200, json.dumps(document).encode())

        def do_POST(self) -> None:
            counterpart.tokens[self.headers.get("Authorization", "")] += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                fate, reply = counterpart.take(body)
            except MessageRefused:
                self._send(400, REPLY.format(result="FAILED", code="1.8").encode())
                return
            if fate.endswith("lost"):
                self.close_connection = True
            elif fate == "answer":
                self._send(422 if b"FAILED" in reply else 200, reply)
            else:
                self._send(int(fate), b"")

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    counterpart.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield counterpart
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
