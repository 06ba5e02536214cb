"""The load a plan must bear: the model's loads are the day's peak at every hour, measured ones grow towards the evening."""

import datetime as dt

import pytest

from outages.services.flisr import expected

pytestmark = pytest.mark.django_db
NONE, LONG = dt.timedelta(0), dt.timedelta(minutes=20)


@pytest.mark.parametrize(("hour", "growth"), [(4, 0.85 / 0.56), (16, 1.0 / 0.90), (20, 1.0)])
def test_only_what_is_measured_grows_with_the_hours(hour: int, growth: float) -> None:
    found = expected.ahead_of(dead_for=NONE, at=dt.datetime(2026, 1, 12, hour, tzinfo=dt.UTC))
    assert found.of(is_measured=False) == found.factor == 1.0
    assert found.of(is_measured=True) == pytest.approx(growth)
    assert found.pickup == 1.0


#: By the curve of switching orders: 1.2 after 15 min, 1.5 after 60.
COLD = 1.2 + 0.3 * 5 / 45


@pytest.mark.parametrize(("hour", "multiple"), [(20, COLD), (16, COLD * 0.9), (4, 1.0)])
def test_what_was_long_without_supply_comes_back_higher_unless_a_later_peak_is_higher_still(
    hour: int, multiple: float
) -> None:
    found = expected.ahead_of(dead_for=LONG, at=dt.datetime(2026, 1, 12, hour, tzinfo=dt.UTC))
    assert found.pickup == pytest.approx(multiple)
