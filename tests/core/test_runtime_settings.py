"""Settings asked for again and again in one piece of work."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adms.core import runtime_settings
from adms.core.models import ControlArea, Setting

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
KEYS = ("ping.batch_meters", "ping.most_meters", "intake.most_waiting")


def test_held_settings_are_asked_for_once_and_are_what_they_are_otherwise() -> None:
    area = ControlArea.objects.create(key="north", name="North")
    for place, value in ((None, 7), (area, 3)):
        Setting.objects.create(key="ping.most_meters", area=place, value=value, changed_by="test", changed_at=NOON)
    asked = [(key, where) for key in KEYS for where in (None, "north", "south")]
    plainly = [runtime_settings.get(*one) for one in asked]
    with (
        runtime_settings.held(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        held = [runtime_settings.get(*one) for one in asked]
    assert held == plainly
    assert runtime_settings.get("ping.most_meters", "north") == 3
    assert len(queries) == 1


def test_a_table_without_rows_is_asked_once() -> None:
    with runtime_settings.held(), CaptureQueriesContext(connection) as queries:
        assert [runtime_settings.get("ping.batch_meters") for _ in range(3)] == [200] * 3
    assert len(queries) == 1
    Setting.objects.create(key="ping.batch_meters", value=9, changed_by="test", changed_at=NOON)
    assert runtime_settings.get("ping.batch_meters") == 9
