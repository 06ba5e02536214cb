"""TroubleTickets: calls of customers, from whichever system took them (own profile on the CIM classes)."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim import times
from integration.cim.errors import ObjectId
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, ItemRefused, Name, Parsed

if TYPE_CHECKING:
    from lxml import etree

_NS = "{urn:tieline:cim:2026:TroubleTickets#}"


@dataclass(frozen=True, slots=True)
class Notification:
    """How and when somebody wants to be told."""

    contact_type: str
    contact_value: str
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class TroubleTicket:
    """One call. At least one of usage_point, customer and service_location says whose supply it is about."""

    mrid: str
    names: tuple[Name, ...]
    reported_at: dt.datetime
    trouble_code: str
    reporting_kind: str
    comment: str
    usage_point: Identified
    customer: Identified
    service_location: Identified
    is_multiple_premises: bool = False
    first_responder_status: str = ""
    hazards: tuple[str, ...] = ()
    notifications: tuple[Notification, ...] = ()

    @property
    def number(self) -> str:
        """The ticket's number in the system that took it."""
        typed = [name.name for name in self.names if name.type == "TicketNumber"]
        return (typed or [name.name for name in self.names] or [self.mrid])[0]

    @property
    def object_id(self) -> ObjectId:
        """What an error about this ticket names."""
        return _own_id(Identified(self.mrid, self.names))


def parse(payload: etree._Element, *, received_at: dt.datetime) -> Parsed[TroubleTicket]:
    """All tickets of a validated payload."""
    return items.parse_each(
        payload.iterfind(_NS + "TroubleTicket"), functools.partial(_ticket, received_at=received_at)
    )


def _ticket(element: etree._Element, *, received_at: dt.datetime) -> TroubleTicket:
    simple, own = items.values(element), items.identified(element)
    told = {tag: items.identified(element.find(_NS + tag)) for tag in ("UsagePoint", "Customer", "ServiceLocation")}
    if not any(told.values()):
        raise ItemRefused("1.7", "none of UsagePoint, Customer and ServiceLocation is given", _own_id(own))
    return TroubleTicket(
        mrid=own.mrid,
        names=own.names,
        reported_at=_reported_at(simple["dateTimeOfReport"], received_at, own),
        trouble_code=simple.get("troubleCode", ""),
        reporting_kind=simple.get("reportingKind", "other"),
        comment=simple.get("comment", ""),
        usage_point=told["UsagePoint"],
        customer=told["Customer"],
        service_location=told["ServiceLocation"],
        is_multiple_premises=simple.get("multiplePremises") in {"true", "1"},
        first_responder_status=simple.get("firstResponderStatus", ""),
        hazards=tuple(items.values(one)["type"] for one in element.iterfind(_NS + "Hazard")),
        notifications=tuple(map(_notification, element.iterfind(_NS + "Notification"))),
    )


def _reported_at(text: str, received_at: dt.datetime, own: Identified) -> dt.datetime:
    try:
        return times.parse_occurred(text, received_at=received_at)
    except times.TimeRefused as refused:
        raise ItemRefused("1.8", f"dateTimeOfReport: {refused}", _own_id(own)) from None


def _notification(element: etree._Element) -> Notification:
    simple = items.values(element)
    return Notification(simple.get("contactType", ""), simple["contactValue"], simple.get("trigger", ""))


def _own_id(own: Identified) -> ObjectId:
    return own.to_object_id("TroubleTicket")
