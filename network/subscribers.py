"""What the network does by itself, round by round."""

import datetime as dt
from collections.abc import Sequence

from adms.core import topics
from adms.core.control_events import ApprovalChanged, AuthorityChanged, ControlAlarm, HandoverChanged
from adms.core.events import Recorded
from adms.core.subscriptions import subscribe
from adms.core.sweeping import sweep
from network.events import (
    AutomationActed,
    MeasurementsChanged,
    OperationEnded,
    RemoteControlFrozen,
    SwitchPositionChanged,
)
from network.services import alarming, feeder_energy, operations, power_flow, snapshots, study_answers

#: Whether a snapshot is due is asked this often.
SNAPSHOTS_EVERY = dt.timedelta(minutes=1)
_asked: list[dt.datetime] = []
#: What alarms are seen by looking at is looked at so often.
WATCHED_EVERY = dt.timedelta(seconds=5)
_watched: list[dt.datetime] = []
#: Points become stale slowly, and there are many.
POINTS_EVERY = dt.timedelta(minutes=1)
_points: list[dt.datetime] = []


for _changed in (
    ApprovalChanged,
    AuthorityChanged,
    ControlAlarm,
    HandoverChanged,
    AutomationActed,
    RemoteControlFrozen,
):
    topics.touch(_changed, "control", "devices")


@sweep("operations", pause_s=1)
def end_overdue_operations(at: dt.datetime) -> int:
    """Leases run out, commands time out."""
    return operations.end_overdue(at=at)


@sweep("journal snapshots", pause_s=5)
def take_due_snapshots(at: dt.datetime) -> int:
    """The journal is summed up as it grows."""
    if _asked and dt.timedelta() <= at - _asked[0] < SNAPSHOTS_EVERY:
        return 0
    _asked[:] = [at]
    return snapshots.take_due(at=at)


@sweep("power flow", pause_s=1)
def ring_for_power_flow(at: dt.datetime) -> int:
    """Solving is a worker's business: here it is only seen what is due."""
    power_flow.ring_for_due(at=at)
    return 0


@sweep("feeder energy", pause_s=30)
def close_days_of_energy(at: dt.datetime) -> int:
    """The energy of a day is told once the day is over."""
    return feeder_energy.close_due(at=at)


@sweep("studies", pause_s=5)
def ring_for_studies(_: dt.datetime) -> int:
    """Computing is a worker's business, also here."""
    study_answers.JOBS.ring_for_waiting()
    return 0


@subscribe(
    "network.alarms", SwitchPositionChanged, MeasurementsChanged, OperationEnded, RemoteControlFrozen, ControlAlarm
)
def raise_alarms(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """What moved unasked, what is beyond its limits, what did not answer, what everybody has to hear of."""
    alarming.follow(batch=batch, at=at)


@sweep("network alarms", pause_s=1)
def watch_for_alarms(at: dt.datetime) -> int:
    """Limits and the way to the field."""
    if _watched and dt.timedelta() <= at - _watched[0] < WATCHED_EVERY:
        return 0
    _watched[:] = [at]
    return alarming.watch(at=at)


@sweep("stale points")
def watch_for_stale_points(at: dt.datetime) -> int:
    """Sources that speak no longer."""
    if _points and dt.timedelta() <= at - _points[0] < POINTS_EVERY:
        return 0
    _points[:] = [at]
    return alarming.watch_points(at=at)
