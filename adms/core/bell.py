"""The door-bell: tells other processes that there is something new in PostgreSQL. Losing a ring loses nothing: all of them also poll.

`ring` goes two ways: a publish on Redis for whoever follows live (web processes), and a Celery task for the workers. Both are given
up at once when Redis is down; the sweeper and the followers' own polling find the rows.
"""

import logging
import time
from collections.abc import Callable

import redis
from django.conf import settings

log = logging.getLogger(__name__)

CHANNEL = "tieline:bell"
#: A task is sent once; until it starts (`answer`), further rings of its kind are already covered by it.
PENDING_S = 5
_client: redis.Redis | None = None
_silent_until = 0.0
_tasks: dict[str, Callable[[], object]] = {}


def on_ring(kind: str, task: Callable[[], object]) -> None:
    """Have `task` called (it should do no more than send a Celery message) when a bell of this kind rings."""
    _tasks[kind] = task


def ring(kind: str) -> None:
    """Tell the others; never raises, never waits long."""
    global _silent_until  # noqa: PLW0603 - one connection per process, as redis-py advises
    now = time.monotonic()
    if now < _silent_until:
        return
    try:
        if kind not in _tasks:
            client().publish(CHANNEL, kind)
            return
        both = client().pipeline(transaction=False)  # one way there and back instead of two
        both.publish(CHANNEL, kind)
        both.set(f"{CHANNEL}:{kind}", 1, nx=True, ex=PENDING_S)
        if both.execute()[1]:
            _tasks[kind]()
    except Exception as error:  # noqa: BLE001 - the bell is a courtesy: the rows are already safe
        _silent_until = now + 1.0
        log.warning("the bell is silent: %s", error)


def answer(kind: str) -> None:
    """Called by the task as it starts, before it reads: rows written from now on need a new ring."""
    try:
        client().delete(f"{CHANNEL}:{kind}")
    except redis.RedisError:
        log.warning("the bell is silent")


def client() -> redis.Redis:
    """This process' Redis connection, with short time-outs: nobody waits for a courtesy."""
    global _client  # noqa: PLW0603
    if _client is None:
        _client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1.0, socket_connect_timeout=0.5)
    return _client
