"""Write to the audit trail. If it cannot be written, what it would have told of does not happen: same transaction."""

import datetime as dt
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
    return AuditEntry.objects.create(
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
