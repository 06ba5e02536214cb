"""Sweeps rest where they find nothing: each as long as it asks for."""

import datetime as dt
import threading

import pytest

from adms.core import sweeping
from adms.core.management.commands import sweeper

pytestmark = pytest.mark.django_db


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long a sweep rested, each time; the third time it is told to stop."""
    found: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            found.append(timeout or 0.0)
            if len(found) == 3:
                self.set()
            return self.is_set()

    monkeypatch.setattr(sweeper.threading, "Event", Stop)
    monkeypatch.setattr(sweeper, "connection", type("Nothing", (), {"close": staticmethod(lambda: None)}))
    monkeypatch.setattr(sweeper, "close_old_connections", lambda: None)
    return found


def test_a_sweep_rests_only_where_it_found_nothing(waits):
    left = [2, 0, 1, 0, 0]
    sweeper._run("test", lambda _: left.pop(0), 5.0, sweeper.threading.Event())
    assert waits == [5.0, 5.0, 5.0]
    assert left == []


def test_a_sweep_says_how_long_it_rests():
    try:

        @sweeping.sweep("tests.days", pause_s=30.0)
        def days(_: dt.datetime) -> int:
            return 0

        assert sweeping.pause_s("tests.days") == 30.0
        assert sweeping.sweeps()["tests.days"] is days
    finally:
        sweeping._sweeps.pop("tests.days")
        sweeping._pauses.pop("tests.days")
    assert sweeping.pause_s("events") == 0.0
    assert {sweeping.pause_s(name) for name in ("predictions", "flisr")} == {0.0}
    late_by_seconds = ("outbox", "operations", "pings")
    assert {sweeping.pause_s(name) for name in late_by_seconds} == {1.0}
