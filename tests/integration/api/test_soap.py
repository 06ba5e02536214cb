"""B06: SOAP in four forms, answered in the form it was asked in; a client made from our WSDL calls every operation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import zeep
from django.test import Client
from lxml import etree
from zeep.transports import Transport

from adms.core import actors, clock
from adms.core.models import RoleGrant
from integration.cim import registry, wsdl
from integration.models import InboxMessage, Partner, Quarantine
from integration.services import partners
from network.selectors import state
from outages.models import PlannedOutage
from outages.services import planned
from tests.cast import person, publish
from tests.integration.cim.messages import compose
from tests.integration.services import cast

MESSAGE = "http://iec.ch/TC57/2011/schema/message"
EVENTS = "http://iec.ch/TC57/2011/EndDeviceEvents#"
PLANS = "urn:tieline:cim:2026:PlannedOutages#"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
HOST = "http://testserver"
MRID = "e3e5b1ff-2cf9-4c1c-9a39-3b2f5c7a1100"


class InProcess(Transport):
    """Carries a SOAP client's requests to the application without a network."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.web, self.token = Client(), token
        self.latest: Any = None

    def load(self, url: str) -> bytes:
        assert url.startswith(HOST)
        return self.web.get(url.removeprefix(HOST)).content

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> Any:
        assert address.startswith(HOST)
        self.latest = self.web.post(
            address.removeprefix(HOST),
            message,
            content_type=headers["Content-Type"],
            headers={"Authorization": f"Bearer {self.token}", "SOAPAction": headers.get("SOAPAction", "")},
        )
        self.latest.encoding = "utf-8"
        return self.latest


@pytest.fixture
def token(transactional_db: None) -> str:
    new = partners.NewPartner(name="Bus", source="BUS", allowed=tuple({row.name for row in registry.ROWS}))
    partner, secret = partners.create_partner(actor=actors.system("test"), partner=new, at=cast.AT)
    assert RoleGrant.objects.filter(user=partner.user, role="INT").exists()
    return secret


@pytest.fixture
def transport(token: str) -> InProcess:
    return InProcess(token)


@pytest.fixture
def client_of(transport: InProcess) -> Callable[[str], zeep.Client]:
    def make(service: str) -> zeep.Client:
        return zeep.Client(f"{HOST}/cim/v1/soap/{service}?wsdl", transport=transport)

    return make


def header(verb: str, noun: str, number: str) -> dict[str, Any]:
    return {"Verb": verb, "Noun": noun, "Source": "BUS", "MessageID": number, "CorrelationID": f"c-{number}"}


def codes(reply: Any) -> list[str]:
    return [error.code for error in reply.Error]


CALLS = [(service.name, operation.name) for service in wsdl.services().values() for operation in service.operations]


@pytest.mark.parametrize(("service", "operation"), CALLS, ids=[name for _, name in CALLS])
def test_a_client_made_from_our_wsdl_calls_each_operation(
    client_of: Callable[[str], zeep.Client], service: str, operation: str
) -> None:
    """Without a payload most are refused; that is said by a reply the client understands, under its own CorrelationID."""
    client = client_of(service)
    told = {"Reply": {"Result": "OK"}} if operation.startswith("Reply") else {}
    answer = client.service[operation](Header=header("get", "anything", f"m-{operation}"), **told)
    assert answer.Header.CorrelationID == f"c-m-{operation}"
    assert answer.Header.Verb == "reply"
    if service.startswith(("Execute", "Receive")):
        assert (answer.Reply.Result, codes(answer.Reply)) == ("FAILED", ["1.7"])
    else:
        assert answer.Reply.Result in {"OK", "FAILED"}
        assert codes(answer.Reply)


def test_a_typed_event_with_its_payload_has_its_effect(
    client_of: Callable[[str], zeep.Client], transport: InProcess
) -> None:
    cast.make_mill_lane()
    client = client_of("ReceiveEndDeviceEvents")
    event = {
        "createdDateTime": "2026-03-01T10:15:28Z",
        "Assets": {"Names": [{"name": "MTR-1"}]},
        "EndDeviceEventType": {"ref": "3.26.0.85"},
    }
    payload = {"EndDeviceEvents": {"EndDeviceEvent": [event]}}
    answer = client.service.CreatedEndDeviceEvents(Header=header("created", "x", "m-1"), Payload=payload)
    assert (answer.Reply.Result, codes(answer.Reply)) == ("OK", ["0.0"])
    assert transport.latest["Content-Type"] == "text/xml; charset=utf-8"
    assert InboxMessage.objects.get().effects
    again = transport.latest.content
    client.service.CreatedEndDeviceEvents(Header=header("created", "x", "m-1"), Payload=payload)
    assert transport.latest.content == again


def test_plans_are_asked_for_read_and_put_together_by_typed_services(
    client_of: Callable[[str], zeep.Client],
) -> None:
    state.forget()
    publish()
    tomorrow = clock.now() + dt.timedelta(days=1)
    plan = {
        "mRID": MRID,
        "reason": "Pole replacement",
        "Equipments": [{"mRID": "SW1"}],
        "estimatedPeriod": {"end": tomorrow + dt.timedelta(hours=2), "start": tomorrow},
    }
    made = client_of("ExecutePlannedOutages").service.CreatePlannedOutages(
        Header=header("create", "PlannedOutages", "m-1"), Payload={"PlannedOutages": {"PlannedOutage": [plan]}}
    )
    assert (made.Reply.Result, codes(made.Reply)) == ("OK", ["0.0"]), made.Reply
    row = PlannedOutage.objects.get()
    assert row.mrid == MRID
    planned.approve(actor=person("sue", "SOP"), planned_id=row.pk, at=clock.now())
    asked = client_of("GetPlannedOutages").service.GetPlannedOutages(
        Header=header("get", "PlannedOutages", "m-2"), Request={"Option": [{"name": "limit", "value": "5"}]}
    )
    assert [one.mRID for one in asked.Payload.PlannedOutages.PlannedOutage] == [MRID]
    item = f'<PlannedOutages xmlns="{PLANS}"><PlannedOutage><mRID>{MRID}</mRID><status><reason>Rain</reason></status></PlannedOutage></PlannedOutages>'
    operation = {"operationId": 1, "noun": "PlannedOutages", "verb": "cancel", "_value_1": etree.fromstring(item)}
    ended = client_of("ExecutePlannedOutagesOperationSet").service.ExecutePlannedOutagesOperationSet(
        Header=header("execute", "OperationSet", "m-3"),
        Payload={"OperationSet": {"enforceTransactionalIntegrity": True, "Operation": [operation]}},
    )
    assert (ended.Reply.Result, PlannedOutage.objects.get().state) == ("OK", "cancelled")


def test_a_client_of_the_generic_service_sends_any_message(client_of: Callable[[str], zeep.Client]) -> None:
    cast.make_mill_lane()
    client = client_of(wsdl.GENERIC)
    payload = f'<EndDeviceEvents xmlns="{EVENTS}">{compose.GASP}</EndDeviceEvents>'
    message = {
        "Header": header("created", "EndDeviceEvents", "m-1"),
        "Payload": {"_value_1": [etree.fromstring(payload)]},
    }
    answer = client.service.PublishEvent(message=message)
    assert (answer.Reply.Result, answer.Header.CorrelationID) == ("OK", "c-m-1")
    asked = client.service.Request(message={"Header": header("get", "UnplannedOutages", "m-2")})
    assert asked.Reply.Result == "OK"


def test_a_refused_typed_call_is_a_fault_the_client_understands(client_of: Callable[[str], zeep.Client]) -> None:
    client = client_of("ReceiveEndDeviceEvents")
    with pytest.raises(zeep.exceptions.Fault) as caught:
        client.service.CreatedEndDeviceEvents(Header={"Verb": "created", "Noun": "EndDeviceEvents", "MessageID": "m-1"})
    assert caught.value.code == "soap:Client"
    detail = caught.value.detail
    assert detail[0].tag == "{http://iec.ch/TC57/2011/EndDeviceEventsMessage}EndDeviceEventsFaultMessage"
    assert detail.findtext(f".//{{{MESSAGE}}}code") == "1.5"
    assert Quarantine.objects.count() == 1


GASPS = f'<EndDeviceEvents xmlns="{EVENTS}">{compose.GASP}</EndDeviceEvents>'
HEAD = compose.header(source="BUS")
INNER = f"{HEAD}<Payload>{GASPS}</Payload>"
WRAPPER = "http://iec.ch/TC57/2011/EndDeviceEventsMessage"
BODIES = {
    "bare": f'<EventMessage xmlns="{MESSAGE}">{INNER}</EventMessage>',
    "generic": f'<a:PublishEvent xmlns:a="http://iec.ch/TC57/2011/abstract"><a:message>{INNER}</a:message></a:PublishEvent>',
    "typed": f'<t:CreatedEndDeviceEvents xmlns:t="{WRAPPER}">{HEAD.replace("Header>", "t:Header>")}'
    f"<t:Payload>{GASPS}</t:Payload></t:CreatedEndDeviceEvents>",
}
ROOTS = {
    "bare": [f"{{{MESSAGE}}}ResponseMessage"],
    "generic": ["{http://iec.ch/TC57/2011/abstract}Response", "{http://iec.ch/TC57/2011/abstract}message"],
    "typed": [f"{{{WRAPPER}}}EndDeviceEventsResponseMessage"],
}


def in_envelope(body: str, space: str) -> bytes:
    return f'<e:Envelope xmlns:e="{space}" xmlns="{MESSAGE}"><e:Body>{body}</e:Body></e:Envelope>'.encode()


@pytest.mark.parametrize(("space", "kind"), [(SOAP_11, "text/xml"), (SOAP_12, "application/soap+xml")])
@pytest.mark.parametrize("form", list(BODIES))
def test_each_form_is_answered_in_its_own(token: str, form: str, space: str, kind: str) -> None:
    cast.make_mill_lane()
    web, data = Client(), in_envelope(BODIES[form], space)
    answers = [
        web.post(path, data, content_type=kind, headers={"Authorization": f"Bearer {token}"})
        for path in ("/cim/v1/messages", "/cim/v1/soap", "/cim/v1/soap/ReceiveEndDeviceEvents")
    ]
    assert {(answer.status_code, answer["Content-Type"]) for answer in answers} == {(200, f"{kind}; charset=utf-8")}
    assert {answer.content for answer in answers} == {answers[0].content}
    envelope = etree.fromstring(answers[0].content)
    assert envelope.tag == f"{{{space}}}Envelope"
    (element,) = envelope[0]
    for name in ROOTS[form]:
        assert element.tag == name
        element = element[0]
    assert envelope.findtext(f".//{{{MESSAGE}}}Result") == "OK"
    assert InboxMessage.objects.get().repeats == 2


@pytest.mark.parametrize("address", ["/cim/v1/soap", "/cim/v1/soap/EndDeviceEvents"])
def test_a_bare_message_is_answered_bare_at_any_address(token: str, address: str) -> None:
    cast.make_mill_lane()
    answer = Client().post(
        address, BODIES["bare"], content_type="application/xml", headers={"Authorization": f"Bearer {token}"}
    )
    assert (answer.status_code, etree.fromstring(answer.content).tag) == (200, f"{{{MESSAGE}}}ResponseMessage")


@pytest.mark.parametrize(
    ("space", "status", "path"),
    [(SOAP_11, 500, "faultcode"), (SOAP_12, 400, f"{{{SOAP_12}}}Code/{{{SOAP_12}}}Value")],
)
def test_what_cannot_be_read_is_a_fault_of_the_sender(token: str, space: str, status: int, path: str) -> None:
    data = in_envelope("<nothing/>", space)
    answer = Client().post("/cim/v1/soap", data, content_type="text/xml", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == status
    fault = etree.fromstring(answer.content)[0][0]
    assert fault.tag == f"{{{space}}}Fault"
    assert fault.findtext(path) in {"soap:Client", "soap:Sender"}
    assert fault.findtext(f".//{{{MESSAGE}}}FaultMessage//{{{MESSAGE}}}code") == "1.8"


SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"


def with_header(block: str, space: str) -> bytes:
    """The typed events in an Envelope whose Header holds one block."""
    head = f'<e:Header xmlns:s="{SECURITY}">{block}</e:Header><e:Body>'
    return in_envelope(BODIES["typed"], space).replace(b"<e:Body>", head.encode())


@pytest.fixture
def post(token: str) -> Callable[[bytes], Any]:
    cast.make_mill_lane()
    headers = {"Authorization": f"Bearer {token}"}
    return lambda data: Client().post("/cim/v1/soap", data, content_type="text/xml", headers=headers)


FOR_US = {
    "1.1": (SOAP_11, ["", 'e:actor=""', 'e:actor="http://schemas.xmlsoap.org/soap/actor/next"']),
    "1.2": (SOAP_12, ["", *(f'e:role="{SOAP_12}/role/{role}"' for role in ("next", "ultimateReceiver"))]),
}


@pytest.mark.parametrize(("version", "whom"), [(v, whom) for v, (_, all_whom) in FOR_US.items() for whom in all_whom])
def test_a_header_that_must_be_understood_and_is_not_is_a_fault(
    post: Callable[[bytes], Any], version: str, whom: str
) -> None:
    space, _ = FOR_US[version]
    answer = post(with_header(f'<s:Security e:mustUnderstand="1" {whom}/><s:Other/>', space))
    envelope = etree.fromstring(answer.content)
    (fault,) = envelope.findall(f"{{{space}}}Body/{{{space}}}Fault")
    path = {"1.1": "faultcode", "1.2": f"{{{SOAP_12}}}Code/{{{SOAP_12}}}Value"}[version]
    assert (answer.status_code, fault.findtext(path)) == (500, "soap:MustUnderstand")
    words = {"1.1": "faultstring", "1.2": f"{{{SOAP_12}}}Reason/{{{SOAP_12}}}Text"}[version]
    assert f"{{{SECURITY}}}Security" in str(fault.findtext(words))
    assert fault.find("detail") is None  # which would speak of the Body
    assert fault.find(f"{{{SOAP_12}}}Detail") is None
    assert InboxMessage.objects.count() == 0
    assert Quarantine.objects.get().code == "5.2"


def test_soap_1_2_is_told_in_headers_which_blocks_were_not_understood(post: Callable[[bytes], Any]) -> None:
    answer = post(with_header('<s:Security e:mustUnderstand="true"/><Plain e:mustUnderstand="1" xmlns=""/>', SOAP_12))
    told = etree.fromstring(answer.content).findall(f"{{{SOAP_12}}}Header/{{{SOAP_12}}}NotUnderstood")
    assert [one.get("qname") for one in told] == ["block:Security", "Plain"]
    assert told[0].nsmap["block"] == SECURITY


@pytest.mark.parametrize(
    ("space", "block"),
    [
        (SOAP_11, "<s:Security/>"),
        (SOAP_11, '<s:Security e:mustUnderstand="0"/>'),
        (SOAP_11, '<s:Security e:mustUnderstand="1" e:actor="urn:another"/>'),
        (SOAP_12, '<s:Security e:mustUnderstand="false"/>'),
        (SOAP_12, f'<s:Security e:mustUnderstand="1" e:role="{SOAP_12}/role/none"/>'),
    ],
)
def test_headers_that_need_not_be_understood_or_are_for_others_are_let_be(
    post: Callable[[bytes], Any], space: str, block: str
) -> None:
    assert post(with_header(block, space)).status_code == 200
    assert InboxMessage.objects.get().effects


def test_a_header_that_the_account_drops_need_not_be_understood(post: Callable[[bytes], Any]) -> None:
    Partner.objects.update(dialect={"dropped": [["Security"]]})
    assert post(with_header('<s:Security e:mustUnderstand="1"/>', SOAP_11)).status_code == 200
    Partner.objects.update(dialect={"dropped": [["Action"]]})
    answer = post(with_header('<s:Action e:mustUnderstand="1"/><s:Security e:mustUnderstand="1"/>', SOAP_11))
    assert f"understood is not: {{{SECURITY}}}Security" in answer.content.decode()


def test_strangers_are_told_so_in_soap_too(token: str) -> None:
    answer = Client().post("/cim/v1/soap", in_envelope(BODIES["typed"], SOAP_11), content_type="text/xml")
    assert answer.status_code == 401
    assert etree.fromstring(answer.content).findtext(f".//{{{MESSAGE}}}code") == "7.4"


def test_only_what_is_there_is_described(db: None) -> None:
    web = Client()
    assert web.get("/cim/v1/soap/ReceiveUnicorns?wsdl").status_code == 404
    assert web.get("/cim/v1/soap").status_code == 405
    hint = web.get("/cim/v1/soap/EndDeviceEvents?wsdl")
    assert (hint.status_code, hint.content) == (
        404,
        b"There is no service EndDeviceEvents; there are: ReceiveEndDeviceEvents\n",
    )
    assert web.get("/cim/v1/schemas/nothing.xsd").status_code == 404
    assert etree.fromstring(web.get("/cim/v1/schemas/PlannedOutages.xsd").content).get("targetNamespace") == PLANS
