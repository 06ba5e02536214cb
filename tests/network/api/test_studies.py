"""Studies by REST."""

import pytest

from network.models import Operation
from tests.rest import NORTH, SOUTH, Api, error, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Api:
    publish()
    return Api("OPR", NORTH)


def made(api: Api, **more: object) -> str:
    answer = api.post("studies", {"model": "twin", "name": "what if", "base": "present", **more})
    assert answer.status_code == 201, answer.content
    return f"studies/{answer.json()['study']}"


def test_a_study_is_made_worked_in_and_discarded(operator):
    study = made(operator)
    moved = operator.post(f"{study}/actions", {"device": "SWN", "action": "open"})
    assert moved.status_code == 201, moved.content
    assert moved.json()["customers_without_supply"] == 4
    assert moved.json()["differences"] == [{"device": "SWN", "in_study": "", "now": "ABC"}]
    only = {"number": 1, "device": "SWN", "before": "ABC", "after": "", "customers_lost": 4, "customers_regained": 0}
    assert moved.json()["actions"] == [
        only | {"kind": "switch", "trips": [], "phases": "ABC", "element": "", "is_undone": False}
    ]
    assert operator.post(f"{study}/undo").json()["customers_without_supply"] == 0
    assert operator.post(f"{study}/redo").json()["customers_without_supply"] == 4
    assert [one["name"] for one in operator.get("studies").json()["results"]] == ["what if"]
    assert operator.delete(study).status_code == 200
    error(operator.get(study), 404)
    assert operator.get("studies").json()["results"] == []
    assert not Operation.objects.exists()
    assert operator.get("devices/SWN").json()["energised_phases"] == "ABC"


def test_a_fault_is_placed_and_repaired_and_questions_are_answered_by_a_worker(operator):
    study = made(operator)
    placed = operator.post(f"{study}/actions", {"device": "SWN", "action": "fault"})
    assert placed.status_code == 201, placed.content
    told = placed.json()
    assert told["faults"] == ["SWN"] and told["customers_without_supply"] > 0
    assert [one["before"] for one in told["actions"][0]["trips"]] == ["ABC"]
    assert operator.post(f"{study}/actions", {"device": "SWN", "action": "repair"}).json()["faults"] == []
    error(operator.get(f"{study}/answers/power_flow"), 404)
    asked = operator.post(f"{study}/answers/power_flow")
    assert (asked.status_code, asked.json()["state"], asked.json()["is_current"]) == (202, "queued", True)
    assert operator.delete(f"{study}/answers/power_flow").json()["state"] == "cancelled"
    error(operator.post(f"{study}/answers/weather"), 422)
    reader = Api("ENG", NORTH)
    error(reader.get(study), 404)
    assert operator.post(f"{study}/share", {"shared": True}).json()["is_shared"] is True
    assert reader.get(study).json()["name"] == "what if"
    error(reader.post(f"{study}/answers/power_flow"), 404)


def test_who_may_not_study_is_refused(operator):
    study = made(operator)
    error(Api("OPR", NORTH).get(study), 404)
    error(Api("DSP").get("studies"), 403)
    error(Api("MGR").post("studies", {"model": "twin", "base": "present"}), 403)
    south = Api("ENG", SOUTH)
    error(south.post(f"{made(south)}/actions", {"device": "SWN", "action": "open"}), 403)
    error(operator.post("studies", {"model": "twin", "base": "past"}), 422)
    error(operator.post(f"{study}/actions", {"device": "SWN", "action": "close"}), 409)
