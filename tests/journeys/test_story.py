"""The whole story through HTTP only, on IEEE 123 and on the demo network.

gasps and a call below a fuse        -> one explained outage at that fuse
the feeder's breaker trips           -> a confirmed outage; the fuse's is nested in it
a crew goes, an isolating switch is operated, the breaker closed: part is back
the isolating switch closes          -> the rest is back, the fuse's customers are not
the fuse is replaced, both reports completed; the figures are those calculated by hand
"""

import contextlib
import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.journeys.console import PASSWORD, Desk
from tests.journeys.partners import Partner, position, power_events, ticket
from tests.journeys.world import World
from tests.live import LiveSystem
from tests.paths import CIM, needs_shared

pytestmark = pytest.mark.slow

IEEE123 = CIM / "gridappsd" / "IEEE123.xml.gz"


class Cast:
    """Partners and people of one system."""

    def __init__(self, system: LiveSystem) -> None:
        self.system = system
        self.hes = self._partner("HES", "created EndDeviceEvents")
        self.scada = self._partner("SCADA", "changed MeasurementValues", subscribe="Controls")
        self.cis = self._partner("CIS", "create TroubleTickets")
        os.environ["TIELINE_PASSWORD"] = system.environment["TIELINE_PASSWORD"] = PASSWORD
        for name, role in (("anna", "OPR"), ("tom", "DSP"), ("paul", "MGR")):
            system.manage("create_user", name, "--role", role, "--json")
        self.anna, self.tom, self.paul = (Desk(system.base_url, name) for name in ("anna", "tom", "paul"))

    def leave(self) -> None:
        """Everybody goes home."""
        for desk in (self.anna, self.tom, self.paul):
            desk.leave()

    def _partner(self, source: str, allowed: str, subscribe: str = "") -> Partner:
        words = ["create_partner", source, "--allow", allowed, "--json"]
        if subscribe:
            words += [
                "--subscribe",
                subscribe,
                "--endpoint",
                "http://127.0.0.1:9/",
            ]  # nobody listens: the test reports itself
        told = json.loads(self.system.manage(*words).stdout)
        return Partner(self.system.base_url, source, told["token"])

    def import_model(self, path: Path, seed: int) -> None:
        """Through POST /cim/v1/models, and wait for the job."""
        answer = httpx.post(
            f"{self.hes.base_url}cim/v1/models?complete={seed}&file={path.name}",
            content=path.read_bytes(),
            headers={"Authorization": f"Bearer {self.hes.token}", "Content-Type": "application/gzip"},
            timeout=60,
        )
        assert answer.status_code == 202, answer.text
        address = answer.json()["address"].removeprefix("/")
        job = self.system.wait_until(
            lambda: (j := self.hes.get(address))["state"] in ("done", "failed") and j, seconds=120
        )
        assert job["state"] == "done", job


@contextlib.contextmanager
def closing_cast(system: LiveSystem) -> Iterator[Cast]:
    """The cast of one story, whose connections end with it."""
    cast = Cast(system)
    try:
        yield cast
    finally:
        cast.leave()


def choose(world: World) -> tuple[dict, dict, dict]:
    """A feeder breaker, a switch behind it, and a fuse behind that with two transformers of its own."""
    for breaker in world.of_class("Breaker"):
        inside = world.below(breaker["mrid"])
        for fuse in world.of_class("Fuse"):
            if world.fed(fuse["mrid"]) not in inside or len(world.transformers_below(fuse["mrid"])) < 2:
                continue
            for switch in world.of_class("LoadBreakSwitch", "Recloser", "Disconnector"):
                below = world.below(switch["mrid"])
                if world.fed(switch["mrid"]) in inside and world.fed(fuse["mrid"]) in below and below != inside:
                    rest = len(world.meters_below(breaker["mrid"])) - len(world.meters_below(switch["mrid"]))
                    if rest > 0:
                        return breaker, switch, fuse
    raise AssertionError("the network has no breaker, switch and fuse behind one another")


def ago(minutes: float) -> dt.datetime:
    """Field time to the microsecond: cut to the second it could lie before what was done by hand in that second."""
    return dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes)


def outage_at(desk: Desk, device: dict) -> dict | None:
    found = [o for o in desk.get("outages")["results"] if o["device"] == device["mrid"] and o["state"] != "cancelled"]
    return desk.get(f"outages/{found[0]['id']}") if found else None


def play(cast: Cast) -> None:
    """The story; every time is field time, told by whoever was there."""
    system, anna, tom = cast.system, cast.anna, cast.tom
    world = World(cast.hes.get("api/v1/simulation/world"))
    breaker, switch, fuse = choose(world)
    wait = system.wait_until

    # Gasps and a call, each sent twice.
    fuse_off = ago(60)
    meters = world.meters_below(fuse["mrid"])
    told = [m["number"] for m in meters][:: 2 if len(meters) > 6 else 1]
    told = sorted(
        {*told, *(m["number"] for t in world.transformers_below(fuse["mrid"]) for m in world.meters_below(t)[:1])}
    )
    answer = cast.hes.post("EventMessage", "created", "EndDeviceEvents", power_events(told, fuse_off))
    assert answer.status_code == 200, answer.text
    assert b"Result>OK<" in answer.content
    caller = next(m for m in meters if m["number"] not in told) if len(told) < len(meters) else meters[0]
    answer = cast.cis.post("RequestMessage", "create", "TroubleTickets", ticket(caller["usage_point"], ago(59)))
    assert answer.status_code == 200, answer.text
    inner = wait(lambda: outage_at(anna, fuse))
    assert [o["device"] for o in anna.get("outages")["results"]] == [fuse["mrid"]]
    assert inner["customers_out"] == len(meters)
    assert inner["explanation"][0]["text"].startswith(f"{fuse['name']} is predicted open: {len(meters)} customers")
    wait(lambda: len(anna.get(f"outages/{inner['id']}")["evidence"]) == len(told) + 1)

    # The breaker trips: confirmed at once, the fuse's outage is nested in it.
    trip = ago(50)
    cast.scada.post("EventMessage", "changed", "MeasurementValues", position(breaker["mrid"], trip, closed=False))
    outer = wait(lambda: outage_at(anna, breaker))
    everybody = world.meters_below(breaker["mrid"])
    assert (outer["confidence"], outer["customers_out"]) == ("confirmed", len(everybody) - len(meters))
    wait(lambda: anna.get(f"outages/{inner['id']}")["parent"] == outer["id"])

    # A crew goes.
    system.manage("create_crew", "c1", "--area", outer["area"], "--on-shift", "--json")
    work = tom.post("assignments", crew="c1", subject=f"outage:{outer['id']}")
    for step in ("en_route", "on_site"):
        tom.post(f"assignments/{work['id']}", method="PATCH", state=step)
    wait(lambda: anna.get(f"outages/{outer['id']}")["state"] == "on_site")

    # An operator opens the isolating switch in two steps; it is dead already, so nobody loses supply.
    seen = anna.get(f"devices/{switch['mrid']}")["switch"]["seen_number"]
    asked = anna.post("operations", device=switch["mrid"], action="open", seen_number=seen)
    assert asked["look_ahead"]["lost_customers"] == 0
    tom.post("operations", device=switch["mrid"], action="open", seen_number=seen, status=403)
    done = anna.post(f"operations/{asked['id']}/execute", reason="isolate")
    if done["state"] == "executing":
        cast.scada.post("EventMessage", "changed", "MeasurementValues", position(switch["mrid"], ago(0), closed=False))
    wait(lambda: anna.get(f"operations/{asked['id']}")["state"] == "completed")

    # Part is restored, then the rest; the fuse's customers stay out.
    first_back = ago(0)
    cast.scada.post("EventMessage", "changed", "MeasurementValues", position(breaker["mrid"], first_back, closed=True))
    wait(lambda: anna.get(f"outages/{outer['id']}")["state"] == "partly_restored")
    behind = world.meters_below(switch["mrid"])
    assert anna.get(f"outages/{outer['id']}")["customers_out"] == len(behind) - len(meters)
    second_back = ago(0)
    cast.scada.post("EventMessage", "changed", "MeasurementValues", position(switch["mrid"], second_back, closed=True))
    outer = wait(lambda: (o := anna.get(f"outages/{outer['id']}"))["state"] == "restored" and o)
    assert outer["nested"] == [inner["id"]]
    assert anna.get(f"outages/{inner['id']}")["customers_out"] == len(meters)

    # The fuse is replaced; reports completed.
    fuse_back = ago(0)
    tom.post(f"outages/{inner['id']}/confirm", occurred_at=fuse_off.isoformat())
    tom.post(f"outages/{inner['id']}/restore", occurred_at=fuse_back.isoformat())
    for outage, cause in ((inner, "tree"), (outer, "equipment")):
        wait(lambda outage=outage: anna.get(f"outages/{outage['id']}")["state"] == "restored")
        tom.post(f"outages/{outage['id']}/complete", cause=cause)
    assert cast.paul.get("outages", is_going_on=True)["results"] == []

    # By hand: customers times minutes, from the times told above.
    served = len(world.document["meters"])
    steps = [
        (len(meters), fuse_back - fuse_off),
        (len(everybody) - len(behind), first_back - trip),
        (len(behind) - len(meters), second_back - trip),
    ]
    minutes = sum(n * length.total_seconds() / 60 for n, length in steps)
    interrupted = sum(n for n, _ in steps)
    figures = cast.paul.get("indices", **{"from": ago(24 * 60).isoformat()})["figures"]
    assert figures["customers_served"] == served
    assert figures["ci"] == interrupted
    assert figures["cmi"] == pytest.approx(minutes, abs=1e-6)
    assert figures["saifi"] == pytest.approx(interrupted / served)
    assert figures["saidi_min"] == pytest.approx(minutes / served)
    assert figures["caidi_min"] == pytest.approx(minutes / interrupted)
    assert (figures["maifi"], figures["open_rows"]) == (0, 0)


@needs_shared
def test_the_story_on_ieee_123(live_system: LiveSystem) -> None:
    with closing_cast(live_system) as cast:
        cast.import_model(IEEE123, seed=7)
        play(cast)


@pytest.fixture
def demo_system() -> Iterator[LiveSystem]:
    """A system of its own with the demo network and nothing else going on."""
    system = LiveSystem(database=f"demo_{os.getpid()}")
    try:
        system.start().manage("load_demo")
        yield system
    finally:
        system.stop()


def test_the_story_on_the_demo_network(demo_system: LiveSystem) -> None:
    with closing_cast(demo_system) as cast:
        play(cast)
