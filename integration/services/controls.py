"""Commands to the field: from the gate's CommandRequested to a message, and from what became of the message back to the gate.

A command is only sent while its operation still waits for it: one that could not be delivered before its deadline is dropped,
never carried out late.
"""

from __future__ import annotations

import datetime as dt
import uuid

from adms.core import actors
from adms.core.events import Recorded
from adms.core.models import ControlArea
from integration.cim.nouns import controls
from integration.models import Partner
from integration.services import outbox
from network.services import operations

NOUN = "Controls"
TOO_LATE = "the operation no longer waits for it"
DOOR = actors.system("field")
WAY = "the field"
KEY = "operation"


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
        object_key=f"{KEY}:{fact.operation_id}",
        cause=recorded.reference,
        at=at,
        areas=frozenset({recorded.area}),
    )
    if not written:
        fail(object_key=f"{KEY}:{fact.operation_id}", reason="no partner takes controls", at=at)


def is_wanted(*, object_key: str, at: dt.datetime) -> bool:
    """Whether the operation still waits for its command."""
    return operations.is_waiting(operation_id=_operation(object_key), at=at)


def fail(*, object_key: str, reason: str, at: dt.datetime) -> None:
    """The field refused the command, or nobody took it."""
    operations.fail_operation(actor=DOOR, operation_id=_operation(object_key), result=reason, at=at)


def note_way(*, partner: Partner, tolerated: int, at: dt.datetime) -> None:
    """A partner answers again, or is left alone for a while: tell the gate in which areas any that takes controls can be reached.

    Areas that the same partners serve have one way. Down, it counts until the first of its partners is tried again, so that a
    command can find the way up.
    """
    if NOUN not in partner.subscriptions:
        return
    ways = _ways()
    for areas, takers in ways.items():
        down = [one for one in takers if one.failures > tolerated]
        is_up = len(down) < len(takers)
        until = min((one.paused_until for one in down if one.paused_until), default=None)
        reason = next((one.latest_error for one in down), "")
        operations.report_front_end(key=_way(areas), is_up=is_up, until=until, reason=reason, areas=areas, at=at)
    operations.withdraw_front_ends(beginning=WAY, but=[_way(areas) for areas in ways])


def _ways() -> dict[tuple[str, ...], list[Partner]]:
    """Who takes controls, by the areas they serve together; () are all areas. An area nobody serves has no way that could be down."""
    found = Partner.objects.filter(is_active=True, subscriptions__contains=[NOUN]).exclude(endpoint_url="")
    takers = list(found.order_by("pk"))
    wanted = {one.pk: set((one.filters.get(NOUN) or {}).get("areas", ())) for one in takers}
    if not any(wanted.values()):
        return {(): takers}
    by_area = {
        key: tuple(one.pk for one in takers if not wanted[one.pk] or key in wanted[one.pk])
        for key in ControlArea.objects.order_by("key").values_list("key", flat=True)
    }
    together = {members: tuple(key for key, own in by_area.items() if own == members) for members in by_area.values()}
    known = {one.pk: one for one in takers}
    return {areas: [known[pk] for pk in members] for members, areas in together.items() if members}


def _way(areas: tuple[str, ...]) -> str:
    return f"{WAY} in {', '.join(areas)}" if areas else WAY


def _operation(object_key: str) -> uuid.UUID:
    return uuid.UUID(object_key.removeprefix(f"{KEY}:"))
