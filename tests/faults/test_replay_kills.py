"""Kill -9 the worker in the middle of a replay: another takes it up, and it is kept once, the same as undisturbed."""

import datetime as dt
import json
import time

import pytest

from tests.journeys.console import PASSWORD, Desk
from tests.journeys.partners import Partner, power_events
from tests.live import LiveSystem

pytestmark = [pytest.mark.faults, pytest.mark.slow]

METERS, GROUPS, TRIES = 240, 40, 6


def test_a_replay_whose_worker_is_killed_is_kept_once_and_comes_out_the_same(live_system: LiveSystem) -> None:
    system = live_system
    system.manage("load_demo")
    system.rows("UPDATE integration_partner SET is_active = false")
    made = json.loads(system.manage("create_partner", "HES", "--allow", "created EndDeviceEvents", "--json").stdout)
    hes = Partner(system.base_url, "HES", made["token"])
    world = hes.get("api/v1/simulation/world")
    meters = [one["number"] for one in world["meters"]][:METERS]
    begin = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    for group in range(GROUPS):
        hes.post(
            "EventMessage", "created", "EndDeviceEvents", power_events(meters[group::GROUPS], dt.datetime.now(dt.UTC))
        )
    system.manage("create_user", "ida", "--role", "ENG", "--json", TIELINE_PASSWORD=PASSWORD)
    model = system.rows("SELECT key FROM network_networkmodel ORDER BY id LIMIT 1")[0][0]
    desk = Desk(system.base_url, "ida")
    wanted = {
        "model": model,
        "begin": begin.isoformat(),
        "end": dt.datetime.now(dt.UTC).isoformat(),
        "step_s": 0.001,
        "engine": "likelihood",
    }
    undisturbed = _ended(system, desk, desk.post("replays", status=202, **wanted)["id"])
    assert undisturbed["state"] == "done"
    for _ in range(TRIES):
        number = desk.post("replays", status=202, **wanted)["id"]
        _kill_in_the_middle(system, number)
        killed = _ended(system, desk, number)
        assert killed["state"] == "done", killed
        assert killed["result"] == undisturbed["result"]
        assert _rows(system, number) == _rows(system, undisturbed["id"])
        if _attempts(system, number) > 1:  # it was in the middle: enough
            break
    else:
        raise AssertionError(f"none of {TRIES} replays was killed in the middle")
    desk.leave()


def _kill_in_the_middle(system: LiveSystem, number: str) -> None:
    """As soon as a worker has it."""
    query = "SELECT state FROM outages_predictionreplay WHERE id = %s AND state <> 'queued'"
    system.wait_until(lambda: system.rows(query, [number]))
    system.kill("worker")


def _ended(system: LiveSystem, desk: Desk, number: str) -> dict:
    def look() -> dict | None:
        time.sleep(0.2)
        told = desk.get(f"replays/{number}")
        return told if told["state"] in {"done", "failed", "cancelled"} else None

    return dict(system.wait_until(look, seconds=240))


def _attempts(system: LiveSystem, number: str) -> int:
    return int(system.rows("SELECT attempts FROM outages_predictionreplay WHERE id = %s", [number])[0][0])


def _rows(system: LiveSystem, number: str) -> list[tuple[object, ...]]:
    query = (
        "SELECT number, outage, differences, recorded, replayed, to_right_s FROM outages_replayrow WHERE replay_id = %s"
    )
    return system.rows(query + " ORDER BY number", [number])
