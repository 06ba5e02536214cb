"""What the network does by itself, round by round."""

import datetime as dt

from adms.core.sweeping import sweep
from network.services import operations


@sweep("operations")
def end_overdue_operations(at: dt.datetime) -> int:
    """Leases run out, commands time out."""
    return operations.end_overdue(at=at)
