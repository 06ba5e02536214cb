"""M01: get(MeterReadings) out for readings of a time, reply(MeterReadings) in, each meter's values kept as they were told."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from adms.core import clock
from adms.core.models import AuditEntry
from adms.core.services import dispatch
from integration.cim import schemas, xml
from integration.models import InboxMessage, OutboxMessage, Partner
from integration.services import delivery
from metering.models import Reading, ReadingRequest
from metering.services import reading_requests
from tests.integration.services.cast import MillLane, Post, make_partner
from tests.integration.services.test_pings import codes, reply
from tests.integration.services.test_pushed_readings import ENERGY, VOLTAGE, stamp
from tests.rest import Api, error

BODY = {
    "meters": ["MTR-1"],
    "types": [ENERGY],
    "first_at": "2026-01-01T00:00:00Z",
    "last_at": "2026-01-02T00:00:00Z",
}
GET = "{http://iec.ch/TC57/2011/GetMeterReadings#}"


@pytest.fixture
def head_end(transactional_db: None) -> Partner:
    return make_partner(
        "HES", ["reply MeterReadings"], endpoint_url="http://127.0.0.1:9/cim/ami", subscriptions=["MeterReadings"]
    )


def ask(*numbers: str, role: str = "DSP", types: tuple[str, ...] = (ENERGY,)) -> ReadingRequest:
    now = timezone.now()
    answer = Api(role).post(
        "meters/readings/requests",
        {
            "meters": list(numbers),
            "types": list(types),
            "first_at": stamp(now - dt.timedelta(hours=6)),
            "last_at": stamp(now),
            "reason": "bill in dispute",
        },
    )
    assert answer.status_code == 202, answer.content
    dispatch.dispatch(clock=clock.now)
    return ReadingRequest.objects.get(pk=answer.json()["requests"][0])


def told(number: str, *values: float, kind: str = ENERGY) -> str:
    first = timezone.now().replace(minute=0, second=0, microsecond=0) - dt.timedelta(hours=2)
    intervals = "".join(
        f"<IntervalReadings><timeStamp>{stamp(first + place * dt.timedelta(minutes=15))}</timeStamp><value>{value}</value>"
        "</IntervalReadings>"
        for place, value in enumerate(values)
    )
    block = f'<IntervalBlocks>{intervals}<ReadingType ref="{kind}"/></IntervalBlocks>'
    return f"<MeterReading>{block}<Meter><Names><name>{number}</name></Names></Meter></MeterReading>"


def test_a_person_asks_and_the_question_names_meters_kinds_and_time(head_end: Partner, mill_lane: MillLane) -> None:
    request = ask("MTR-1", "MTR-2", types=(ENERGY, VOLTAGE))
    sent = OutboxMessage.objects.get()
    assert (sent.verb, sent.noun, sent.message_id, sent.partner) == ("get", "MeterReadings", request.pk, head_end)
    (question,) = xml.parse_message(bytes(sent.body)).iter(f"{GET}GetMeterReadings")
    schemas.validate_payload(question, "GetMeterReadings")
    assert [one.text for one in question.iterfind(f"{GET}EndDevice/{GET}Names/{GET}name")] == ["MTR-1", "MTR-2"]
    assert [one.text for one in question.iterfind(f"{GET}ReadingType/{GET}Names/{GET}name")] == [ENERGY, VOLTAGE]
    interval = question.find(f"{GET}TimeSchedule/{GET}scheduleInterval")
    assert interval is not None
    assert [dt.datetime.fromisoformat(one.text or "") for one in interval] == [request.last_at, request.first_at]
    assert AuditEntry.objects.filter(action="ask_readings", reason="bill in dispute").count() == 1


def test_the_answer_is_kept_in_parts_and_ends_the_question(head_end: Partner, mill_lane: MillLane, post: Post) -> None:
    request = ask("MTR-1", "MTR-2")
    now = timezone.now()
    more = "<Error><code>0.1</code><reason>more</reason></Error>"
    first = reply(request.pk, told("MTR-1", 0.1, 0.2), more, number="r-1", result="PARTIAL")
    assert post(head_end, first, at=now).status == 200
    request.refresh_from_db()
    assert (request.state, request.readings) == ("asked", 2)
    assert post(head_end, reply(request.pk, told("MTR-2", 0.3), number="r-2"), at=now).status == 200
    request.refresh_from_db()
    assert (request.state, request.readings) == ("answered", 3)
    assert list(Reading.objects.order_by("meter", "read_at").values_list("value", flat=True)) == [0.1, 0.2, 0.3]
    assert post(head_end, reply(request.pk, told("MTR-2", 0.3), number="r-2"), at=now).status == 200
    assert Reading.objects.count() == 3
    assert InboxMessage.objects.get(message_id="r-2").repeats == 1


def test_readings_of_meters_that_were_not_asked_and_values_that_are_none_are_refused_by_name(
    head_end: Partner, mill_lane: MillLane, post: Post
) -> None:
    request = ask("MTR-1")
    answer = post(head_end, reply(request.pk, told("MTR-1", 0.1) + told("MTR-2", 0.1)), at=timezone.now())
    assert (answer.status, codes(answer.body)) == (200, ["2.4"])
    broken = told("MTR-1", 0.1).replace(ENERGY, "energy")
    answer = post(head_end, reply(request.pk, broken, number="r-2"), at=timezone.now())
    assert (answer.status, codes(answer.body)) == (422, ["1.8"])
    assert b"neither a code nor described" in answer.body
    assert Reading.objects.count() == 1


def test_another_system_may_not_answer(head_end: Partner, mill_lane: MillLane, post: Post) -> None:
    request = ask("MTR-1")
    other = make_partner("MDM", ["reply MeterReadings"])
    data = reply(request.pk, told("MTR-1", 0.1)).replace(b"<Source>HES<", b"<Source>MDM<")
    assert codes(post(other, data, at=timezone.now()).body) == ["6.1"]
    assert not Reading.objects.exists()


def test_a_refused_question_fails_and_one_nobody_answers_is_silent(
    head_end: Partner, mill_lane: MillLane, post: Post
) -> None:
    refused, silent = ask("MTR-1"), ask("MTR-2")
    assert post(head_end, reply(refused.pk, "", compose_error("5.3"), result="FAILED"), at=timezone.now()).status == 200
    reading_requests.end_overdue(at=silent.deadline_at)
    states = dict(ReadingRequest.objects.values_list("pk", "state"))
    assert (states[refused.pk], states[silent.pk]) == ("failed", "silent")
    assert not reading_requests.is_waiting(request_id=silent.pk, at=silent.deadline_at)


def compose_error(code: str) -> str:
    return f"<Error><code>{code}</code><reason>why</reason></Error>"


def test_without_a_head_end_the_question_fails_at_once(mill_lane: MillLane, transactional_db: None) -> None:
    request = ask("MTR-1")
    assert (request.state, request.error) == ("failed", "no head-end is registered that takes get MeterReadings")


def test_a_question_nobody_waits_for_any_more_is_not_sent(head_end: Partner, mill_lane: MillLane) -> None:
    request = ask("MTR-1")
    late = request.deadline_at + dt.timedelta(seconds=1)
    delivery.deliver_to(partner_id=head_end.pk, clock=lambda: late)
    sent = OutboxMessage.objects.get()
    assert (sent.state, sent.latest_error) == ("dead", "not sent: nobody waits for the answer any more")
    request.refresh_from_db()
    assert request.state == "failed"


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"types": ["energy"]}, 422),
        ({"first_at": "2026-01-01T00:00:00Z", "last_at": "2026-04-01T00:00:00Z"}, 422),
        ({"first_at": "2026-01-02T00:00:00Z", "last_at": "2026-01-01T00:00:00Z"}, 422),
        ({"meters": ["NONE"]}, 404),
        ({"meters": []}, 422),
    ],
)
def test_a_question_nobody_can_answer_is_refused(mill_lane: MillLane, wrong: dict[str, object], status: int) -> None:
    assert Api("DSP").post("meters/readings/requests", BODY | wrong).status_code == status
    assert not ReadingRequest.objects.exists()


def test_who_may_not_ask_meters_is_refused(mill_lane: MillLane) -> None:
    answer = Api("AUD").post("meters/readings/requests", BODY)
    assert error(answer, 403)["code"] == "no_access_authority"


def test_an_answer_to_no_question_of_ours_is_refused(head_end: Partner, mill_lane: MillLane, post: Post) -> None:
    data = reply("2d9b8b7f-1b4e-4e7d-9e53-6d9f3f4c5b90", told("MTR-1", 0.1))
    assert codes(post(head_end, data, at=timezone.now()).body) == ["2.15"]
