"""N02: meters that are not read, over REST, by who serves them."""

import datetime as dt

import pytest

from adms.core import clock
from metering.models import Meter, Reading, ReadingType
from metering.services import device_events
from tests.rest import NORTH, SOUTH, Api, error, publish

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
CLOCK_FAILED, CLOCK_SET_RIGHT = "36.0.85", "36.0.216"


@pytest.fixture(autouse=True)
def network():
    publish()


def reads(meter: Meter, at: dt.datetime) -> None:
    kind, _ = ReadingType.objects.get_or_create(code="0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0")
    Reading.objects.create(meter=meter, type=kind, read_at=at, value=1.0, recorded_at=at)


def says(meter: Meter, code: str, at: dt.datetime) -> None:
    device_events.record_events(source="HES", items=[device_events.DeviceEvent(meter.pk, code, at)], at=at)


def listed(**query) -> list[dict]:
    return Api("DSP").get("meters/failing", limit=1_000, **query).json()["results"]


def test_meters_never_read_and_in_trouble_are_told_with_their_latest_reading():
    now = clock.now()
    first, second, third, *others = Meter.objects.order_by("pk")
    for one in others[1:]:
        reads(one, now - HOUR)
    reads(first, now - 9 * HOUR)
    reads(second, now - 9 * HOUR)
    says(first, CLOCK_FAILED, now - 2 * HOUR)
    says(second, CLOCK_FAILED, now - 2 * HOUR)
    says(second, CLOCK_SET_RIGHT, now - HOUR)
    says(third, "1.0.85", now - 3 * HOUR)
    says(others[0], "12.0.257", now - HOUR)
    told = listed()
    assert [(one["number"], one["code"], one["words"]) for one in told] == [
        (first.number, CLOCK_FAILED, "clock: failed"),
        (third.number, "1.0.85", "communication: failed"),
        (others[0].number, "", "never read"),
    ]
    assert [one["latest_reading_at"] is None for one in told] == [False, True, True]
    assert [one["number"] for one in listed(never=False)] == [first.number, third.number]


def test_trouble_of_long_ago_and_meters_of_others_are_not_told():
    now = clock.now()
    meters = list(Meter.objects.order_by("pk"))
    for one in meters:
        reads(one, now - HOUR)
        says(one, CLOCK_FAILED, now - dt.timedelta(days=3))
    assert listed(days=2) == []
    areas = {one["area"] for one in Api("DSP", NORTH).get("meters/failing").json()["results"]}
    assert areas == {NORTH}
    assert {one["area"] for one in listed()} == {NORTH, SOUTH}
    assert error(Api("ADM").get("meters/failing"), 403)["code"] == "no_access_authority"
