"""Kill -9 the worker in the middle of an import: another one takes the job up again and stages the version once; the page tells of it."""

import re
import time
from contextlib import closing

import httpx
import pytest

from tests.builders.street import street
from tests.live import LiveSystem

pytestmark = [pytest.mark.faults, pytest.mark.slow]

PASSWORD = "correct-horse-battery"
LINES = 6000


def test_an_import_survives_the_death_of_its_worker(live_system: LiveSystem) -> None:
    live_system.manage("create_user", "mei", "--role", "ENG", TIELINE_PASSWORD=PASSWORD)
    with closing(signed_in(live_system)) as mei:
        import_and_kill(live_system, mei)


def import_and_kill(live_system: LiveSystem, mei: httpx.Client) -> None:
    """Upload while no worker runs, kill the first one as it parses, wait for the second."""
    live_system.hold("bulk")
    page = mei.post(
        "/models/upload/",
        files={"file": ("street.xml", street(LINES).encode())},
        data={"name": "Street", "csrfmiddlewaretoken": mei.cookies["csrftoken"]},
        headers={"Referer": live_system.base_url},
        follow_redirects=True,
    )
    assert "waits for a worker" in page.text
    live_system.resume("bulk")
    live_system.wait_until(lambda: job(live_system)[:2] == ("running", "parse"))
    seen = mei.get(page.url).text
    live_system.kill("bulk")
    live_system.wait_until(lambda: job(live_system)[0] == "done", seconds=180)
    _, stage, attempts, log, result = job(live_system)
    assert (stage, attempts, result["version"]) == ("ready", 2, 1)
    assert any("its worker ended" in words for _, _, words in log)
    assert "Parse" in seen
    assert live_system.rows("SELECT number, state FROM network_modelversion") == [(1, "staged")]
    assert live_system.rows("SELECT count(*) FROM network_equipment")[0][0] == result["branches"] + LINES + 1
    assert "is staged as version" in mei.get(page.url).text


def signed_in(system: LiveSystem) -> httpx.Client:
    """A session of mei's, without a browser."""
    client = httpx.Client(base_url=system.base_url, timeout=60)
    form = client.get("/login/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token
    body = {"username": "mei", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    answer = client.post("/login/", data=body, headers={"Referer": system.base_url})
    assert answer.status_code == 302, answer.text
    return client


def job(system: LiveSystem) -> tuple:
    """State, stage, attempts, log, result of the one job."""
    rows = system.rows("SELECT state, stage, parameters->'attempt', log, result FROM integration_job")
    time.sleep(0.02)
    return rows[0]
