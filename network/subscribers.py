"""What the network does by itself, round by round."""

import datetime as dt

from adms.core import topics
from adms.core.control_events import ApprovalChanged, AuthorityChanged, ControlAlarm
from adms.core.sweeping import sweep
from network.events import AutomationActed, RemoteControlFrozen
from network.services import operations, power_flow, snapshots

#: Whether a snapshot is due is asked this often.
SNAPSHOTS_EVERY = dt.timedelta(minutes=1)
_asked: list[dt.datetime] = []


for _changed in (ApprovalChanged, AuthorityChanged, ControlAlarm, AutomationActed, RemoteControlFrozen):
    topics.touch(_changed, "control", "devices")


@sweep("operations")
def end_overdue_operations(at: dt.datetime) -> int:
    """Leases run out, commands time out."""
    return operations.end_overdue(at=at)


@sweep("journal snapshots")
def take_due_snapshots(at: dt.datetime) -> int:
    """The journal is summed up as it grows."""
    if _asked and dt.timedelta() <= at - _asked[0] < SNAPSHOTS_EVERY:
        return 0
    _asked[:] = [at]
    return snapshots.take_due(at=at)


@sweep("power flow")
def ring_for_power_flow(at: dt.datetime) -> int:
    """Solving is a worker's business: here it is only seen what is due."""
    power_flow.ring_for_due(at=at)
    return 0
