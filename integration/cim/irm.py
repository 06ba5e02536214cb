"""The words of the interface reference model (IEC 61968-1 and -2): eleven domains, seven patterns of exchange."""

from __future__ import annotations

import enum


class Domain(enum.Enum):
    """Who uses a message, by the numbering of IEC 61968-2."""

    I1 = "Network operation"
    I2 = "Records and assets"
    I3 = "Operational planning"
    I4 = "Maintenance and construction"
    I5 = "Network extension planning"
    I6 = "Customer support"
    I7 = "Meter reading and control"
    I8 = "Supply and delivery planning"
    I9 = "SCADA interface"
    I10 = "External market"
    I11 = "Regulatory"


class Pattern(enum.Enum):
    """How a message is exchanged."""

    REQUEST_RESPONSE = "Request/Response"
    QUERY_RESPONSE = "Query/Response"
    PUBLISH_SUBSCRIBE = "Publish/Subscribe"
    EVENT_ACTION = "Event/Action"
    SEND_RECEIVE = "Send/Receive"
    FIRE_FORGET = "Fire/Forget"
    CRUD = "CRUD"


def usual_pattern(verb: str) -> Pattern:
    """The pattern of a verb where a row of the registry names no other: requests keep objects, events are published."""
    if verb == "get":
        return Pattern.QUERY_RESPONSE
    if verb == "reply":
        return Pattern.REQUEST_RESPONSE
    return Pattern.PUBLISH_SUBSCRIBE if verb.endswith("d") else Pattern.CRUD
