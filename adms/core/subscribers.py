"""What the core does by itself, round by round."""

import datetime as dt

from adms.core import topics
from adms.core.alarms import AlarmsChanged
from adms.core.services import alarms, audit_heads, retention
from adms.core.sweeping import sweep

topics.touch(AlarmsChanged, "alarms")

_RETENTION_EVERY = dt.timedelta(hours=1)
_retained_at: list[dt.datetime] = []


@sweep("audit head", pause_s=2)
def publish_audit_head(at: dt.datetime) -> int:
    """The end of the audit chain is told outside as it grows."""
    audit_heads.publish_due(at=at)
    return 0


@sweep("retention", pause_s=60)
def let_history_go(at: dt.datetime) -> int:
    """Once an hour, what is older than it is kept goes, and the months ahead are made."""
    if _retained_at and at - _retained_at[-1] < _RETENTION_EVERY:
        return 0
    retention.run(at=at)
    _retained_at[:] = [at]
    return 0


@sweep("shelved alarms", pause_s=2)
def put_shelved_alarms_back(at: dt.datetime) -> int:
    """What was shelved until now is announced again."""
    return alarms.end_shelves(at=at)
