"""MaintenanceOrders out to the field force and its reports back (X04, X10); customers asked for and told (C02)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from adms.core import actors
from adms.core.services import dispatch, events
from integration.cim import envelope, schemas, xml
from integration.models import InboxMessage, OutboxMessage, Partner
from integration.services import inbox
from metering.models import Customer
from outages.events import OutageChanged
from outages.models import Interruption, Outage
from tests.integration.cim.messages import compose
from tests.integration.services.cast import AT, MillLane, Post, make_partner
from workforce.models import Assignment, Crew, WorkOrder
from workforce.services import work

MESSAGE = "{http://iec.ch/TC57/2011/schema/message}"


@pytest.fixture
def wfm(transactional_db: None) -> Partner:
    return make_partner(
        "WFM",
        ["changed MaintenanceOrders"],
        endpoint_url="https://wfm.example.org/cim",
        subscriptions=["MaintenanceOrders"],
    )


@pytest.fixture
def crm(transactional_db: None) -> Partner:
    return make_partner(
        "CRM",
        ["change CustomerMeterDataSet", "reply CustomerMeterDataSet"],
        endpoint_url="https://crm.example.org/cim",
        subscriptions=["CustomerMeterDataSet"],
    )


@pytest.fixture
def outage(mill_lane: MillLane) -> Outage:
    outage = Outage.objects.create(
        mrid="8c3c7b7e-20f1-4b0a-bb1b-3f6f8c4a9d02", area=mill_lane.area, model_key="demo", kind="outage", state="new",
        confidence="predicted", device_mrid="fuse-3", device_name="Fuse 3", feeder="F-12", phases=7, node=7, customers_affected=2,
        customers_out=2, priority=2, started_at=AT - dt.timedelta(minutes=3), predicted_at=AT,
    )  # fmt: skip
    Interruption.objects.create(
        outage=outage, area=mill_lane.area, model_key="demo", equipment_mrid="transformer-1", node=7, phases=7, customers=2,
        usage_points=[point.pk for point in mill_lane.points], began_at=outage.started_at,
    )  # fmt: skip
    order = work.raise_work_order(
        area_id=mill_lane.area.pk, subject=f"outage:{outage.pk}", title="Outage at Fuse 3", kind="outage", priority=2,
        equipment_mrid="fuse-3", x=8.25, y=48.75, at=AT,
    )  # fmt: skip
    Outage.objects.filter(pk=outage.pk).update(work_order=order)
    Crew.objects.create(key="c1", name="Crew 1", kind="trouble", area=mill_lane.area, shift="on")
    return outage


def tell(outage: Outage, verb: str = "created") -> None:
    with transaction.atomic():
        fact = OutageChanged(outage.pk, outage.mrid, "demo", verb, 1, "test", AT)
        events.publish(area_id=outage.area_id, facts=[fact], at=AT)
    dispatch.dispatch(clock=lambda: AT)


def sent(noun: str) -> list[envelope.Envelope]:
    """What lies in the outbox of this noun, each held against its schema."""
    found = [envelope.read(bytes(row.body)) for row in OutboxMessage.objects.filter(noun=noun).order_by("pk")]
    for one in found:
        if one.payload is not None:
            schemas.validate_payload(one.payload, noun)
    return found


def texts(one: envelope.Envelope) -> dict[str, list[str]]:
    assert one.payload is not None
    told: dict[str, list[str]] = {}
    for element in one.payload.iter():
        told.setdefault(element.tag.rpartition("}")[2], []).append((element.text or "").strip())
    return told


def report(status: str, more: str = "", *, number: int, message_id: str, crew: str = "c1") -> bytes:
    crews = f"<Crews><Names><name>{crew}</name><NameType><name>CrewID</name></NameType></Names></Crews>"
    names = f"<Names><name>WO-{number}</name><NameType><name>WorkOrderNumber</name></NameType></Names>"
    order = f"<MaintenanceOrder>{names}<Work>{more}<WorkTasks><statusKind>{status}</statusKind>{crews}</WorkTasks></Work></MaintenanceOrder>"
    payload = f'<MaintenanceOrders xmlns="http://iec.ch/TC57/2015/MaintenanceOrders#">{order}</MaintenanceOrders>'
    return compose.message(payload, compose.header("changed", "MaintenanceOrders", source="WFM", message_id=message_id))


def codes(answer: inbox.Answer) -> list[str]:
    return [one.text or "" for one in xml.parse_message(answer.body).iter(MESSAGE + "code")]


def test_a_work_order_goes_out_once_then_changes_and_ends(wfm: Partner, outage: Outage) -> None:
    tell(outage)
    tell(outage, "changed")
    work.close_work_order(actor=actors.system("test"), subject=f"outage:{outage.pk}", state="completed", at=AT)
    tell(outage, "closed")
    order = WorkOrder.objects.get()
    first, second, last = sent("MaintenanceOrders")
    assert [one.verb for one in (first, second, last)] == ["create", "change", "close"]
    told = texts(first)
    assert told["statusKind"] == ["waitingToBeScheduled"] * 2
    assert {f"WO-{order.pk}", "WorkOrderNumber", str(outage.pk), "IncidentNumber", "Fuse 3"} <= set(told["name"])
    assert (told["xPosition"], told["yPosition"]) == (["8.25"], ["48.75"])
    assert told["instruction"] == ["2 customers out"]
    assert texts(last)["statusKind"][0] == "completed"


def test_nobody_is_told_who_does_not_subscribe(outage: Outage) -> None:
    tell(outage)
    assert OutboxMessage.objects.count() == 0


def test_each_step_of_a_crew_is_taken_once_and_told_back_as_it_stands(wfm: Partner, outage: Outage, post: Post) -> None:
    tell(outage)
    number = WorkOrder.objects.get().pk
    for place, status in enumerate(("dispatched", "enroute", "onSite", "onSite")):
        assert codes(post(wfm, report(status, number=number, message_id=f"w-{place}"))) == ["0.0"]
    again = post(wfm, report("enroute", number=number, message_id="w-1"))
    assert again.body == bytes(InboxMessage.objects.get(message_id="w-1").reply)
    dispatch.dispatch(clock=lambda: AT)
    assignment = Assignment.objects.get()
    assert (assignment.state, assignment.crew.key) == ("on_site", "c1")
    outage.refresh_from_db()
    assert outage.state == "on_site"
    verbs = [one.verb for one in sent("MaintenanceOrders")]
    assert (verbs[0], set(verbs[1:])) == ("create", {"change"})


def test_what_cannot_be_is_named_and_nothing_of_it_is_done(wfm: Partner, outage: Outage, post: Post) -> None:
    number = WorkOrder.objects.get().pk
    assert codes(post(wfm, report("onSite", number=number + 1, message_id="x-1"))) == ["2.15"]
    assert codes(post(wfm, report("onSite", number=number, message_id="x-2", crew="nobody"))) == ["2.15"]
    late = (
        "<ActivityRecords><createdDateTime>2026-03-01T10:15:00Z</createdDateTime><type>cause</type></ActivityRecords>"
    )
    bad = late.replace("<type>", "<reason>gremlins</reason><type>")
    assert codes(post(wfm, report("enroute", bad, number=number, message_id="x-3"))) == ["6.1"]
    assert Assignment.objects.count() == 0


def test_an_expected_time_and_a_cause_are_taken_over(wfm: Partner, outage: Outage, post: Post) -> None:
    number = WorkOrder.objects.get().pk
    more = (
        "<ActivityRecords><createdDateTime>2026-03-01T10:15:00Z</createdDateTime><reason>tree</reason><type>cause</type></ActivityRecords>"
        "<TimeSchedules><kind>estimate</kind><scheduleInterval><end>2026-03-01T12:00:00Z</end></scheduleInterval></TimeSchedules>"
    )
    assert codes(post(wfm, report("onSite", more, number=number, message_id="y-1"))) == ["0.0"]
    outage.refresh_from_db()
    assert (outage.cause, outage.etr_source) == ("tree", "crew")
    assert outage.etr_at == dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def customer(point: str, meter: str = "") -> str:
    hangs = f"<Meter><Names><name>{meter}</name></Names></Meter>" if meter else ""
    return (
        "<CustomerMeterData><Customer><name>Rosa Klein</name><specialNeed>life_support</specialNeed><Names><name>A-77</name>"
        "<NameType><name>AccountNumber</name></NameType></Names><phone1><localNumber>+49 1</localNumber></phone1></Customer>"
        f"{hangs}<UsagePoint><Names><name>{point}</name></Names></UsagePoint></CustomerMeterData>"
    )


def customers(verb: str, records: str, *, message_id: str, more: str = "") -> bytes:
    payload = (
        f'<CustomerMeterDataSet xmlns="urn:tieline:cim:2026:CustomerMeterDataSet#">{records}</CustomerMeterDataSet>'
    )
    head = compose.header(verb, "CustomerMeterDataSet", source="CRM", message_id=message_id, more=more)
    if verb == "reply":
        head += "<Reply><Result>OK</Result><Error><code>0.0</code></Error></Reply>"
        return compose.message(payload, head, root="ResponseMessage")
    return compose.message(payload, head, root="RequestMessage")


def test_the_customer_system_is_asked_who_is_behind_a_new_outage(
    crm: Partner, outage: Outage, mill_lane: MillLane, post: Post
) -> None:
    tell(outage)
    tell(outage, "changed")
    (row,) = OutboxMessage.objects.filter(noun="CustomerMeterDataSet")
    asked = bytes(row.body).decode()
    assert "SDP-1" in asked
    assert "SDP-2" in asked
    correlation = f"<CorrelationID>{row.message_id}</CorrelationID>"
    answer = post(crm, customers("reply", customer("SDP-1", "MTR-1"), message_id="r-1", more=correlation))
    assert codes(answer) == ["0.0"], answer.body
    one = Customer.objects.get(account_number="A-77")
    assert (one.name, one.phone, one.critical) == ("Rosa Klein", "+49 1", "life_support")
    mill_lane.points[0].refresh_from_db()
    assert mill_lane.points[0].customer_id == one.pk
    stray = "<CorrelationID>3f0c2f7e-0000-4000-8000-000000000000</CorrelationID>"
    assert codes(post(crm, customers("reply", customer("SDP-1"), message_id="r-2", more=stray))) == ["2.15"]


def test_of_customers_told_those_that_fit_nowhere_are_named(crm: Partner, mill_lane: MillLane, post: Post) -> None:
    records = customer("SDP-1") + customer("SDP-9") + customer("SDP-2", "MTR-1")
    answer = post(crm, customers("change", records, message_id="t-1"))
    assert codes(answer) == ["2.12", "2.13"]
    assert b"PARTIAL" in answer.body
    assert Customer.objects.get(account_number="A-77").usage_points.count() == 1
