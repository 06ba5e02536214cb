"""Deliver stored events to subscribers: per area in number order, each effect and its checkpoint in one transaction.

1. Ask once where events wait, and for whom. Then, the longest wait first, one batch of each area and subscriber in turn:
   try the advisory lock; who does not get it leaves: the holder loops until nothing is left.
2. Read the next batch after the checkpoint; events of other kinds are stepped over, many subscribers in one statement.
3. Handle the batch. If it fails, handle its events one by one, so that one poisonous event does not take the others with it.
4. An event that fails MAX_FAILURES times is put aside as FailedEvent with its reason, and those behind it go on.
"""

import datetime as dt
import logging
import traceback
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet

from adms.core import runtime_settings
from adms.core.events import Recorded, from_payload, known
from adms.core.models import Checkpoint, FailedEvent, StoredEvent
from adms.core.services import events
from adms.core.subscriptions import Subscriber, subscribers

log = logging.getLogger(__name__)

MAX_FAILURES = 5
#: Checkpoints are moved over events that are not for their subscriber when nothing else is to do, or when they are so far behind.
FAR = 200
Clock = Callable[[], dt.datetime]


def dispatch(*, clock: Clock) -> int:
    """Deliver everything there is, of all areas, to all subscribers; the number of events handled.

    One batch of each area and subscriber in turn, the one that has waited longest first: a flood in one area holds up no other.
    """
    handled = 0
    by_name = {subscriber.name: subscriber for subscriber in subscribers()}
    while True:
        pairs = waiting(at=clock())
        found = [pair for pair in pairs if pair.number is not None]
        done, left = 0, set()
        for pair in found:
            if pair.subscriber not in left:
                moved = _deliver(by_name[pair.subscriber], pair.area_id, pair.area, clock)
                if moved is None:
                    left.add(pair.subscriber)
                done += moved or 0
        idle = [pair for pair in pairs if pair.number is None and (not done or pair.head - pair.checkpoint >= FAR)]
        _step_over(idle)
        if not done:
            return handled
        handled += done


@dataclass(frozen=True, slots=True)
class Waiting:
    """What lies between a subscriber's checkpoint and the head of an area."""

    subscriber: str
    area_id: int
    area: str
    head: int
    checkpoint: int
    number: int | None  # of the first event that is for it; None: there is none
    since: dt.datetime | None  # when that one was recorded
    events: int  # how many there are at most


def waiting(*, at: dt.datetime | None = None, names: Sequence[str] = ()) -> list[Waiting]:
    """Areas and subscribers (all, or the named ones) where the log is ahead of the checkpoint, the longest wait first.

    With `at` without those whose next try is later.
    """
    wanted = [one for one in subscribers() if one.name in names or not names]
    with connection.cursor() as cursor:
        cursor.execute(
            _WAITING, [[one.name for one in wanted], [",".join(sorted(one.events)) for one in wanted], at, at]
        )
        return [Waiting(*row) for row in cursor.fetchall()]


def is_behind(*, subscriber: str, at: dt.datetime, by: dt.timedelta) -> bool:
    """Whether events wait longer than so long for a subscriber: what is not urgent then waits too."""
    since = [pair.since for pair in waiting(names=(subscriber,)) if pair.since is not None]
    return bool(since) and at - min(since) > by


_WAITING = """
SELECT s.name, a.id, a.key, a.event_number, coalesce(c.number, 0), first.number, first.recorded_at,
       CASE WHEN first.number IS NULL THEN 0 ELSE a.event_number - first.number + 1 END
FROM core_controlarea AS a CROSS JOIN unnest(%s::text[], %s::text[]) AS s(name, events)
LEFT JOIN core_checkpoint AS c ON c.area_id = a.id AND c.subscriber = s.name
LEFT JOIN LATERAL (
    SELECT e.number, e.recorded_at FROM core_storedevent AS e
    WHERE e.area_id = a.id AND e.number > coalesce(c.number, 0) AND e.name = ANY(string_to_array(s.events, ','))
    ORDER BY e.number LIMIT 1
) AS first ON true
WHERE a.event_number > coalesce(c.number, 0) AND (%s::timestamptz IS NULL OR c.retry_at IS NULL OR c.retry_at <= %s)
ORDER BY first.recorded_at, a.id, s.name
"""


def _step_over(idle: Sequence[Waiting]) -> None:
    """Move checkpoints over events that are not for them; not where somebody has moved it meanwhile."""
    if not idle:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_checkpoint AS c (subscriber, area_id, number, failures)
            SELECT t.subscriber, t.area, t.head, 0
            FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS t(subscriber, area, head)
            ORDER BY t.area, t.subscriber
            ON CONFLICT (subscriber, area_id) DO UPDATE SET number = excluded.number
            WHERE c.number < excluded.number AND c.failures = 0
            """,
            [[pair.subscriber for pair in idle], [pair.area_id for pair in idle], [pair.head for pair in idle]],
        )


def distance(name: str) -> int:
    """How far a subscriber's checkpoints are behind the heads of the areas' logs together, events for others included."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(sum(a.event_number - coalesce(c.number, 0)), 0) FROM core_controlarea AS a
            LEFT JOIN core_checkpoint AS c ON c.area_id = a.id AND c.subscriber = %s
            """,
            [name],
        )
        return int(cursor.fetchone()[0])


def backlog() -> dict[str, int]:
    """Per subscriber, how many events wait."""
    found = {subscriber.name: 0 for subscriber in subscribers()}
    for pair in waiting():
        found[pair.subscriber] += pair.events
    return found


def _deliver(subscriber: Subscriber, area_id: int, key: str, clock: Clock) -> int | None:
    """One batch to one subscriber; on failure one event at a time. None where another process is at it."""
    try:
        return _deliver_batch(subscriber, area_id, key, clock(), subscriber.batch)
    except Exception:
        log.exception("%s failed on a batch in %s, now one by one", subscriber.name, key)
    done = 0
    try:
        while moved := _deliver_batch(subscriber, area_id, key, clock(), 1):
            done += moved
    except Exception as error:  # noqa: BLE001 - whatever a handler does, the others must go on
        _note_failure(subscriber, area_id, key, error, clock())
    return done


@transaction.atomic
def _deliver_batch(subscriber: Subscriber, area_id: int, key: str, at: dt.datetime, size: int) -> int | None:
    if not _lock(subscriber.name, 0 if subscriber.is_alone else area_id):
        return None
    mine = Checkpoint.objects.select_related("area")
    checkpoint, _ = mine.get_or_create(subscriber=subscriber.name, area_id=area_id)
    if checkpoint.retry_at and checkpoint.retry_at > at:
        return 0
    head = checkpoint.area.event_number
    rows = list(_following(subscriber, checkpoint).filter(number__lte=head)[:size])
    batch = _together(subscriber, [_recorded(row, key) for row in rows if known(row.name)])
    if batch:
        with events.deferred(), runtime_settings.held():
            subscriber.handle(batch, at)
    if len(rows) == size or (batch and batch[-1].number != rows[-1].number):
        head = batch[-1].number if batch else rows[-1].number
    Checkpoint.objects.filter(pk=checkpoint.pk).update(number=head, failures=0, retry_at=None)
    return len(batch)


def _following(subscriber: Subscriber, checkpoint: Checkpoint) -> QuerySet[StoredEvent]:
    """The events of an area behind a checkpoint that are for this subscriber."""
    mine = StoredEvent.objects.filter(area_id=checkpoint.area_id, name__in=subscriber.events)
    return mine.filter(number__gt=checkpoint.number).order_by("number")


def _together(subscriber: Subscriber, batch: list[Recorded]) -> list[Recorded]:
    """The first of a batch that weigh no more together than the subscriber takes at once."""
    if subscriber.weigh is None or subscriber.most is None:
        return batch
    weight = 0
    for place, recorded in enumerate(batch):
        weight += subscriber.weigh(recorded.event)
        if weight > subscriber.most and place:
            return batch[:place]
    return batch


def _recorded(row: StoredEvent, key: str) -> Recorded:
    return Recorded(key, row.number, row.recorded_at, from_payload(row.name, row.payload))


def _lock(name: str, area_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [zlib.crc32(name.encode()) - 2**31, area_id])
        row: Sequence[bool] = cursor.fetchone()
    return bool(row[0])


@transaction.atomic
def _note_failure(subscriber: Subscriber, area_id: int, key: str, error: Exception, at: dt.datetime) -> None:
    """Count the failure of the event behind the checkpoint; after too many put it aside and step over it."""
    checkpoint, _ = Checkpoint.objects.select_for_update().get_or_create(subscriber=subscriber.name, area_id=area_id)
    checkpoint.failures += 1
    checkpoint.retry_at = at + dt.timedelta(seconds=min(2**checkpoint.failures, 30))
    log.error("%s failed %d times in %s: %s", subscriber.name, checkpoint.failures, key, error)
    if checkpoint.failures >= MAX_FAILURES:
        event = _following(subscriber, checkpoint).first()
        if event is not None:
            reason = "".join(traceback.format_exception(error))[-4000:]
            FailedEvent.objects.get_or_create(
                subscriber=subscriber.name, event=event, defaults={"reason": reason, "failed_at": at}
            )
            checkpoint.number, checkpoint.failures, checkpoint.retry_at = event.number, 0, None
    checkpoint.save()
