"""What the simulators write, read by the reader of the product; and what they read themselves."""

import datetime as dt
from typing import Any

import pytest

from integration.cim import envelope, payloads, registry
from integration.cim.nouns import controls
from integration.simulators import incoming, messages
from integration.simulators.messages import Call, MeterEvent, Sender, Value

AT = dt.datetime(2026, 3, 1, 10, 15, 28, 412000, tzinfo=dt.UTC)
NASTY = 'Müller & <Söhne> "O\'Neil"\x00\x0b\uffff ]]>'
CLEAN = 'Müller & <Söhne> "O\'Neil" ]]>'


def taken(data: bytes) -> tuple[envelope.Envelope, list[Any]]:
    """The items the product takes from a message; none may be refused."""
    read = envelope.read(data)
    parsed = payloads.parse(read, registry.incoming(read.verb, read.noun), received_at=AT)
    assert not parsed.errors
    return read, list(parsed.items)


def sender(source: str = "HES-SIM") -> Sender:
    return Sender(source, "0b4c9d6e-52aa-4e0e-8b7c-6f3f6b1f7a01", AT)


def test_meter_events_are_taken_as_they_were_meant() -> None:
    events = [
        MeterEvent("e-1", AT, messages.POWER_LOST, NASTY, "UP 7", 17),
        MeterEvent("e-2", AT, messages.POWER_RESTORED, "M-2", NASTY),
    ]
    read, items = taken(messages.device_events(sender(), events))
    assert (read.verb, read.noun, read.source, read.root) == ("created", "EndDeviceEvents", "HES-SIM", "EventMessage")
    assert read.message_id == read.correlation_id == sender().message_id
    assert [item.meter.names[0].name for item in items] == [CLEAN, "M-2"]
    assert [item.usage_point.names[0].name for item in items] == ["UP 7", CLEAN]
    assert [(item.code, item.occurred_at, item.mrid) for item in items] == [
        ("26.0.85", AT, "e-1"),
        ("26.0.216", AT, "e-2"),
    ]


def test_positions_and_currents_are_taken_as_they_were_meant() -> None:
    values = [
        Value("Discrete", "pos-1", 0.0, AT, reason="51 time overcurrent, phases"),
        Value("Switch", "sw-2", 1.0, AT),
        Value("Analog", "amp-3", 181.46, AT),
    ]
    read, items = taken(messages.measurement_values(sender("SCADA-SIM"), values))
    assert (read.verb, read.noun) == ("changed", "MeasurementValues")
    assert [(items[0].is_closed, items[0].discrete.mrid), (items[1].is_closed, items[1].switch.mrid)] == [
        (False, "pos-1"),
        (True, "sw-2"),
    ]
    assert [one.reason for one in items[:2]] == ["51 time overcurrent, phases", ""]
    assert (items[2].value, items[2].analog.mrid) == (181.5, "amp-3")
    assert all(item.quality.is_good and item.occurred_at == AT for item in items)


def test_a_call_is_taken_as_it_was_meant() -> None:
    call = Call("c-1", "TT-1", AT, NASTY, "NO_POWER WIRE_DOWN", NASTY, "wireDown", "+1-555-0100", is_street_dark=True)
    read, (item,) = taken(messages.trouble_tickets(sender("CIS-SIM"), [call]))
    assert (read.root, read.verb, read.noun) == ("RequestMessage", "create", "TroubleTickets")
    assert (item.mrid, item.number, item.reported_at) == ("c-1", "TT-1", AT)
    assert (item.usage_point.names[0].name, item.comment) == (CLEAN, CLEAN)
    assert (item.trouble_code, item.hazards, item.is_multiple_premises) == ("NO_POWER WIRE_DOWN", ("wireDown",), True)
    assert item.notifications[0].contact_value == "+1-555-0100"


def test_a_call_without_any_extras_is_taken_too() -> None:
    _, (item,) = taken(messages.trouble_tickets(sender(), [Call("c-1", "TT-1", AT, "UP 7")]))
    assert (item.comment, item.hazards, item.notifications) == ("", (), ())


@pytest.mark.parametrize(("code", "result"), [("0.0", "OK"), ("6.1", "FAILED")])
def test_replies_are_valid_and_say_what_they_mean(code: str, result: str) -> None:
    body = messages.reply(sender("SCADA-SIM"), noun="Controls", correlation_id="theirs", code=code, reason="a <b>")
    read = envelope.read(body)
    assert (read.root, read.verb, read.correlation_id) == ("ResponseMessage", "reply", "theirs")
    assert incoming.result(body)[:2] == (result, (code,))


def test_a_command_is_read() -> None:
    until = AT + dt.timedelta(seconds=20)
    payload = controls.build(operation_id="op-1", switch_mrid="sw-1", switch_name=CLEAN, close=True, at=AT, until=until)
    read = incoming.read(request("create", "Controls", payload))
    assert (read.verb, read.noun, read.message_id) == ("create", "Controls", "m-1")
    assert read.controls == (incoming.Control("op-1", "sw-1", is_closed=True, until=until),)


@pytest.mark.parametrize(
    "body",
    [
        b"not xml",
        b"<!DOCTYPE x><x/>",
        b"<EventMessage/>",
        b'<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>created</Verb></Header></EventMessage>',
    ],
)
def test_what_is_no_message_is_not_read(body: bytes) -> None:
    with pytest.raises(incoming.Unreadable):
        incoming.read(body)


def test_the_digest_is_of_the_payload_and_not_of_the_header() -> None:
    first = request("created", "UnplannedOutages", "<a/>")
    assert incoming.read(first).digest == incoming.read(first.replace(b"10:15:31Z", b"10:15:59Z")).digest
    assert incoming.read(first).digest != incoming.read(first.replace(b"<a/>", b"<b/>")).digest


def request(verb: str, noun: str, payload: str) -> bytes:
    return (
        '<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header>'
        f"<Verb>{verb}</Verb><Noun>{noun}</Noun><Timestamp>2026-03-01T10:15:31Z</Timestamp><Source>TIELINE</Source>"
        f"<MessageID>m-1</MessageID></Header><Payload>{payload}</Payload></EventMessage>"
    ).encode()
