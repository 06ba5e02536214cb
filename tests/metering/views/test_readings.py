"""The page of what a meter read: chart, table, days, file and the question for what is missing."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest

from adms.core import days
from metering.models import Meter, ReadingRequest
from metering.services import readings, validating
from tests.people import Person, text, toast
from tests.rest import NORTH, SOUTH, Api, publish

pytestmark = pytest.mark.django_db

ENERGY, VOLTAGE = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", "0.2.2.12.1.1.54.0.0.0.0.0.0.0.129.0.29.0"
DAY = dt.date(2026, 3, 1)
BEGINS, ENDS = days.bounds(DAY)
PAGE = f"/meters/M0001/readings/?day={DAY}"


@pytest.fixture(autouse=True)
def network() -> None:
    publish()
    validating._expected.clear()
    meter = Meter.objects.get(number="M0001")
    told = [
        readings.Reading(meter.pk, ENERGY, BEGINS + (number + 1) * dt.timedelta(minutes=15), 0.25, "2.0.0")
        for number in range(96)
        if number not in {40, 41}
    ]
    readings.record_readings(readings=told, at=ENDS)
    validating.judge_due(before=DAY + dt.timedelta(days=1), at=ENDS)


def test_a_day_is_shown_as_chart_and_table_with_what_was_estimated() -> None:
    shown = text(Person("DSP").get(PAGE))
    assert "Energy delivered, every 15 min, kWh" in shown
    assert shown.count('<rect class="bar"') == 96 - 2
    assert shown.count('<rect class="hollow"') == 2
    assert "94 of 96 told, 2 estimated, 0 suspect." in shown
    assert "24.00 kWh" in shown
    assert "missing 2" in shown
    assert "10:00: 0.250 kWh, estimated" in shown


def test_without_a_day_the_latest_is_shown_and_without_readings_what_to_do() -> None:
    assert "Sun 1 Mar 2026" in text(Person("DSP").get("/meters/M0001/readings/"))
    assert "This meter has told no readings" in text(Person("DSP").get("/meters/M0002/readings/"))


def test_values_that_are_no_intervals_are_a_table_without_a_chart() -> None:
    meter = Meter.objects.get(number="M0001")
    readings.record_readings(readings=[readings.Reading(meter.pk, VOLTAGE, BEGINS, 231.4)], at=ENDS)
    shown = text(Person("DSP").get(PAGE, type=VOLTAGE))
    assert "231.400" in shown
    assert "<rect" not in shown.split("<main")[-1]


def test_the_file_has_what_the_page_shows() -> None:
    answer = Person("DSP").get(f"/meters/M0001/readings.csv?type={ENERGY}&first={DAY}&last={DAY}")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == 96
    assert [one["is_estimated"] for one in rows].count("True") == 2
    assert rows[0]["meter"] == "M0001"
    assert "no day" in text(Person("DSP").get("/meters/M0001/readings.csv?first=x&last=y"), 422)


def test_a_reading_below_nought_is_a_number_in_the_file() -> None:
    meter = Meter.objects.get(number="M0001")
    readings.record_readings(readings=[readings.Reading(meter.pk, VOLTAGE, BEGINS, -1.5)], at=ENDS)
    answer = Person("DSP").get(f"/meters/M0001/readings.csv?type={VOLTAGE}&first={DAY}&last={DAY}")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert float(row["value"]) == -1.5


def test_a_person_asks_the_meter_for_the_day() -> None:
    person = Person("DSP")
    told = toast(person.post("/meters/M0001/readings/ask/", type=ENERGY, day=str(DAY)))
    assert told["text"].startswith("The meter is asked")
    request = ReadingRequest.objects.get()
    assert (request.first_at, request.last_at, request.asked_by) == (BEGINS, ENDS, person.name)
    assert person.name in text(person.get(PAGE))


def test_a_meter_of_another_area_does_not_exist_and_who_serves_nobody_is_refused() -> None:
    assert Person("DSP", NORTH).get(PAGE).status_code == 200
    assert Person("DSP", SOUTH).get(PAGE).status_code == 404
    assert Person("MGR").get(PAGE).status_code == 403


def test_days_are_read_over_rest() -> None:
    (told,) = Api("DSP").get("meters/M0001/reading-days").json()["results"]
    assert (told["day"], told["expected"], told["told"], told["estimated"]) == (str(DAY), 96, 94, 2)
    assert told["found"] == {"3.5.259": 2}
