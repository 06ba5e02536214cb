"""Rule sets over REST: the same verbs as the page, the same refusals."""

import pytest

from tests.rest import NORTH, SOUTH, Api, error, publish

pytestmark = pytest.mark.django_db
BODY = {"values": {"min_transformers": 3}, "reason": "a test", "seen": 0}


@pytest.fixture(autouse=True)
def network(db) -> None:
    publish()


def in_force(api: Api) -> dict[str, tuple[str, int, str]]:
    areas = api.get("rule-sets").json()["areas"]
    return {one["area"]: (one["active"], one["version"], one["how"]) for one in areas}


def test_a_set_is_written_followed_and_gone_back_to():
    manager = Api("MGR")
    made = manager.post("rule-sets/all/normal", BODY)
    assert (made.status_code, made.json()["version"], made.json()["values"]["min_transformers"]) == (201, 1, 3)
    assert in_force(manager)[NORTH] == ("normal", 1, "plan")
    back = manager.post("rule-sets/all/normal/back", {"version": 0, "seen": 1})
    assert back.json()["values"]["min_transformers"] == 2
    assert [one["version"] for one in manager.get("rule-sets/all/normal").json()["versions"]] == [2, 1]


def test_nonsense_names_its_fields_and_a_stale_writer_is_refused():
    manager = Api("MGR")
    wrong = manager.post("rule-sets/all/normal", BODY | {"values": {"min_fraction": 7, "luck": 1}})
    assert "min_fraction" in error(wrong, 422)["message"]
    manager.post("rule-sets/all/normal", BODY)
    assert "changed meanwhile" in error(manager.post("rule-sets/all/normal", BODY), 409)["message"]


def test_only_who_may_switches_and_in_their_area():
    south = Api("SOP", SOUTH)
    assert south.post(f"rule-sets/areas/{NORTH}/switch", {"name": "storm"}).status_code == 403
    assert south.post("rule-sets/all/normal", BODY).status_code == 403
    made = south.post(f"rule-sets/areas/{SOUTH}/switch", {"name": "storm", "reason": "wind", "seen": 0}).json()[
        "switch"
    ]
    assert (made["before"], made["after"], made["why"]) == ("normal", "storm", "wind")
    assert in_force(south) | {} == {NORTH: ("normal", 0, "plan"), SOUTH: ("storm", 0, "hand")}
    stale = south.post(f"rule-sets/areas/{SOUTH}/switch", {"name": "normal", "seen": 0})
    assert stale.status_code == 409
    back = south.post(f"rule-sets/switches/{made['id']}/undo").json()["switch"]
    assert (back["after"], back["how"]) == ("normal", "undo")
    assert [one["how"] for one in south.get("rule-sets/switches").json()["switches"]] == ["undo", "hand"]


def test_an_area_is_given_a_plan():
    manager = Api("MGR")
    wanted = {
        "is_automatic": True,
        "on_rate": 100,
        "off_rate": 10,
        "windows": [{"begin": "22:00", "end": "06:00", "name": "storm"}],
    }
    told = manager.post(f"rule-sets/areas/{NORTH}/plan", wanted).json()
    assert (told["on_rate"], told["windows"]) == (100, [{"begin": "22:00", "end": "06:00", "name": "storm"}])
    assert manager.post(f"rule-sets/areas/{NORTH}/plan", wanted | {"busy": "gale"}).status_code == 404
    assert manager.post(f"rule-sets/areas/{NORTH}/plan", wanted | {"off_rate": 100}).status_code == 422
