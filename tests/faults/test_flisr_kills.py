"""Kill -9 whoever plans and carries out: FLISR's plan ends exactly once, each switch is commanded once, nothing stays half done (P02).

The breaker of a feeder trips; FLISR is automatic. The worker is killed as soon as the event is being planned, the worker and the sweeper
again as soon as the first step waits for the field, whose answer comes two seconds after the command.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from tests.builders.generating import generating
from tests.faults.listener import Listener
from tests.journeys.field import Field, hurried, report, tell, until, values
from tests.journeys.partners import Partner
from tests.journeys.people import enter
from tests.live import LiveSystem

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def state(system: LiveSystem) -> str:
    """Of the one event; empty before there is one."""
    return next((one for (one,) in system.rows("SELECT state FROM outages_flisrevent")), "")


def waits(system: LiveSystem) -> bool:
    """Whether a step waits for the field."""
    return system.rows("SELECT count(*) FROM outages_flisrstep WHERE state = 'pending'") != [(0,)]


def test_whoever_dies_the_plan_ends_once_and_no_switch_is_commanded_twice(
    live_system: LiveSystem, tmp_path: Path
) -> None:
    system, listener = live_system, Listener(refuse=0.0)
    path = tmp_path / "generating.xml"
    path.write_text(generating())
    system.manage("import_model", path, "--name", "generating", "--json")
    words = ("--allow", "changed MeasurementValues", "--subscribe", "Controls", "--endpoint", listener.url, "--json")
    scada = Partner(
        system.base_url, "SCADA", json.loads(system.manage("create_partner", "SCADA", *words).stdout)["token"]
    )
    hurried(system)
    until(system, lambda: system.rows("SELECT count(*) FROM network_modelcircuit") == [(1,)])
    field = Field(system, scada, patience_s=2.0)
    with enter(system, "maria", "SOP") as senior:
        senior.post("flisr/modes", scope="system", key="", mode="automatic", reason="tested before")
        report(scada, "CB-A", closed=False)
        tell(scada, values("Discrete", [("SW-A-fi", 0, dt.datetime.now(dt.UTC))]))
        until(system, lambda: state(system) == "planning")
        died = [system.kill("control")]
        until(system, lambda: waits(system))
        died += [system.kill("control"), system.kill("sweeper")]
        until(system, lambda: state(system) not in ("planning", "executing"))
        event = senior.get("flisr/events")["results"][0]
        told = senior.get(f"flisr/events/{event['id']}")
    field.stop()
    listener.close()
    assert told["state"] == "done", told["entries"]
    assert len(set(died)) == 3
    assert [(step["device_name"], step["state"]) for step in told["steps"]] == [
        ("SW-A", "completed"),
        ("TIE-A", "completed"),
    ]
    assert [entry["kind"] for entry in told["entries"]].count("done") == 1
    moved = "SELECT equipment_mrid, state, count(*) FROM network_operation GROUP BY 1, 2 ORDER BY 1"
    assert system.rows(moved) == [("SW-A", "completed", 1), ("TIE-A", "completed", 1)]
    commands = "SELECT count(*) FROM integration_outboxmessage WHERE noun = 'Controls'"
    assert system.rows(commands) == [(2,)]
    assert system.rows("SELECT count(*) FROM network_automationplan") == [(1,)]
