"""Columns of many rows by one statement: what Django's bulk_update would have stored, of whatever kind the values are."""

import datetime as dt

import pytest

from adms.core import columns
from adms.core.models import Alarm, ControlArea
from metering.models import Ping, PingBatch

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def alarm(source: str) -> Alarm:
    area, _ = ControlArea.objects.get_or_create(key="north", defaults={"name": "North"})
    times = {"first_raised_at": NOON, "raised_at": NOON}
    return Alarm.objects.create(definition="outage", source=source, area=area, priority=3, text=source, **times)


def test_numbers_words_times_and_nothing_are_stored_as_they_are():
    rows = [alarm("1"), alarm("2"), alarm("3")]
    rows[0].text, rows[0].branch, rows[0].returned_at, rows[0].is_active = 'quotes " and \\ and, commas', 7, None, False
    rows[1].text, rows[1].branch, rows[1].returned_at = "", None, NOON
    columns.write(rows[:2], ["text", "branch", "returned_at", "is_active"])
    stored = Alarm.objects.order_by("source").values_list("text", "branch", "returned_at", "is_active")
    assert list(stored) == [
        ('quotes " and \\ and, commas', 7, None, False),
        ("", None, NOON, True),
        ("3", None, None, True),
    ]


def test_rows_may_be_known_by_other_keys_than_numbers():
    area = ControlArea.objects.create(key="north", name="North")
    ping = Ping.objects.create(purpose="verify_call", asked_at=NOON, asked_by="x", area=area)
    first, second = (PingBatch.objects.create(ping=ping, meters=1, queued_at=NOON) for _ in range(2))
    first.state, first.sent_at = PingBatch.State.SENT, NOON
    columns.write([first], ["state", "sent_at"])
    assert PingBatch.objects.get(pk=first.pk).sent_at == NOON
    assert PingBatch.objects.get(pk=second.pk).state == PingBatch.State.QUEUED


def test_of_no_rows_nothing_is_asked(django_assert_num_queries):
    with django_assert_num_queries(0):
        columns.write([], ["text"])
