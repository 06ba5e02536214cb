"""Past seconds, normal against present, temporary elements and commissioning by REST."""

import datetime as dt

import pytest

from adms.core import clock
from tests.rest import Api, error, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Api:
    publish()
    return Api("OPR")


def lines(api: Api) -> list[dict]:
    return api.get("devices", **{"class": "ACLineSegment"}).json()["results"]


def cut(api: Api, device: str, **more: object) -> dict:
    answer = api.post("network/twin/temporary", {"kind": "cut", "device": device, "reason": "tree", **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_cut_is_placed_listed_and_removed(operator):
    line = lines(operator)[0]
    placed = cut(operator, line["mrid"])
    assert placed["journal"] > 0
    assert placed["removed_at"] is None
    unusual = operator.get("network/twin/abnormal").json()["unusual"]
    found = next(one for one in unusual if one["kind"] == "cut")
    assert (found["now"], found["reason"], found["actor"]) == (f"cut in {line['name']}", "tree", operator.name)
    removed = operator.post(f"temporary/{placed['mrid']}/remove", {"reason": "spliced"})
    assert removed.json()["removed_by"] == operator.name
    assert operator.get("network/twin/temporary").json()["results"] == []
    assert len(operator.get("network/twin/temporary", is_standing="false").json()["results"]) == 1


def test_a_refusal_says_why(operator):
    line = lines(operator)[0]
    answer = operator.post("network/twin/temporary", {"kind": "ground", "device": line["mrid"], "terminal": 2})
    assert "is live" in error(answer, 409)["message"]
    error(operator.post("network/twin/temporary", {"kind": "cut", "device": "nothing"}), 404)
    error(operator.post("network/twin/temporary", {"kind": "cut", "device": line["mrid"], "terminal": 3}), 422)


def test_the_network_at_a_past_second_is_as_it_was(operator):
    before = clock.now()
    line = next(one for one in lines(operator) if one["energised_phases"])
    placed = cut(operator, line["mrid"])
    now = operator.get("network/twin/state").json()
    assert [one["kind"] for one in now["unusual"] if one["kind"] == "cut"] == ["cut"]
    assert now["previous_change"] == placed["placed_at"]
    then = operator.get("network/twin/state", at=before.isoformat()).json()
    assert [one for one in then["unusual"] if one["kind"] == "cut"] == []
    assert then["next_change"] == placed["placed_at"]
    assert now["dead_branches"] > then["dead_branches"]


@pytest.mark.parametrize("years", [-20, 1])
def test_a_second_before_the_journal_or_in_the_future_is_refused(operator, years):
    at = clock.now() + dt.timedelta(days=365 * years)
    error(operator.get("network/twin/state", at=at.isoformat()), 422)


def test_an_engineer_decommissions_a_device_and_an_operator_may_not(operator):
    body = {"is_commissioned": False, "life": "retired", "reason": "replaced"}
    error(operator.post("devices/TIE/commissioning", body), 403)
    told = Api("ENG").post("devices/TIE/commissioning", body).json()
    assert (told["life"], told["is_commissioned"]) == ("retired", False)
    unusual = operator.get("network/twin/abnormal").json()["unusual"]
    assert ["TIE", "not commissioned, retired"] in [[one["device"], one["now"]] for one in unusual]
