"""Tables of metering: private to this app."""

from .customers import Customer, Meter, UsagePoint
from .events import MeterEvent, PowerState
from .pings import Ping, PingAnswer, PingBatch
from .readings import Reading, ReadingDay, ReadingRequest, ReadingType

__all__ = [
    "Customer",
    "Meter",
    "MeterEvent",
    "Ping",
    "PingAnswer",
    "PingBatch",
    "PowerState",
    "Reading",
    "ReadingDay",
    "ReadingRequest",
    "ReadingType",
    "UsagePoint",
]
