"""M02, M03, M04, C01: readings that a head-end pushes are kept once, with their quality, and read over REST."""

from __future__ import annotations

import datetime as dt

import pytest

from integration.cim import namespaces
from integration.models import Partner
from metering.models import Reading
from tests.integration.cim.messages import compose
from tests.integration.services.cast import AT, MillLane, make_partner, post
from tests.integration.services.test_inbox import said
from tests.rest import Api, error

ENERGY, VOLTAGE = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", "0.2.2.12.1.1.54.0.0.0.0.0.0.0.129.0.29.0"
QUARTER = dt.timedelta(minutes=15)
FIRST = AT.replace(minute=0) - dt.timedelta(hours=1)


@pytest.fixture
def hes(transactional_db: None) -> Partner:
    return make_partner("HES", ["created MeterReadings", "changed MeterReadings"])


def stamp(at: dt.datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def interval(number: int, value: str, quality: str = "") -> str:
    told = f'<ReadingQualities><ReadingQualityType ref="{quality}"/></ReadingQualities>' if quality else ""
    time = stamp(FIRST + number * QUARTER)
    return f"<IntervalReadings><timeStamp>{time}</timeStamp><value>{value}</value>{told}</IntervalReadings>"


def meter(number: str, *intervals: str, more: str = "") -> str:
    block = f'<IntervalBlocks>{"".join(intervals)}<ReadingType ref="{ENERGY}"/></IntervalBlocks>' if intervals else ""
    return f"<MeterReading>{block}<Meter><Names><name>{number}</name></Names></Meter>{more}</MeterReading>"


def message(content: str, message_id: str = "r-1", verb: str = "created") -> bytes:
    head = compose.header(verb, "MeterReadings", message_id=message_id)
    return compose.message(
        f'<MeterReadings xmlns="{namespaces.PROFILES["MeterReadings"]}">{content}</MeterReadings>', head
    )


def kept() -> list[tuple[str, str, float, str]]:
    rows = Reading.objects.order_by("meter__number", "type__code", "read_at")
    return list(rows.values_list("meter__number", "type__code", "value", "quality"))


def test_blocks_and_registers_are_kept_with_their_quality(hes: Partner, mill_lane: MillLane) -> None:
    register = (
        f'<Readings><timeStamp>{stamp(FIRST)}</timeStamp><value>231.4</value><ReadingType ref="{VOLTAGE}"/></Readings>'
    )
    content = meter("MTR-1", interval(1, "0.412", "1.0.0"), interval(2, "0", "1.4.4"), more=register)
    answer = post(hes, message(content))
    assert (answer.status, said(answer)["Result"]) == (200, ["OK"])
    assert kept() == [
        ("MTR-1", ENERGY, 0.412, "1.0.0"),
        ("MTR-1", ENERGY, 0.0, "1.4.4"),
        ("MTR-1", VOLTAGE, 231.4, ""),
    ]
    assert list(Reading.objects.filter(type__code=ENERGY).order_by("read_at").values_list("read_at", flat=True)) == [
        FIRST + QUARTER,
        FIRST + 2 * QUARTER,
    ]


def test_what_a_customer_read_is_taken_from_the_customer_system_and_gives_way_to_the_meter(
    hes: Partner, mill_lane: MillLane
) -> None:
    """C01: quality x.4.130 of IEC 61968-9 says that the customer read it."""
    cis = make_partner("CIS", ["created MeterReadings"])
    kind = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"

    def register(value: str, quality: str) -> str:
        told = f'<ReadingQualities><ReadingQualityType ref="{quality}"/></ReadingQualities><ReadingType ref="{kind}"/>'
        read = f"<Readings><reason>inquiry</reason><timeStamp>{stamp(FIRST)}</timeStamp><value>{value}</value>{told}</Readings>"
        return meter("MTR-1", more=read)

    read_by_hand = message(register("4711", "5.4.130")).replace(b"<Source>HES", b"<Source>CIS")
    assert post(cis, read_by_hand).status == 200
    assert kept() == [("MTR-1", kind, 4711.0, "5.4.130")]
    assert post(hes, message(register("4712.5", "1.0.0"), "r-2", "changed")).status == 200
    assert kept() == [("MTR-1", kind, 4712.5, "1.0.0")]


def test_a_block_that_comes_in_parts_and_again_is_kept_once_and_a_mended_value_takes_its_place(
    hes: Partner, mill_lane: MillLane
) -> None:
    post(hes, message(meter("MTR-1", interval(1, "0.1"), interval(2, "0.2"))))
    post(hes, message(meter("MTR-1", interval(2, "0.2"), interval(3, "0.3")), "r-2"))
    assert [value for _, _, value, _ in kept()] == [0.1, 0.2, 0.3]
    post(hes, message(meter("MTR-1", interval(2, "0.25", "3.8.0")), "r-3", "changed"))
    assert [(value, quality) for _, _, value, quality in kept()] == [(0.1, ""), (0.25, "3.8.0"), (0.3, "")]
    assert Reading.objects.count() == 3


def test_types_described_in_the_message_are_understood(hes: Partner, mill_lane: MillLane) -> None:
    content = meter("MTR-1", interval(1, "0.5", "q")).replace(ENERGY, "energy")
    described = (
        "<ReadingQualityType><mRID>q</mRID><Names><name>1.4.4</name></Names></ReadingQualityType>"
        f"<ReadingType><mRID>energy</mRID><Names><name>{ENERGY}</name></Names></ReadingType>"
    )
    assert post(hes, message(content + described)).status == 200
    assert kept() == [("MTR-1", ENERGY, 0.5, "1.4.4")]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (meter("MTR-99", interval(1, "1")), "2.4"),
        (meter("MTR-2", interval(1, "NaN")), "1.8"),
        (meter("MTR-2", interval(1, "INF")), "1.8"),
        (meter("MTR-2", interval(1, "many")), "1.8"),
        (meter("MTR-2", interval(1, "1", "fine")), "1.8"),
        (meter("MTR-2", interval(1, "1")).replace(ENERGY, "unheard-of"), "1.8"),
        (meter("MTR-2", interval(12, "1")), "1.8"),
        (meter("MTR-2"), "1.7"),
    ],
)
def test_a_meter_whose_readings_cannot_be_kept_is_named_and_the_others_are_kept(
    hes: Partner, mill_lane: MillLane, bad: str, code: str
) -> None:
    answer = post(hes, message(meter("MTR-1", interval(1, "0.5")) + bad))
    assert said(answer)["Result"] == ["PARTIAL"]
    assert code in said(answer)["code"]
    assert kept() == [("MTR-1", ENERGY, 0.5, "")]


def test_readings_are_read_over_rest_by_who_serves_the_customer(hes: Partner, mill_lane: MillLane) -> None:
    post(hes, message(meter("MTR-1", *(interval(number, f"0.{number}", "1.0.0") for number in (1, 2, 3)))))
    told = Api("DSP").get("meters/MTR-1/readings", first_at=stamp(FIRST + 2 * QUARTER)).json()["results"]
    assert [(one["value"], one["quality"], one["type"]) for one in told] == [
        (0.3, ["1.0.0"], ENERGY),
        (0.2, ["1.0.0"], ENERGY),
    ]
    assert len(Api("DSP").get("meters/MTR-1/readings", limit=1).json()["results"]) == 1
    assert Api("DSP").get("meters/MTR-1/readings", type=VOLTAGE).json()["results"] == []
    assert error(Api("DSP").get("meters/NONE/readings"), 404)["code"] == "not_found"
    assert error(Api("MGR").get("meters/MTR-1/readings"), 403)["code"] == "no_access_authority"
