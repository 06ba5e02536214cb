"""Tables of outages: private to this app."""

from .calls import Call
from .evidence import Evidence
from .expectations import Expectation
from .figures import DayIndices, FrozenReport, ServedDay
from .ledger import Interruption
from .outages import Outage, OutageEntry

__all__ = [
    "Call",
    "DayIndices",
    "Evidence",
    "Expectation",
    "FrozenReport",
    "Interruption",
    "Outage",
    "OutageEntry",
    "ServedDay",
]
