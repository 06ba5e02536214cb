"""What the core does by itself, round by round."""

import datetime as dt

from adms.core.services import audit_heads
from adms.core.sweeping import sweep


@sweep("audit head")
def publish_audit_head(at: dt.datetime) -> int:
    """The end of the audit chain is told outside as it grows."""
    audit_heads.publish_due(at=at)
    return 0
