"""The load a plan must bear: the model's loads are the day's peak at every hour, measured ones grow towards the evening."""

import datetime as dt

import pytest

from outages.services.flisr import expected

pytestmark = pytest.mark.django_db
SHORT, LONG = dt.timedelta(minutes=5), dt.timedelta(minutes=20)


@pytest.mark.parametrize(("hour", "growth"), [(4, 0.85 / 0.56), (16, 1.0 / 0.90), (20, 1.0)])
def test_only_what_is_measured_grows_with_the_hours(hour: int, growth: float) -> None:
    found = expected.ahead_of(dead_for=SHORT, at=dt.datetime(2026, 1, 12, hour, tzinfo=dt.UTC))
    assert found.of(is_measured=False) == found.factor == 1.0
    assert found.of(is_measured=True) == pytest.approx(growth)
    assert found.pickup == 1.0


def test_what_was_long_without_supply_comes_back_higher() -> None:
    assert expected.ahead_of(dead_for=LONG, at=dt.datetime(2026, 1, 12, 12, tzinfo=dt.UTC)).pickup > 1.0
