"""Tables of outages: private to this app."""

from .calls import Call
from .evidence import Evidence
from .expectations import Expectation
from .ledger import Interruption
from .outages import Outage, OutageEntry

__all__ = ["Call", "Evidence", "Expectation", "Interruption", "Outage", "OutageEntry"]
