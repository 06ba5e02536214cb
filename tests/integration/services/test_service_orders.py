"""A03: meter data management asks for a visit to a meter; who does the work is told once, and who asked hears how it stands."""

from __future__ import annotations

import pytest

from integration.cim import registry, schemas, xml
from integration.models import InboxMessage, OutboxMessage, Partner
from tests.integration.cim.messages import compose
from tests.integration.services.cast import MillLane, make_partner, post

SPACE = "http://iec.ch/TC57/2015/ServiceOrders#"
METER = "<Assets><Names><name>{}</name><NameType><name>MeterNumber</name></NameType></Names></Assets>"
TASK = "<WorkTasks><crewETA>2026-03-02T08:00:00Z</crewETA><subject>display dark</subject>{}</WorkTasks>"


@pytest.fixture
def mdm(mill_lane: MillLane) -> Partner:
    return make_partner("MDM", ["create ServiceOrders"], **subscribed({"verbs": ["changed"]}))


@pytest.fixture
def wfm(mdm: Partner) -> Partner:
    return make_partner("WFM", ["changed ServiceOrders"], **subscribed())


def subscribed(wants: object = None) -> dict[str, object]:
    filters = {"ServiceOrders": wants} if wants else {}
    return {"subscriptions": ["ServiceOrders"], "endpoint_url": "http://127.0.0.1:9/", "filters": filters}


def order(number: str, meter: str = "MTR-1", point: str = "SDP-1") -> str:
    place = f"<UsagePoint><Names><name>{point}</name></Names></UsagePoint>"
    names = f"<Names><name>{number}</name><NameType><name>ServiceOrderNumber</name></NameType></Names>"
    work = f"<Work><kind>service</kind>{place}{TASK.format(METER.format(meter))}</Work>"
    return f"<ServiceOrder>{names}{work}</ServiceOrder>"


def status(number: str, told: str) -> str:
    names = f"<Names><name>{number}</name><NameType><name>ServiceOrderNumber</name></NameType></Names>"
    return f"<ServiceOrder>{names}<Work><statusKind>{told}</statusKind></Work></ServiceOrder>"


def said(partner: Partner, verb: str, content: str, message_id: str) -> tuple[str, list[str]]:
    """Result and codes of the answer."""
    head = compose.header(verb, "ServiceOrders", source=partner.source, message_id=message_id)
    root = "EventMessage" if verb == "changed" else "RequestMessage"
    answer = post(
        partner, compose.message(f'<ServiceOrders xmlns="{SPACE}">{content}</ServiceOrders>', head, root=root)
    )
    found = xml.parse_message(answer.body)
    message = "{http://iec.ch/TC57/2011/schema/message}"
    return found.findtext(f".//{message}Result") or "", [one.text or "" for one in found.iter(f"{message}code")]


def told() -> list[tuple[str, str]]:
    return list(OutboxMessage.objects.order_by("pk").values_list("partner__source", "verb"))


def test_who_does_the_work_is_told_once_and_who_asked_hears_of_it(mdm: Partner, wfm: Partner) -> None:
    for _ in range(2):
        assert said(mdm, "create", order("SO-1"), "m-1") == ("OK", ["0.0"])
    assert told() == [("WFM", "create")]
    assert said(wfm, "changed", status("SO-1", "completed"), "w-1") == ("OK", ["0.0"])
    assert told() == [("WFM", "create"), ("MDM", "changed")]
    assert said(wfm, "changed", status("SO-1", "completed"), "w-2") == ("OK", ["0.0"])
    assert len(told()) == 2  # the same said again tells nobody anything new
    assert InboxMessage.objects.get(message_id="m-1").effects == {"service_orders": ["SO-1"]}


def test_what_is_passed_on_says_the_same_in_the_words_of_the_schema(mdm: Partner, wfm: Partner) -> None:
    said(mdm, "create", order("SO-1"), "m-1")
    body = bytes(OutboxMessage.objects.get().body)
    (sent,) = xml.parse_message(body).iter(f"{{{SPACE}}}ServiceOrders")
    xml.validate_element(sent, schemas.schema("ServiceOrders"))
    assert sent.findtext(f".//{{{SPACE}}}subject") == "display dark"
    assert b"<Source>TIELINE</Source>" in body
    assert b"MDM" not in body


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (order("SO-1", meter="MTR-9"), "2.4"),
        (order("SO-1", point="SDP-9"), "2.12"),
        ("<ServiceOrder><Work/></ServiceOrder>", "1.7"),
    ],
)
def test_an_order_about_nothing_known_is_refused_and_the_others_are_passed_on(
    mdm: Partner, wfm: Partner, content: str, code: str
) -> None:
    assert said(mdm, "create", content + order("SO-2"), "m-1") == ("PARTIAL", [code])
    assert told() == [("WFM", "create")]


def test_an_order_is_created_once_and_one_that_never_was_is_not_changed(mdm: Partner, wfm: Partner) -> None:
    said(mdm, "create", order("SO-1"), "m-1")
    assert said(mdm, "create", order("SO-1"), "m-2") == ("FAILED", ["6.1"])
    assert said(wfm, "changed", status("SO-9", "enroute"), "w-1") == ("FAILED", ["2.15"])
    assert told() == [("WFM", "create")]


def test_what_nobody_takes_is_refused_so_that_who_asked_knows(mdm: Partner) -> None:
    assert said(mdm, "create", order("SO-1"), "m-1") == ("FAILED", ["5.2"])
    make_partner("SOUTH", [], **subscribed({"areas": ["south"]}))
    assert said(mdm, "create", order("SO-1"), "m-2") == ("FAILED", ["5.2"])
    assert told() == []
    make_partner("NORTH", [], **subscribed({"areas": ["north"]}))
    assert said(mdm, "create", order("SO-1"), "m-3") == ("OK", ["0.0"])
    assert told() == [("NORTH", "create")]


def test_news_that_nobody_wants_is_taken_all_the_same(mdm: Partner, wfm: Partner) -> None:
    said(mdm, "create", order("SO-1"), "m-1")
    Partner.objects.filter(pk=mdm.pk).update(subscriptions=[])
    assert said(wfm, "changed", status("SO-1", "enroute"), "w-1") == ("OK", ["0.0"])
    assert told() == [("WFM", "create")]


def test_the_interface_is_in_the_registry_in_both_ways() -> None:
    rows = {row.key for row in registry.ROWS if row.noun == "ServiceOrders" and row.is_acted_on}
    assert {"in create ServiceOrders", "in changed ServiceOrders"} <= rows
