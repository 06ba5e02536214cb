"""Tables of the network: private to this app."""

from .control import AutomationPlan, ControlFreeze, FrontEnd, Interlock
from .energy import FeederEnergy, FeederEnergyDay
from .indicators import IndicatorWord
from .journal import JournalEntry, SwitchState
from .limits import PointLimits
from .models import HEAVY, Equipment, ModelDiagrams, ModelRecords, ModelVersion, NetworkModel, TelemetryPoint
from .operations import Operation, Tag
from .power_flow import GroupPowerFlow, ModelCircuit, PowerFlow
from .power_hours import PowerHour
from .studies import Study, StudyAction, StudyAnswer
from .temporary import Commissioning, GroundedPlace, JournalSnapshot, TemporaryElement

__all__ = [
    "HEAVY",
    "AutomationPlan",
    "Commissioning",
    "ControlFreeze",
    "Equipment",
    "FeederEnergy",
    "FeederEnergyDay",
    "FrontEnd",
    "GroundedPlace",
    "GroupPowerFlow",
    "IndicatorWord",
    "Interlock",
    "JournalEntry",
    "JournalSnapshot",
    "ModelCircuit",
    "ModelDiagrams",
    "ModelRecords",
    "ModelVersion",
    "NetworkModel",
    "Operation",
    "PointLimits",
    "PowerFlow",
    "PowerHour",
    "Study",
    "StudyAction",
    "StudyAnswer",
    "SwitchState",
    "Tag",
    "TelemetryPoint",
    "TemporaryElement",
]
