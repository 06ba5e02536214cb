"""The system as processes: it comes up, comes back, and goes."""

import time
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from tests.live import LiveSystem

pytestmark = pytest.mark.slow


def test_the_web_answers(live_system: LiveSystem) -> None:
    assert httpx.get(f"{live_system.base_url}static/nothing.css").status_code == 404


def test_a_body_without_an_announced_weight_is_refused_before_it_fills_the_disk(live_system: LiveSystem) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 1024**2

    try:
        response = httpx.post(f"{live_system.base_url}cim/v1/messages", content=endless(), timeout=60)
    except (httpx.WriteError, httpx.RemoteProtocolError):
        return  # the connection was cut while we still sent: that is an answer too
    assert response.status_code == 413
    assert "<code>3.1</code>" in response.text


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
    live_system.wait_until(lambda: live_system.pid("redis") != former)
