"""What is switched, told to everybody whose business it is: field force, records, energy accounting, customer care, load-flow engine.

a switching order is carried out by the field force (P05, X04)       each step instructed here, reported there
the records show the network as it is operated (X09, P07)            from NetworkChanges, against what they were built
a breaker trips                                                      customer care sees it in the breaker table (S04)
a load-flow engine solves what is operated and sends its result (P08)
"""

import datetime as dt
import json

import pytest

from integration.simulators.temper import Temper
from tests.journeys.console import Desk
from tests.journeys.partners import Partner, position
from tests.journeys.people import enter
from tests.journeys.systems import business_system
from tests.journeys.world import World
from tests.live import LiveSystem

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scada(live_system: LiveSystem) -> Partner:
    """The town, and its SCADA system."""
    live_system.manage("generate_network", "--customers", 400, "--seed", 3, "--style", "european", "--json")
    told = live_system.manage("create_partner", "SCADA", "--allow", "changed MeasurementValues", "--json").stdout
    return Partner(live_system.base_url, "SCADA", json.loads(told)["token"])


def verbs(system: LiveSystem, desk: Desk, order: int, *names: str) -> dict:
    """Each when the one before is done, by a worker where it takes long."""
    told: dict = {}
    for name in names:
        told = desk.post(f"switching-orders/{order}/{name}")
        if (told["latest_rehearsal"] or {}).get("state") in {"queued", "running"}:
            told = system.wait_until(lambda: ended(desk.get(f"switching-orders/{order}")))
            assert told["latest_rehearsal"]["error"] == ""
    return told


def ended(order: dict) -> dict | None:
    return None if order["latest_rehearsal"]["state"] in {"queued", "running"} else order


def carried_out(system: LiveSystem, anna: Desk, sue: Desk, model: str, steps: list[dict]) -> dict:
    """An order by two people, each step instructed to crew c1 when the one before is reported."""
    begins = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    window = {"begins_at": begins.isoformat(), "ends_at": (begins + dt.timedelta(hours=2)).isoformat()}
    made = anna.post("switching-orders", model=model, purpose="Repair", steps=steps, **window)
    verbs(system, anna, made["id"], "rehearse", "request", "prepare", "check")
    verbs(system, sue, made["id"], "approve")
    verbs(system, anna, made["id"], "schedule", "issue")
    for step in made["steps"]:
        at = f"switching-orders/{made['id']}"
        anna.post(f"{at}/steps/{step['key']}/instruct", crew="c1")
        system.wait_until(
            lambda at=at, key=step["key"]: [
                one for one in anna.get(at)["steps"] if one["key"] == key and one["state"] == "completed"
            ]
        )
    return verbs(system, anna, made["id"], "complete")


def test_what_is_switched_is_told_to_everybody(live_system: LiveSystem, scada: Partner) -> None:
    system = live_system
    document = scada.get("api/v1/simulation/world")
    world = World(document)
    by_hand = [
        one
        for one in world.branches.values()
        if one["is_switch"] and not one["is_telemetered"] and one["closed"] and world.meters_below(one["mrid"])
    ]
    switch = min(by_hand, key=lambda one: (len(world.meters_below(one["mrid"])), one["mrid"]))
    breaker = min(world.of_class("Breaker"), key=lambda one: one["mrid"])
    bad_manners = Temper(failing=0.2, repeating=0.5, slow=0.1)
    with (
        enter(system, "anna", "OPR") as anna,
        enter(system, "sue", "SOP") as sue,
        business_system(
            system, "wfm", allow=("changed SwitchingPlans",), subscribe=("SwitchingPlans",), rate=4, temper=bad_manners
        ) as wfm,
        business_system(system, "gis", subscribe=("NetworkChanges",)) as gis,
        business_system(system, "billing", subscribe=("NetworkChanges",)),
        business_system(system, "cis", subscribe=("BreakerStatuses", "UnplannedOutages")) as cis,
    ):
        area = anna.get(f"devices/{switch['mrid']}")["area"]
        system.manage("create_crew", "c1", "--area", area, "--on-shift", "--json")

        # Order, field, report; the records follow.
        done = carried_out(system, anna, sue, document["model"], [{"kind": "open", "device": switch["mrid"]}])
        assert done["state"] == "completed"
        assert len(wfm.system.steps) == 1
        system.wait_until(lambda: gis.system.is_open(switch["mrid"]))
        now = scada.get("api/v1/simulation/positions", model=document["model"])["closed"]
        assert {mrid: not gis.system.is_open(mrid) for mrid in now} == now
        done = carried_out(system, anna, sue, document["model"], [{"kind": "close", "device": switch["mrid"]}])
        system.wait_until(lambda: not gis.system.is_open(switch["mrid"]))

        # A breaker trips: customer care has it in its table, with the outage it made; then it is closed.
        trip = dt.datetime.now(dt.UTC)
        scada.post("EventMessage", "changed", "MeasurementValues", position(breaker["mrid"], trip, closed=False))
        line = system.wait_until(
            lambda: (
                (one := cis.system.breakers.get(breaker["mrid"], {})).get("open") == "true"
                and "customersOut" in one
                and one
            )
        )
        assert int(line["customersOut"]) == len(world.meters_below(breaker["mrid"]))
        system.wait_until(lambda: gis.system.is_open(breaker["mrid"]))
        back = dt.datetime.now(dt.UTC)
        scada.post("EventMessage", "changed", "MeasurementValues", position(breaker["mrid"], back, closed=True))
        system.wait_until(lambda: cis.system.breakers[breaker["mrid"]]["open"] == "false")
        system.wait_until(lambda: not gis.system.is_open(breaker["mrid"]))
        assert system.wait_until(
            lambda: cis.system.outages and all(one.verb == "closed" for one in cis.system.outages.values())
        )


def test_a_load_flow_engine_solves_what_is_operated(live_system: LiveSystem, scada: Partner) -> None:
    system = live_system
    with business_system(system, "engine", subscribe=("NetworkChanges",), rate=0.5) as engine:
        answer = system.wait_until(lambda: engine.system.answers and engine.system.answers[-1], seconds=240)
        assert answer["unknown"]["buses"] == 0
        assert answer["comparison"]["buses"] > 0
