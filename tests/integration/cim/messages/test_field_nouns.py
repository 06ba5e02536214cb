"""Messages of the field force and the customer system, as other makers write them (X04, C02)."""

import datetime as dt

import pytest

from integration.cim import envelope, payloads, registry, schemas
from integration.cim.nouns import maintenance_orders
from integration.cim.nouns.items import Identified, Name
from integration.cim.nouns.maintenance_orders import CrewStep, Order, Task
from integration.cim.xml import parse_message
from tests.integration.cim.messages import compose


def parse(name: str) -> list:
    read = envelope.read(compose.sample(name))
    parsed = payloads.parse(read, registry.incoming(read.verb, read.noun), received_at=compose.RECEIVED)
    assert not parsed.errors
    return parsed.items


def test_a_report_from_the_field_is_understood() -> None:
    (report,) = parse("work_order_report")
    assert (report.number, report.steps) == ("WO-12", (CrewStep("c1", "completed"),))
    assert report.restored_at == dt.datetime(2026, 3, 1, 10, 15, tzinfo=dt.UTC)
    assert (report.cause, report.remedy) == ("tree", "branch cut")


def test_a_customer_record_is_understood() -> None:
    (record,) = parse("customer_data")
    assert (record.account_number, record.name, record.phone) == ("K-000017", "Rosa Klein", "+49 7221 000000")
    assert (record.special_need, record.address) == ("life_support", "Mill Lane 1")
    assert (record.meter.names[0].name, record.usage_point.names[0].name) == ("MTR-0000001", "SDP-000001")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"WorkOrderNumber", b"TicketNumber", "1.7"),
        (b"CrewID", b"Nickname", "1.7"),
        (b"2026-03-01T10:15:00Z", b"2026-03-02T10:15:00Z", "1.8"),
    ],
)
def test_a_report_that_says_too_little_is_refused(old: bytes, new: bytes, code: str) -> None:
    read = envelope.read(compose.sample("work_order_report").replace(old, new))
    parsed = payloads.parse(read, registry.incoming(read.verb, read.noun), received_at=compose.RECEIVED)
    assert ([error.code for error in parsed.errors], parsed.items) == ([code], [])


def test_what_we_write_is_what_our_schema_says() -> None:
    at = compose.RECEIVED
    asset = Identified("fuse", (Name("Fuse <3>"),))
    task = Task("onSite", "Outage", "2 customers out", asset, Identified("", (Name("c1", "CrewID"),)))
    order = Order("m", "WO-1", "7", "onSite", at, at, 2, (task,), (8.25, 48.75), "F-12", at, at)
    schemas.validate_payload(parse_message(maintenance_orders.build(order).encode()), "MaintenanceOrders")
