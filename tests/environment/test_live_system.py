"""The system as processes: it comes up, comes back, and goes."""

import time

import httpx
import psycopg
import pytest

from tests.live import LiveSystem

pytestmark = pytest.mark.slow


def test_the_web_answers(live_system: LiveSystem) -> None:
    assert httpx.get(f"{live_system.base_url}static/nothing.css").status_code == 404


def test_a_killed_worker_comes_back(live_system: LiveSystem) -> None:
    live_system.wait_until(lambda: "worker" in live_system._supervisor.pids())
    former = live_system.kill("worker")
    live_system.wait_until(lambda: live_system._supervisor.pids().get("worker", former) != former)


def test_a_killed_web_comes_back(live_system: LiveSystem) -> None:
    former = live_system.kill("web")
    live_system.wait_until(lambda: live_system._supervisor.pids().get("web", former) != former)
    live_system.wait_until(live_system.is_answering)


def test_a_held_process_stays_down_until_resumed(live_system: LiveSystem) -> None:
    live_system.hold("worker")
    time.sleep(1)
    assert "worker" not in live_system._supervisor.pids()
    live_system.resume("worker")
    assert "worker" in live_system._supervisor.pids()


def test_a_killed_postgresql_comes_back_with_everything_committed(live_system: LiveSystem) -> None:
    live_system.rows("CREATE TABLE kept (number int)")
    live_system.rows("INSERT INTO kept VALUES (1), (2)")
    former = live_system.kill("postgres")

    def count() -> int:
        try:
            return live_system.rows("SELECT count(*) FROM kept")[0][0]
        except psycopg.OperationalError:
            return 0

    assert live_system.wait_until(count) == 2
    assert live_system.pid("postgres") != former


def test_a_killed_redis_comes_back(live_system: LiveSystem) -> None:
    former = live_system.kill("redis")
    live_system.wait_until(lambda: live_system.pid("redis") != former if _runs("redis", live_system) else False)


def _runs(name: str, system: LiveSystem) -> bool:
    try:
        system.pid(name)
    except AssertionError:
        return False
    return True
