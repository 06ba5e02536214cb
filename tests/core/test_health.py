"""Alive and ready."""

import datetime as dt

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from adms.core import bell, clock
from adms.core.models import ControlArea, FailedEvent, StoredEvent
from adms.core.selectors import health
from adms.core.services import events
from outages.events import CallRecorded
from tests.rest import publish


def test_a_process_that_is_up_says_so_without_the_database():
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_a_ready_process_tells_of_each_check():
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["checks"].keys() == {"database", "migrations", "redis", "events", "sweeper"}


@pytest.mark.django_db
def test_without_the_database_it_is_not_ready(monkeypatch):
    def away(*_):
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", away)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]["status"]) == (503, "down")


@pytest.mark.django_db
def test_a_missing_migration_keeps_it_out():
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'outages'")
        answer = Client().get("/readyz")
        transaction.set_rollback(True)
    assert answer.status_code == 503
    assert any("outages" in name for name in answer.json()["checks"]["migrations"]["missing"])


@pytest.mark.django_db
def test_without_redis_it_still_serves(monkeypatch):
    import redis

    nobody = redis.Redis(unix_socket_path="/nowhere/redis.sock")
    monkeypatch.setattr(bell, "client", lambda: nobody)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


@pytest.mark.django_db
def test_events_that_wait_too_long_and_those_put_aside_are_told():
    at = clock.now() - dt.timedelta(minutes=1)
    publish(at=at)
    _tell_of_two_calls(at)
    told = {check.name: check for check in health.readiness(at=clock.now())}
    assert told["sweeper"].state == "degraded"
    assert told["sweeper"].data["lag_s"] >= 60
    assert told["events"].data["waiting"]["outages"] == 2
    FailedEvent.objects.create(
        subscriber="x", event=StoredEvent.objects.first(), reason="poison", failed_at=clock.now()
    )
    told = {check.name: check for check in health.readiness(at=clock.now())}
    assert (told["events"].state, told["events"].data["put_aside"]) == ("degraded", 1)


def _tell_of_two_calls(at):
    """Events somebody waits for; that a model was published nobody needs to be told."""
    area = ControlArea.objects.order_by("pk").first()
    with transaction.atomic():
        events.publish(area_id=area.pk, facts=[CallRecorded(1, "", at), CallRecorded(2, "", at)], at=at)
