"""get(MeterReadings) out, reply(MeterReadings) in: a ping through the door (O04, A05)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import transaction

from adms.core import actors
from adms.core.services import dispatch
from integration.cim import envelope, namespaces, schemas, xml
from integration.models import InboxMessage, OutboxMessage, Partner
from integration.services import delivery, pings
from metering.models import PingAnswer, PingBatch, PowerState
from metering.services import pings as asking
from metering.services.pings import Question
from tests.integration.cim.messages import compose
from tests.integration.services.cast import AT, MillLane, Post, make_partner

RULE = actors.system("verification")
VOLTS = "0.0.0.6.0.1.54.0.0.0.0.0.0.0.{}.0.29.0"


@pytest.fixture
def head_end(transactional_db: None) -> Partner:
    return make_partner(
        "HES", ["reply MeterReadings"], endpoint_url="http://127.0.0.1:9/cim/ami", subscriptions=["MeterReadings"]
    )


def ask(lane: MillLane) -> PingBatch:
    with transaction.atomic():
        question = Question("verify_call", "call:1", silence_weight=0.5)
        asking.request_pings(actor=RULE, question=question, usage_points=[one.pk for one in lane.points], at=AT)
    dispatch.dispatch(clock=lambda: AT)
    return PingBatch.objects.get()


def reading(meter: str, **volts: float) -> str:
    phases = {"a": 128, "b": 64, "c": 32}
    told = "".join(
        f"<Readings><timeStamp>2026-03-01T10:16:00Z</timeStamp><value>{value}</value>"
        f"<ReadingType ref='{VOLTS.format(phases[phase])}'/></Readings>"
        for phase, value in volts.items()
    )
    return f"<MeterReading><Meter><Names><name>{meter}</name></Names></Meter>{told}</MeterReading>"


def error(code: str, meter: str = "") -> str:
    about = f'<ID idType="MeterNumber" kind="name" objectType="Meter">{meter}</ID>' if meter else ""
    return f"<Error><code>{code}</code><reason>why</reason>{about}</Error>"


def reply(
    correlation: object, readings: str = "", errors: str = "", *, number: str = "r-1", result: str = "OK"
) -> bytes:
    head = compose.header(
        "reply", "MeterReadings", message_id=number, more=f"<CorrelationID>{correlation}</CorrelationID>"
    )
    payload = (
        f'<MeterReadings xmlns="{namespaces.PROFILES["MeterReadings"]}">{readings}</MeterReadings>' if readings else ""
    )
    told = f"<Reply><Result>{result}</Result>{errors}</Reply>" + (f"<Payload>{payload}</Payload>" if payload else "")
    return f'<ResponseMessage xmlns="{namespaces.MESSAGE}">{head}{told}</ResponseMessage>'.encode()


def answers() -> dict[str, str]:
    return dict(PingAnswer.objects.values_list("meter__number", "answer"))


def codes(body: bytes) -> list[str]:
    found = xml.parse_message(body).iter("{http://iec.ch/TC57/2011/schema/message}code")
    return [one.text or "" for one in found]


def test_a_question_goes_to_the_head_end_with_its_meters_and_its_correlation_id(
    head_end: Partner, mill_lane: MillLane
) -> None:
    batch = ask(mill_lane)
    (message,) = OutboxMessage.objects.all()
    read = envelope.read(bytes(message.body))
    assert (read.root, read.verb, read.noun, read.async_reply) == ("RequestMessage", "get", "MeterReadings", True)
    assert read.message_id == read.correlation_id == str(batch.pk)
    assert read.payload is not None
    schemas.validate_payload(read.payload, "GetMeterReadings")
    numbers = [one.text for one in read.payload.iter(f"{{{namespaces.PROFILES['GetMeterReadings']}}}name")]
    assert {"MTR-1", "MTR-2", VOLTS.format(128)} <= set(numbers)
    assert PingBatch.objects.get().addressee == "HES"


def test_without_a_head_end_it_is_said_at_once(mill_lane: MillLane) -> None:
    batch = ask(mill_lane)
    batch.refresh_from_db()
    assert (batch.state, batch.error) == ("failed", pings.NOBODY)
    assert answers() == {"MTR-1": "unknown", "MTR-2": "unknown"}


def test_an_answer_is_taken_once_however_often_it_comes(head_end: Partner, mill_lane: MillLane, post: Post) -> None:
    batch = ask(mill_lane)
    body = reply(batch.pk, reading("MTR-1", a=231.2) + reading("MTR-2", a=0.0))
    first, again = post(head_end, body), post(head_end, body)
    assert (first.status, first.body) == (200, again.body)
    assert answers() == {"MTR-1": "on", "MTR-2": "off"}
    assert dict(PowerState.objects.values_list("meter__number", "power")) == {"MTR-1": "on", "MTR-2": "off"}
    assert InboxMessage.objects.get().effects == {"ping": str(batch.pk), "answers": 2, "is_last": True}


def test_an_answer_in_parts_waits_for_the_last_one(head_end: Partner, mill_lane: MillLane, post: Post) -> None:
    batch = ask(mill_lane)
    post(head_end, reply(batch.pk, reading("MTR-1", a=231.2), error("0.1"), result="PARTIAL"))
    assert answers() == {"MTR-1": "on", "MTR-2": ""}
    post(head_end, reply(batch.pk, "", error("4.1", "MTR-2"), number="r-2", result="PARTIAL"))
    assert answers() == {"MTR-1": "on", "MTR-2": "none"}
    assert PingBatch.objects.get().state == "answered"


def test_one_phase_without_voltage_is_told_as_such(head_end: Partner, mill_lane: MillLane, post: Post) -> None:
    batch = ask(mill_lane)
    post(head_end, reply(batch.pk, reading("MTR-1", a=3.0, b=230.0, c=229.0)))
    found = PingAnswer.objects.get(meter__number="MTR-1")
    assert (found.answer, found.phases_on, found.phases_off) == ("part", 6, 1)
    assert found.volts == {"A": 3.0, "B": 230.0, "C": 229.0}


@pytest.mark.parametrize(("code", "answer"), [("4.1", "none"), ("5.7", "none"), ("2.4", "refused"), ("7.5", "refused")])
def test_a_meter_that_gives_no_reading_is_silent_or_cannot_be_asked(
    code: str, answer: str, head_end: Partner, mill_lane: MillLane, post: Post
) -> None:
    batch = ask(mill_lane)
    post(head_end, reply(batch.pk, reading("MTR-1", a=230), error(code, "MTR-2"), result="PARTIAL"))
    assert answers()["MTR-2"] == answer


def test_an_error_about_the_whole_question_says_nothing_of_the_meters(
    head_end: Partner, mill_lane: MillLane, post: Post
) -> None:
    batch = ask(mill_lane)
    assert post(head_end, reply(batch.pk, "", error("5.1"), result="FAILED")).status == 200
    batch.refresh_from_db()
    assert (batch.state, batch.error, set(answers().values())) == ("failed", "5.1 why", {"unknown"})


@pytest.mark.parametrize("correlation", [uuid.uuid4(), "hello"])
def test_an_answer_nobody_asked_for_is_refused(
    correlation: Any, head_end: Partner, mill_lane: MillLane, post: Post
) -> None:
    ask(mill_lane)
    answer = post(head_end, reply(correlation, reading("MTR-1", a=230)))
    assert (answer.status, codes(answer.body)) == (422, ["2.15"])
    assert set(answers().values()) == {""}


def test_another_system_cannot_answer_for_the_head_end(head_end: Partner, mill_lane: MillLane, post: Post) -> None:
    other = make_partner("EVIL", ["reply MeterReadings"])
    batch = ask(mill_lane)
    body = reply(batch.pk, reading("MTR-1", a=230)).replace(b"<Source>HES<", b"<Source>EVIL<")
    assert codes(post(other, body).body) == ["6.1"]
    assert set(answers().values()) == {""}


def test_a_meter_that_was_not_asked_gets_an_error_and_the_others_are_taken(
    head_end: Partner, mill_lane: MillLane, post: Post
) -> None:
    batch = ask(mill_lane)
    answer = post(head_end, reply(batch.pk, reading("MTR-1", a=230) + reading("MTR-9", a=230)))
    assert (answer.status, codes(answer.body), answers()["MTR-1"]) == (200, ["2.4"], "on")


@pytest.mark.parametrize("value", ["many", "1e400", "NaN"])
def test_a_value_that_is_no_voltage_is_an_error_of_that_meter(
    value: str, head_end: Partner, mill_lane: MillLane, post: Post
) -> None:
    batch = ask(mill_lane)
    good, bad = reading("MTR-1", a=230), reading("MTR-2", a=231).replace("231", value)
    assert codes(post(head_end, reply(batch.pk, good + bad)).body) == ["1.8"]
    assert answers() == {"MTR-1": "on", "MTR-2": "none"}


def test_a_question_that_never_left_is_no_sign_of_life(head_end: Partner, mill_lane: MillLane) -> None:
    """A partner that is down stays so in alarms, on its page and for commands until it answers."""
    Partner.objects.update(failures=5, latest_error="cannot be reached (Connection refused)")
    later = ask(mill_lane).deadline_at
    delivery.deliver_to(partner_id=head_end.pk, clock=lambda: later)
    assert OutboxMessage.objects.get().state == "dead"
    head_end.refresh_from_db()
    assert (head_end.failures, head_end.latest_error) == (5, "cannot be reached (Connection refused)")


def test_a_head_end_that_cannot_be_reached_before_the_deadline_is_not_asked_late(
    head_end: Partner, mill_lane: MillLane
) -> None:
    batch = ask(mill_lane)
    later = batch.deadline_at
    delivery.deliver_to(partner_id=head_end.pk, clock=lambda: later)
    message = OutboxMessage.objects.get()
    assert (message.state, message.latest_error) == ("dead", "not sent: nobody waits for the answer any more")
    batch.refresh_from_db()
    assert batch.state == "failed"
