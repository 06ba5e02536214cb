"""The demo utility as real processes, a fault in its field, and what becomes of it: everything through HTTP."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.live import PATIENCE_S, ROOT, LiveSystem, free_port

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(live_system: LiveSystem) -> LiveSystem:
    live_system.environment["SIM_PORT"] = str(free_port())
    live_system.manage("load_demo")
    return live_system


TOKEN_OF_OPERATOR = """
from adms.core import actors, clock
from adms.core.models import User
from adms.core.services import accounts
user = User.objects.get(username="operator")
print(accounts.issue_token(actor=actors.system("test"), user=user, name="test", at=clock.now()))
"""


PATIENT_COMMANDS = """
from adms.core import clock
from adms.core.models import Setting
from network.services.control.requests import COMMAND_TIMEOUT
Setting.objects.update_or_create(key=COMMAND_TIMEOUT, area=None, defaults={"value": 600, "changed_by": "test", "changed_at": clock.now()})
"""


class Rest:
    """The REST door, entered with a token."""

    def __init__(self, system: LiveSystem, token: str) -> None:
        self.client = httpx.Client(
            base_url=system.base_url + "api/v1/",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=30,
        )

    def get(self, address: str, **query: Any) -> Any:
        return self.client.get(address, params=query).raise_for_status().json()

    def post(self, address: str, **body: Any) -> Any:
        answer = self.client.post(address, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()


@pytest.fixture
def operator(demo: LiveSystem) -> Iterator[Rest]:
    token = demo.manage("shell", "--verbosity", "0", "-c", TOKEN_OF_OPERATOR).stdout.split()[-1]
    door = Rest(demo, token)
    with door.client:
        yield door


def begin(system: LiveSystem, *words: object) -> subprocess.Popen[str]:
    """Start a simulation; back when its SCADA listens."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "simulate", *map(str, words), "--json"],
        cwd=ROOT,
        env=system.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    system.wait_until(lambda: is_listening(int(system.environment["SIM_PORT"])))
    return process


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def end(process: subprocess.Popen[str]) -> dict[str, Any]:
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    report: dict[str, Any] = json.loads(out)
    return report


def is_sent(system: LiveSystem, noun: str) -> bool:
    """Whether a message of this noun was delivered."""
    query = "SELECT 1 FROM integration_outboxmessage WHERE state = 'sent' AND noun = %s"
    return bool(system.rows(query, [noun]))


def test_a_blown_fuse_becomes_an_outage_at_this_fuse_and_every_message_is_taken(
    demo: LiveSystem, operator: Rest
) -> None:
    """The fuse has two transformers or more below it, so the rules of prediction must find it, and not a transformer."""
    process = begin(demo, "lateral", "--minutes", 10)
    try:
        outage = demo.wait_until(lambda: next(iter(operator.get("outages")["results"]), None), 120)
        for noun in ("UnplannedOutages", "MaintenanceOrders"):
            demo.wait_until(lambda noun=noun: is_sent(demo, noun), 120)
    finally:
        report = end(process)
    (fault,) = report["field"]["faults"]
    assert report["sent"] == report["accepted"] > 0
    assert (report["refused"], report["waiting"]) == (0, 0), report["partners"]
    assert {one["changed_answers"] for one in report["partners"].values()} == {0}
    assert (outage["device_name"], outage["customers_out"]) == (fault["device"], fault["meters"])
    recorded = demo.rows("SELECT count(*) FROM metering_meterevent WHERE code = '26.0.85'")
    assert recorded[0][0] >= report["field"]["gasps"]["heard"] * 0.9 > 0
    assert report["received"]["kinds"]["created UnplannedOutages"] >= 1
    assert report["received"]["changed"] == 0
    assert report["noted"]["wfm"]["kinds"]["create MaintenanceOrders"] >= 1
    assert report["noted"]["wfm"]["changed"] == 0


def test_a_command_of_an_operator_reaches_the_field_and_its_position_comes_back(
    demo: LiveSystem, operator: Rest
) -> None:
    """SCADA may refuse; whatever it does, the operation ends as SCADA's report says, on a slow machine too."""
    demo.manage("shell", "--verbosity", "0", "-c", PATIENT_COMMANDS)
    process = begin(demo, "scada")
    try:
        tie = next(
            one
            for one in operator.get("devices", is_telemetered="true", is_switch="true", page_size=200)["results"]
            if one["position"] == "open"
        )
        asked = operate(demo, operator, tie["mrid"], "close")
        ended = demo.wait_until(lambda: when_ended(operator, asked), 300)
    finally:
        report = end(process)
    commands = report["field"]["commands"]
    assert commands["taken"] == 1
    wanted = "failed" if commands["refused"] else "completed"
    assert ended["state"] == wanted
    if wanted == "completed":
        assert operator.get(f"devices/{tie['mrid']}")["switch"]["position"] == "closed"


def operate(demo: LiveSystem, operator: Rest, mrid: str, action: str) -> str:
    """Both steps; the id of the operation. The field of the test before is gone: at first the way to it may count as down."""
    device = operator.get(f"devices/{mrid}")
    seen = device["switch"]["seen_number"]
    selected = demo.wait_until(
        lambda: select(operator, device=mrid, action=action, seen_number=seen, reason="test"), PATIENCE_S
    )
    digits = "".join(
        letter for letter, shown in zip(device["name"], selected["digits_hint"], strict=False) if shown == "•"
    )
    operator.post(f"operations/{selected['id']}/execute", confirmation=digits, reason="test")
    return str(selected["id"])


def select(operator: Rest, **body: Any) -> Any:
    """The selected operation; None while the way to the field counts as down."""
    answer = operator.client.post("operations", json=body)
    if answer.status_code == 409 and answer.json()["error"]["data"]["cause"] == "abortion-by-communication-loss":
        return None
    assert answer.status_code < 300, answer.text
    return answer.json()


def when_ended(operator: Rest, operation: str) -> Any:
    """The operation once it has ended."""
    found = operator.get(f"operations/{operation}")
    return found if found["state"] not in {"selected", "executing"} else None
