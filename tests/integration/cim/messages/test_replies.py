"""Writing answers."""

import datetime as dt

from integration.cim import codes, replies, schemas, xml
from integration.cim.errors import Case, MessageRefused, ObjectId, ReplyError
from tests.integration.cim.messages import compose

AT = dt.datetime(2026, 3, 1, 10, 20, 3, tzinfo=dt.UTC)
HEADER = replies.header_for(
    source="HES", message_id="m-1", correlation_id="c-1", noun="EndDeviceEvents", sender="TIELINE", at=AT
)
NS = "{http://iec.ch/TC57/2011/schema/message}"


def parsed(data: bytes) -> dict[str, list[str]]:
    """All texts by element name, from a reply that validates."""
    found: dict[str, list[str]] = {}
    for element in xml.parse_message(data, schema=schemas.schema("message")).iter():
        found.setdefault(element.tag.removeprefix(NS), []).append((element.text or "").strip())
    return found


def test_success_says_0_0_and_echoes_the_correlation() -> None:
    found = parsed(replies.response(HEADER))
    assert (found["Result"], found["code"], found["Verb"]) == (["OK"], ["0.0"], ["reply"])
    assert (found["CorrelationID"], found["Source"], found["Timestamp"]) == (
        ["c-1"],
        ["TIELINE"],
        ["2026-03-01T10:20:03Z"],
    )


def test_the_same_answer_made_twice_is_the_same_bytes() -> None:
    again = replies.header_for(
        source="HES", message_id="m-1", correlation_id="c-1", noun="EndDeviceEvents", sender="TIELINE", at=AT
    )
    assert replies.response(again) == replies.response(HEADER)
    other = replies.header_for(
        source="HES", message_id="m-2", correlation_id="", noun="EndDeviceEvents", sender="TIELINE", at=AT
    )
    assert (other.message_id != HEADER.message_id, other.correlation_id) == (True, "m-2")


def test_a_partial_answer_names_each_failed_object() -> None:
    error = ReplyError("2.4", "item 3", ObjectId('MTR-"9"', "Meter", id_type="MeterNumber"))
    data = replies.response(HEADER, result=replies.PARTIAL, errors=(error,))
    found = parsed(data)
    assert (found["Result"], found["code"], found["level"], found["reason"]) == (
        ["PARTIAL"],
        ["2.4"],
        ["FATAL"],
        ["Invalid Meter(s)"],
    )
    one = xml.parse_message(data).find(f".//{NS}ID")
    assert one is not None
    assert (one.text, dict(one.attrib)) == ('MTR-"9"', {"idType": "MeterNumber", "kind": "name", "objectType": "Meter"})


def test_a_fault_has_no_header_and_no_stack_trace() -> None:
    found = parsed(replies.refusal(MessageRefused(Case.UNREADABLE, "doctype: <!DOCTYPE a> & more\x00"), HEADER))
    assert found["FaultMessage"]
    assert "Header" not in found
    assert "stackTrace" not in found
    assert (found["level"], found["reason"]) == (["CATASTROPHIC"], ["Request could not be parsed"])
    assert found["details"] == ["doctype: <!DOCTYPE a> & more\ufffd"]


def test_every_code_and_every_case_makes_a_valid_answer() -> None:
    for code in codes.CODES:
        parsed(replies.response(HEADER, errors=(ReplyError(code),)))
    for case in Case:
        found = parsed(replies.refusal(MessageRefused(case, "why"), HEADER))
        assert found["Result"] == ["FAILED"]
        assert ("FaultMessage" in found) == case.value.is_fault


def test_at_most_twenty_errors_are_listed() -> None:
    many = tuple(ReplyError("1.8", str(number)) for number in range(500))
    found = parsed(replies.refusal(MessageRefused(Case.PAYLOAD_INVALID, errors=many), HEADER))
    assert len(found["Error"]) == 20


def test_the_result_follows_from_the_counts() -> None:
    assert replies.result_of(taken=3, failed=0) == "OK"
    assert replies.result_of(taken=0, failed=0) == "OK"
    assert replies.result_of(taken=3, failed=1) == "PARTIAL"
    assert replies.result_of(taken=0, failed=1) == "FAILED"


def test_the_samples_validate_against_our_envelope() -> None:
    for name in ("last_gasps", "trouble_ticket", "switch_positions", "unplanned_outage"):
        assert parsed(compose.sample(name))["Header"]
