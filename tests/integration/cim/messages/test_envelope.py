"""Reading an envelope."""

import datetime as dt

import pytest

from integration.cim import envelope
from integration.cim.errors import Case, MessageRefused
from tests.integration.cim.messages import compose


def refused(data: bytes) -> MessageRefused:
    with pytest.raises(MessageRefused) as caught:
        envelope.read(data)
    return caught.value


def test_a_bare_event_is_understood_field_by_field() -> None:
    read = envelope.read(compose.sample("last_gasps"))
    assert (read.root, read.form, read.soap) == ("EventMessage", "bare", "")
    assert (read.verb, read.noun, read.revision, read.context) == ("created", "EndDeviceEvents", "2.0", "PRODUCTION")
    assert (read.source, read.message_id) == ("HES-NORTH", "0b4c9d6e-52aa-4e0e-8b7c-6f3f6b1f7a01")
    assert read.correlation_id == "0b4c9d6e-52aa-4e0e-8b7c-6f3f6b1f7a02"
    assert read.timestamp == dt.datetime(2026, 3, 1, 10, 15, 31, tzinfo=dt.UTC)
    assert read.ack_required is True
    assert read.async_reply is False
    assert read.properties == (("Priority", "HIGH"),)
    assert read.payload is not None
    assert len(read.payload) == 4


def test_a_typed_wrapper_in_soap_overrules_its_header() -> None:
    read = envelope.read(compose.sample("typed_last_gasp"))
    assert (read.root, read.form, read.soap) == ("EventMessage", "typed", "1.1")
    assert (read.verb, read.noun) == ("created", "EndDeviceEvents")
    assert read.remarks == (
        "header says Verb create, the wrapper created",
        "header says Noun SendEndDeviceEvents, the wrapper EndDeviceEvents",
    )
    assert read.reply_address == ""


def test_the_generic_form_with_foreign_years_and_hosts_is_read_as_ours() -> None:
    read = envelope.read(compose.sample("generic_last_gasp"))
    assert (read.root, read.form, read.verb, read.message_id) == ("EventMessage", "generic", "created", "evt 77")
    assert read.payload is not None
    assert {child.tag.partition("}")[0] for child in read.payload.iter()} == {
        "{http://iec.ch/TC57/2011/EndDeviceEvents#"
    }


def test_a_message_in_soap_1_2_is_read() -> None:
    inner = compose.gasps().decode()
    data = (
        f'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body>{inner}</e:Body></e:Envelope>'.encode()
    )
    assert (envelope.read(data).form, envelope.read(data).soap) == ("bare", "1.2")


@pytest.mark.parametrize(
    "namespace", ["http://www.iec.ch/TC57/2011/schema/message", "http://www.iec.ch/TC57/2010/schema/message"]
)
def test_namespaces_met_in_the_field_are_read_and_hash_the_same(namespace: str) -> None:
    payload = f'<EndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEvents#">\n{compose.GASP}\n</EndDeviceEvents>'
    assert (
        envelope.read(compose.message(payload, namespace=namespace)).body_hash
        == envelope.read(compose.gasps()).body_hash
    )


def test_a_resend_with_another_timestamp_has_the_same_hash() -> None:
    first = compose.sample("last_gasps")
    again = first.replace(b"10:15:31Z", b"10:16:45Z").replace(b'version="1.0" encoding="UTF-8"', b'version="1.0"')
    assert envelope.read(again).body_hash == envelope.read(first).body_hash


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"3.26.0.85", b"3.26.0.216"), (b"<Verb>created", b"<Verb>changed"), (b"MTR-0000001", b"MTR-0000002")],
)
def test_another_content_has_another_hash(old: bytes, new: bytes) -> None:
    first = compose.sample("last_gasps")
    assert envelope.read(first.replace(old, new)).body_hash != envelope.read(first).body_hash


def test_ids_and_options_of_a_request_are_part_of_the_hash_and_are_read() -> None:
    request = '<Request><Option><name>limit</name><value>5</value></Option><ID kind="uuid" objectType="Outage">o-1</ID></Request>'
    head = compose.header("get", "UnplannedOutages")
    data = f'<RequestMessage xmlns="http://iec.ch/TC57/2011/schema/message">{head}{request}</RequestMessage>'.encode()
    read = envelope.read(data)
    assert read.request is not None
    assert read.request.options == (("limit", "5"),)
    assert [(one.value, one.kind, one.object_type) for one in read.request.ids] == [("o-1", "uuid", "Outage")]
    assert envelope.read(data.replace(b"o-1", b"o-2")).body_hash != read.body_hash


@pytest.mark.parametrize("name", ["Verb", "Noun", "Source", "MessageID"])
def test_a_missing_header_element_is_named(name: str) -> None:
    data = compose.sample("last_gasps")
    start, end = data.index(f"<{name}>".encode()), data.index(f"</{name}>".encode()) + len(name) + 3
    refusal = refused(data[:start] + data[end:])
    assert (refusal.case, refusal.status, refusal.code) == (Case.HEADER_INCOMPLETE, 400, "1.5")
    assert refusal.details == name


def test_edition_2_is_read_as_edition_1_and_remarked() -> None:
    read = envelope.read(compose.gasps().replace(b"2011/schema/message", b"2021/schema/message"))
    assert read.body_hash == envelope.read(compose.gasps()).body_hash
    assert read.remarks == ("written in edition 2 of IEC 61968-100, read as edition 1",)


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body>502 Bad Gateway</body></html>",
        b'<EventMessage xmlns="urn:other"><Header/></EventMessage>',
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>',
    ],
)
def test_what_is_no_message_is_refused_by_a_fault(data: bytes) -> None:
    refusal = refused(data)
    assert (refusal.status, refusal.code, refusal.is_fault) == (400, "1.8", True)


def test_a_naive_header_time_is_refused() -> None:
    refusal = refused(compose.sample("last_gasps").replace(b"10:15:31Z", b"10:15:31"))
    assert (refusal.status, refusal.code) == (400, "1.8")
    assert "no time zone" in refusal.details


def test_an_envelope_out_of_order_is_refused_with_what_was_expected() -> None:
    data = compose.gasps().replace(b"<Verb>created</Verb>", b"").replace(b"</Header>", b"<Verb>created</Verb></Header>")
    refusal = refused(data)
    assert (refusal.case, refusal.code) == (Case.ENVELOPE_INVALID, "1.8")
    assert "Expected is ( Verb )" in refusal.details


def test_two_payload_elements_are_refused() -> None:
    one = '<EndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEvents#"/>'
    assert "one payload element" in refused(compose.message(one + one)).details


def test_a_compressed_payload_is_unpacked() -> None:
    import base64
    import gzip

    payload = f'<EndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEvents#">{compose.GASP}</EndDeviceEvents>'
    packed = base64.b64encode(gzip.compress(payload.encode())).decode()
    read = envelope.read(compose.message(f"<Compressed>{packed}</Compressed><Format>XML</Format>"))
    assert read.payload is not None
    assert len(read.payload) == 1
