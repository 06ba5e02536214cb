"""Deliver stored events to subscribers: per area in number order, each effect and its checkpoint in one transaction.

1. Ask once where events wait, and for whom. Then, the longest wait first, one batch of each area and subscriber in turn, or of
   all areas together for those who take them so: try the advisory lock; who does not get it leaves: the holder loops until
   nothing is left. Those who are urgent have a turn every half a second, however much there is for the others.
2. Read the next batch after the checkpoint; events of other kinds are stepped over, many subscribers in one statement.
3. Handle the batch. If it fails, handle area by area, then event by event: one poisonous event does not take the others with it.
4. An event that fails MAX_FAILURES times is put aside as FailedEvent with its reason, and those behind it go on.
"""

import datetime as dt
import logging
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import QuerySet

from adms.core import bell, runtime_settings
from adms.core.events import Recorded, from_payload, known
from adms.core.models import Checkpoint, FailedEvent, StoredEvent
from adms.core.services import events
from adms.core.services.backlog import Waiting, step_over, waiting
from adms.core.subscriptions import Subscriber, subscribers

log = logging.getLogger(__name__)

MAX_FAILURES = 5
#: Checkpoints are moved over events that are not for their subscriber when nothing else is to do, or when they are so far behind.
FAR = 200
#: So many events of an area at least are read in a batch of several areas.
LEAST = 20
#: So long the urgent wait at most for the turns of others, but for the one that goes on.
URGENT_EVERY_S = 0.5
#: Who is urgent rests after a batch as long as it took, where it took longer than a moment, so long at most: a round of prediction
#: costs what goes on, not what is new, and one over what came in three seconds costs little more than one over what came in one.
#: Not where what it took had waited too long.
BRIEF_S, LONGEST_REST_S, BEHIND = 0.2, 1.5, dt.timedelta(seconds=6)
#: While somebody rests, the log is looked at so often for the others.
LOOK_EVERY_S = 0.25
#: A call of `dispatch` ends after so long; Celery would break it off after four minutes.
RUN_FOR_S = 100.0
Clock = Callable[[], dt.datetime]


def dispatch(*, clock: Clock) -> int:
    """Deliver everything there is, of all areas, to all subscribers; the number of events handled.

    One batch of each area and subscriber in turn, the one that has waited longest first: a flood in one area holds up no other.
    """
    course = _Course(clock)
    try:
        return _dispatch(course)
    finally:
        _release(course.held)


@dataclass
class _Course:
    """One call of `dispatch`: for whom this process works alone, and who rests until when (monotonic)."""

    clock: Clock
    held: set[str] = field(default_factory=set)
    rests: dict[str, float] = field(default_factory=dict)
    until: float = field(default_factory=lambda: time.monotonic() + RUN_FOR_S)

    def rest(self, name: str, took_s: float) -> None:
        """A batch took a subscriber so long."""
        if took_s > BRIEF_S:
            self.rests[name] = time.monotonic() + min(took_s, LONGEST_REST_S)

    def rest_of(self, name: str) -> float:
        """So many seconds a subscriber still rests."""
        return max(0.0, self.rests.get(name, 0.0) - time.monotonic())


def _dispatch(course: _Course) -> int:
    handled = 0
    by_name = {subscriber.name: subscriber for subscriber in subscribers()}
    passed: dict[tuple[str, int], Waiting] = {}
    while True:
        pairs = waiting(at=course.clock(), passed=list(passed.values()))
        passed |= {(pair.subscriber, pair.area_id): pair for pair in pairs if pair.number is None}
        done, rest_s = _turn_by_turn(course, by_name, [pair for pair in pairs if pair.number is not None])
        idle = [pair for pair in passed.values() if not done or pair.head - pair.checkpoint >= FAR]
        step_over(idle)
        for pair in idle:
            del passed[pair.subscriber, pair.area_id]
        handled += done
        if not (done or rest_s):
            return handled
        if time.monotonic() > course.until:
            bell.ring("events")  # whoever runs this has an end of his own; what is left is for the next
            return handled
        if not done:
            time.sleep(min(rest_s, LOOK_EVERY_S))


def _turn_by_turn(course: _Course, by_name: Mapping[str, Subscriber], found: Sequence[Waiting]) -> tuple[int, float]:
    """A turn for everybody for whom something waits; how many events, and how long the one still rests who rests longest."""
    turns = _turns(found, by_name)
    turns.sort(key=lambda turn: not by_name[turn[0].subscriber].is_urgent)
    done, left, urgent_at = 0, set(), time.monotonic()
    for turn in turns:
        name = turn[0].subscriber
        if time.monotonic() - urgent_at > URGENT_EVERY_S:
            done += _deliver_urgent(by_name, course)
            urgent_at = time.monotonic()
        if name not in left and not course.rest_of(name):
            moved = _deliver_turn(by_name[name], turn, course)
            if moved is None:
                left.add(name)
            done += moved or 0
    waits = {turn[0].subscriber for turn in turns} - left
    return done, max(map(course.rest_of, waits), default=0.0)


def _deliver_urgent(by_name: Mapping[str, Subscriber], course: _Course) -> int:
    """A batch each of the urgent ones for whom something waits by now and who do not rest; how many events."""
    names = [name for name, subscriber in by_name.items() if subscriber.is_urgent and not course.rest_of(name)]
    found = [pair for pair in waiting(at=course.clock(), names=names) if pair.number is not None] if names else []
    return sum(_deliver_turn(by_name[turn[0].subscriber], turn, course) or 0 for turn in _turns(found, by_name))


def _turns(found: Sequence[Waiting], by_name: Mapping[str, Subscriber]) -> list[list[Waiting]]:
    """What is handled in one transaction each: an area, or all areas of a subscriber that takes them together."""
    turns: list[list[Waiting]] = []
    together: dict[str, list[Waiting]] = {}
    for pair in found:
        if not by_name[pair.subscriber].is_across:
            turns.append([pair])
        elif pair.subscriber in together:
            together[pair.subscriber].append(pair)
        else:
            together[pair.subscriber] = [pair]
            turns.append(together[pair.subscriber])
    return turns


def _deliver_turn(subscriber: Subscriber, turn: Sequence[Waiting], course: _Course) -> int | None:
    """One batch of one area, or of several together; where that fails of each by itself. None where another process is at it."""
    if subscriber.is_alone and not _hold(subscriber.name, course.held):
        return None
    began = time.monotonic()
    moved = _delivered(subscriber, turn, course.clock)
    since = min((pair.since for pair in turn if pair.since is not None), default=None)
    if subscriber.is_urgent and since is not None and course.clock() - since < BEHIND:
        course.rest(subscriber.name, time.monotonic() - began)
    return moved


def _delivered(subscriber: Subscriber, turn: Sequence[Waiting], clock: Clock) -> int | None:
    if len(turn) > 1:
        try:
            return _deliver_across(subscriber, {pair.area_id: pair.area for pair in turn}, clock())
        except Exception:
            log.exception("%s failed on a batch of %d areas, now area by area", subscriber.name, len(turn))
    moved = [_deliver(subscriber, pair.area_id, pair.area, clock) for pair in turn]
    return sum(one or 0 for one in moved) if any(one is not None for one in moved) else None


@transaction.atomic
def _deliver_across(subscriber: Subscriber, keys: Mapping[int, str], at: dt.datetime) -> int | None:
    """One batch of several areas (key by id): each as much as the one with least, then the others more, up to what is taken at once."""
    mine = _lock_all(subscriber, sorted(keys))
    if not mine:
        return None
    heads = _heads(subscriber.name, mine, at)
    limit = max(LEAST, subscriber.batch // len(mine))
    rows = _next(subscriber, heads, limit)
    batch = _fair(subscriber, [(row, _recorded(row, keys[row.area_id])) for row in rows])
    if batch:
        with events.deferred(), runtime_settings.held():
            subscriber.handle([recorded for _, recorded in batch], at)
    _move(subscriber.name, heads, rows, batch, limit)
    return len(batch)


def _lock_all(subscriber: Subscriber, area_ids: list[int]) -> list[int]:
    """The areas that no other process handles for this subscriber now."""
    if subscriber.is_alone:
        return area_ids if _lock(subscriber.name, 0) else []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a FROM unnest(%s::int[]) AS a WHERE pg_try_advisory_xact_lock(%s, a)",
            [area_ids, zlib.crc32(subscriber.name.encode()) - 2**31],
        )
        return sorted(area_id for (area_id,) in cursor.fetchall())


def _heads(name: str, area_ids: list[int], at: dt.datetime) -> dict[int, tuple[int, int]]:
    """(checkpoint, head of the log) by area; without those whose next try is later."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.id, coalesce(c.number, 0), a.event_number FROM core_controlarea AS a
            LEFT JOIN core_checkpoint AS c ON c.area_id = a.id AND c.subscriber = %s
            WHERE a.id = ANY(%s) AND (c.retry_at IS NULL OR c.retry_at <= %s) ORDER BY a.id
            """,
            [name, area_ids, at],
        )
        return {area_id: (checkpoint, head) for area_id, checkpoint, head in cursor.fetchall()}


_NEXT = """
SELECT e.* FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS t(area, checkpoint, head)
CROSS JOIN LATERAL (
    SELECT * FROM core_storedevent AS s
    WHERE s.area_id = t.area AND s.number > t.checkpoint AND s.number <= t.head AND s.name = ANY(%s)
    ORDER BY s.number LIMIT %s
) AS e ORDER BY e.area_id, e.number
"""

Read = tuple[StoredEvent, Recorded]


def _next(subscriber: Subscriber, heads: Mapping[int, tuple[int, int]], limit: int) -> list[StoredEvent]:
    """The events behind the checkpoints that are for this subscriber, so many of each area at most, in order of area and number."""
    if not heads:
        return []
    columns = [list(heads), [one[0] for one in heads.values()], [one[1] for one in heads.values()]]
    return list(StoredEvent.objects.raw(_NEXT, [*columns, sorted(subscriber.events), limit]))


def _fair(subscriber: Subscriber, found: Sequence[Read]) -> list[Read]:
    """As much as the subscriber takes at once, of each area alike, in the order it was recorded; each area's by number."""
    weight = subscriber.weigh or (lambda _: 1)
    so_far: Counter[int] = Counter()
    latest: dict[int, dt.datetime] = {}
    ranked = []
    for row, recorded in found:
        area_id = row.area_id
        so_far[area_id] += weight(recorded.event)
        latest[area_id] = max(latest.get(area_id, recorded.recorded_at), recorded.recorded_at)
        ranked.append((so_far[area_id], latest[area_id], area_id, row.number, (row, recorded)))
    ranked.sort(key=lambda one: one[:4])
    ranked = ranked[: subscriber.batch]
    total = 0
    for place, one in enumerate(ranked):
        total += weight(one[4][1].event)
        if subscriber.most is not None and total > subscriber.most and place:
            ranked = ranked[:place]
            break
    return [one[4] for one in sorted(ranked, key=lambda one: one[1:4])]


def _move(
    name: str, heads: Mapping[int, tuple[int, int]], rows: Sequence[StoredEvent], batch: Sequence[Read], limit: int
) -> None:
    """Each checkpoint to the last event handled, or to the head of its area where nothing is left there."""
    read, taken = Counter(row.area_id for row in rows), Counter(row.area_id for row, _ in batch)
    last = {row.area_id: row.number for row, _ in batch}
    reached = {
        area_id: head if taken[area_id] == read[area_id] < limit else last.get(area_id, checkpoint)
        for area_id, (checkpoint, head) in heads.items()
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_checkpoint AS c (subscriber, area_id, number, failures)
            SELECT %s, t.area, t.number, 0 FROM unnest(%s::bigint[], %s::bigint[]) AS t(area, number) ORDER BY t.area
            ON CONFLICT (subscriber, area_id) DO UPDATE SET number = greatest(c.number, excluded.number), failures = 0, retry_at = NULL
            """,
            [name, list(reached), list(reached.values())],
        )


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


def _hold(name: str, held: set[str]) -> bool:
    """Whether this process works alone for a subscriber, until it has delivered all there is (`held`).

    What it keeps of the subscriber's tables would else be read anew by two processes that take turns.
    """
    if name not in held:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, 0)", [zlib.crc32(name.encode()) - 2**31])
            if cursor.fetchone()[0]:
                held.add(name)
    return name in held


def _release(held: set[str]) -> None:
    """Others may work for these now. A connection that was lost meanwhile holds none of them any more."""
    if held and connection.connection is not None and connection.is_usable():
        with connection.cursor() as cursor:
            for name in held:
                cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [zlib.crc32(name.encode()) - 2**31])


@transaction.atomic
def _note_failure(subscriber: Subscriber, area_id: int, key: str, error: Exception, at: dt.datetime) -> None:
    """Count the failure of the event behind the checkpoint; after too many put it aside and step over it."""
    checkpoint, _ = Checkpoint.objects.select_for_update(no_key=True).get_or_create(
        subscriber=subscriber.name, area_id=area_id
    )
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
