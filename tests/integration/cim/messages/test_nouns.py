"""Payloads, noun by noun, through schema and parser."""

import datetime as dt
from typing import Any

import pytest

from integration.cim import envelope, payloads, registry
from integration.cim.errors import MessageRefused
from integration.cim.nouns.items import Identified, Name, Parsed
from tests.integration.cim.messages import compose


def parse(data: bytes) -> Parsed[Any]:
    read = envelope.read(data)
    return payloads.parse(read, registry.incoming(read.verb, read.noun), received_at=compose.RECEIVED)


def event(
    *, at: str = "2026-03-01T10:15:28Z", ref: str = "3.26.0.85", assets: str = "<Assets><mRID>m</mRID></Assets>"
) -> str:
    return f"<EndDeviceEvent><createdDateTime>{at}</createdDateTime>{assets}<EndDeviceEventType ref='{ref}'/></EndDeviceEvent>"


def discrete(
    value: str = "0", *, at: str = "2026-03-01T10:15:28Z", what: str = "<Switch><mRID>s</mRID></Switch>", more: str = ""
) -> str:
    return f"<DiscreteValue><timeStamp>{at}</timeStamp><value>{value}</value>{what}{more}</DiscreteValue>"


def analog(value: str) -> str:
    return f"<AnalogValue><timeStamp>2026-03-01T10:15:28Z</timeStamp><value>{value}</value><Analog><mRID>a</mRID></Analog></AnalogValue>"


def test_events_are_matched_on_their_last_three_fields() -> None:
    parsed = parse(compose.sample("last_gasps"))
    assert not parsed.errors
    assert [(one.code, one.full_code) for one in parsed.items] == [
        ("26.0.85", "3.26.0.85"),
        ("26.0.85", "0.26.0.85"),
        ("26.0.216", "3.26.0.216"),
    ]


def test_an_event_keeps_who_when_and_what() -> None:
    first, second, third = parse(compose.sample("last_gasps")).items
    assert first.occurred_at == dt.datetime(2026, 3, 1, 10, 15, 28, tzinfo=dt.UTC)
    assert first.meter == Identified("", (Name("MTR-0000001", "MeterNumber"),))
    assert first.usage_point.names[0].name == "SDP-000001"
    assert (first.severity, first.details, first.issuer) == ("critical", {"powerOnOffCount": "17"}, "HES-NORTH")
    assert second.meter.mrid.endswith("0002")
    assert third.usage_point.mrid.endswith("0003")


def test_a_serial_number_is_a_name_of_the_meter() -> None:
    assert parse(compose.sample("typed_last_gasp")).items[0].meter.names == (Name("SN-4711", "serialNumber"),)


@pytest.mark.parametrize(
    ("item", "code", "details"),
    [
        (event(at="2026-03-01T10:15:28"), "1.8", "no time zone"),
        (event(at="0001-01-01T00:00:00Z"), "1.8", "before 2000"),
        (event(at="0001-01-01T00:00:00+14:00"), "1.8", "not a time"),
        (event(at="12026-03-01T10:15:28Z"), "1.8", "not a time"),
        (event(at="2026-03-01T24:00:00Z"), "1.8", "24:00:00Z"),
        (event(at="2026-03-02T10:15:28Z"), "1.8", "future"),
        (event(ref="power-gone"), "1.7", "power-gone"),
        (event(assets=""), "1.7", "which device"),
    ],
)
def test_one_wrong_event_is_reported_and_the_others_are_taken(item: str, code: str, details: str) -> None:
    parsed = parse(compose.gasps(compose.GASP + item + compose.GASP))
    assert len(parsed.items) == 2
    assert [error.code for error in parsed.errors] == [code]
    assert parsed.errors[0].details.startswith("item 2: ")
    assert details in parsed.errors[0].details


def test_a_trouble_ticket_is_understood() -> None:
    (ticket,) = parse(compose.sample("trouble_ticket")).items
    assert (ticket.number, ticket.trouble_code, ticket.reporting_kind) == ("TT-000042", "NO_POWER", "ivr")
    assert ticket.reported_at == dt.datetime(2026, 3, 1, 10, 17, 40, tzinfo=dt.UTC)
    assert ticket.customer.names == (Name("K-000017", "KNumber"),)
    assert (ticket.hazards, ticket.is_multiple_premises) == (("wireDown",), True)
    assert ticket.notifications[0].contact_value == "+490000000000"


def test_a_ticket_about_nobody_is_refused() -> None:
    data = compose.sample("trouble_ticket")
    start, end = data.index(b"<UsagePoint>"), data.index(b"</UsagePoint>") + 13
    data = data[:start] + data[end:]
    start, end = data.index(b"<Customer>"), data.index(b"</Customer>") + 11
    parsed = parse(data[:start] + data[end:])
    assert not parsed.items
    assert (parsed.errors[0].code, parsed.errors[0].object_id.value) == ("1.7", "TT-000042")


def test_a_position_says_what_moved_it_where_the_device_does() -> None:
    told = parse(compose.values(discrete(more="<reason>51 time overcurrent</reason>") + discrete())).items
    assert [one.reason for one in told] == ["51 time overcurrent", ""]


def test_positions_and_readings_are_understood() -> None:
    opened, closed, reading = parse(compose.sample("switch_positions")).items
    assert (opened.is_closed, opened.discrete.mrid[-4:], opened.quality.is_good) == (False, "0001", True)
    assert opened.occurred_at == dt.datetime(2026, 3, 1, 10, 15, 28, 412000, tzinfo=dt.UTC)
    assert (closed.is_closed, closed.switch.names[0].name) == (True, "LBS-1204")
    assert (closed.quality.is_good, closed.quality.doubts) == (False, ("test",))
    assert (reading.value, reading.quality.validity) == (181.5, "QUESTIONABLE")


@pytest.mark.parametrize(
    ("item", "code", "details"),
    [
        (discrete("2"), "1.8", "neither 0 (open) nor 1 (closed)"),
        (discrete("-1"), "1.8", "neither 0 (open) nor 1 (closed)"),
        (discrete(what=""), "1.7", "either its Discrete or its Switch"),
        (discrete(what="<Switch><mRID>s</mRID></Switch><Discrete><mRID>d</mRID></Discrete>"), "1.7", "either"),
        (discrete(at="2026-03-01T10:15:28"), "1.8", "no time zone"),
        (discrete(at="0001-01-01T00:00:00Z"), "1.8", "before 2000"),
        (analog("NaN"), "1.8", "not a number"),
        (analog("INF"), "1.8", "not a number"),
        (analog("-INF"), "1.8", "not a number"),
        (analog("1e999"), "1.8", "not a number"),
    ],
)
def test_one_wrong_value_is_reported_and_the_others_are_taken(item: str, code: str, details: str) -> None:
    parsed = parse(compose.values(discrete() + item + analog("1.5")))
    assert len(parsed.items) == 2
    assert [error.code for error in parsed.errors] == [code]
    assert details in parsed.errors[0].details


def test_a_value_without_quality_is_not_good() -> None:
    (position,) = parse(compose.values(discrete())).items
    assert not position.quality.is_good


def test_a_missing_element_is_1_7_and_a_wrong_one_1_8() -> None:
    for item, code in (
        (event().replace("<createdDateTime>2026-03-01T10:15:28Z</createdDateTime>", ""), "1.8"),
        (event(at="yesterday"), "1.8"),
    ):
        with pytest.raises(MessageRefused) as caught:
            parse(compose.gasps(compose.GASP + "\n" + item))
        assert (caught.value.status, caught.value.code) == (422, code)
        assert "line 4" in caught.value.errors[0].details
    with pytest.raises(MessageRefused) as caught:
        parse(compose.gasps("<EndDeviceEvent/>"))
    assert caught.value.code == "1.7"


@pytest.mark.parametrize(
    ("verb", "noun", "code"),
    [
        ("delete", "MeterReadings", "2.9"),
        ("execute", "OperationSet", "2.5"),
        ("created", "UnplannedOutages", "2.9"),
        ("deleted", "EndDeviceEvents", "2.9"),
        ("reply", "TroubleTickets", "2.9"),
    ],
)
def test_what_is_not_registered_is_refused(verb: str, noun: str, code: str) -> None:
    with pytest.raises(MessageRefused) as caught:
        registry.incoming(verb, noun)
    assert (caught.value.status, caught.value.code) == (422, code)


def test_an_empty_or_foreign_payload_is_refused() -> None:
    for payload, code in (("", "1.7"), ('<MeterReadings xmlns="http://iec.ch/TC57/2011/MeterReadings#"/>', "1.8")):
        with pytest.raises(MessageRefused) as caught:
            parse(compose.message(payload))
        assert (caught.value.status, caught.value.code) == (422, code)


def test_too_many_items_are_refused_with_the_number_that_is_taken() -> None:
    with pytest.raises(MessageRefused) as caught:
        parse(compose.values("\n".join([analog("1")] * 20_001)))
    assert (caught.value.status, caught.value.code) == (413, "3.1")
    assert "20000" in caught.value.details
