"""Live push: one hub per process follows PostgreSQL and tells every connected browser what changed.

A feed knows how to read what is new and how to write it as frames; members are open websockets. Per member at most one frame each
QUARTER second: what comes meanwhile is merged, so a slow browser gets fewer, larger frames and never loses one. The hub wakes by
Redis and polls each second besides: Redis makes it quick, PostgreSQL makes it true. Rights are checked again while sockets live.
"""

import asyncio
import contextlib
import datetime as dt
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import redis.asyncio
from django.conf import settings
from django.db import close_old_connections

from adms.core import bell, clock, parts, presence, sharing
from adms.core.models import RoleGrant, User

log = logging.getLogger(__name__)

QUARTER_S = 0.25
POLL_S = 1.0
HEARTBEAT_S = 2.0
SLOWEST_S = 5.0
RECHECK_S = 4.0
CLOSE_SIGNED_OUT = 4401

Frame = bytes | str
Send = Callable[[Frame], Awaitable[None]]


class Feed(Protocol):
    """What a hub can follow. `poll` runs in the hub's one thread; the others are quick and pure.

    What a listener does on an increment costs the server `per_listener_s`; `pace_s` says how far apart increments should be now.
    """

    per_listener_s: float
    pace_s: float

    def poll(self) -> Any | None:
        """What is new since the last poll, or None."""

    def merge(self, older: Any, newer: Any) -> Any:
        """Two increments as one."""

    def encode(self, increment: Any) -> Frame:
        """The frame of an increment."""

    def heartbeat(self, at: dt.datetime) -> Frame:
        """The frame that says "I am here, and this is the latest number"."""


class Member:
    """One open websocket: what it has not been sent yet, and the task that sends it."""

    def __init__(
        self, feed: Feed, send: Send, close: Callable[[int], Awaitable[None]], who: tuple[int, str, str]
    ) -> None:
        self.feed, self.send, self.close = feed, send, close
        self.user_id, self.session, self.console = who
        self._pending: Any | None = None
        self._frames: list[Frame] = []
        self._ready = asyncio.Event()

    def offer(self, increment: Any) -> None:
        """Take an increment, merged with what still waits."""
        self._pending = increment if self._pending is None else self.feed.merge(self._pending, increment)
        self._ready.set()

    def beat(self, frame: Frame) -> None:
        """Take a heartbeat; an unsent older one is replaced."""
        self._frames = [frame]
        self._ready.set()

    async def run(self) -> None:
        """Send until cancelled, at most four frames a second."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            pending, self._pending = self._pending, None
            frames, self._frames = self._frames, []
            if pending is not None:
                await self.send(self.feed.encode(pending))
            for frame in frames:
                await self.send(frame)
            if pending is not None:
                await asyncio.sleep(QUARTER_S)


class Hub:
    """All feeds and members of this process. It runs while somebody is connected."""

    def __init__(self) -> None:
        self._members: dict[Member, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hub")

    async def join(self, member: Member) -> None:
        """Start sending to a websocket."""
        self._members[member] = asyncio.create_task(member.run())
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def leave(self, member: Member) -> None:
        """Stop sending to it."""
        task = self._members.pop(member, None)
        if task is not None:
            task.cancel()

    async def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run something that talks to the database in the hub's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _with_fresh_connection, function, *args)

    async def _run(self) -> None:
        listener = asyncio.create_task(self._listen())
        beat_at = recheck_at = polled_at = 0.0
        loop = asyncio.get_running_loop()
        try:
            while self._members:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), POLL_S)
                # In a storm the bell rings twenty times a second, and no browser is told more often than this.
                await asyncio.sleep(max(0.0, polled_at + QUARTER_S - loop.time()))
                self._wake.clear()
                polled_at = loop.time()
                await self._poll()
                if loop.time() >= beat_at:
                    self._beat()
                    beat_at = loop.time() + HEARTBEAT_S
                if loop.time() >= recheck_at:
                    await self._recheck()
                    recheck_at = loop.time() + RECHECK_S
        finally:
            listener.cancel()
            sharing.left()
            parts.seen({})

    async def _poll(self) -> None:
        for feed, listeners in Counter(member.feed for member in self._members).items():
            feed.pace_s = min(SLOWEST_S, feed.per_listener_s * listeners)
            try:
                increment = await self.call(feed.poll)
            except Exception:
                log.exception("a live feed could not be read; it is tried again")
                continue
            if increment is not None:
                for member in [m for m in self._members if m.feed is feed]:
                    member.offer(increment)

    def _beat(self) -> None:
        at = clock.now()
        for feed in {member.feed for member in self._members}:
            frame = feed.heartbeat(at)
            for member in [m for m in self._members if m.feed is feed]:
                member.beat(frame)

    async def _recheck(self) -> None:
        """Close the sockets of people who signed out, were disabled, or whose session ended."""
        members = list(self._members)
        try:
            valid = await self.call(_still_valid, [(m.user_id, m.session, m.console) for m in members])
        except Exception:
            log.exception("rights could not be checked; they are checked again")
            return
        for member, is_valid in zip(members, valid, strict=True):
            if not is_valid:
                self.leave(member)
                await member.close(CLOSE_SIGNED_OUT)

    async def _listen(self) -> None:
        """Wake on the bell; while Redis is away the poll alone carries on."""
        while True:
            try:
                client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=None)
                async with client.pubsub() as pubsub:
                    await pubsub.subscribe(bell.CHANNEL)
                    async for _ in pubsub.listen():
                        self._wake.set()
            except (redis.RedisError, OSError) as error:
                log.info("no bell to listen to: %s", error)
                await asyncio.sleep(POLL_S)


def _with_fresh_connection(function: Callable[..., Any], *args: Any) -> Any:
    close_old_connections()
    try:
        return function(*args)
    finally:
        close_old_connections()


def _still_valid(members: list[tuple[int, str, str]]) -> list[bool]:
    from django.contrib.sessions.models import Session  # noqa: PLC0415 - models cannot be imported before apps are ready

    users = {user for user, *_ in members}
    active = set(User.objects.filter(pk__in=users, is_active=True).values_list("pk", flat=True))
    keys = [session for _, session, _ in members]
    live = set(Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now()).values_list("pk", flat=True))
    valid = [user in active and session in live for user, session, _ in members]
    seen = {one for one, is_valid in zip(members, valid, strict=True) if is_valid}
    presence.tell(seen, now=clock.now().timestamp())
    parts.seen(_rights(seen))
    return valid


def _rights(pages: set[tuple[int, str, str]]) -> dict[str, parts.Grants]:
    """What each session may that is handed parts of pages: none whose account has to make its own password first."""
    users = User.objects.filter(pk__in={user for user, *_ in pages}, is_password_first=False)
    grants: dict[int, set[tuple[str, str | None]]] = {user: set() for user in users.values_list("pk", flat=True)}
    for user, role, area in RoleGrant.objects.filter(user_id__in=grants).values_list("user_id", "role", "area__key"):
        grants[user].add((role, area))
    return {session: frozenset(grants[user]) for user, session, _ in pages if user in grants}


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop (one per process; tests run several loops)."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
