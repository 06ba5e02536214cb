"""Who plans for FLISR: a worker, as long as one is at work; the sweeper sees that, and sees when he is gone."""

import psycopg
import pytest
from django.db import connection

from outages.services.flisr import machine

pytestmark = pytest.mark.django_db


def test_a_worker_at_work_is_seen_until_he_ends_or_dies():
    assert not machine._is_worker_at_work()
    words = connection.get_connection_params()
    place = {name: words[name] for name in ("host", "port", "user", "password", "dbname") if words.get(name)}
    with psycopg.connect(**place, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock_shared(%s)", [machine._AT_WORK])
        assert machine._is_worker_at_work()
        other.execute("SELECT pg_advisory_unlock_shared(%s)", [machine._AT_WORK])
        assert not machine._is_worker_at_work()
        other.execute("SELECT pg_advisory_lock_shared(%s)", [machine._AT_WORK])
        assert machine._is_worker_at_work()
        other.execute("SELECT pg_advisory_unlock_all()")
    assert not machine._is_worker_at_work()


def test_a_worker_that_has_done_his_work_holds_nothing():
    with machine._at_work():
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (0,)
