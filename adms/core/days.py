"""Local time: a day begins and ends at local midnight and has 23 or 25 hours where the clock changes; moments in words."""

import datetime as dt

from django.utils import timezone

_MOMENT = dt.timedelta(microseconds=1)


def bounds(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Where a local day begins and ends, in UTC: the difference of two local moments would leave out that the clock changed."""
    midnights = (dt.datetime.combine(one, dt.time.min) for one in (day, day + dt.timedelta(days=1)))
    begins, ends = (timezone.make_aware(one).astimezone(dt.UTC) for one in midnights)
    return begins, ends


def hours(begin: dt.datetime, end: dt.datetime) -> float:
    """The hours between two moments, that of a change of the clock left out or twice where it was so."""
    return (end.timestamp() - begin.timestamp()) / 3600


def of_interval(ends_at: dt.datetime) -> dt.date:
    """The local day of an interval that ends then: midnight is the end of a day, not a beginning."""
    return timezone.localdate(ends_at - _MOMENT)


def next_at(time: dt.time, after: dt.datetime) -> dt.datetime:
    """When the clocks of the utility show a time next, today or tomorrow.

    >>> next_at(dt.time(0, 30), dt.datetime(2026, 3, 1, 23, 0, tzinfo=dt.UTC)).isoformat()
    '2026-03-02T00:30:00+00:00'
    """
    day = timezone.localdate(after)
    found = (timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=n), time)) for n in (0, 1))
    return next(one for one in found if one > after)


def in_words(at: dt.datetime, pattern: str = "%Y-%m-%d %H:%M") -> str:
    """A moment as the clocks of the utility show it, with the name of their time.

    >>> in_words(dt.datetime(2026, 3, 1, 10, 15, tzinfo=dt.UTC), "%H:%M")
    '10:15 UTC'
    """
    return f"{timezone.localtime(at):{pattern} %Z}"
