"""Tables of the network: private to this app."""

from .journal import JournalEntry, SwitchState
from .models import HEAVY, Equipment, ModelRecords, ModelVersion, NetworkModel, TelemetryPoint
from .operations import Operation, Tag
from .power_flow import GroupPowerFlow, ModelCircuit, PowerFlow
from .temporary import Commissioning, JournalSnapshot, TemporaryElement

__all__ = [
    "HEAVY",
    "Commissioning",
    "Equipment",
    "GroupPowerFlow",
    "JournalEntry",
    "JournalSnapshot",
    "ModelCircuit",
    "ModelRecords",
    "ModelVersion",
    "NetworkModel",
    "Operation",
    "PowerFlow",
    "SwitchState",
    "Tag",
    "TelemetryPoint",
    "TemporaryElement",
]
