"""Days of interval readings are judged when they are over, estimated, and judged again when more is told (G01, G02)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from adms.core import days
from adms.core.services import dispatch
from integration.models import OutboxMessage, Partner
from metering.models import Meter, Reading, ReadingDay, ReadingRequest
from metering.services import readings, validating
from tests.integration.services import cast
from tests.integration.services.cast import MillLane, make_partner

ENERGY, REGISTER = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
DAY = dt.date(2026, 3, 1)  # a Sunday
BEGINS, ENDS = days.bounds(DAY)
LATER = ENDS + dt.timedelta(hours=5)
QUARTER = dt.timedelta(minutes=15)


@pytest.fixture
def lane(transactional_db: None) -> MillLane:
    validating._expected.clear()
    return cast.make_mill_lane()


def tell(meter: Meter, values: dict[int, float], *, day: dt.date = DAY, at: dt.datetime = LATER) -> None:
    """Interval readings by the number of the quarter hour, the first of the day is 0."""
    begins = days.bounds(day)[0]
    readings.record_readings(
        readings=[
            readings.Reading(meter.pk, ENERGY, begins + (number + 1) * QUARTER, value)
            for number, value in values.items()
        ],
        at=at,
    )


def day_of(meter: Meter, day: dt.date = DAY) -> ReadingDay:
    return ReadingDay.objects.get(meter=meter, day=day)


def test_a_day_is_judged_when_it_is_over_and_settled_and_not_before(lane: MillLane) -> None:
    meter = lane.meters[0]
    tell(meter, dict.fromkeys(range(96), 0.25))
    assert validating.run_due(at=ENDS + dt.timedelta(hours=3)) == 0
    assert day_of(meter).is_due
    assert validating.run_due(at=LATER) == 1
    found = day_of(meter)
    assert (found.expected, found.told, found.estimated, found.suspect, found.codes) == (96, 96, 0, 0, "")
    assert (found.total, found.highest, found.is_due) == (24.0, 0.25, False)
    assert validating.run_due(at=LATER) == 0


def test_what_is_missing_is_estimated_and_gives_way_to_what_the_meter_says_later(lane: MillLane) -> None:
    meter = lane.meters[0]
    tell(meter, {number: 0.2 for number in range(96) if number not in {10, 11}} | {12: 0.5})
    validating.run_due(at=LATER)
    ours = Reading.objects.filter(is_estimated=True).order_by("read_at")
    assert [(round(one.value, 3), one.quality) for one in ours] == [(0.3, "3.8.0"), (0.4, "3.8.0")]
    assert (day_of(meter).told, day_of(meter).estimated, day_of(meter).codes) == (94, 2, "3.5.259=2")
    tell(meter, {10: 0.3, 11: 0.9})
    assert not Reading.objects.filter(is_estimated=True).exists()
    assert day_of(meter).is_due
    validating.run_due(at=LATER)
    assert (day_of(meter).told, day_of(meter).estimated, day_of(meter).codes) == (96, 0, "")


def test_a_whole_day_without_a_word_is_a_gap_and_is_estimated_by_like_days(lane: MillLane) -> None:
    meter = lane.meters[0]
    for ago in (1, 7):
        day = DAY - dt.timedelta(days=ago)  # Saturday, and the Sunday before
        tell(meter, dict.fromkeys(range(96), 0.1 * ago), day=day)
    validating.run_due(at=LATER)
    found = day_of(meter)
    assert (found.told, found.estimated) == (0, 96)
    assert found.total == pytest.approx(96 * (0.1 + 0.7) / 2)


def test_suspects_are_marked_and_never_replaced(lane: MillLane) -> None:
    meter = lane.meters[0]
    tell(meter, dict.fromkeys(range(96), 0.2), day=DAY - dt.timedelta(days=1))
    validating.run_due(at=BEGINS + dt.timedelta(hours=5))
    tell(meter, dict.fromkeys(range(96), 0.2) | {5: 40.0, 6: -1.0})
    validating.run_due(at=LATER)
    marked = Reading.objects.exclude(mark="").order_by("read_at")
    assert [(one.value, one.mark) for one in marked] == [(40.0, "3.6.5"), (-1.0, "3.5.256")]
    assert (day_of(meter).suspect, day_of(meter).highest) == (2, 0.2)


def test_intervals_that_do_not_sum_up_to_the_register_are_told(lane: MillLane) -> None:
    meter = lane.meters[0]
    moved = [readings.Reading(meter.pk, REGISTER, moment, value) for moment, value in ((BEGINS, 100.0), (ENDS, 130.0))]
    readings.record_readings(readings=moved, at=LATER)
    tell(meter, dict.fromkeys(range(96), 0.25))
    validating.run_due(at=LATER)
    assert day_of(meter).codes == "3.6.9=1"


@pytest.mark.parametrize(("day", "hours"), [(dt.date(2026, 3, 29), 23), (dt.date(2026, 10, 25), 25)])
def test_days_on_which_the_clock_changes_have_their_own_number_of_intervals(
    lane: MillLane, day: dt.date, hours: int
) -> None:
    with timezone.override("Europe/Berlin"):
        begins, ends = days.bounds(day)
        assert (ends - begins).total_seconds() == hours * 3600
        tell(lane.meters[0], dict.fromkeys(range(hours * 4), 0.1), day=day, at=ends)
        validating.run_due(at=ends + dt.timedelta(hours=5))
        found = day_of(lane.meters[0], day)
    assert (found.expected, found.told) == (hours * 4, hours * 4)


def test_a_meter_with_a_gap_is_asked_for_the_day_once(lane: MillLane) -> None:
    make_partner("HES", ["reply MeterReadings"], endpoint_url="http://127.0.0.1:9/", subscriptions=["MeterReadings"])
    tell(lane.meters[0], {0: 0.1})
    tell(lane.meters[1], dict.fromkeys(range(96), 0.1))
    validating.run_due(at=LATER)
    dispatch.dispatch(clock=lambda: LATER)
    request = ReadingRequest.objects.get()
    assert (list(request.meters.all()), request.first_at, request.last_at) == ([lane.meters[0]], BEGINS, ENDS)
    assert request.is_automatic
    assert OutboxMessage.objects.get().message_id == request.pk
    tell(lane.meters[0], {1: 0.1})
    validating.run_due(at=LATER)
    assert ReadingRequest.objects.count() == 1
    assert Partner.objects.count() == 1
