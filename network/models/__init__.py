"""Tables of the network: private to this app."""

from .journal import JournalEntry, SwitchState
from .models import HEAVY, Equipment, ModelRecords, ModelVersion, NetworkModel, TelemetryPoint
from .operations import Operation, Tag
from .temporary import Commissioning, JournalSnapshot, TemporaryElement

__all__ = [
    "HEAVY",
    "Commissioning",
    "Equipment",
    "JournalEntry",
    "JournalSnapshot",
    "ModelRecords",
    "ModelVersion",
    "NetworkModel",
    "Operation",
    "SwitchState",
    "Tag",
    "TelemetryPoint",
    "TemporaryElement",
]
