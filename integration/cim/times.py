"""Times in messages: always with a zone, always in UTC behind the door, never from another century."""

from __future__ import annotations

import datetime as dt

EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
#: How far a sender's clock may run ahead. Beyond it the time is wrong, and would outrank every later fact about its object.
AHEAD = dt.timedelta(hours=1)


class TimeRefused(ValueError):
    """A time that cannot be taken; the message says why."""


def parse(text: str) -> dt.datetime:
    """An xs:dateTime as an aware datetime in UTC.

    Raises:
        TimeRefused: for one without a zone, or outside what a calendar here can hold.
    """
    try:
        moment = dt.datetime.fromisoformat(text.strip())
        if moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise TimeRefused(f"{text.strip()[:40]} is not a time that can be taken") from None
    raise TimeRefused(f"{text.strip()} has no time zone")


def parse_occurred(text: str, *, received_at: dt.datetime) -> dt.datetime:
    """The time of a fact in the field, held against the moment it was received.

    Raises:
        TimeRefused: also for what lies before 2000 or more than an hour ahead.
    """
    moment = parse(text)
    if moment < EARLIEST:
        raise TimeRefused(f"{text.strip()} is before {EARLIEST:%Y}")
    if moment > received_at + AHEAD:
        raise TimeRefused(f"{text.strip()} is in the future")
    return moment
