"""SCADA's own HTTP server, spoken to over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import httpx
import numpy as np
import pytest

from integration.services import partner_answers
from integration.simulators import chart as charts
from integration.simulators import listening
from integration.simulators.delivery import Message
from integration.simulators.listening import Desk
from integration.simulators.scada import Field, Scada
from integration.simulators.timeline import Timeline
from integration.simulators.world import Change
from tests.integration.simulators import streets
from tests.integration.simulators.test_messages import request

CONTROL = (
    '<Controls xmlns="urn:tieline:cim:2026:Controls#"><Control><mRID>{id}</mRID><timeStamp>2026-03-01T10:15:28Z</timeStamp>'
    "<value>1</value><Switch><mRID>{switch}</mRID></Switch></Control></Controls>"
)


class Site:
    """A desk behind its server."""

    def __init__(self, busy: float) -> None:
        self.sent: list[Message] = []
        chart = charts.read(streets.document())
        timeline = Timeline(started_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
        scada = Scada(
            timeline=timeline,
            chart=chart,
            put=self.sent.append,
            rng=np.random.default_rng(1),
            apply=self.see,
            field=Field(refused=0, delayed=0, executes_s=(0.01, 0.02)),
        )
        self.scada, self.timeline = scada, timeline
        self.desk = Desk(
            name="SCADA",
            timeline=timeline,
            pen=scada.pen,
            handle=listening.commands_to(scada),
            rng=np.random.default_rng(1),
            busy=busy,
        )
        self.url = ""

    def see(self, change: Change) -> None:
        self.scada.see(change)

    def post(self, body: bytes, path: str = "/cim") -> httpx.Response:
        return httpx.post(self.url + path, content=body, trust_env=False)


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    made = Site(getattr(request, "param", 0.0))
    with listening.listening({"/cim": made.desk.take}, 0) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


def test_an_outage_is_answered_once_and_the_same_ever_after(site: Site) -> None:
    body = request("created", "UnplannedOutages", "<a/>")
    first, again = site.post(body), site.post(body)
    assert first.content == again.content
    assert partner_answers.understand(first.status_code, first.content).verdict is partner_answers.Verdict.SENT
    assert site.desk.received.summary() == {
        "messages": 1,
        "repeats": 1,
        "changed": 0,
        "busy": 0,
        "unreadable": 0,
        "kinds": {"created UnplannedOutages": 1},
    }


def test_an_id_that_comes_again_with_another_content_is_noticed(site: Site) -> None:
    site.post(request("created", "UnplannedOutages", "<a/>"))
    site.post(request("created", "UnplannedOutages", "<b/>"))
    assert site.desk.received.changed == 1


def test_a_command_over_http_moves_the_switch_and_its_position_goes_out(site: Site) -> None:
    body = request("create", "Controls", CONTROL.format(id="op-1", switch="TIE"))
    assert site.post(body).content == site.post(body).content
    site.timeline.run(1.5)
    assert len(site.sent) == 1
    assert b"pos-TIE" in site.sent[0].body
    assert site.scada.world.closed[site.scada.world.branch_at["TIE"]]


def test_a_command_that_is_not_taken_is_answered_failed(site: Site) -> None:
    answer = site.post(request("create", "Controls", CONTROL.format(id="op-1", switch="F1")))
    outcome = partner_answers.understand(answer.status_code, answer.content)
    assert outcome.verdict is partner_answers.Verdict.REFUSED
    assert "not remote controlled" in outcome.text


@pytest.mark.parametrize("site", [1.0], indirect=True)
def test_a_busy_partner_says_so_and_has_taken_nothing(site: Site) -> None:
    assert site.post(request("created", "UnplannedOutages", "<a/>")).status_code == 503
    assert site.desk.received.summary()["messages"] == 0


def test_nonsense_is_refused_and_counted(site: Site) -> None:
    assert site.post(b"hello").status_code == 400
    assert site.post(b"x", path="/elsewhere").status_code == 404
    assert site.desk.received.unreadable == 1


def test_a_taken_port_is_an_error_at_once(site: Site) -> None:
    port = int(site.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"), listening.listening({"/cim": site.desk.take}, port):
        pass
