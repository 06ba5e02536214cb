"""Kill -9 the workers, Redis (its data wiped) and PostgreSQL while messages flow: nothing is lost and nothing counted twice.

Every message carries the last gasp of one meter and is sent until it is answered; an answer that was cut off is not a failure, the
same message is sent again. Messages come from eight senders in no order, some of them twice, and between them messages that nobody can
take. Afterwards each accepted message has had its effect exactly once, every answer to a message was the same to the byte and is given
again when asked, each subscriber has got every outgoing message at least once under a stable MessageID, and the outages are those of an
undisturbed run.
"""

import datetime as dt
import itertools
import json
import os
import random
import threading
import time
import uuid
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from tests.faults.listener import Listener
from tests.journeys.partners import Partner, power_events
from tests.live import LiveSystem

pytestmark = [pytest.mark.faults, pytest.mark.slow]

MESSAGES = 1000
SENDERS = 8
#: How many kills; `FAULT_KILLS=50` takes some minutes, and spreads the messages over them.
WANTED = int(os.environ.get("FAULT_KILLS", "11"))
KILLS = ("worker", "web", "control", "sweeper", "redis", "web", "worker", "postgres", "control", "web", "redis")
#: To who listens here; the demo's simulated partners do not run.
UNSENT = (
    "SELECT count(*) FROM integration_outboxmessage o JOIN integration_partner p ON p.id = o.partner_id"
    " WHERE o.state <> 'sent' AND p.is_active"
)
REPEATED, POISONED = 100, 50


def test_killed_processes_lose_nothing_and_double_nothing(
    live_system: LiveSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    system, listener = live_system, Listener()
    system.manage("load_demo")
    system.rows("UPDATE integration_partner SET is_active = false")  # of the demo's simulators none is running here
    hes = _partner(system, "HES", allow="created EndDeviceEvents")
    _partner(system, "CIS", subscribe="UnplannedOutages", endpoint=listener.url)
    meters = [m["number"] for m in hes.get("api/v1/simulation/world")["meters"]][:MESSAGES]
    at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    messages = [(str(uuid.uuid4()), power_events([meter], at)) for meter in meters]
    chance = random.Random(7)
    todo = [*messages, *chance.sample(messages, REPEATED), *_poison()]
    chance.shuffle(todo)
    answers: dict[str, set[bytes]] = defaultdict(set)
    stop, killed = threading.Event(), []
    killer = threading.Thread(target=_kill, args=(system, stop, killed))
    killer.start()
    pause_s = max(0, WANTED - len(KILLS)) * 3.0 * SENDERS / len(todo)  # messages flow for about as long as is killed

    def send(message: tuple[str, str]) -> int:
        time.sleep(pause_s)
        return _send(hes, answers, *message)

    with ThreadPoolExecutor(SENDERS) as pool:
        attempts = sum(pool.map(send, todo))
    stop.set()
    killer.join()
    _settle(system)
    for number, payload in chance.sample(messages, REPEATED):
        _send(hes, answers, number, payload)

    events = _count(system, "SELECT count(*) FROM metering_meterevent")
    inbox = _count(system, "SELECT count(*) FROM integration_inboxmessage WHERE result = 'OK'")
    evidence = _count(system, "SELECT count(*) FROM outages_evidence WHERE kind = 'gasp'")
    doubled = _count(
        system,
        "SELECT count(*) FROM (SELECT unnest(usage_points) AS p FROM outages_interruption WHERE superseded_at IS NULL"
        " AND ended_at IS NULL) AS open GROUP BY p HAVING count(*) > 1",
    )
    sent = {str(row[0]) for row in system.rows("SELECT message_id FROM integration_outboxmessage WHERE state = 'sent'")}
    unsent = _count(system, UNSENT)
    repeats = sum(n - 1 for n in listener.accepted.values())
    changed = [number for number, bodies in listener.bodies.items() if len(bodies) > 1]
    with capsys.disabled():
        print(
            f"\n{len(killed)} kills ({', '.join(killed)}), {MESSAGES} messages in {attempts} attempts: "
            f"lost {MESSAGES - events}, doubled {events - MESSAGES if events > MESSAGES else 0}; "
            f"{len(sent)} messages out, missing {len(sent - set(listener.accepted))}, repeated {repeats}"
        )
    assert (events, inbox, evidence) == (MESSAGES, MESSAGES, MESSAGES)
    assert doubled == 0
    good = [number for number, _ in messages]
    assert [number for number in good if len(answers[number]) != 1] == [], "an answer changed"
    stored = {
        number: bytes(reply) for number, reply in system.rows("SELECT message_id, reply FROM integration_inboxmessage")
    }
    assert {number: {stored[number]} for number in good} == {number: answers[number] for number in good}
    assert _count(system, "SELECT count(*) FROM integration_inboxmessage WHERE items_failed > 0 AND result = 'OK'") == 0
    assert _count(system, "SELECT count(*) FROM core_failedevent") == 0
    assert len(killed) >= 3
    assert unsent == 0
    assert sent
    assert sent == set(listener.accepted)
    assert changed == []
    listener.close()


def _partner(system: LiveSystem, source: str, *, allow: str = "", subscribe: str = "", endpoint: str = "") -> Partner:
    words = ["create_partner", source, "--json"]
    words += ["--allow", allow] if allow else []
    words += ["--subscribe", subscribe, "--endpoint", endpoint] if subscribe else []
    return Partner(system.base_url, source, json.loads(system.manage(*words).stdout)["token"])


def _poison() -> list[tuple[str, str]]:
    """Messages that nobody can take: broken off, of another noun, of a meter nobody knows."""
    now = dt.datetime.now(dt.UTC)
    kinds = ("<EndDeviceEvents", "<Unheard/>", power_events(["no such meter"], now))
    return [(f"poison-{number}", kinds[number % len(kinds)]) for number in range(POISONED)]


def _send(partner: Partner, answers: dict[str, set[bytes]], number: str, payload: str) -> int:
    """Send one message until it is answered for good; how often it took. `answers` keeps what was said."""
    body = partner._message("EventMessage", "created", "EndDeviceEvents", payload, number)
    for attempt in range(1, 400):
        try:
            answer = partner._post(body)
            if answer.status_code < 500:
                is_poison = number.startswith("poison")
                assert (answer.status_code == 200) != is_poison, answer.text
                assert (b"Result>OK<" in answer.content) != is_poison, answer.text
                answers[number].add(answer.content)
                return attempt
        except httpx.HTTPError:
            pass
        time.sleep(min(0.1 * attempt, 2.0))
    raise AssertionError(f"message {number} was never answered")


def _kill(system: LiveSystem, stop: threading.Event, killed: list[str]) -> None:
    """Kill one after the other at random moments, until the messages are through."""
    chance = random.Random()
    for name in itertools.cycle(KILLS):
        if len(killed) >= WANTED or stop.wait(chance.uniform(1.0, 4.0)):
            return
        try:
            if name == "redis":
                _wipe(system)
            system.kill(name)
            killed.append(name)
        except (AssertionError, ProcessLookupError, OSError, KeyError):
            continue  # it is just coming back from the last one


def _wipe(system: LiveSystem) -> None:
    import redis

    redis.Redis.from_url(system.redis_url).flushall()


def _settle(system: LiveSystem) -> None:
    """Wait until every event is handled and every message is out."""

    def is_calm() -> bool:
        try:
            waiting = system.rows(
                "SELECT count(*) FROM core_checkpoint c JOIN core_controlarea a ON a.id = c.area_id WHERE c.number < a.event_number"
            )[0][0]
            pending = _count(system, UNSENT)
            gasps = system.rows("SELECT count(*) FROM outages_evidence WHERE kind = 'gasp'")[0][0]
        except psycopg.Error:
            return False
        return waiting == 0 and pending == 0 and gasps >= MESSAGES

    system.wait_until(is_calm, seconds=240)


def _count(system: LiveSystem, query: str) -> int:
    rows = system.rows(query)
    return int(rows[0][0]) if rows else 0
