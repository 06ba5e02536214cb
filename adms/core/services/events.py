"""Publish facts: into the log of the area, in the transaction that made them true."""

import contextlib
import datetime as dt
import logging
from collections.abc import Iterator, Sequence
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
    if not facts:
        return
    if not connection.in_atomic_block:
        raise PublishedOutsideTransaction(type(facts[0]).__name__)
    waiting = _waiting.get()
    if waiting is not None:
        waiting.extend((area_id, fact, at) for fact in facts)
        return
    _store(area_id, [(fact, at) for fact in facts])


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Keep what is published in this block until its end, then store it area by area in ascending order.

    For long work inside a transaction: messages of the area are taken in meanwhile, since its counter is locked only for the
    moment before the commit.
    """
    waiting: list[tuple[int, Any, dt.datetime]] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    for area_id in sorted({area_id for area_id, _, _ in waiting}):
        _store(area_id, [(fact, at) for area, fact, at in waiting if area == area_id])


def _store(area_id: int, facts: list[tuple[Any, dt.datetime]]) -> None:
    first = areas.next_numbers(area_id, "event_number", len(facts))
    StoredEvent.objects.bulk_create(
        StoredEvent(
            area_id=area_id, number=first + i, name=type(fact).__name__, payload=to_payload(fact), recorded_at=at
        )
        for i, (fact, at) in enumerate(facts)
    )
    transaction.on_commit(lambda: bell.ring("events"))
