"""created(MeterReadings) out: what prosumers' registers stood at when a billing period began and when it ended (R12)."""

from __future__ import annotations

import datetime as dt

import pytest

from adms.core import days
from adms.core.models import Setting
from integration.cim import envelope, schemas
from integration.models import OutboxMessage, Partner
from integration.services import billing_messages
from metering.models import Meter, Reading, ReadingType
from tests.integration.services import cast
from tests.integration.services.cast import MillLane, make_partner

NS = "{http://iec.ch/TC57/2011/MeterReadings#}"
DELIVERED, RECEIVED, NET = (f"0.0.0.1.{way}.1.12.0.0.0.0.0.0.0.0.3.72.0" for way in (1, 19, 4))
INTERVALS = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
BEGINS, ENDS = (days.bounds(dt.date(2026, month, 5))[0] for month in (3, 4))
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def lane(transactional_db: None) -> MillLane:
    lane = cast.make_mill_lane()
    Meter.objects.filter(pk=lane.meters[0].pk).update(has_generation=True)
    return lane


@pytest.fixture
def billing(lane: MillLane) -> Partner:
    make_partner(
        "HES", ["reply MeterReadings"], endpoint_url="https://hes.example.org/", subscriptions=["MeterReadings"]
    )
    return make_partner("BILLING", [], endpoint_url="https://billing.example.org/", subscriptions=["MeterReadings"])


def reads(meter: Meter, code: str, at: dt.datetime, value: float) -> None:
    kind, _ = ReadingType.objects.get_or_create(code=code)
    Reading.objects.create(meter=meter, type=kind, read_at=at, value=value, recorded_at=at, quality="1.0.0")


def begin_on(day: int) -> None:
    Setting.objects.update_or_create(
        key="billing.first_day", area=None, defaults={"value": day, "changed_at": BEGINS, "changed_by": "test"}
    )


def test_registers_at_both_ends_are_told_once_to_billing(lane: MillLane, billing: Partner) -> None:
    prosumer, neighbour = lane.meters[:2]
    for code, first, last in ((DELIVERED, 100.0, 180.0), (RECEIVED, 40.0, 95.0), (NET, 60.0, 85.0)):
        reads(prosumer, code, BEGINS, first)
        reads(prosumer, code, ENDS - HOUR, last - 1)
        reads(prosumer, code, ENDS, last)
        reads(prosumer, code, ENDS + HOUR, last + 1)
        reads(neighbour, code, ENDS, 7.0)
    reads(prosumer, INTERVALS, ENDS, 0.2)
    begin_on(5)
    assert billing_messages.announce(at=ENDS + 13 * HOUR) == 1
    assert billing_messages.announce(at=ENDS + 14 * HOUR) == 0
    row = OutboxMessage.objects.select_related("partner").get()
    assert (row.partner.name, row.verb, row.noun) == ("BILLING", "created", "MeterReadings")
    got = envelope.read(bytes(row.body))
    assert got.payload is not None
    schemas.validate_payload(got.payload, "MeterReadings")
    (one,) = got.payload.iter(f"{NS}MeterReading")
    told = [
        (each.find(f"{NS}ReadingType").get("ref"), each.findtext(f"{NS}value"))  # type: ignore[union-attr]  # it is there
        for each in one.iter(f"{NS}Readings")
    ]
    assert told == [
        (DELIVERED, "100"),
        (DELIVERED, "180"),
        (RECEIVED, "40"),
        (RECEIVED, "95"),
        (NET, "60"),
        (NET, "85"),
    ]
    interval = [one.findtext(f"{NS}valuesInterval/{NS}{name}") for name in ("start", "end")]
    assert [dt.datetime.fromisoformat(text or "") for text in interval] == [BEGINS, ENDS]
    names = [name.text for name in one.find(f"{NS}UsagePoint").iter(f"{NS}name")]  # type: ignore[union-attr]  # it is there
    assert {"SDP-1", "K-1"} <= set(names)


def test_a_period_is_told_when_midnight_has_been_read_and_the_next_when_it_is_over(
    lane: MillLane, billing: Partner
) -> None:
    begin_on(5)
    reads(lane.meters[0], DELIVERED, ENDS - 30 * HOUR, 9.0)
    reads(lane.meters[0], DELIVERED, BEGINS - 80 * HOUR, 1.0)
    assert billing_messages.announce(at=ENDS + 13 * HOUR) == 1
    body = bytes(OutboxMessage.objects.get().body)
    assert b"<value>9</value>" in body
    assert b"<value>1</value>" not in body, "of four days before says nothing of the beginning"
    later = days.bounds(dt.date(2026, 5, 5))[0]
    reads(lane.meters[0], DELIVERED, later, 20.0)
    assert billing_messages.announce(at=later + HOUR) == 0
    assert billing_messages.announce(at=later + 13 * HOUR) == 1


def test_where_no_day_is_named_nobody_is_told(lane: MillLane, billing: Partner) -> None:
    reads(lane.meters[0], DELIVERED, ENDS, 9.0)
    assert billing_messages.announce(at=ENDS + 13 * HOUR) == 0
    begin_on(31)
    assert billing_messages.announce(at=ENDS + 13 * HOUR) == 0
