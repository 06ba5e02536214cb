"""What of the log still waits to be delivered: for whom, where, since when."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from adms.core.subscriptions import subscribers


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


def waiting(
    *, at: dt.datetime | None = None, names: Sequence[str] = (), passed: Sequence[Waiting] = ()
) -> list[Waiting]:
    """Areas and subscribers (all, or the named ones) where the log is ahead of the checkpoint, the longest wait first.

    With `at` without those whose next try is later. What was `passed`, up to the head there was then, is not looked through again,
    and left out where nothing came since: most events are for two of twenty subscribers.
    """
    wanted = [one for one in subscribers() if one.name in names or not names]
    asked: list[list[Any]] = [[one.name for one in wanted], [",".join(sorted(one.events)) for one in wanted]]
    known: list[list[Any]] = [
        [one.subscriber for one in passed],
        [one.area_id for one in passed],
        [one.head for one in passed],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [*asked, *known, at, at])
        return [Waiting(*row) for row in cursor.fetchall()]


def is_behind(*, subscriber: str, at: dt.datetime, by: dt.timedelta) -> bool:
    """Whether events wait longer than so long for a subscriber: what is not urgent then waits too."""
    return _is_behind((subscriber,), at, by)


def is_urgent_behind(*, at: dt.datetime, by: dt.timedelta) -> bool:
    """Whether events wait longer than so long for anybody who is urgent."""
    urgent = [one.name for one in subscribers() if one.is_urgent]
    return bool(urgent) and _is_behind(urgent, at, by)


def _is_behind(names: Sequence[str], at: dt.datetime, by: dt.timedelta) -> bool:
    since = [pair.since for pair in waiting(names=names) if pair.since is not None]
    return bool(since) and at - min(since) > by


_WAITING = """
SELECT s.name, a.id, a.key, a.event_number, coalesce(c.number, 0), first.number, first.recorded_at,
       CASE WHEN first.number IS NULL THEN 0 ELSE a.event_number - first.number + 1 END
FROM core_controlarea AS a CROSS JOIN unnest(%s::text[], %s::text[]) AS s(name, events)
LEFT JOIN core_checkpoint AS c ON c.area_id = a.id AND c.subscriber = s.name
LEFT JOIN unnest(%s::text[], %s::bigint[], %s::bigint[]) AS p(name, area, head) ON p.area = a.id AND p.name = s.name
LEFT JOIN LATERAL (
    SELECT e.number, e.recorded_at FROM core_storedevent AS e
    WHERE e.area_id = a.id AND e.number > greatest(c.number, p.head, 0) AND e.name = ANY(string_to_array(s.events, ','))
    ORDER BY e.number LIMIT 1
) AS first ON true
WHERE a.event_number > greatest(c.number, p.head, 0) AND (%s::timestamptz IS NULL OR c.retry_at IS NULL OR c.retry_at <= %s)
ORDER BY first.recorded_at, a.id, s.name
"""


def step_over(idle: Sequence[Waiting]) -> None:
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


def by_subscriber() -> dict[str, int]:
    """Per subscriber, how many events wait."""
    found = {subscriber.name: 0 for subscriber in subscribers()}
    for pair in waiting():
        found[pair.subscriber] += pair.events
    return found
