"""Deliver stored events to subscribers: per area in number order, each effect and its checkpoint in one transaction.

1. Try the advisory lock of (subscriber, area); who does not get it leaves: the holder loops until nothing is left.
2. Read the next batch after the checkpoint; events of other kinds only move the checkpoint.
3. Handle the batch. If it fails, handle its events one by one, so that one poisonous event does not take the others with it.
4. An event that fails MAX_FAILURES times is put aside as FailedEvent with its reason, and those behind it go on.
"""

import datetime as dt
import logging
import traceback
import zlib
from collections.abc import Callable, Sequence

from django.db import connection, transaction

from adms.core.events import Recorded, from_payload, known
from adms.core.models import Checkpoint, ControlArea, FailedEvent, StoredEvent
from adms.core.services import events
from adms.core.subscriptions import Subscriber, subscribers

log = logging.getLogger(__name__)

BATCH = 100
MAX_FAILURES = 5
Clock = Callable[[], dt.datetime]


def dispatch(*, clock: Clock) -> int:
    """Deliver everything there is, of all areas, to all subscribers; the number of events handled."""
    handled = 0
    while done := sum(_dispatch_area(area_id, key, clock) for area_id, key in _areas()):
        handled += done
    return handled


def backlog() -> dict[str, int]:
    """Per subscriber, how many events wait."""
    heads = dict(ControlArea.objects.values_list("pk", "event_number"))
    waiting = {subscriber.name: sum(heads.values()) for subscriber in subscribers()}
    for name, number in Checkpoint.objects.values_list("subscriber", "number"):
        if name in waiting:
            waiting[name] -= number
    return waiting


def _areas() -> list[tuple[int, str]]:
    return list(ControlArea.objects.filter(event_number__gt=0).values_list("pk", "key"))


def _dispatch_area(area_id: int, key: str, clock: Clock) -> int:
    return sum(_deliver(subscriber, area_id, key, clock) for subscriber in subscribers())


def _deliver(subscriber: Subscriber, area_id: int, key: str, clock: Clock) -> int:
    """One batch to one subscriber; on failure one event at a time."""
    try:
        return _deliver_batch(subscriber, area_id, key, clock(), BATCH)
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
def _deliver_batch(subscriber: Subscriber, area_id: int, key: str, at: dt.datetime, size: int) -> int:
    checkpoint = Checkpoint.objects.filter(subscriber=subscriber.name, area_id=area_id).first()
    after = checkpoint.number if checkpoint else 0
    if not StoredEvent.objects.filter(area_id=area_id, number__gt=after).exists():
        return 0
    if checkpoint and checkpoint.retry_at and checkpoint.retry_at > at:
        return 0
    if not _lock(subscriber.name, area_id):
        return 0
    checkpoint, _ = Checkpoint.objects.get_or_create(subscriber=subscriber.name, area_id=area_id)
    rows = list(StoredEvent.objects.filter(area_id=area_id, number__gt=checkpoint.number).order_by("number")[:size])
    if not rows:
        return 0
    batch = [_recorded(row, key) for row in rows if row.name in subscriber.events and known(row.name)]
    if batch:
        with events.deferred():
            subscriber.handle(batch, at)
    Checkpoint.objects.filter(pk=checkpoint.pk).update(number=rows[-1].number, failures=0, retry_at=None)
    return len(rows)


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
        event = StoredEvent.objects.filter(area_id=area_id, number__gt=checkpoint.number).order_by("number").first()
        if event is not None:
            reason = "".join(traceback.format_exception(error))[-4000:]
            FailedEvent.objects.get_or_create(
                subscriber=subscriber.name, event=event, defaults={"reason": reason, "failed_at": at}
            )
            checkpoint.number, checkpoint.failures, checkpoint.retry_at = event.number, 0, None
    checkpoint.save()
