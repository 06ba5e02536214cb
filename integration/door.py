"""The door process: takes CIM messages from the web, so that a flood of them and the pages of people do not share one interpreter.

    partner --HTTP--> web (Forward) --unix socket--> door (serve) --> lanes --> inbox

The web passes POST /cim/v1/messages on as it came and answers what the door answers. Where no door runs it takes the message itself,
in lanes of its own. A message waits in one of three lanes, each with threads of its own, so that a flood in one holds up no other:
meter events, calls, all the rest (telemetry above all). Meter events and calls that wait at the same moment are taken together
(`inbox_together.accept_all`); calls, which come one a message, are gathered, five times a second at most.

On the socket a message is four bytes with the length of its head, the head in JSON, and the body, whose length the head tells; an
answer is written the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import logging
import os
import signal
import struct
import threading
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection

from adms.core import clock, sharing
from adms.servers import sockets
from integration.cim import replies
from integration.cim.errors import Case, MessageRefused
from integration.selectors import senders
from integration.selectors.senders import Sender
from integration.services import backpressure, inbox, inbox_together

log = logging.getLogger(__name__)

PATH = "/cim/v1/messages"
#: Calls are taken so far apart at least: what comes meanwhile shares one transaction.
GATHER_S = 0.2
#: So many messages of one lane are taken together at most, and no more once they weigh so much: the first waits for the last.
MOST, MOST_BYTES = 64, 128 * 1024
#: So long after a message a lane keeps its connection to the database, so that not every message has one checked and given.
KEPT_S = 1.0
_LENGTH = struct.Struct("!I")
_UNKNOWN_SENDER = 401
_Proof = tuple[str, str]
_KEPT = ("authorization", "content-type", "content-encoding")
#: Where the noun of a message stands, if its sender writes it as everybody does; elsewhere it only waits in another lane.
_LOOKED_AT = 4_000

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
App = Callable[[Any, Any, Any], Awaitable[None]]


def socket_path() -> Path:
    """Where the door of this installation (by its port) listens."""
    return sockets.directory(Path(settings.VAR_DIR), "door") / f"{settings.PORT}.sock"


# The door's side


class Lane:
    """Messages of one kind, taken in the order they came by threads of their own."""

    def __init__(self, name: str, *, threads: int = 1, most: int = 1, apart_s: float = 0.0) -> None:
        self._most, self._apart_s = most, apart_s
        self._waiting: deque[tuple[dict[str, str], bytes, Future[inbox.Answer]]] = deque()
        self._some = threading.Condition()
        for number in range(threads):
            threading.Thread(target=self._run, name=f"door {name} {number}", daemon=True).start()

    def put(self, head: dict[str, str], body: bytes) -> Future[inbox.Answer]:
        """Let a message wait its turn."""
        answer: Future[inbox.Answer] = Future()
        with self._some:
            self._waiting.append((head, body, answer))
            self._some.notify()
        return answer

    def _run(self) -> None:
        began = 0.0
        while True:
            time.sleep(max(0.0, began + self._apart_s - time.monotonic()))
            some = self._next()
            began = time.monotonic()
            try:
                answers = take([(head, body) for head, body, _ in some], at=clock.now())
            except Exception as error:
                log.exception("messages could not be taken")
                for _, _, answer in some:
                    if not answer.done():  # who waited for it may have gone
                        answer.set_exception(error)
                continue
            for (_, _, answer), told in zip(some, answers, strict=True):
                if not answer.done():
                    answer.set_result(told)

    def _next(self) -> list[tuple[dict[str, str], bytes, Future[inbox.Answer]]]:
        """Those whose turn it is: one of any weight, and what waits behind it. A pause gives the connection to the database back."""
        with self._some:
            is_pause = not self._waiting and not self._some.wait(KEPT_S)
        if is_pause:
            close_old_connections()
        with self._some:
            while not self._waiting:
                self._some.wait()
            some = [self._waiting.popleft()]
            weight = len(some[0][1])
            while self._waiting and len(some) < self._most:
                weight += len(self._waiting[0][1])
                if weight > MOST_BYTES:
                    break
                some.append(self._waiting.popleft())
        return some


def take(messages: list[tuple[dict[str, str], bytes]], *, at: dt.datetime) -> list[inbox.Answer]:
    """Take messages that wait together; a token is looked up once for all that carry it."""
    known: dict[_Proof, Sender | None] = {}
    try:
        for head, _ in messages:
            given = _proof(head)
            if given not in known:
                known[given] = senders.sender_of(*given, at=at)
        return inbox_together.accept_all(incoming=[_incoming(known, head, body) for head, body in messages], at=at)
    finally:
        if connection.errors_occurred:
            close_old_connections()


def _proof(head: dict[str, str]) -> _Proof:
    """By what a sender is known: token, TLS certificate."""
    shown = settings.CLIENT_CERTIFICATE_HEADER
    return head.get("authorization", ""), head.get(shown, "") if shown else ""


def _incoming(known: dict[_Proof, Sender | None], head: dict[str, str], body: bytes) -> inbox_together.Incoming:
    sender = known[_proof(head)]
    return inbox_together.Incoming(
        sender.partner if sender else None,
        body,
        head.get("content-type", ""),
        head.get("content-encoding", ""),
        sender.actor if sender else None,
    )


class Lanes:
    """The lanes of a door."""

    def __init__(self) -> None:
        self._events = Lane("events", threads=2, most=MOST)
        self._calls = Lane("calls", most=MOST, apart_s=GATHER_S)
        self._others = Lane("others")

    def put(self, head: dict[str, str], body: bytes) -> Future[inbox.Answer]:
        """Into the lane of what it seems to be; it is read where it is taken."""
        beginning = body[:_LOOKED_AT]
        if b"EndDeviceEvents" in beginning:
            return self._events.put(head, body)
        lane = self._calls if b"TroubleTickets" in beginning else self._others
        return lane.put(head, body)


async def serve(path: Path) -> None:
    """Take messages from the socket, which is free, until told to stop."""
    lanes, stop = Lanes(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head, body = await _read(reader)
                answer = await asyncio.wrap_future(lanes.put(head, body))
                _write(writer, _told(answer), answer.body)
                await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(converse, str(path))
    log.info("the door listens")
    await stop.wait()
    server.close()


async def _read(reader: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    (size,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    head: dict[str, Any] = json.loads(await reader.readexactly(size))
    return head, await reader.readexactly(head.pop("size"))


def _write(writer: asyncio.StreamWriter, head: dict[str, Any], body: bytes) -> None:
    told = json.dumps(head | {"size": len(body)}).encode()
    writer.write(_LENGTH.pack(len(told)) + told + body)


# The web's side


class Forward:
    """Passes messages on to the door, everything else and what no door takes to the application."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._idle: list[Line] = []
        self._lanes: Lanes | None = None
        self._path = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST" or not _is_for_door(scope):
            await self._app(scope, receive, send)
            return
        kept = (*_KEPT, settings.CLIENT_CERTIFICATE_HEADER)
        head = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name.decode() in kept}
        body = await _body(receive)
        if body is None:
            return
        line = await self._line()
        told, answer = await (self._take(head, body) if line is None else self._pass_on(line, head, body))
        await _answer(send, told, answer)

    async def _pass_on(self, line: Line, head: dict[str, str], body: bytes) -> tuple[dict[str, Any], bytes]:
        """What the door answers."""
        try:
            _write(line[1], head, body)
            await line[1].drain()
            told, answer = await _read(line[0])
        except (asyncio.IncompleteReadError, ConnectionError):
            line[1].close()  # the door ended meanwhile: nothing was answered, so it is to come again
            return _away()
        except BaseException:
            line[1].close()
            raise
        self._idle.append(line)
        return told, answer

    async def _take(self, head: dict[str, str], body: bytes) -> tuple[dict[str, Any], bytes]:
        """What this process answers, in lanes of its own: no door runs."""
        if self._lanes is None:
            self._lanes = Lanes()
        try:
            answer = await asyncio.wrap_future(self._lanes.put(head, body))
        except Exception:  # noqa: BLE001 - the lane wrote it down; the database was away, say
            return _away()
        sharing.changed()
        return _told(answer), answer.body

    async def _line(self) -> Line | None:
        """A connection to the door; None where none is listening."""
        while self._idle:
            line = self._idle.pop()
            if not line[0].at_eof() and not line[1].is_closing():
                return line
            line[1].close()
        self._path = self._path or str(socket_path())
        if not os.path.exists(self._path):  # noqa: ASYNC240, PTH110 - one stat(2), where a connection that fails costs ten times that
            return None
        try:
            return await asyncio.open_unix_connection(self._path)
        except OSError:
            return None


def _away() -> tuple[dict[str, Any], bytes]:
    return {"status": 503, "retry_after_s": backpressure.RETRY_S}, replies.refusal(MessageRefused(Case.BUSY))


def _told(answer: inbox.Answer) -> dict[str, Any]:
    """The head of an answer."""
    return {"status": answer.status, "retry_after_s": answer.retry_after_s, "content_type": answer.content_type}


def _is_for_door(scope: Scope) -> bool:
    """Not a rehearsal; and in production only what came over TLS: the application sends the others there."""
    if b"dry_run" in scope.get("query_string", b""):
        return False
    if not settings.PRODUCTION:
        return True
    return any(name == b"x-forwarded-proto" and value == b"https" for name, value in scope["headers"])


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None where its sender hung up."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(send: Send, told: dict[str, Any], body: bytes) -> None:
    headers = [
        (b"content-type", told.get("content_type", inbox.XML).encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", uuid.uuid4().hex.encode()),
    ]
    if told["retry_after_s"] is not None:
        headers.append((b"retry-after", str(told["retry_after_s"]).encode()))
    if told["status"] == _UNKNOWN_SENDER:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": told["status"], "headers": headers})
    await send({"type": "http.response.body", "body": body})
