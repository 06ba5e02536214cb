"""Every message we take, sent as its example and wrong in each of the usual ways, bare and in SOAP: the code is that of the table.

What each way of being wrong is answered stands in docs/subsystems/messages.md; codes are those of IEC 61968-9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pytest
from django.test import Client
from lxml import etree

from adms.core import actors
from integration.cim import codes, namespaces, registry, schemas, xml
from integration.cim.registry import Direction, Row
from integration.services import partners
from tests.integration.cim.messages.test_profiles import PROFILES
from tests.integration.services import cast

MESSAGE = namespaces.MESSAGE
SOAP = {version: space for space, version in namespaces.SOAP.items()}
ROWS = [row for row in registry.ROWS if row.direction is Direction.IN]
UNBUILT = {row.key for row in ROWS if row.handler.endswith(".unbuilt")}
#: What the examples of test_profiles are answered where two houses on Mill Lane are all there is; others are taken.
EXAMPLES = {key: ["5.2"] for key in UNBUILT} | {
    "in create MasterDataLinkageConfig": ["5.2", "5.2"],
    "in delete MasterDataLinkageConfig": ["5.2", "5.2"],
    "in changed MeasurementValues": ["2.15"],
    "in reply MeterReadings": ["2.15"],
    "in created MeterReadings": ["1.8"],
    "in changed MeterReadings": ["1.8"],
    "in get MeterReadings": ["5.5"],
    "in create ServiceOrders": ["5.2"],  # nobody subscribes them
    "in changed ServiceOrders": ["2.15"],
    "in changed Callbacks": ["2.15"],
    "in create PlannedOutages": ["2.15"],
    "in change PlannedOutages": ["2.15"],
    "in cancel PlannedOutages": ["2.15"],
    "in changed SwitchingPlans": ["1.7"],
    "in changed MaintenanceOrders": ["1.7"],
    "in reply CustomerMeterDataSet": ["2.15"],
    "in reply PlannedOutageNotifications": ["1.7"],
}
#: A payload may be missing where the envelope says it all: a question, a reply that only names what failed.
WITHOUT_PAYLOAD = {
    "in get MeterReadings": ["1.6"],
    "in reply MeterReadings": ["2.15"],
    "in reply CustomerMeterDataSet": ["2.15"],
    "in get UnplannedOutages": ["0.0"],
    "in get PlannedOutages": ["0.0"],
    "in get BreakerStatuses": ["0.0"],
}
EMPTY_PAYLOAD = {
    "in get MeterReadings": ["1.6"],
    "in reply MeterReadings": ["2.15"],
    "in get UnplannedOutages": ["1.8"],
    "in get PlannedOutages": ["1.8"],
    "in get BreakerStatuses": ["1.8"],
}


class Told(NamedTuple):
    """An answer: HTTP status, root of the message, Result, codes."""

    status: int
    root: str
    result: str
    codes: list[str]


@dataclass
class Bus:
    """A partner that may send everything, at the real address."""

    token: str

    def send(self, data: str, kind: str = "application/xml") -> bytes:
        headers = {"Authorization": f"Bearer {self.token}"}
        self.latest = Client().post("/cim/v1/messages", data.encode(), content_type=kind, headers=headers)
        return bytes(self.latest.content)

    def told(self, data: str, kind: str = "application/xml") -> Told:
        body = self.send(data, kind)
        root = etree.fromstring(body)
        message = next(one for one in root.iter() if namespaces.split(one)[1] in {"ResponseMessage", "FaultMessage"})
        xml.parse_message(etree.tostring(message), schema=schemas.schema("message"))
        told = [one.text or "" for one in message.iter(f"{{{MESSAGE}}}code")]
        assert set(told) <= set(codes.CODES)
        result = message.findtext(f".//{{{MESSAGE}}}Result") or ""
        return Told(self.latest.status_code, namespaces.split(message)[1], result, told)


@pytest.fixture
def bus(transactional_db: None) -> Bus:
    cast.make_mill_lane()
    new = partners.NewPartner(name="Bus", source="BUS", allowed=tuple(row.name for row in ROWS))
    return Bus(partners.create_partner(actor=actors.system("test"), partner=new, at=cast.AT)[1])


def message(row: Row, number: str, payload: str, more: str = "") -> str:
    root = "EventMessage" if row.verb.endswith("d") else "ResponseMessage" if row.verb == "reply" else "RequestMessage"
    told = f"<Verb>{row.verb}</Verb><Noun>{row.noun}</Noun>{more}<Source>BUS</Source><MessageID>{number}</MessageID>"
    reply = "<Reply><Result>OK</Result></Reply>" if row.verb == "reply" else ""
    part = "Request" if row.verb == "get" else "Payload"
    content = f"<{part}>{payload}</{part}>" if payload else ""
    return f'<{root} xmlns="{MESSAGE}"><Header>{told}</Header>{reply}{content}</{root}>'


def payload(row: Row, content: str, namespace: str = "") -> str:
    return f'<{row.schema} xmlns="{namespace or namespaces.PROFILES[row.schema]}">{content}</{row.schema}>'


def example(row: Row) -> str:
    """A question that has no profile of its own is asked in the envelope alone."""
    asks_plainly = row.verb == "get" and row.schema == row.noun
    return "" if asks_plainly else payload(row, PROFILES[row.schema].example)


def in_soap(version: str, inner: str) -> str:
    return f'<e:Envelope xmlns:e="{SOAP[version]}"><e:Body>{inner}</e:Body></e:Envelope>'


def expected(told: list[str]) -> Told:
    """What a ResponseMessage with these codes looks like."""
    is_taken = told == ["0.0"]
    return Told(200 if is_taken else 422, "ResponseMessage", "OK" if is_taken else "FAILED", told)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_the_example_is_answered_alike_by_rest_and_soap_and_a_repeat_to_the_byte(bus: Bus, row: Row) -> None:
    wanted = EXAMPLES.get(row.key, ["0.0"])
    assert bus.told(message(row, "a", example(row))) == expected(wanted)
    first = bus.latest.content
    if wanted == ["0.0"]:
        assert bus.send(message(row, "a", example(row))) == first
        asks_plainly = not example(row)
        other = "<ID>other</ID>" if asks_plainly else payload(row, PROFILES[row.schema].example * 2)
        assert bus.told(message(row, "a", other)) == Told(409, "ResponseMessage", "FAILED", ["6.1"])
    for version, kind in (("1.1", "text/xml"), ("1.2", "application/soap+xml")):
        told = bus.told(in_soap(version, message(row, f"s{version}", example(row))), kind)
        assert told == expected(wanted)._replace(status=200)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_what_is_wrong_with_its_form_is_told_by_the_code_for_it(bus: Bus, row: Row) -> None:
    content = PROFILES[row.schema].example
    told = bus.told(message(row, "b", payload(row, f"{content}<odd/>")))
    assert (told.status, told.root, set(told.codes) <= {"1.7", "1.8"}) == (422, "ResponseMessage", True)
    assert bus.told(message(row, "c", payload(row, content, "urn:other#"))) == expected(["1.8"])
    faulty = Told(400, "FaultMessage", "FAILED", ["1.9"])
    assert bus.told(message(row, "d", example(row), "<Revision>9.0</Revision>")) == faulty
    assert bus.told(message(row, "e", "")) == expected(WITHOUT_PAYLOAD.get(row.key, ["1.7"]))
    assert bus.told(message(row, "f", payload(row, ""))) == expected(EMPTY_PAYLOAD.get(row.key, ["1.7"]))
    nameless = message(row, "g", example(row)).replace("<Source>BUS</Source>", "")
    assert bus.told(nameless) == Told(400, "FaultMessage", "FAILED", ["1.5"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_another_year_of_a_standard_namespace_is_read_and_of_our_own_is_refused(bus: Bus, row: Row) -> None:
    ours = namespaces.PROFILES[row.schema]
    other = (
        ours.replace("/2011/", "/2031/").replace("/2015/", "/2031/").replace("/2017/", "/2031/").replace("2026", "2031")
    )
    told = bus.told(message(row, "h", payload(row, PROFILES[row.schema].example, other)))
    is_standard = ours.startswith("http://iec.ch/")
    assert told == expected(EXAMPLES.get(row.key, ["0.0"]) if is_standard else ["1.8"])


def test_ten_megabytes_are_taken_whole_or_refused_for_their_number(bus: Bus) -> None:
    row = registry.incoming("created", "EndDeviceEvents")
    one = PROFILES[row.schema].example
    many = message(row, "i", payload(row, one * (10 * 2**20 // len(one))))
    assert bus.told(many) == Told(413, "FaultMessage", "FAILED", ["3.1"])
    wide = message(row, "j", payload(row, (one + " " * 5_000) * 2_100))
    assert bus.told(wide) == expected(["0.0"])


def test_a_verb_or_noun_nobody_takes_is_named(bus: Bus) -> None:
    row = registry.incoming("created", "EndDeviceEvents")
    wrong = message(row, "k", example(row))
    assert bus.told(wrong.replace("<Verb>created<", "<Verb>deleted<")) == expected(["2.9"])
    assert bus.told(wrong.replace("<Noun>EndDeviceEvents<", "<Noun>Weather<")) == expected(["2.5"])
    assert bus.told(wrong.replace("<Source>BUS<", "<Source>OTHER<")) == expected(["2.14"])


def test_what_the_tables_say_is_about_messages_there_are() -> None:
    assert EXAMPLES.keys() | WITHOUT_PAYLOAD.keys() | EMPTY_PAYLOAD.keys() <= {row.key for row in ROWS}
