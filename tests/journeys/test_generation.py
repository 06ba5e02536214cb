"""Generation in what a trip leaves dead, from the control system's readings to switches that move (R01, R02, R03).

control system: what machines made and feeders took on the days before -> kept by the hour
                a breaker trips, its machine goes on                    -> FLISR judges the island, plans, and acts by itself
FLISR:          commands for switches                                   -> the field answers each with a position
"""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from tests.builders.generating import SECTION_KW, generating
from tests.faults.listener import Listener
from tests.journeys.console import Desk
from tests.journeys.field import Field, hurried, report, tell, until, values
from tests.journeys.partners import Partner
from tests.journeys.people import enter
from tests.live import LiveSystem

pytestmark = pytest.mark.slow
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def history(feeder: str, *, made_kw: float) -> str:
    """Four days of the hours to come: what the machine made, and what was left of the load at the head."""
    began = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    moments = sorted(began - back * DAY + ahead * HOUR for back in range(1, 5) for ahead in range(5))
    through = 2 * SECTION_KW - made_kw
    told = [
        row for at in moments for row in ((f"G-{feeder}-p", made_kw * 1e3, at), (f"CB-{feeder}-p", through * 1e3, at))
    ]
    return values("Analog", told)


def trip(system: LiveSystem, scada: Partner, desk: Desk, feeder: str, *, made_kw: float) -> dict:
    """The breaker opens for a fault before SW, the machine goes on: the event once FLISR is through with it."""
    report(scada, f"CB-{feeder}", closed=False)
    read(scada, feeder, made_kw)
    tell(scada, values("Discrete", [(f"SW-{feeder}-fi", 0, dt.datetime.now(dt.UTC))]))

    def ended() -> dict | None:
        read(scada, feeder, made_kw)  # as telemetry does, again and again
        rows = desk.get("flisr/events", going=False)["results"]
        return next((row for row in rows if row["device"] == f"CB-{feeder}"), None)

    event = until(system, ended)
    return desk.get(f"flisr/events/{event['id']}")


def read(scada: Partner, feeder: str, made_kw: float) -> None:
    """What the machine of a feeder makes now."""
    tell(scada, values("Analog", [(f"G-{feeder}-p", made_kw * 1e3, dt.datetime.now(dt.UTC))]))


def out(desk: Desk, event: dict) -> tuple[int, int]:
    """Customers without supply: of the event's outage, and by the figure that every page shows."""
    (outage,) = (one for one in desk.get("outages")["results"] if one["device"] == event["device"])
    (figure,) = re.findall(r"Customers out</dt><dd><b>(\d+)", desk.client.get("/outages/kpis/").text)
    return outage["customers_out"], int(figure)


def test_islands_are_judged_and_flisr_acts_on_the_verdict(live_system: LiveSystem, tmp_path: Path) -> None:
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
    tell(scada, history("A", made_kw=40.0))
    tell(scada, history("B", made_kw=6.0))
    field = Field(system, scada)
    with enter(system, "maria", "SOP") as senior:
        senior.post("flisr/modes", scope="system", key="", mode="automatic", reason="tested before")

        lasts = trip(system, scada, senior, "A", made_kw=35.0)
        assert [(one["verdict"], one["customers"]) for one in lasts["location"]["islands"]] == [("self_sustaining", 10)]
        assert {hour["generation_kw"] for hour in lasts["location"]["islands"][0]["hours"]} == {40.0}
        assert {hour["load_kw"] for hour in lasts["location"]["islands"][0]["hours"]} == {SECTION_KW}
        # The near section waits for the repair; the customers of the island count as supplied.
        assert done(lasts) == ["open SW-A", "close G-A"]
        until(system, lambda: out(senior, lasts) == (10, 10))
        (element,) = senior.get("network/generating/temporary")["results"]
        assert (element["kind"], element["device"]) == ("generation", "G-A")
        read(scada, "A", 0.0)  # the machine stops: its customers are out again, whatever outage they are told by
        until(system, lambda: out(senior, lasts)[1] == 20)

        short = trip(system, scada, senior, "B", made_kw=7.0)
        assert [one["verdict"] for one in short["location"]["islands"]] == ["insufficient"]
        assert "3 kW are missing in the worst hour" in short["location"]["islands"][0]["text"]
        assert done(short) == ["open SW-B", "open SWG-B", "close TIE-B"]

        hung = trip(system, scada, senior, "C", made_kw=20.0)
        assert [one["verdict"] for one in hung["location"]["islands"]] == ["parted"]
        assert done(hung) == ["open SW-C", "open SWG-C", "close TIE-C"]
    field.stop()
    listener.close()


def done(event: dict) -> list[str]:
    """The steps of an event that was carried out, in their order."""
    assert event["state"] == "done", event["entries"]
    assert {step["state"] for step in event["steps"]} == {"completed"}
    return [f"{'close' if step['close'] else 'open'} {step['device_name']}" for step in event["steps"]]
