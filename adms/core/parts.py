"""Parts of pages that all with the same rights are shown: made once between two changes, and handed out without asking Django again.

    browser.together   --> once()     the part, made by whoever asks first
    middleware         --> let_in()   Django has let this session in, and asks nothing of it first
                       --> reached()  it was given by Django at this address, with these headers
    the hub            --> seen()     which sessions are still good, and what they may
    HandOut (ASGI)     --> way()      which part it is, where session and rights hold; else Django answers
                       --> made()     the part, where it is fresh enough; else Django is asked, by one for all who wait

Two hundred browsers that are told of one change ask for the same few parts within seconds. What an address means to whom has such
rights was settled when the first of them asked; that a session is a good one Django settles every few minutes, and the hub every few
seconds, as it does for their sockets. What is handed out so costs no thread, no session and no query.
"""

import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import NamedTuple

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from adms.core import sharing

MOST_KEPT = 200  # parts, by name, rights and what they depend on
#: The hub's word on a session holds a little longer than until its next look (`live.RECHECK_S`).
GOOD_FOR_S = 6.0
#: After this, or half of it, Django is asked again by each session: one that is used must not run out (`SESSION_COOKIE_AGE`, hours).
#: Not by all at once: those who came together, as after a restart, would come together again.
KNOWN_S = 600.0
MOST_WAYS = 1_000
MOST_KNOWN = 10_000
#: A page that was let in opens its socket within this, and the hub looks at it.
ARRIVES_S = 30.0

Grants = frozenset[tuple[str, str | None]]
Headers = tuple[tuple[bytes, bytes], ...]


class Key(NamedTuple):
    """What a part depends on."""

    name: str
    grants: Grants
    given: tuple[str, ...]


class Way(NamedTuple):
    """Which part somebody gets at an address, and the headers it comes with."""

    key: Key
    headers: Headers


_lock = threading.Lock()
_next: dict[Key, "Future[bytes]"] = {}
_making: dict[Key, threading.Lock] = {}
_made: dict[Key, tuple[float, bytes]] = {}  # when its making began (monotonic)
_ways: dict[tuple[str, str, Grants], Way] = {}
_known: dict[str, float] = {}  # sessions that Django has let in, and when
_sessions: dict[str, tuple[Grants, float]] = {}


def once(key: Key, make: Callable[[], bytes]) -> bytes:
    """A part whose making began after the latest change that was announced (`sharing`), or after he asked: never an older one."""
    with _lock:
        kept = _fresh(key)
        if kept:
            return kept
        is_first = key not in _next
        coming = _next.setdefault(key, Future())
        making = _making.setdefault(key, threading.Lock())
    if is_first:
        with making:  # whoever asks until the one before is made gets this one
            with _lock:
                del _next[key]
                content = _fresh(key)  # the one before was begun after the latest change: it is true for these too
            began = time.monotonic()
            try:
                if not content:
                    content = make()
                    with _lock:
                        _keep(key, began, content)
                coming.set_result(content)
            except BaseException as error:
                coming.set_exception(error)
                raise
    return coming.result()


def _fresh(key: Key) -> bytes:
    """Under the lock: the part if what is kept is still true."""
    began, content = _made.get(key, (0.0, b""))
    return content if content and began >= sharing.fresh_since() else b""


def _keep(key: Key, began: float, content: bytes) -> None:
    """Under the lock. Of so many kinds at most: what was made longest ago goes, unless somebody makes it anew just now."""
    _made[key] = (began, content)
    for old, _ in sorted(_made.items(), key=lambda one: one[1][0])[: max(0, len(_made) - MOST_KEPT)]:
        if old not in _next:
            del _made[old], _making[old]


def let_in(session: str) -> None:
    """Django answered this session, and asks neither a password nor a second factor of it first."""
    with _lock:
        _known.pop(session, None)
        _known[session] = time.monotonic()
        while len(_known) > MOST_KNOWN:
            del _known[next(iter(_known))]


def reached(path: str, query: str, key: Key, headers: Iterable[tuple[str, str]]) -> None:
    """Django answered with this part at this address."""
    raw = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers)
    with _lock:
        _ways.pop((path, query, key.grants), None)
        _ways[path, query, key.grants] = Way(key, raw)
        while len(_ways) > MOST_WAYS:
            del _ways[next(iter(_ways))]


def seen(sessions: Mapping[str, Grants]) -> None:
    """These sessions, and no others, are good now, and may this."""
    global _sessions  # noqa: PLW0603 - one per process
    now = time.monotonic()
    with _lock:
        _sessions = {session: (grants, now) for session, grants in sessions.items()}
        for session in [one for one, at in _known.items() if one not in _sessions and now > at + ARRIVES_S]:
            del _known[session]


def ended(session: str) -> None:
    """This session is over: nothing more is handed to it."""
    with _lock:
        _sessions.pop(session, None)
        _known.pop(session, None)


def way(session: str, path: str, query: str) -> Way | None:
    """What this session would get at this address; None: only Django knows."""
    now = time.monotonic()
    with _lock:
        grants, checked = _sessions.get(session, (frozenset(), 0.0))
        if now > checked + GOOD_FOR_S or now > _known.get(session, 0.0) + _known_for_s(session):
            return None
        return _ways.get((path, query, grants))


def _known_for_s(session: str) -> float:
    return KNOWN_S * (0.5 + zlib.crc32(session.encode()) / 2**33)


def made(key: Key, since: float) -> bytes:
    """The part, if its making began at this moment (monotonic) or later; else nothing."""
    with _lock:
        began, content = _made.get(key, (0.0, b""))
    return content if began >= since else b""


@receiver(user_logged_out)
def _signed_out(request: HttpRequest, **_: object) -> None:
    ended(request.session.session_key or "")
