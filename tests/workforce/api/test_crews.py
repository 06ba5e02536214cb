"""Crews and their work over REST."""

import pytest

from adms.core import clock
from adms.core.models import ControlArea
from tests.rest import NORTH, SOUTH, SYSTEM, Api, error, publish
from workforce.models import Crew
from workforce.services import crews, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def order():
    publish()
    at = clock.now()
    for key, area in (("t1", NORTH), ("t2", SOUTH)):
        crews.create_crew(
            actor=SYSTEM, key=key, name=f"Crew {key}", kind="trouble", area=area, members=[], vehicle="van", at=at
        )
    return work.raise_work_order(
        area_id=ControlArea.objects.get(key=NORTH).pk,
        subject="outage:1",
        title="Outage at FN",
        kind="outage",
        priority=5,
        equipment_mrid="FN",
        x=None,
        y=None,
        at=at,
    )


@pytest.fixture
def dispatcher():
    return Api("DSP", NORTH)


def on_shift(dispatcher: Api) -> None:
    assert dispatcher.post("crews/t1/shift", {"shift": "on"}).json()["shift"] == "on"


def test_a_crew_comes_on_shift_is_assigned_and_reports_its_way(dispatcher, order):
    on_shift(dispatcher)
    answer = dispatcher.post("assignments", {"crew": "t1", "subject": "outage:1"})
    assert answer.status_code == 201
    number = answer.json()["id"]
    for state in ("accepted", "en_route", "on_site", "completed"):
        told = dispatcher.patch(f"assignments/{number}", {"state": state, "note": state}).json()
        assert (told["state"], told["note"]) == (state, state)
    assert told["on_site_at"] < told["ended_at"]
    assert dispatcher.get(f"assignments/{number}").json()["work_order"] == order.pk


def test_the_word_of_a_vehicle_moves_its_crew_and_an_older_one_does_not(dispatcher):
    told = dispatcher.post("crews/t1/position", {"x": 7.8, "y": 48.4}).json()
    assert (told["x"], told["y"]) == (7.8, 48.4)
    late = {"x": 1.0, "y": 2.0, "positioned_at": "2020-01-01T00:00:00Z"}
    assert dispatcher.post("crews/t1/position", late).json()["positioned_at"] == told["positioned_at"]
    assert Crew.objects.get(key="t1").x == 7.8
    assert error(dispatcher.post("crews/t2/position", {"x": 7.8, "y": 48.4}), 403)["data"]["area"] == SOUTH


def test_crews_tell_what_they_are_on(dispatcher, order):
    on_shift(dispatcher)
    dispatcher.post("assignments", {"crew": "t1", "work_order": order.pk})
    found = {one["key"]: one for one in dispatcher.get("crews").json()["results"]}
    assert found["t1"]["jobs"][0]["subject"] == "outage:1"
    assert found["t2"]["jobs"] == []
    assert [one["key"] for one in dispatcher.get("crews", shift="on").json()["results"]] == ["t1"]
    assert [one["key"] for one in dispatcher.get("crews", area=SOUTH).json()["results"]] == ["t2"]


def test_a_step_that_does_not_follow_is_refused(dispatcher, order):
    on_shift(dispatcher)
    number = dispatcher.post("assignments", {"crew": "t1", "work_order": order.pk}).json()["id"]
    refused = error(dispatcher.patch(f"assignments/{number}", {"state": "made_safe"}), 409)
    assert (refused["code"], refused["data"]["state"]) == ("assignment_refused", "assigned")


def test_a_crew_off_shift_and_one_that_is_on_it_already_are_refused(dispatcher, order):
    assert error(dispatcher.post("assignments", {"crew": "t1", "work_order": order.pk}), 409)
    on_shift(dispatcher)
    dispatcher.post("assignments", {"crew": "t1", "work_order": order.pk})
    assert "already" in error(dispatcher.post("assignments", {"crew": "t1", "work_order": order.pk}), 409)["message"]


def test_a_dispatcher_of_the_south_dispatches_nobody_in_the_north(order):
    south = Api("DSP", SOUTH)
    assert error(south.post("crews/t1/shift", {"shift": "on"}), 403)["data"]["area"] == NORTH
    assert error(south.post("assignments", {"crew": "t2", "work_order": order.pk}), 403)["data"]["area"] == NORTH


def test_a_crew_sees_and_reports_its_own_work_only(dispatcher, order):
    on_shift(dispatcher)
    number = dispatcher.post("assignments", {"crew": "t1", "work_order": order.pk}).json()["id"]
    own, other = Api("CRW"), Api("CRW")
    Crew.objects.filter(key="t1").update(user=own.user)
    Crew.objects.filter(key="t2").update(user=other.user)
    assert [one["key"] for one in own.get("crews").json()["results"]] == ["t1"]
    assert [one["id"] for one in own.get("assignments").json()["results"]] == [number]
    assert other.get("assignments").json()["results"] == []
    error(other.get(f"assignments/{number}"), 404)
    error(other.patch(f"assignments/{number}", {"state": "accepted"}), 403)
    assert own.patch(f"assignments/{number}", {"state": "accepted"}).json()["state"] == "accepted"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"crew": "t1"}, "work_order"),
        ({"crew": "t1", "work_order": 1, "subject": "outage:1"}, "work_order"),
        ({"work_order": 1}, "crew"),
        ({"crew": "t1", "work_order": 2**63}, "work_order"),
    ],
)
def test_an_assignment_names_its_crew_and_its_work(dispatcher, body, field):
    assert error(dispatcher.post("assignments", body), 422)["data"]["field"] == field


def test_what_is_not_there_is_not_found(dispatcher):
    error(dispatcher.post("assignments", {"crew": "t1", "subject": "outage:99"}), 404)
    error(dispatcher.post("assignments", {"crew": "none", "subject": "outage:1"}), 404)
    error(dispatcher.post("crews/none/shift", {"shift": "on"}), 404)
    error(dispatcher.patch("assignments/1", {"state": "accepted"}), 404)
    assert error(dispatcher.post("crews/t1/shift", {"shift": "late"}), 422)["data"]["field"] == "shift"
