"""Feeders, devices and model versions as REST tells of them."""

import pytest

from adms.core import clock
from network.services import positions
from network.services.positions import PositionReport
from tests.rest import NORTH, SOUTH, SYSTEM, Api, error, publish

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


def test_feeders_tell_their_substation_area_customers_and_devices(operator):
    found = operator.get("feeders").json()["results"]
    told = [(one["name"], one["substation"], one["area"], one["customers"]) for one in found]
    assert told == [("Feeder N", "North", NORTH, 9), ("Feeder S", "South", SOUTH, 3)]
    assert found[0]["devices"] == 7


def test_feeders_tell_who_has_no_supply_now(operator):
    move("SWN", is_closed=False)
    found = {one["name"]: one["customers_without_supply"] for one in operator.get("feeders").json()["results"]}
    assert found == {"Feeder N": 4, "Feeder S": 0}


def test_feeders_are_found_by_area_and_part_of_the_name(operator):
    assert [one["name"] for one in operator.get("feeders", area=SOUTH).json()["results"]] == ["Feeder S"]
    assert [one["name"] for one in operator.get("feeders", name="er n").json()["results"]] == ["Feeder N"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"class": "Breaker"}, ["CBN", "CBS"]),
        ({"name": "tn", "class": "PowerTransformer"}, ["TN1", "TN2"]),
        ({"area": SOUTH, "is_switch": "true", "is_telemetered": "true"}, ["CBS"]),
        ({"feeder": "Feeder S", "class": "PowerTransformer"}, ["TS1"]),
        ({"model": "other"}, []),
    ],
)
def test_devices_are_filtered(operator, query, names):
    assert [one["name"] for one in operator.get("devices", **query).json()["results"]] == names


def test_a_list_of_devices_tells_where_each_switch_stands(operator):
    move("CBN", is_closed=False)
    found = {one["name"]: one for one in operator.get("devices", **{"class": "Breaker"}).json()["results"]}
    assert (found["CBN"]["position"], found["CBN"]["normal_position"]) == ("open", "closed")
    assert found["CBN"]["energised_phases"] == "ABC"  # on its source side
    assert found["CBS"]["position"] == "closed"


def test_a_device_tells_its_position_its_points_and_what_it_hangs_on(operator):
    told = operator.get("devices/CBN").json()
    assert (told["area"], told["nominal_feeder"], told["current_feeder"]) == (NORTH, "Feeder N", "Feeder N")
    assert told["switch"]["seen_number"] == 0
    assert [point["kind"] for point in told["telemetry_points"]] == ["position"]
    move("CBN", is_closed=False)
    told = operator.get("devices/CBN").json()
    assert told["switch"]["seen_number"] > 0
    assert told["switch"]["is_abnormal"] is True


def test_a_device_that_was_switched_over_hangs_on_another_feeder(operator):
    move("SWN", is_closed=False)
    move("TIE", is_closed=True)
    told = operator.get("devices/TN2").json()
    assert (told["nominal_feeder"], told["current_feeder"]) == ("Feeder N", "Feeder S")


def test_an_unknown_device_is_not_found(operator):
    assert error(operator.get("devices/NONE"), 404)["code"] == "not_found"


def test_a_device_two_models_have_must_be_named_with_its_model(operator):
    from tests.rest import twin

    draft = twin()
    draft.name = "second"
    publish(draft)
    refused = error(operator.get("devices/CBN"), 422)
    assert refused["data"] == {"field": "model", "known": ["second", "twin"]}
    assert operator.get("devices/CBN", model="second").json()["model"] == "second"


def test_tags_are_placed_shown_and_removed_by_who_placed_them(operator):
    placed = operator.post("devices/SWN/tags", {"kind": "inhibit", "text": "crew at work"})
    assert placed.status_code == 201
    assert [tag["text"] for tag in operator.get("devices/SWN").json()["tags"]] == ["crew at work"]
    other = Api("OPR")
    assert error(other.delete(f"tags/{placed.json()['id']}"), 409)["data"]["cause"] == "locked-by-other-client"
    assert operator.delete(f"tags/{placed.json()['id']}").json()["removed_by"] == operator.name
    assert operator.get("devices/SWN").json()["tags"] == []


def test_versions_of_models_are_listed_and_shown(operator):
    publish()
    found = operator.get("models").json()["results"]
    assert [(one["model"], one["version"], one["state"]) for one in found] == [
        ("twin", 2, "published"),
        ("twin", 1, "retired"),
    ]
    shown = operator.get("models/twin/versions/2").json()
    assert shown["summary"]["customers"] == 12
    assert shown["findings"] == []
    error(operator.get("models/twin/versions/99999999999999999999"), 404)
