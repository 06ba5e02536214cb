"""Publish facts: into the log of the area, in the transaction that made them true."""

import contextlib
import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction

from adms.core import bell
from adms.core.events import to_payload
from adms.core.models import StoredEvent
from adms.core.services import areas

log = logging.getLogger(__name__)

_waiting: ContextVar[list[tuple[int, Any, dt.datetime]] | None] = ContextVar("waiting_facts", default=None)


class PublishedOutsideTransaction(RuntimeError):
    """An event must commit together with the change it tells of."""


def publish(*, area_id: int, facts: Sequence[Any], at: dt.datetime) -> None:
    """Store facts under the next numbers of the area and ring the bell after the commit.

    The area's counter stays locked from here until the transaction ends: call it last in a service. Inside `deferred` the facts
    wait for the end of that block.

    Raises:
        PublishedOutsideTransaction: if no transaction is open.
    """
    publish_all(facts={area_id: facts}, at=at)


def publish_all(*, facts: Mapping[int, Sequence[Any]], at: dt.datetime) -> None:
    """The same for facts of several areas (by id): a head-end's message tells of meters all over the utility.

    Raises:
        PublishedOutsideTransaction: if no transaction is open.
    """
    told = [(area_id, fact, at) for area_id in sorted(facts) for fact in facts[area_id]]
    if not told:
        return
    if not connection.in_atomic_block:
        raise PublishedOutsideTransaction(type(told[0][1]).__name__)
    waiting = _waiting.get()
    if waiting is not None:
        waiting.extend(told)
        return
    _store(told)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Keep what is published in this block until its end, then store it area by area in ascending order.

    For long work inside a transaction: messages of the area are taken in meanwhile, since its counter is locked only for the
    moment before the commit. Within such a block it is that block's end.
    """
    if _waiting.get() is not None:
        yield
        return
    waiting: list[tuple[int, Any, dt.datetime]] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    if waiting:
        _store(sorted(waiting, key=lambda one: one[0]))


def _store(told: Sequence[tuple[int, Any, dt.datetime]]) -> None:
    """(area, fact, at) in ascending order of area, each area's in the order they were published: two or three statements in all."""
    following = areas.next_numbers_of(Counter(area_id for area_id, _, _ in told), "event_number")
    rows = []
    for area_id, fact, at in told:
        rows.append(
            StoredEvent(
                area_id=area_id,
                number=following[area_id],
                name=type(fact).__name__,
                payload=to_payload(fact),
                recorded_at=at,
            )
        )
        following[area_id] += 1
    StoredEvent.objects.bulk_create(rows)
    transaction.on_commit(lambda: bell.ring("events"))
