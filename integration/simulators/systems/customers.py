"""The customer system: master of customers, answers who is where, opens trouble tickets, and follows outages for its callers.

1. get CustomerMeterDataSet is acknowledged, and answered by reply under its CorrelationID from this system's own records.
2. With --rate, customers call: create TroubleTickets for usage points of the network description.
3. UnplannedOutages are kept by mRID: state, expected time, who is out. A ticket is answered when an outage names its usage point, has
   its expected time from there, and is closed when that outage is.
4. Breaker tables and device events are noted.
"""

from __future__ import annotations

import functools
import uuid
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from integration.simulators import messages
from integration.simulators.client import Refused, Unreachable
from integration.simulators.delivery import Message
from integration.simulators.incoming import Incoming
from integration.simulators.messages import Call
from integration.simulators.systems import base
from integration.simulators.systems.base import TAKEN, Answer, System, Tools

_DATA = "urn:tieline:cim:2026:CustomerMeterDataSet#"
_FAMILIES = ("Weber", "Okafor", "Rossi", "Nowak", "Singh", "Larsen", "Dubois", "Haddad")
_NOTED = frozenset({"EndDeviceEvents", "PlannedOutages", "PlannedOutageNotifications", "ServiceOrders"})


@dataclass(slots=True)
class Ticket:
    """A customer's trouble, from the call to the word that it is over."""

    usage_point: str
    outage: str = ""
    expected: str = ""
    is_closed: bool = False


@dataclass(slots=True)
class KnownOutage:
    """What was told of one outage."""

    verb: str
    kind: str
    expected: str
    usage_points: set[str]


class CustomerSystem(System):
    """Its own customers, tickets and outages."""

    source = "CIS-SIM"
    summary_line = "The customer system: answers who is where, opens trouble tickets, follows outages for its callers."

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self.outages: dict[str, KnownOutage] = {}
        self.tickets: dict[str, Ticket] = {}
        self.breakers: dict[str, dict[str, str]] = {}
        self.noted: dict[str, int] = {}
        self.asked = self.told = 0
        self.points: list[str] = []

    def begin(self) -> None:
        """Learn where customers are, and let them call at the given rate."""
        if self.tools.rate:
            try:
                world = self.tools.client.get("api/v1/simulation/world")
            except (Unreachable, Refused):
                return
            self.points = [str(one["usage_point"]) for one in world.get("meters", [])]
            if self.points:
                self._next_call()

    def take(self, message: Incoming) -> Answer:
        """Questions, outages, tables."""
        if message.verb == "get" and message.noun == "CustomerMeterDataSet":
            return self._question(message)
        if message.noun == "UnplannedOutages":
            for one in base.find_all(base.payload(message, message.noun), "UnplannedOutage"):
                self._outage(message.verb, one)
            return TAKEN
        if message.noun == "BreakerStatuses":
            for one in base.find_all(base.payload(message, message.noun), "BreakerStatus"):
                self._breaker(one)
            return TAKEN
        if message.noun in _NOTED:
            self.noted[message.noun] = self.noted.get(message.noun, 0) + 1
            return TAKEN
        return super().take(message)

    def state(self) -> dict[str, Any]:
        """Counts, and the tickets."""
        return {
            "asked": self.asked,
            "told": self.told,
            "outages": {key: one.kind for key, one in self.outages.items()},
            "tickets": {
                "open": sum(not one.is_closed for one in self.tickets.values()),
                "closed": sum(one.is_closed for one in self.tickets.values()),
                "with_expected_time": sum(bool(one.expected) for one in self.tickets.values()),
            },
            "breakers": len(self.breakers),
            "noted": self.noted,
        }

    # Tickets

    def call(self, usage_point: str, comment: str = "") -> str:
        """A customer calls; the mRID of the ticket."""
        mrid, sender = str(uuid.uuid5(uuid.NAMESPACE_OID, self.tools.pen.id())), self.tools.pen.sender()
        call = Call(mrid, f"TT-{mrid[:8]}", self.at, usage_point, comment=comment)
        self.tickets[mrid] = Ticket(usage_point)
        self.tools.put(Message(sender.message_id, messages.trouble_tickets(sender, [call])))
        for key, outage in self.outages.items():
            self._match(key, outage)
        return mrid

    def _next_call(self) -> None:
        point = self.points[int(self.tools.rng.integers(len(self.points)))]
        self.call(point, "No power")
        if self.tools.rate:
            self.after(1.0 / self.tools.rate, self._next_call)

    def _outage(self, verb: str, one: ET.Element) -> None:
        key = base.words(one, "mRID")
        points = {base.named(point, "UsagePointNumber") for point in base.find_all(one, "DeEnergizedUsagePoint")}
        expected = base.words(one, "EstimatedRestorationTime", "ert")
        known = self.outages.setdefault(key, KnownOutage(verb, "", "", set()))
        known.verb, known.kind, known.expected = verb, base.words(one, "outageKind"), expected or known.expected
        known.usage_points |= points
        self._match(key, known)

    def _match(self, key: str, outage: KnownOutage) -> None:
        is_over = outage.verb in {"closed", "canceled"} or outage.kind in {"restored", "closed"}
        for ticket in self.tickets.values():
            if not ticket.outage and ticket.usage_point in outage.usage_points and not is_over:
                ticket.outage = key
            if ticket.outage == key:
                ticket.expected = outage.expected or ticket.expected
                ticket.is_closed = ticket.is_closed or is_over

    def _breaker(self, line: ET.Element) -> None:
        told = {base.local(one): (one.text or "").strip() for one in line if len(one) == 0}
        self.breakers[told.get("mRID", "")] = told

    # Who is where

    def _question(self, message: Incoming) -> Answer:
        asked = base.find(message.root, "Request", "GetCustomerMeterDataSet")
        points = [base.named(one, "UsagePointNumber") for one in base.find_all(asked, "UsagePoint")]
        self.asked += len(points)
        self.after(0.5, functools.partial(self._tell, points, message.correlation_id))
        return "0.3", ""

    def _tell(self, points: list[str], correlation_id: str) -> None:
        records = [self._record(point) for point in points]
        self.told += len(records)
        content = f'<CustomerMeterDataSet xmlns="{_DATA}">{"".join(records)}</CustomerMeterDataSet>'
        self.send(
            "ResponseMessage",
            "reply",
            "CustomerMeterDataSet",
            content,
            correlation_id=correlation_id,
            items=len(records),
        )

    def _record(self, point: str) -> str:
        """This system's own record of who is there: the same for the same place, in every run."""
        number = uuid.uuid5(uuid.NAMESPACE_OID, point).int
        phone = f"+49 7221 {number % 1_000_000:06d}"
        need = "<specialNeed>life_support</specialNeed>" if number % 50 == 0 else ""
        return (
            f"<CustomerMeterData><Customer><name>{_FAMILIES[number % len(_FAMILIES)]}</name>{need}"
            f"{messages.names(f'CIS-{point}', 'AccountNumber')}<phone1><localNumber>{phone}</localNumber></phone1></Customer>"
            f"<UsagePoint>{messages.names(point, 'UsagePointNumber')}</UsagePoint></CustomerMeterData>"
        )
