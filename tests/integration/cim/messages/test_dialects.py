"""Dialects of partners: what they write is read as ours, what we write leaves as theirs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from integration.cim import dialects, envelope, payloads, registry, schemas
from integration.cim.dialects import DialectRefused
from integration.cim.errors import MessageRefused
from tests.integration.cim.messages import compose

VENDOR = {
    "message": "http://iec.ch/TC57/2021/schema/message",
    "zone": "Europe/Vilnius",
    "namespaces": [["EndDeviceEvents", "urn:vendor:events:4"]],
    "name_types": [["MeterNumber", "SerialNo"]],
    "codes": [
        ["EndDeviceEventType", "3.26.0.85", "PWR-OFF"],
        ["EndDeviceEventType", "3.26.0.85", "LAST-GASP"],
        ["EndDeviceEventType", "3.26.0.216", "PWR-ON"],
    ],
}
#: Written by hand, as this vendor would: summer time, no zone, codes and types of names of its own.
GASP = b"""<m:EventMessage xmlns:m="http://iec.ch/TC57/2021/schema/message" xmlns:v="urn:vendor:events:4">
 <m:Header><m:Verb>created</m:Verb><m:Noun>EndDeviceEvents</m:Noun><m:Timestamp>2026-07-01T12:00:05</m:Timestamp>
  <m:Source>HES</m:Source><m:MessageID>v-1</m:MessageID></m:Header>
 <m:Payload><v:EndDeviceEvents>
  <v:EndDeviceEvent><v:createdDateTime>2026-07-01T12:00:00.250</v:createdDateTime>
   <v:Assets><v:Names><v:name>SerialNo</v:name><v:NameType><v:name>SerialNo</v:name></v:NameType></v:Names></v:Assets>
   <v:EndDeviceEventType ref="LAST-GASP"/></v:EndDeviceEvent>
 </v:EndDeviceEvents></m:Payload>
</m:EventMessage>"""
SAMPLES = sorted(path.stem for path in compose.SAMPLES.glob("*.xml"))


def test_a_vendor_is_read_as_if_it_spoke_as_we_do() -> None:
    read = envelope.read(GASP, dialects.of(VENDOR))
    assert read.timestamp == dt.datetime(2026, 7, 1, 9, 0, 5, tzinfo=dt.UTC)
    row = registry.incoming(read.verb, read.noun)
    (event,) = payloads.parse(read, row, received_at=dt.datetime(2026, 7, 1, 9, 1, tzinfo=dt.UTC)).items
    assert (event.full_code, event.occurred_at.hour, event.occurred_at.microsecond) == ("3.26.0.85", 9, 250_000)
    # a meter that is called like a type of names keeps its name
    assert [(one.name, one.type) for one in event.meter.names] == [("SerialNo", "MeterNumber")]


def test_without_its_dialect_the_same_message_is_refused() -> None:
    with pytest.raises(MessageRefused, match="no time zone"):
        envelope.read(GASP)


def content(read: envelope.Envelope) -> list[tuple[str, str, dict[str, str]]]:
    """What stands in a payload, whatever the prefixes."""
    parts = [one.payload for one in read.operations.operations] if read.operations else [read.payload]
    return [
        (one.tag, (one.text or "").strip(), dict(one.attrib))
        for part in parts
        if part is not None
        for one in part.iter()
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_written_in_a_dialect_and_read_again_is_what_it_was(name: str) -> None:
    there_and_back = VENDOR | {
        "zone": "",
        "namespaces": [[noun, f"urn:vendor:{noun}"] for noun in sorted(dialects.namespaces.PROFILES)],
    }
    dialect, data = dialects.of(there_and_back), compose.sample(name)
    written = dialects.write(data, dialect)
    assert content(envelope.read(written, dialect)) == content(envelope.read(data))
    assert b"TC57/2011/schema/message" not in written


def test_our_times_are_told_by_the_clocks_of_the_partner_and_mean_the_same() -> None:
    written = dialects.write(compose.gasps(), dialects.of({"zone": "Europe/Vilnius"}))
    assert b"2026-03-01T12:15:28+02:00" in written
    assert envelope.read(written).payload is not None


def test_of_several_codes_for_one_of_ours_the_first_is_written() -> None:
    written = dialects.write(compose.gasps(), dialects.of(VENDOR))
    assert b'ref="PWR-OFF"' in written
    assert b"LAST-GASP" not in written


def test_names_of_ids_in_answers_follow() -> None:
    data = b'<a xmlns="http://iec.ch/TC57/2011/schema/message"><ID idType="MeterNumber">MTR-1</ID></a>'
    assert b'<ID idType="SerialNo">MTR-1</ID>' in dialects.write(data, dialects.of(VENDOR))


def test_an_answer_that_is_no_message_stays_what_it_is() -> None:
    assert dialects.write(b"not xml", dialects.of(VENDOR)) == b"not xml"
    assert dialects.write(b"", dialects.of(VENDOR)) == b""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"zone": "Mars/Base"}, "no time zone"),
        ({"zone": "../../etc/passwd"}, "no time zone"),
        ({"message": "urn:vendor:envelope"}, "no edition of the message namespace"),
        ({"namespaces": [["Unicorns", "urn:x:y"]]}, "Unicorns is no noun"),
        ({"namespaces": [["EndDeviceEvents", "not a namespace"]]}, "is no namespace"),
        ({"namespaces": [["EndDeviceEvents", "urn:x:y"], ["MeterReadings", "urn:x:y"]]}, "one noun"),
        ({"name_types": [["MeterNumber", "No"], ["UsagePointNumber", "No"]]}, "No stands for two things"),
        ({"codes": [["kind", "a", "x"], ["kind", "b", "x"]]}, "x stands for two things"),
        ({"codes": [["two words", "a", "x"]]}, "is no element"),
        ({"codes": [["kind", "", "x"]]}, "not complete"),
        ({"name_types": [["a", str(one)] for one in range(501)]}, "500 at most"),
        ({"elements": [["two words", "a"]]}, "is no element"),
        ({"elements": [["a", "x"], ["b", "x"]]}, "x stands for two things"),
        ({"elements": [["MessageID", "Id"]]}, "MessageID is of the envelope"),
        ({"dropped": [["Payload"]]}, "Payload is of the envelope"),
        ({"dropped": [["a", "b"]]}, "not complete"),
        ({"added": [["Header", "Source", "ME"]]}, "Source is of the envelope"),
        ({"added": [["a", "b/c", "x"]]}, "is no element"),
    ],
)
def test_a_dialect_nobody_can_speak_is_refused(data: dict[str, Any], words: str) -> None:
    with pytest.raises(DialectRefused, match=words):
        dialects.of(data)


RENAMED = {
    "elements": [["troubleCode", "reason"], ["troubleCode", "oldReason"]],
    "dropped": [["vendorExtension"]],
    "added": [["TroubleTicket", "tenant", "north"]],
}
NAMESPACE = "urn:tieline:cim:2026:TroubleTickets#"


@pytest.mark.parametrize("name", ["reason", "oldReason"])
def test_elements_of_other_names_are_read_and_what_has_no_place_is_left_out(name: str) -> None:
    ticket = (
        f'<TroubleTickets xmlns="{NAMESPACE}"><TroubleTicket><mRID>t</mRID><vendorExtension><reason>7</reason></vendorExtension>'
        f"<dateTimeOfReport>2026-03-01T10:15:00Z</dateTimeOfReport><{name}>NO_POWER</{name}></TroubleTicket></TroubleTickets>"
    )
    data = compose.message(ticket, compose.header("create", "TroubleTickets"), root="RequestMessage")
    read = envelope.read(data, dialects.of(RENAMED))
    assert read.payload is not None
    assert [one.tag.rpartition("}")[2] for one in read.payload[0]] == ["mRID", "dateTimeOfReport", "troubleCode"]
    schemas.validate_payload(read.payload, "TroubleTickets")


def test_elements_are_written_by_their_first_name_and_what_must_be_there_is_added_once() -> None:
    ours = f'<TroubleTickets xmlns="{NAMESPACE}"><TroubleTicket><mRID>t</mRID><troubleCode>A</troubleCode></TroubleTicket></TroubleTickets>'
    written = dialects.write(ours.encode(), dialects.of(RENAMED))
    assert b"<TroubleTicket><tenant>north</tenant><mRID>t</mRID><reason>A</reason></TroubleTicket>" in written
    assert dialects.write(written, dialects.of({"added": RENAMED["added"]})).count(b"<tenant>") == 1
