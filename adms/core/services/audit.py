"""Write to the audit trail. If it cannot be written, what it would have told of does not happen: same transaction."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from adms.core.actors import Actor
from adms.core.models import AuditEntry


def record(  # noqa: PLR0913 - the columns of the trail
    *,
    actor: Actor,
    action: str,
    object_: str = "",
    area: str = "",
    result: str = "ok",
    before: Any = None,
    after: Any = None,
    reason: str = "",
    at: dt.datetime,
) -> AuditEntry:
    """Append one entry."""
    entry = AuditEntry(
        recorded_at=at,
        actor=actor.name,
        way=actor.way,
        action=action,
        object=object_,
        area=area,
        result=result,
        before=before,
        after=after,
        reason=reason,
        request_id=actor.request_id,
    )
    entry.save(force_insert=True)
    return entry


def record_many(*, action: str, entries: Sequence[tuple[Actor, str, str]], at: dt.datetime) -> None:
    """Append an entry for each (actor, object, area key) of one action, in one statement."""
    AuditEntry.objects.bulk_create(
        AuditEntry(
            recorded_at=at,
            actor=actor.name,
            way=actor.way,
            action=action,
            object=object_,
            area=area,
            result="ok",
            request_id=actor.request_id,
        )
        for actor, object_, area in entries
    )
