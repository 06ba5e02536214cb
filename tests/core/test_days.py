"""Local days where the clock changes."""

import datetime as dt

from django.utils import timezone

from adms.core import days


def test_days_of_23_and_25_hours_are_as_long_as_they_are() -> None:
    with timezone.override("Europe/Berlin"):
        for day, hours in ((dt.date(2026, 3, 29), 23), (dt.date(2026, 3, 30), 24), (dt.date(2026, 10, 25), 25)):
            midnights = [
                timezone.make_aware(dt.datetime.combine(one, dt.time.min)) for one in (day, day + dt.timedelta(days=1))
            ]
            assert days.hours(*midnights) == days.hours(*days.bounds(day)) == hours


def test_midnight_ends_a_day() -> None:
    with timezone.override("Europe/Berlin"):
        midnight = timezone.make_aware(dt.datetime(2026, 3, 30))  # noqa: DTZ001  (made aware here)
        assert days.of_interval(midnight) == dt.date(2026, 3, 29)
