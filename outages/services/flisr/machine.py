"""What moves events on: due rows, found by the sweeper and by the worker whom the bell wakes. Nothing is kept outside of PostgreSQL.

sweeper: watching, scanning, steps       worker (bell "flisr"): planning, for its solvers take seconds
"""

import contextlib
import datetime as dt
import zlib
from collections.abc import Iterator

from django.db import connection, transaction

from adms.core import bell
from network.domain.phrases import phrase
from network.selectors import state
from network.services import island_supply
from outages.domain.flisr import life
from outages.models import FlisrEvent
from outages.services.flisr import executing, following, hearing, planning, record

BELL = "flisr"
#: What no worker took for so long the sweeper does itself, where none is at work on anything of this: they are away.
ALONE_S = 10.0
_AT_WORK = zlib.crc32(b"outages.flisr workers") - 2**31
_FOR_WORKERS = frozenset({life.PLANNING, life.EXECUTING})


def sweep(*, at: dt.datetime) -> int:
    """Move on what is due; ring for what a worker does. How much there was to do."""
    done = island_supply.look_after(at=at)
    hearing.hear_crews(at=at)
    due = _due(at)
    is_late = any(kind in _FOR_WORKERS and at - due_at > dt.timedelta(seconds=ALONE_S) for _, kind, due_at in due)
    is_alone = is_late and not _is_worker_at_work()
    for event_id, event_state, due_at in due:
        if event_state not in _FOR_WORKERS or (is_alone and at - due_at > dt.timedelta(seconds=ALONE_S)):
            done += move_on(event_id=event_id, at=at)
        else:
            bell.ring(BELL)
    return done


def _is_worker_at_work() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN pg_try_advisory_lock(%s) THEN NOT pg_advisory_unlock(%s) ELSE true END",
            [_AT_WORK, _AT_WORK],
        )
        return bool(cursor.fetchone()[0])


@contextlib.contextmanager
def _at_work() -> Iterator[None]:
    """Let the sweeper see that a worker is at it; a worker that dies is no longer seen, for its connection ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", [_AT_WORK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [_AT_WORK])


def _due(at: dt.datetime) -> list[tuple[int, str, dt.datetime]]:
    rows = FlisrEvent.objects.filter(ended_at=None, next_at__lte=at).order_by("next_at", "pk")
    return [(pk, event_state, due_at or at) for pk, event_state, due_at in rows.values_list("pk", "state", "next_at")]


def work_due(*, at: dt.datetime) -> int:
    """Plan what waits for it, and go on with what is carried out; how much there was to do. For a worker."""
    waiting = [event_id for event_id, event_state, _ in _due(at) if event_state in _FOR_WORKERS]
    if not waiting:
        return 0
    with _at_work():
        return sum(move_on(event_id=event_id, at=at) for event_id in waiting)


@transaction.atomic
def move_on(*, event_id: int, at: dt.datetime) -> int:
    """One event that is due, unless another process has it; 1 if anything happened to it."""
    row = record.locked(event_id)
    if row is None or row.next_at is None or row.next_at > at:
        return 0
    if row.state == life.EXECUTING:
        return _executed(row, at)
    if row.state == life.WATCHING:
        _watched(row, at)
    elif row.state == life.PLANNING:
        planning.plan(row, at)
    else:
        row.next_at = at
        record.step_to(row, life.PLANNING, phrase("planning"), at)
    if row.state in _FOR_WORKERS:
        transaction.on_commit(lambda: bell.ring(BELL))
    return 1


def _watched(row: FlisrEvent, at: dt.datetime) -> None:
    present = state.present(row.model_key)
    branch = present.grid.branch_index(row.device_mrid)
    if branch < 0 or following.is_back(present, branch):
        record.step_to(row, life.RECLOSED, phrase("reclosed", device=row.device_name), at)
    else:
        following.trigger(row, "trip", at)


def _executed(row: FlisrEvent, at: dt.datetime) -> int:
    """Steps; while one waits for the field or a machine it is looked at again in a second, for a word of the field may be lost."""
    done = executing.run(row, at)
    if row.state == life.EXECUTING:
        step = executing.next_step(row)
        is_waited = step is not None and (step.state == "pending" or (row.next_at is not None and row.next_at > at))
        row.next_at = at + dt.timedelta(seconds=1) if is_waited else None
        row.save(update_fields=["next_at"])
    elif row.state == life.PLANNING:
        transaction.on_commit(lambda: bell.ring(BELL))
    return done
