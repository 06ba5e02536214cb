"""Whether this process can serve: what it needs, and what only makes it slower."""

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import Any

import psycopg_pool
import redis
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from adms.core import bell
from adms.core.models import FailedEvent
from adms.core.services import backlog

OK, DEGRADED, DOWN = "ok", "degraded", "down"
#: Beyond these somebody should look: events that wait, and seconds the oldest of them has waited.
MANY_EVENTS = 10_000
LONG_WAIT_S = 10.0
#: So many areas are told by name, the latest first.
AREAS_TOLD = 10


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: "ok", "degraded" (slower, nothing lost) or "down" (this process cannot serve)."""

    name: str
    state: str
    data: dict[str, Any] = field(default_factory=dict)


def readiness(*, at: dt.datetime) -> list[Check]:
    """All checks; what needs the database is left out while it is away."""
    found = [_database(), _redis()]
    if found[0].state == OK:
        found += [_migrations(), _events(), _sweeper(at)]
    return found


def _database() -> Check:
    began = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (Error, psycopg_pool.PoolTimeout):
        return Check("database", DOWN)
    return Check("database", OK, {"ms": round((time.monotonic() - began) * 1000, 1)})


def _migrations() -> Check:
    executor = MigrationExecutor(connection)
    waiting = [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    return Check("migrations", DOWN if waiting else OK, {"missing": waiting})


def _redis() -> Check:
    try:
        bell.client().ping()
    except redis.RedisError:
        return Check("redis", DEGRADED)
    return Check("redis", OK)


def _events() -> Check:
    waiting = backlog.by_subscriber()
    failed = FailedEvent.objects.filter(resolved_at=None).count()
    is_fine = failed == 0 and max(waiting.values(), default=0) < MANY_EVENTS
    return Check("events", OK if is_fine else DEGRADED, {"waiting": waiting, "put_aside": failed})


def _sweeper(at: dt.datetime) -> Check:
    """How long the oldest event has waited for a subscriber: the sweeper looks twice a second, so it is never long."""
    late: dict[str, float] = {}
    for pair in backlog.waiting():
        if pair.since is not None and (waited := (at - pair.since).total_seconds()) > late.get(pair.area, 0.0):
            late[pair.area] = round(waited, 1)
    lag = max(late.values(), default=0.0)
    worst = dict(sorted(late.items(), key=lambda one: -one[1])[:AREAS_TOLD])
    return Check("sweeper", OK if lag < LONG_WAIT_S else DEGRADED, {"lag_s": lag, "areas": worst})
