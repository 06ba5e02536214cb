"""Traces over REST.

North --CBN-- LN --+-- FN -- TN1 (5)
                   +-- SWN -- LN2 --+-- TN2 (4)
                                    +-- TIE/open --+
South --CBS-- LS --+-- TS1 (3) --------------------+
"""

import datetime as dt

import pytest

from adms.core import clock
from network.services import positions
from network.services.positions import PositionReport
from tests.rest import SYSTEM, Api, error, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network():
    publish()


@pytest.fixture
def operator():
    return Api("OPR")


def move(name: str, *, is_closed: bool) -> None:
    report = PositionReport("twin", name, clock.now(), is_closed=is_closed)
    positions.record_positions(actor=SYSTEM, source="scada", reports=[report], at=clock.now())


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one["name"] for one in answer.json()["objects"]]


def test_up_leads_to_the_source(operator):
    told = operator.get("devices/TN2/trace", direction="up")
    assert names(told) == ["LN2", "SWN", "LN", "CBN", "N source"]
    assert told.json()["from"] == "TN2"
    assert told.json()["objects"][0]["class"] == "ACLineSegment"


def test_down_gives_all_it_feeds_with_its_customers_and_load(operator):
    told = operator.get("devices/SWN/trace", direction="down").json()
    assert {one["name"] for one in told["objects"]} == {"LN2", "TN2", "TN2 load"}
    assert (told["customers"], told["kw"]) == (4, 4.0)


def test_feeder_follows_the_present_switching(operator):
    move("SWN", is_closed=False)
    move("TIE", is_closed=True)
    told = operator.get("devices/CBS/trace", direction="feeder").json()
    assert told["customers"] == 7
    assert {"TS1", "TN2", "TIE"} <= {one["name"] for one in told["objects"]}


def test_connected_stops_at_open_switches(operator):
    found = set(names(operator.get("devices/LS/trace", direction="connected")))
    assert {"CBS", "LS", "TS1"} <= found
    assert "TN2" not in found


def test_loop_is_empty_until_one_is_made(operator):
    assert names(operator.get("devices/LN/trace", direction="loop")) == []
    move("TIE", is_closed=True)
    assert {"LN", "LN2", "LS", "TIE"} <= set(names(operator.get("devices/LN/trace", direction="loop")))


def test_nothing_feeds_what_is_dead(operator):
    move("CBS", is_closed=False)
    assert names(operator.get("devices/TS1/trace", direction="up")) == []
    assert names(operator.get("devices/TS1/trace", direction="feeder")) == []


def test_a_trace_of_the_past_shows_the_network_as_it_was(operator):
    before = clock.now() - dt.timedelta(seconds=1)
    move("SWN", is_closed=False)
    assert names(operator.get("devices/TN2/trace", direction="up")) == []
    assert names(operator.get("devices/TN2/trace", direction="up", at=before.isoformat()))[0] == "LN2"


def test_a_trace_on_one_phase_is_a_trace(operator):
    assert operator.get("devices/CBN/trace", direction="down", phases="A").json()["customers"] == 9


@pytest.mark.parametrize(
    ("query", "field"),
    [({}, "direction"), ({"direction": "sideways"}, "direction"), ({"direction": "up", "phases": "XYZ"}, "phases")],
)
def test_a_trace_needs_a_direction_it_knows(operator, query, field):
    assert error(operator.get("devices/LN/trace", **query), 422)["data"]["field"] == field
