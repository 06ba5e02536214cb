"""Publish facts: into the log of the area, in the transaction that made them true."""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from adms.core import bell
from adms.core.events import to_payload
from adms.core.models import StoredEvent
from adms.core.services import areas

log = logging.getLogger(__name__)


class PublishedOutsideTransaction(RuntimeError):
    """An event must commit together with the change it tells of."""


def publish(*, area_id: int, facts: Sequence[Any], at: dt.datetime) -> None:
    """Store facts under the next numbers of the area and ring the bell after the commit.

    Call it last in a service: the area's counter stays locked until the transaction ends.

    Raises:
        PublishedOutsideTransaction: if no transaction is open.
    """
    if not facts:
        return
    if not connection.in_atomic_block:
        raise PublishedOutsideTransaction(type(facts[0]).__name__)
    first = areas.next_numbers(area_id, "event_number", len(facts))
    StoredEvent.objects.bulk_create(
        StoredEvent(
            area_id=area_id, number=first + i, name=type(fact).__name__, payload=to_payload(fact), recorded_at=at
        )
        for i, fact in enumerate(facts)
    )
    transaction.on_commit(lambda: bell.ring("events"))
