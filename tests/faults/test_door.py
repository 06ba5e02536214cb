"""Messages go through the door process where one runs, and are taken by the web itself where none does."""

import datetime as dt
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.journeys.partners import Partner, ticket
from tests.live import LiveSystem

pytestmark = [pytest.mark.faults, pytest.mark.slow]

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def system() -> Iterator[LiveSystem]:
    made = LiveSystem(database="behind_the_door", names=("web", "door"))
    try:
        made.start()
        made.manage("load_demo")
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def partner(system: LiveSystem) -> Partner:
    told = json.loads(system.manage("create_partner", "CIS", "--allow", "create TroubleTickets", "--json").stdout)
    return Partner(system.base_url, "CIS", told["token"])


def who_took(system: LiveSystem, partner: Partner, number: str) -> str:
    """Which process says that it refused a message, told by its weight."""
    body = f"<not-a-message>{'x' * int(number)}</not-a-message>"
    headers = {"Authorization": f"Bearer {partner.token}", "Content-Type": "application/xml"}
    answer = httpx.post(f"{system.base_url}cim/v1/messages", content=body, headers=headers, timeout=60)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/xml; charset=utf-8")
    assert "FaultMessage" in answer.text
    said = f"({len(body)} bytes)"
    line = system.wait_until(lambda: next((one for one in system.log if said in one), None))
    return line.partition(":")[0]


def test_a_message_goes_through_the_door_and_without_one_to_the_web(system: LiveSystem, partner: Partner) -> None:
    point = system.rows("SELECT name FROM metering_usagepoint ORDER BY id LIMIT 1")[0][0]
    system.wait_until(lambda: any(one.startswith("door:") and "listens" in one for one in system.log))
    assert who_took(system, partner, "1001") == "door"
    answer = partner.post("RequestMessage", "create", "TroubleTickets", ticket(point, NOON), "first")
    assert (answer.status_code, "Result>OK<" in answer.text) == (200, True)

    system.hold("door")
    assert who_took(system, partner, "1002") == "web"
    answer = partner.post("RequestMessage", "create", "TroubleTickets", ticket(point, NOON), "second")
    assert (answer.status_code, "Result>OK<" in answer.text) == (200, True)

    system.resume("door")
    system.wait_until(lambda: sum(one.startswith("door:") and "listens" in one for one in system.log) == 2)
    assert who_took(system, partner, "1003") == "door"
    rows = system.rows("SELECT message_id, result, repeats FROM integration_inboxmessage ORDER BY 1")
    assert rows == [("first", "OK", 1), ("second", "OK", 1)]


def test_who_has_no_token_is_told_so_by_the_door(system: LiveSystem) -> None:
    answer = httpx.post(
        f"{system.base_url}cim/v1/messages", content="<x/>", headers={"Content-Type": "application/xml"}, timeout=60
    )
    assert answer.status_code == 401
    assert httpx.get(f"{system.base_url}cim/v1/messages", timeout=60).status_code == 405


def test_a_killed_door_comes_back(system: LiveSystem, partner: Partner) -> None:
    former = system.kill("door")
    system.wait_until(lambda: system._supervisor.pids().get("door", former) != former)
    system.wait_until(lambda: who_is_there(system, partner) == "door")


_weights = iter(range(2000, 9000))


def who_is_there(system: LiveSystem, partner: Partner) -> str:
    return who_took(system, partner, str(next(_weights)))
