"""Publish facts: into the log of the area, in the transaction that made them true."""

import contextlib
import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from adms.core import bell
from adms.core.events import to_payload
from adms.core.services import areas

log = logging.getLogger(__name__)

_INSERT = (
    "INSERT INTO core_storedevent (area_id, number, name, payload, recorded_at)"
    " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::jsonb[], %s::timestamptz[])"
)
Told = tuple[int, Any, dt.datetime]  # (area, fact, at)


class _Publication:
    """Facts that wait for the end of a `deferred` block; gone where the savepoint they were published in is rolled back."""

    def __init__(self, told: Sequence[Told]) -> None:
        self.told = told

    def __call__(self) -> None:
        """Nothing: Django keeps and drops it with the savepoint, as what is to be done on commit."""


_waiting: ContextVar[list[_Publication] | None] = ContextVar("waiting_facts", default=None)


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
        waiting.append(publication := _Publication(told))
        transaction.on_commit(publication)
        return
    _store(told)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Keep what is published in this block until its end, then store it area by area in ascending order.

    For long work inside a transaction: messages of the area are taken in meanwhile, since its counter is locked only for the
    moment before the commit. Within such a block it is that block's end. Whoever publishes more than once in a transaction needs it:
    areas taken one after the other, the higher one first, are taken crosswise by two. What a savepoint rolled back is not told.
    """
    if _waiting.get() is not None:
        yield
        return
    waiting: list[_Publication] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    if waiting:
        kept = {id(entry[1]) for entry in connection.run_on_commit}
        told = [one for publication in waiting if id(publication) in kept for one in publication.told]
        _store(sorted(told, key=lambda one: one[0]))


def _store(told: Sequence[Told]) -> None:
    """In ascending order of area, each area's in the order they were published: two or three statements in all."""
    if not told:
        return
    following = areas.next_numbers_of(Counter(area_id for area_id, _, _ in told), "event_number")
    rows = []
    for area_id, fact, at in told:
        rows.append((area_id, following[area_id], type(fact).__name__, Jsonb(to_payload(fact)), at))
        following[area_id] += 1
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])
    transaction.on_commit(lambda: bell.ring("events"))
