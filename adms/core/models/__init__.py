"""Tables of the core."""

from .accounts import ApiToken, RoleGrant, SecondFactor, User
from .alarms import Alarm, AlarmEvent, AlarmKind, AlarmShelf
from .areas import ControlArea
from .audit import AuditEntry, AuditLink
from .authority import Approval, AreaLease, StepUp
from .events import Checkpoint, FailedEvent, StoredEvent
from .jobs import LongJob
from .settings import Setting
from .shifts import Handover, ShiftEntry
from .tours import Tour

__all__ = [
    "Alarm",
    "AlarmEvent",
    "AlarmKind",
    "AlarmShelf",
    "ApiToken",
    "Approval",
    "AreaLease",
    "AuditEntry",
    "AuditLink",
    "Checkpoint",
    "ControlArea",
    "FailedEvent",
    "Handover",
    "LongJob",
    "RoleGrant",
    "SecondFactor",
    "Setting",
    "ShiftEntry",
    "StepUp",
    "StoredEvent",
    "Tour",
    "User",
]
