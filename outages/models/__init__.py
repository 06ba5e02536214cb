"""Tables of outages: private to this app."""

from .callbacks import Callback
from .calls import Call
from .evidence import Evidence
from .expectations import Expectation
from .figures import DayIndices, FrozenReport, ServedDay
from .flisr import FlisrEntry, FlisrEvent, FlisrMode, FlisrStep
from .ledger import Interruption
from .load_shedding import SheddingPlace
from .manual import ManualAction
from .outages import Outage, OutageEntry, RestorationCheck
from .planned import PlannedCustomer, PlannedDraft, PlannedEntry, PlannedNotice, PlannedNoticeCustomer, PlannedOutage
from .rehearsals import OrderRehearsal
from .replays import PredictionReplay, ReplayRow
from .rule_sets import RulePlan, RuleSetVersion, RuleSwitch
from .suggestions import SwitchingSuggestion
from .switching import OrderEntry, OrderVersion, SafetyDocument, SwitchingOrder, SwitchingStep

__all__ = [
    "Call",
    "Callback",
    "DayIndices",
    "Evidence",
    "Expectation",
    "FlisrEntry",
    "FlisrEvent",
    "FlisrMode",
    "FlisrStep",
    "FrozenReport",
    "Interruption",
    "ManualAction",
    "OrderEntry",
    "OrderRehearsal",
    "OrderVersion",
    "Outage",
    "OutageEntry",
    "PlannedCustomer",
    "PlannedDraft",
    "PlannedEntry",
    "PlannedNotice",
    "PlannedNoticeCustomer",
    "PlannedOutage",
    "PredictionReplay",
    "ReplayRow",
    "RestorationCheck",
    "RulePlan",
    "RuleSetVersion",
    "RuleSwitch",
    "SafetyDocument",
    "ServedDay",
    "SheddingPlace",
    "SwitchingOrder",
    "SwitchingStep",
    "SwitchingSuggestion",
]
