"""Tables of outages: private to this app."""

from .calls import Call
from .evidence import Evidence
from .ledger import Interruption
from .outages import Outage, OutageEntry

__all__ = ["Call", "Evidence", "Interruption", "Outage", "OutageEntry"]
