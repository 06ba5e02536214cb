"""Commands to the field: from the gate's CommandRequested to a message, and from what became of the message back to the gate.

A command is only sent while its operation still waits for it: one that could not be delivered before its deadline is dropped,
never carried out late.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Min

from adms.core import actors
from adms.core.events import Recorded
from integration.cim.nouns import controls
from integration.models import Partner
from integration.services import outbox
from network.services import operations

NOUN = "Controls"
TOO_LATE = "the operation no longer waits for it"
DOOR = actors.system("field")
WAY = "the field"
_KEY = "operation:"


def send(*, recorded: Recorded, at: dt.datetime) -> None:
    """Write the command for whoever carries out controls; without such a partner the operation fails at once."""
    fact = recorded.event
    payload = controls.build(
        operation_id=fact.operation_id,
        switch_mrid=fact.equipment_mrid,
        switch_name=fact.name,
        close=fact.is_close,
        at=at,
        until=fact.deadline_at,
    )
    written = outbox.enqueue(
        verb=controls.CREATE,
        noun=NOUN,
        payload=payload,
        object_key=f"{_KEY}{fact.operation_id}",
        cause=recorded.reference,
        at=at,
        areas=frozenset({recorded.area}),
    )
    if not written:
        fail(object_key=f"{_KEY}{fact.operation_id}", reason="no partner takes controls", at=at)


def is_wanted(*, object_key: str, at: dt.datetime) -> bool:
    """Whether the operation still waits for its command."""
    return operations.is_waiting(operation_id=_operation(object_key), at=at)


def fail(*, object_key: str, reason: str, at: dt.datetime) -> None:
    """The field refused the command, or nobody took it."""
    operations.fail_operation(actor=DOOR, operation_id=_operation(object_key), result=reason, at=at)


def note_way(*, partner: Partner, tolerated: int, at: dt.datetime) -> None:
    """A partner answers again, or is left alone for a while: tell the gate whether any that takes controls can be reached.

    Down, it counts until the first of them is tried again, so that a command can find the way up.
    """
    if NOUN not in partner.subscriptions:
        return
    takers = Partner.objects.filter(is_active=True, subscriptions__contains=[NOUN]).exclude(endpoint_url="")
    is_up = takers.filter(failures__lte=tolerated).exists()
    until = takers.aggregate(first=Min("paused_until"))["first"]
    operations.report_front_end(key=WAY, is_up=is_up, until=until, reason=partner.latest_error, at=at)


def _operation(object_key: str) -> uuid.UUID:
    return uuid.UUID(object_key.removeprefix(_KEY))
