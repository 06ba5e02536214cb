"""CustomerMeterDataSet (own profile): who is supplied where. Asked for by get, answered by reply, told by create, change, delete.

The customer is known by an account: the first name of CustomerAccount, else a name of Customer of type AccountNumber or KNumber. The
place is known by its usage point. A name of Customer of type CustomerNumber is the person's, who may have several accounts; a KNumber
beside an account, or among the names of the usage point, is the service connection's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim import namespaces, writer
from integration.cim.errors import ObjectId
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, ItemRefused, Name, Parsed

if TYPE_CHECKING:
    from lxml import etree

    from integration.cim.envelope import Envelope

GET, NOUN, QUESTION = "get", "CustomerMeterDataSet", "GetCustomerMeterDataSet"
USAGE_POINT = "UsagePointNumber"
K_NUMBER = "KNumber"
_ACCOUNTS = ("AccountNumber", K_NUMBER)
_NS = "{urn:tieline:cim:2026:CustomerMeterDataSet#}"


@dataclass(frozen=True, slots=True)
class CustomerData:
    """One customer at one usage point; what is empty was not said."""

    usage_point: Identified
    account_number: str
    name: str = ""
    phone: str = ""
    special_need: str = ""
    address: str = ""
    meter: Identified = items.NOTHING
    customer_number: str = ""
    k_number: str = ""
    premises: str = ""
    agreement_number: str = ""

    @property
    def object_id(self) -> ObjectId:
        """What an error about it names."""
        return self.usage_point.to_object_id("UsagePoint")


@dataclass(frozen=True, slots=True)
class Told:
    """Which question a reply answers."""

    correlation_id: str

    @property
    def object_id(self) -> ObjectId:
        """What an error about it names."""
        return ObjectId(self.correlation_id, "Message", kind="transaction")


def build(usage_points: Iterable[str]) -> str:
    """The question: who is at these usage points, by name."""
    points = (items.write_identified("UsagePoint", Identified("", (Name(one, USAGE_POINT),))) for one in usage_points)
    return writer.element(QUESTION, *points, xmlns=namespaces.PROFILES[NOUN])


def parse(payload: etree._Element, *, received_at: dt.datetime) -> Parsed[CustomerData]:  # noqa: ARG001 - as all parsers
    """All records of a validated payload."""
    return items.parse_each(payload.iterfind(_NS + "CustomerMeterData"), _record)


def parse_reply(
    payload: etree._Element | None, *, envelope: Envelope, received_at: dt.datetime
) -> Parsed[Told | CustomerData]:
    """First which question it answers, then the records; points of which the other system knows nothing are not in it."""
    parsed = parse(payload, received_at=received_at) if payload is not None else Parsed[CustomerData]()
    return Parsed([Told(envelope.correlation_id), *parsed.items], parsed.errors)


def _record(element: etree._Element) -> CustomerData:
    customer, point = element.find(_NS + "Customer"), items.identified(element.find(_NS + "UsagePoint"))
    named = point.to_object_id("UsagePoint")
    if not point:
        raise ItemRefused("1.7", "UsagePoint says neither mRID nor name", named)
    by_type = {one.type: one.name for one in items.identified(customer).names}
    account = _called(element, "CustomerAccount") or next((by_type[one] for one in _ACCOUNTS if one in by_type), "")
    if not account:
        words = f"neither CustomerAccount nor a name of Customer of type {' or '.join(_ACCOUNTS)} says which account"
        raise ItemRefused("1.7", words, named)
    at_point = next((one.name for one in point.names if one.type == K_NUMBER), "")
    beside = by_type.get(K_NUMBER, "")
    simple = items.values(customer) if customer is not None else {}
    return CustomerData(
        usage_point=point,
        account_number=account,
        name=simple.get("name", ""),
        phone=_text(element, "Customer", "phone1", "localNumber"),
        special_need=simple.get("specialNeed", ""),
        address=_text(element, "ServiceLocation", "mainAddress", "streetDetail", "addressGeneral"),
        meter=items.identified(element.find(_NS + "Meter")),
        customer_number=by_type.get("CustomerNumber", ""),
        k_number=at_point or (beside if beside != account else ""),
        premises=_called(element, "ServiceLocation"),
        agreement_number=_called(element, "CustomerAgreement"),
    )


def _called(element: etree._Element, name: str) -> str:
    """The first name of a part, else its mRID."""
    one = items.identified(element.find(_NS + name))
    return one.names[0].name if one.names else one.mrid


def _text(element: etree._Element, *path: str) -> str:
    return items.collapse(element.findtext("/".join(_NS + step for step in path)))
