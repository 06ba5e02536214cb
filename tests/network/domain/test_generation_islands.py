"""What is expected of the hours until the repair by the days before."""

import datetime as dt

from network.domain.restoration import islands

NINE = dt.datetime(2026, 3, 10, 9, tzinfo=dt.UTC)


def days(*values: float) -> dict[dt.datetime, float]:
    """A value at nine o'clock of each of the days before, the nearest first."""
    return {NINE - dt.timedelta(days=back): value for back, value in enumerate(values, 1)}


def test_the_least_that_was_made_and_the_most_that_was_taken_at_that_hour_count() -> None:
    assert islands.expected(days(30.0, 10.0, 20.0), [NINE], min) == (10.0,)
    assert islands.expected(days(30.0, 10.0, 20.0), [NINE], max) == (30.0,)


def test_too_few_days_and_days_too_far_back_say_nothing() -> None:
    assert islands.expected(days(30.0, 10.0), [NINE], min) == ()
    old = {NINE - dt.timedelta(days=back): 5.0 for back in (1, 2, islands.DAYS + 1)}
    assert islands.expected(old, [NINE], min) == ()
    assert islands.expected(days(30.0, 10.0, 20.0), [NINE, NINE + dt.timedelta(hours=1)], min) == ()
