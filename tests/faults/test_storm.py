"""Kill -9 the workers in the middle of a storm: the end is that of the same storm undisturbed.

The same last gasps and calls, with the same field times, go to a system that is left alone and to one whose workers, door, sweeper and
web die again and again. What is compared has no times of ours in it: open outages by device, phases and customers, and for every
usage point since when, by which outage's device, it is out.
"""

import contextlib
import datetime as dt
import json
import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from tests.journeys.partners import Partner, power_events, ticket
from tests.live import DEFAULT, LiveSystem

pytestmark = [pytest.mark.faults, pytest.mark.slow]

BATCH, SENDERS, CALLS = 25, 4, 30
KILLS = ("worker", "control", "door", "sweeper", "worker", "control", "web", "door", "sweeper", "control")
OUTAGES = """
SELECT device_mrid, kind, phases, customers_affected, customers_out FROM outages_outage
WHERE state NOT IN ('restored', 'completed', 'cancelled') ORDER BY 1, 2, 3
"""
LEDGER = """
SELECT p.name, o.device_mrid, i.phases, i.began_at, i.ended_at
FROM outages_interruption i JOIN outages_outage o ON o.id = i.outage_id, unnest(i.usage_points) AS member
JOIN metering_usagepoint p ON p.id = member WHERE i.superseded_at IS NULL ORDER BY 1, 4
"""
EVIDENCE = """
SELECT e.kind, p.name, e.occurred_at, o.device_mrid, e.settled_at IS NULL FROM outages_evidence e
JOIN metering_usagepoint p ON p.id = e.usage_point_id LEFT JOIN outages_outage o ON o.id = e.outage_id ORDER BY 1, 2, 3
"""


def test_killed_workers_change_nothing_in_the_end_of_a_storm(capsys: pytest.CaptureFixture[str]) -> None:
    at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=4)
    left_alone, _ = _play("storm_left_alone", at, kills=())
    disturbed, killed = _play("storm_disturbed", at, kills=KILLS)
    with capsys.disabled():
        counts = ", ".join(f"{len(rows)} {name}" for name, rows in left_alone.items())
        print(f"\n{len(killed)} kills ({', '.join(killed)}): {counts}, the same in both")
    assert len(killed) >= 3
    assert left_alone["outages"]
    assert disturbed["outages"] == left_alone["outages"]
    assert disturbed["ledger"] == left_alone["ledger"]
    assert disturbed["evidence"] == left_alone["evidence"]


def _play(name: str, at: dt.datetime, *, kills: tuple[str, ...]) -> tuple[dict[str, list[tuple]], list[str]]:
    """One storm on a system of its own: (how it ended, what was killed)."""
    system = LiveSystem(database=name, names=(*DEFAULT, "door"))
    try:
        system.start()
        system.manage("load_demo")
        system.rows("UPDATE integration_partner SET is_active = false")  # of the demo's simulators none is running here
        hes, cis = (_partner(system, one, allow) for one, allow in
                    (("HES", "created EndDeviceEvents"), ("CIS", "create TroubleTickets")))  # fmt: skip
        messages = _storm(hes.get("api/v1/simulation/world")["meters"], at)
        killed: list[str] = []
        killer = threading.Thread(target=_kill, args=(system, kills, killed))
        killer.start()
        with ThreadPoolExecutor(SENDERS) as pool:
            list(pool.map(lambda one: _send({"HES": hes, "CIS": cis}[one[0]], *one[1:]), messages))
        killer.join()
        _settle(system, sum(one[3].count("<EndDeviceEvent>") for one in messages) + CALLS)
        assert system.rows("SELECT count(*) FROM core_failedevent")[0][0] == 0
        return {
            key: system.rows(query) for key, query in (("outages", OUTAGES), ("ledger", LEDGER), ("evidence", EVIDENCE))
        }, killed
    finally:
        system.stop()


def _storm(meters: list[dict], at: dt.datetime) -> list[tuple[str, str, str, str]]:
    """The same messages each time: (sender, noun, MessageID, payload). Whole transformers go dark, some meters say so twice."""
    chance = random.Random(7)
    places: dict[int, list[dict]] = {}
    for meter in sorted(meters, key=lambda one: one["number"]):
        places.setdefault(meter["node"], []).append(meter)
    nodes = sorted(places)
    dark = [meter for node in nodes[: len(nodes) // 3] for meter in places[node]]
    told = [meter["number"] for meter in dark if chance.random() < 0.8]
    told += chance.sample(told, len(told) // 10)
    messages = [
        ("HES", "EndDeviceEvents", _id("gasp", n), power_events(told[n : n + BATCH], at))
        for n in range(0, len(told), BATCH)
    ]
    for n, meter in enumerate(chance.sample(dark, CALLS)):
        payload = ticket(meter["usage_point"], at + dt.timedelta(seconds=20))
        begins, ends = payload.index("<mRID>"), payload.index("</mRID>")
        messages.append(
            ("CIS", "TroubleTickets", _id("call", n), payload[: begins + 6] + _id("ticket", n) + payload[ends:])
        )
    chance.shuffle(messages)
    return messages


def _id(kind: str, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind} {number}"))


def _partner(system: LiveSystem, source: str, allow: str) -> Partner:
    told = json.loads(system.manage("create_partner", source, "--allow", allow, "--json").stdout)
    return Partner(system.base_url, source, told["token"])


def _send(partner: Partner, noun: str, number: str, payload: str) -> None:
    """Until it is answered with OK."""
    kind, verb = ("EventMessage", "created") if noun == "EndDeviceEvents" else ("RequestMessage", "create")
    for attempt in range(1, 400):
        try:
            answer = partner._post(partner._message(kind, verb, noun, payload, number))
            if answer.status_code == 200:
                assert b"Result>OK<" in answer.content, answer.text
                return
            assert answer.status_code >= 500, answer.text
        except httpx.HTTPError:
            pass
        time.sleep(min(0.1 * attempt, 2.0))
    raise AssertionError(f"message {number} was never answered")


def _kill(system: LiveSystem, kills: tuple[str, ...], killed: list[str]) -> None:
    """One after the other, at random moments."""
    chance = random.Random()
    for name in kills:
        time.sleep(chance.uniform(0.3, 1.5))
        with contextlib.suppress(AssertionError, OSError, KeyError):  # it is just coming back from the last one
            system.kill(name)
            killed.append(name)


def _settle(system: LiveSystem, told: int) -> None:
    """Wait until everything is taken and everything due is predicted."""

    def is_calm() -> bool:
        try:
            waiting = system.rows(
                "SELECT count(*) FROM core_controlarea a LEFT JOIN core_checkpoint c ON c.area_id = a.id"
                " AND c.subscriber = 'outages' WHERE a.event_number > coalesce(c.number, 0)"
            )[0][0]
            alone = system.rows("SELECT count(*) FROM outages_evidence WHERE outage_id IS NULL AND settled_at IS NULL")[
                0
            ][0]
            kept = system.rows("SELECT count(*) FROM outages_evidence")[0][0]
        except psycopg.Error:
            return False
        return waiting == 0 and alone == 0 and 0 < kept <= told

    system.wait_until(is_calm, seconds=240)
    time.sleep(2.0)  # what ran in the meantime may have moved outages once more
    system.wait_until(is_calm, seconds=60)
