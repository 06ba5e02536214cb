"""The door process: takes CIM messages from the web, so that a flood of them and the pages of people do not share one interpreter.

    partner --HTTP--> web (Forward) --unix socket--> door (serve) --> lanes --> inbox

The web passes POST /cim/v1/messages on as it came and answers what the door answers. Where no door runs it takes the message itself,
as it takes everything else. In the door a message waits in one of three lanes, each with threads of its own, so that a flood in one
holds up no other: meter events, calls, all the rest (telemetry above all). Calls come one a message; those that wait at the same
moment are taken together (`inbox_together.accept_all`), five times a second at most.

On the socket a message is four bytes with the length of its head, the head in JSON, and the body, whose length the head tells; an
answer is written the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import logging
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
from django.db import close_old_connections

from adms.core import clock
from adms.core.services import accounts
from adms.servers import sockets
from integration.cim import replies
from integration.cim.errors import Case, MessageRefused
from integration.models import Partner
from integration.services import backpressure, inbox, inbox_together

log = logging.getLogger(__name__)

PATH = "/cim/v1/messages"
#: Calls are taken so far apart at least: what comes meanwhile shares one transaction.
GATHER_S = 0.2
#: So many messages of one lane are taken together at most.
MOST = 64
_LENGTH = struct.Struct("!I")
_KEPT = ("authorization", "content-type", "content-encoding")
#: Where the noun of a message stands, if its sender writes it as everybody does; elsewhere it only waits in another lane.
_LOOKED_AT = 4_000

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
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
            with self._some:
                while not self._waiting:
                    self._some.wait()
                some = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            began = time.monotonic()
            try:
                answers = take([(head, body) for head, body, _ in some], at=clock.now())
            except Exception as error:
                log.exception("messages could not be taken")
                for _, _, answer in some:
                    answer.set_exception(error)
                continue
            for (_, _, answer), told in zip(some, answers, strict=True):
                answer.set_result(told)


def take(messages: list[tuple[dict[str, str], bytes]], *, at: dt.datetime) -> list[inbox.Answer]:
    """Take messages that wait together; a token is looked up once for all that carry it."""
    close_old_connections()
    known: dict[str, Partner | None] = {}
    try:
        for head, _ in messages:
            given = head.get("authorization", "")
            if given not in known:
                known[given] = partner_of(given, at=at)
        return inbox_together.accept_all(
            incoming=[
                inbox_together.Incoming(
                    known[head.get("authorization", "")],
                    body,
                    head.get("content-type", ""),
                    head.get("content-encoding", ""),
                )
                for head, body in messages
            ],
            at=at,
        )
    finally:
        close_old_connections()


def partner_of(authorization: str, *, at: dt.datetime) -> Partner | None:
    """Whose token an Authorization header carries."""
    scheme, _, token = authorization.partition(" ")
    user = accounts.user_of_token(token.strip(), at=at) if scheme.lower() == "bearer" else None
    if user is None:
        return None
    return Partner.objects.select_related("user").filter(user=user, is_active=True).first()


class Lanes:
    """The lanes of a door."""

    def __init__(self) -> None:
        self._events = Lane("events", threads=2)
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
                told: dict[str, Any] = {"status": answer.status, "retry_after_s": answer.retry_after_s}
                told["content_type"] = answer.content_type
                _write(writer, told, answer.body)
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
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST" or not _is_for_door(scope):
            await self._app(scope, receive, send)
            return
        line = await self._line()
        if line is None:
            await self._app(scope, receive, send)
            return
        head = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name.decode() in _KEPT}
        try:
            body = await _body(receive)
            if body is None:
                line[1].close()
                return
            _write(line[1], head, body)
            await line[1].drain()
            told, answer = await _read(line[0])
        except (asyncio.IncompleteReadError, ConnectionError):
            line[1].close()  # the door ended meanwhile: nothing was answered, so it is to come again
            told, answer = {"status": 503, "retry_after_s": backpressure.RETRY_S}, _away()
        except BaseException:
            line[1].close()
            raise
        else:
            self._idle.append(line)
        await _answer(send, told, answer)

    async def _line(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection to the door; None where none is listening."""
        while self._idle:
            line = self._idle.pop()
            if not line[0].at_eof() and not line[1].is_closing():
                return line
            line[1].close()
        try:
            return await asyncio.open_unix_connection(str(socket_path()))
        except OSError:
            return None


def _away() -> bytes:
    return replies.refusal(MessageRefused(Case.BUSY))


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
    await send({"type": "http.response.start", "status": told["status"], "headers": headers})
    await send({"type": "http.response.body", "body": body})
