"""Tables of the network: private to this app."""

from .journal import JournalEntry, SwitchState
from .models import HEAVY, Equipment, ModelRecords, ModelVersion, NetworkModel, TelemetryPoint
from .operations import Operation, Tag

__all__ = [
    "HEAVY",
    "Equipment",
    "JournalEntry",
    "ModelRecords",
    "ModelVersion",
    "NetworkModel",
    "Operation",
    "SwitchState",
    "Tag",
    "TelemetryPoint",
]
