"""M04, M05, L03, L05, L06, L07, L08, R04, R12: a partner asks us for readings and gets those it may see, by meter, usage point or transformer."""

from __future__ import annotations

import datetime as dt

import pytest

from adms.core.models import ControlArea, RoleGrant
from integration.cim import namespaces, schemas, xml
from integration.models import InboxMessage, Partner
from metering.models import Reading, ReadingType
from metering.selectors import asked_readings
from metering.services import readings
from tests.integration.cim.messages import compose
from tests.integration.services.cast import AT, MillLane, Post, make_partner
from tests.integration.services.test_inbox import said
from tests.integration.services.test_pushed_readings import ENERGY, VOLTAGE, message, meter, stamp

NS = "{http://iec.ch/TC57/2011/MeterReadings#}"
REGISTER = "8.0.0.1.1.1.12.0.0.0.0.2.0.0.0.3.72.0"  # billing period, second tariff
BEGINS = AT.replace(minute=0) - dt.timedelta(hours=2)
ENDS = AT.replace(minute=0)
QUARTER = dt.timedelta(minutes=15)


@pytest.fixture
def billing(transactional_db: None) -> Partner:
    return make_partner("BILLING", ["get MeterReadings"])


@pytest.fixture
def counted(mill_lane: MillLane) -> MillLane:
    """Two quarters of each house, one voltage of the first."""
    first, second = (one.pk for one in mill_lane.meters)
    told = [
        readings.Reading(pk, ENERGY, BEGINS + number * QUARTER, pk_value + number / 10, "1.4.4" if number == 2 else "")
        for pk, pk_value in ((first, 1), (second, 2))
        for number in (0, 1, 2)
    ]
    readings.record_readings(readings=[*told, readings.Reading(first, VOLTAGE, BEGINS, 231.4)], at=AT)
    return mill_lane


def named(element: str, name: str) -> str:
    return f"<{element}><Names><name>{name}</name></Names></{element}>"


def time(begins: dt.datetime = BEGINS, ends: dt.datetime = ENDS) -> str:
    interval = f"<end>{stamp(ends)}</end><start>{stamp(begins)}</start>"
    return f"<TimeSchedule><scheduleInterval>{interval}</scheduleInterval></TimeSchedule>"


def question(*, before: str = "", after: str = "", when: str = "", more: str = "", number: str = "q-1") -> bytes:
    asked = f"{before}{when or time()}{after}"
    head = compose.header("get", "MeterReadings", source="BILLING", message_id=number)
    payload = f'<GetMeterReadings xmlns="{namespaces.PROFILES["GetMeterReadings"]}">{asked}</GetMeterReadings>'
    return f'<RequestMessage xmlns="{namespaces.MESSAGE}">{head}<Request>{more}{payload}</Request></RequestMessage>'.encode()


def told(body: bytes) -> list[tuple[str, str, str, str]]:
    """Whose, of which kind, until when, how much; the payload is held against our schema."""
    (payload,) = xml.parse_message(body).iter(f"{NS}MeterReadings")
    schemas.validate_payload(payload, "MeterReadings")
    found = []
    for one in payload.iterfind(f"{NS}MeterReading"):
        whose = one.findtext(f"{NS}Meter/{NS}Names/{NS}name") or one.findtext(f"{NS}UsagePoint/{NS}Names/{NS}name")
        for tag, holds in (("IntervalBlocks", f"{NS}IntervalReadings"), ("Readings", ".")):
            for several in one.iterfind(NS + tag):
                kind = several.find(f"{NS}ReadingType")
                assert kind is not None
                for each in several.iterfind(holds):
                    at, value = each.findtext(f"{NS}timeStamp"), each.findtext(f"{NS}value")
                    found.append((whose or "", kind.get("ref") or "", at or "", value or ""))
    return found


def qualities(body: bytes) -> list[str]:
    return [one.get("ref") or "" for one in xml.parse_message(body).iter(f"{NS}ReadingQualityType")]


METER = named("EndDevice", "MTR-1")


def test_meters_and_usage_points_are_told_by_kind_and_time(billing: Partner, counted: MillLane, post: Post) -> None:
    answer = post(billing, question(before=named("EndDevice", "MTR-1"), after=named("UsagePoint", "SDP-2")))
    assert (answer.status, said(answer)["code"], said(answer)["details"]) == (200, ["0.0"], ["5 readings"])
    assert told(answer.body) == [
        ("MTR-1", ENERGY, stamp(BEGINS + QUARTER), "1.1"),
        ("MTR-1", ENERGY, stamp(BEGINS + 2 * QUARTER), "1.2"),
        ("MTR-1", VOLTAGE, stamp(BEGINS), "231.4"),
        ("MTR-2", ENERGY, stamp(BEGINS + QUARTER), "2.1"),
        ("MTR-2", ENERGY, stamp(BEGINS + 2 * QUARTER), "2.2"),
    ]
    assert qualities(answer.body) == ["1.4.4", "1.4.4"]
    assert (
        post(billing, question(before=named("EndDevice", "MTR-1"), after=named("UsagePoint", "SDP-2"))).body
        == answer.body
    )
    assert InboxMessage.objects.get().effects == {"told": 5, "of": 2}


def test_kinds_narrow_the_answer_and_those_nobody_tells_are_named(
    billing: Partner, counted: MillLane, post: Post
) -> None:
    kinds = named("ReadingType", VOLTAGE) + named("ReadingType", REGISTER) + named("ReadingType", "voltage")
    answer = post(billing, question(before=named("EndDevice", "MTR-1") + kinds))
    assert (answer.status, said(answer)["Result"]) == (200, ["PARTIAL"])
    assert said(answer)["code"] == ["2.6", "5.5"]
    assert [kind for _, kind, _, _ in told(answer.body)] == [VOLTAGE]


def test_the_sample_gets_the_registers_that_were_read_for_billing(
    billing: Partner, mill_lane: MillLane, post: Post
) -> None:
    hes = make_partner("HES", ["created MeterReadings"])
    at = stamp(BEGINS)
    billed = f'<reason>billing</reason><timeStamp>{at}</timeStamp><value>5120.5</value><ReadingType ref="{REGISTER}"/>'
    asked = f'<reason>inquiry</reason><timeStamp>{at}</timeStamp><value>231</value><ReadingType ref="{VOLTAGE}"/>'
    registers = f"<Readings>{billed}</Readings><Readings>{asked}</Readings>"
    assert post(hes, message(meter("MTR-1", more=registers) + meter("MTR-2", more=registers))).status == 200
    answer = post(billing, compose.sample("readings_asked"))
    assert told(answer.body) == [("MTR-1", REGISTER, at, "5120.5"), ("MTR-2", REGISTER, at, "5120.5")]
    assert {one.text for one in xml.parse_message(answer.body).iter(f"{NS}reason")} == {"billing"}
    again = f"<Readings>{billed.replace('<reason>billing</reason>', '')}</Readings>"
    post(hes, message(meter("MTR-1", more=again), "r-2"))
    assert set(Reading.objects.filter(type__code=REGISTER).values_list("reason", flat=True)) == {"billing"}


def test_more_than_was_asked_for_is_told_in_parts(billing: Partner, counted: MillLane, post: Post) -> None:
    def part(limit: int, offset: int) -> bytes:
        options = "".join(
            f"<Option><name>{name}</name><value>{value}</value></Option>"
            for name, value in (("limit", limit), ("offset", offset))
        )
        both = named("EndDevice", "MTR-1") + named("EndDevice", "MTR-2")
        return question(before=both, more=options, number=f"q-{offset}")

    first, second = post(billing, part(3, 0)), post(billing, part(3, 3))
    assert (said(first)["Result"], said(first)["code"]) == (["OK"], ["0.2"])
    assert said(first)["details"] == ["3 readings; ask for more with offset 3"]
    assert (said(second)["code"], said(second)["details"]) == (["0.0"], ["2 readings"])
    assert len(set(told(first.body) + told(second.body))) == 5


def test_what_is_not_known_or_not_told_is_said_one_by_one(billing: Partner, counted: MillLane, post: Post) -> None:
    before = named("EndDevice", "MTR-1") + named("EndDevice", "MTR-99")
    answer = post(billing, question(before=before, after=named("UsagePoint", "SDP-99")))
    assert (answer.status, said(answer)["code"]) == (200, ["2.4", "2.12"])
    assert said(answer)["ID"] == ["MTR-99", "SDP-99"]
    late = time(ENDS, ENDS + dt.timedelta(days=1))
    answer = post(billing, question(before=named("EndDevice", "MTR-1"), when=late, number="q-2"))
    assert (answer.status, said(answer)["Result"], said(answer)["code"]) == (422, ["FAILED"], ["5.7"])


def test_another_control_area_is_answered_as_unknown(billing: Partner, counted: MillLane, post: Post) -> None:
    south = ControlArea.objects.create(key="south", name="South")
    RoleGrant.objects.filter(user=billing.user).update(area=south)
    answer = post(billing, question(before=named("EndDevice", "MTR-1"), after=named("UsagePoint", "SDP-1")))
    assert (answer.status, said(answer)["code"]) == (422, ["2.4", "2.12"])
    answer = post(billing, question(after=named("TransformerTank", "transformer-1"), number="q-2"))
    assert (answer.status, said(answer)["code"]) == (422, ["5.7"])
    assert b"1.1" not in answer.body


def test_who_may_not_ask_is_refused(counted: MillLane, post: Post) -> None:
    other = make_partner("BILLING", ["created MeterReadings"])
    answer = post(other, question(before=named("EndDevice", "MTR-1")))
    assert (answer.status, said(answer)["code"]) == (403, ["7.5"])


def test_behind_a_transformer_intervals_are_added_up_and_no_customer_is_told(
    billing: Partner, counted: MillLane, post: Post
) -> None:
    Reading.objects.filter(meter=counted.meters[1], read_at=BEGINS + 2 * QUARTER).delete()
    answer = post(billing, question(after=named("TransformerTank", "transformer-1")))
    assert told(answer.body) == [
        ("transformer-1", ENERGY, stamp(BEGINS + QUARTER), "3.2"),
        ("transformer-1", ENERGY, stamp(BEGINS + 2 * QUARTER), "1.2"),
    ]
    assert qualities(answer.body) == ["4.11.0", "4.11.0", "4.5.259"]
    assert b"MTR-" not in answer.body
    kinds = named("ReadingType", VOLTAGE)
    answer = post(billing, question(before=kinds, after=named("TransformerTank", "transformer-1"), number="q-2"))
    assert (answer.status, said(answer)["code"]) == (422, ["2.10", "5.7"])


def test_sums_over_too_many_meters_and_days_are_refused(
    billing: Partner, counted: MillLane, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integration.services.handlers.readings_asked.MOST_METER_DAYS", 1)
    answer = post(billing, question(after=named("TransformerTank", "transformer-1")))
    assert (answer.status, said(answer)["code"]) == (413, ["3.1"])


IDS = '<ID kind="name" objectType="Meter">MTR-1</ID><ID kind="uuid" objectType="UsagePoint">point-2</ID>'


def test_a_question_may_stand_in_the_request_alone(billing: Partner, counted: MillLane, post: Post) -> None:
    head = compose.header("get", "MeterReadings", source="BILLING")
    asked = f"<StartTime>{stamp(BEGINS)}</StartTime><EndTime>{stamp(ENDS)}</EndTime>{IDS}"
    data = f'<RequestMessage xmlns="{namespaces.MESSAGE}">{head}<Request>{asked}</Request></RequestMessage>'
    answer = post(billing, data.encode())
    assert {whose for whose, _, _, _ in told(answer.body)} == {"MTR-1", "MTR-2"}


def test_the_register_at_midnight_is_asked_for(billing: Partner, mill_lane: MillLane, post: Post) -> None:
    """L06."""
    midnight = AT.replace(hour=0, minute=0)
    kind = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
    told_at = [midnight - dt.timedelta(hours=1), midnight, midnight + dt.timedelta(hours=1)]
    rows = [readings.Reading(mill_lane.meters[0].pk, kind, at, 100.0 + number) for number, at in enumerate(told_at)]
    readings.record_readings(readings=rows, at=AT)
    minute = dt.timedelta(minutes=1)
    asked = question(before=METER + named("ReadingType", kind), when=time(midnight - minute, midnight + minute))
    assert told(post(billing, asked).body) == [("MTR-1", kind, stamp(midnight), "101")]


def test_both_directions_and_their_net_are_told_each_by_its_code(
    billing: Partner, mill_lane: MillLane, post: Post
) -> None:
    """R04."""
    taken, given, net = (f"0.0.2.4.{direction}.1.12.0.0.0.0.0.0.0.0.3.72.0" for direction in (1, 19, 4))
    told_of = ((taken, 0.2), (given, 1.5), (net, -1.3))
    rows = [readings.Reading(mill_lane.meters[0].pk, kind, BEGINS + QUARTER, value) for kind, value in told_of]
    readings.record_readings(readings=rows, at=AT)
    answer = post(billing, question(before=METER + named("ReadingType", given) + named("ReadingType", net)))
    at = stamp(BEGINS + QUARTER)
    assert sorted(told(answer.body)) == sorted([("MTR-1", given, at, "1.5"), ("MTR-1", net, at, "-1.3")])


LONG = time(BEGINS - dt.timedelta(days=63), BEGINS)
OPTION = "<Option><name>state</name><value>all</value></Option>"


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ({}, "1.6", "says whose readings are wanted"),
        ({"before": METER, "when": "<TimeSchedule><scheduleInterval/></TimeSchedule>"}, "1.6", "of which time"),
        ({"before": "<EndDevice/>"}, "1.6", "neither mRID nor Names"),
        ({"before": METER, "when": LONG}, "1.8", "62 days"),
        ({"before": METER, "when": time(ENDS, BEGINS)}, "1.8", "not before start"),
        ({"before": METER, "after": named("TransformerTank", "t")}, "1.8", "question of its own"),
        ({"before": METER, "more": OPTION}, "1.8", "Option state is not known"),
        ({"before": named("EndDeviceGroup", "g")}, "1.8", "EndDeviceGroup"),
        ({"before": METER, "more": '<ID objectType="Crew">c</ID>'}, "1.8", "objectType"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(
    billing: Partner, mill_lane: MillLane, post: Post, asked: dict[str, str], code: str, words: str
) -> None:
    answer = post(billing, question(**asked))
    assert (answer.status, said(answer)["code"][0]) == (422, code)
    assert words in answer.body.decode()


def test_a_name_that_two_usage_points_have_finds_neither(counted: MillLane) -> None:
    counted.points[1].name = counted.points[0].name
    counted.points[1].save()
    found = asked_readings.at_points(["SDP-1", "point-2"], areas=None)
    assert {name: [one.number for one in several] for name, several in found.items()} == {
        "point-1": ["MTR-1"],
        "point-2": ["MTR-2"],
    }


def test_a_long_answer_keeps_to_the_schema(billing: Partner, mill_lane: MillLane, post: Post) -> None:
    kinds = [ReadingType.objects.create(code=code) for code in (ENERGY, VOLTAGE)]
    begins = AT - dt.timedelta(days=50)
    Reading.objects.bulk_create(
        Reading(
            meter=mill_lane.meters[0],
            type=kind,
            read_at=begins + number * QUARTER,
            value=number,
            recorded_at=AT,
        )
        for kind in kinds
        for number in range(1, 3_002)
    )
    options = "<Option><name>limit</name><value>10000</value></Option>"
    answer = post(billing, question(before=METER, when=time(begins, AT), more=options))
    assert len(told(answer.body)) == 6_002
    blocks = [len(one) - 1 for one in xml.parse_message(answer.body).iter(f"{NS}IntervalBlocks")]
    assert blocks == [3_000, 1]
