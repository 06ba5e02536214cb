"""Select, then operate, over REST: two steps held by the server, and who may take them."""

import uuid

import pytest

from adms.core import clock
from adms.core.models import AuditEntry
from network.models import JournalEntry, Operation
from network.services import positions
from network.services.positions import PositionReport
from tests.rest import NORTH, SOUTH, SYSTEM, Api, error, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network():
    publish()


def select(asker: Api, device: str = "FN", action: str = "open", seen: int = 0, **more):
    return asker.post("operations", {"device": device, "action": action, "seen_number": seen, **more})


def test_selecting_says_what_would_happen_and_how_to_go_on():
    operator = Api("OPR", NORTH)
    answer = select(operator)
    told = answer.json()
    assert answer.status_code == 201
    assert told["look_ahead"]["lost_customers"] == 5
    assert (told["state"], told["action"], told["level"]) == ("selected", "open", 3)
    assert told["digits_hint"] == "••"
    assert told["expires_at"] > told["selected_at"]
    assert operator.get("devices/FN").json()["live_operation"]["id"] == told["id"]


def test_executing_needs_the_digits_and_a_reason_where_customers_lose_supply():
    operator = Api("OPR")
    number = select(operator, "SWN").json()["id"]
    refused = error(operator.post(f"operations/{number}/execute", {"confirmation": "no", "reason": "work"}), 409)
    assert refused["data"]["cause"] == "inconsistent-parameters"
    done = operator.post(f"operations/{number}/execute", {"confirmation": "SWN", "reason": "work"})
    assert done.json()["state"] == "executing"  # telemetered: waits for the reported position
    report = PositionReport("twin", "SWN", clock.now(), is_closed=False)
    positions.record_positions(actor=SYSTEM, source="scada", reports=[report], at=clock.now())
    assert operator.get(f"operations/{number}").json()["state"] == "completed"


def test_a_hand_operated_switch_is_recorded_and_every_step_is_on_the_audit_trail_by_its_way_in():
    operator = Api("OPR")
    number = select(operator, "TIE", "close").json()["id"]
    told = operator.post(f"operations/{number}/execute", {"confirmation": "TIE", "reason": "transfer"}).json()
    assert told["state"] == "completed"
    assert JournalEntry.objects.get(kind="position").actor == operator.name
    trail = AuditEntry.objects.filter(actor=operator.name).order_by("pk").values_list("action", "way", "result")
    assert list(trail) == [("take_area", "rest", "ok"), ("select", "rest", "ok"), ("operate", "rest", "ok")]


def test_a_selection_is_given_back():
    operator = Api("OPR")
    number = select(operator).json()["id"]
    assert error(select(operator), 409)["data"]["cause"] == "object-already-selected"
    assert operator.post(f"operations/{number}/cancel").json()["state"] == "cancelled"
    assert select(operator).status_code == 201


def test_only_one_holds_a_device_at_a_time():
    operator = Api("OPR")
    assert select(operator).status_code == 201
    refused = error(select(operator), 409)
    assert (refused["code"], refused["data"]["cause"]) == ("operation_refused", "object-already-selected")


def test_only_who_holds_the_area_operates_there():
    assert select(Api("OPR")).status_code == 201
    refused = error(select(Api("OPR"), "SWN"), 409)
    assert (refused["data"]["cause"], refused["data"]["lifted_by"]) == ("no-access-authority", "who holds the area")


def test_another_operators_selection_cannot_be_executed():
    number = select(Api("OPR")).json()["id"]
    refused = error(Api("OPR").post(f"operations/{number}/execute", {"confirmation": "FN", "reason": "x"}), 409)
    assert refused["data"]["cause"] == "locked-by-other-client"


def test_a_position_that_was_not_seen_is_refused():
    assert error(select(Api("OPR"), seen=7), 409)["data"]["cause"] == "inconsistent-parameters"


def test_an_operator_of_the_south_does_not_operate_in_the_north():
    refused = error(select(Api("OPR", SOUTH)), 403)
    assert refused["code"] == "no_access_authority"
    assert refused["data"] == {"action": "operate_switch", "area": NORTH}
    assert AuditEntry.objects.filter(result="refused", action="select").count() == 1
    assert Operation.objects.count() == 0


def test_who_is_no_operator_does_not_operate():
    for role in ("DSP", "CRW", "ENG", "MGR", "INT", "AUD", "ADM"):
        assert error(select(Api(role)), 403)["code"] == "no_access_authority"
    assert Operation.objects.count() == 0


def test_operations_are_listed_newest_first_and_filtered():
    operator = Api("OPR")
    first = select(operator).json()["id"]
    second = select(operator, "SWN").json()["id"]
    found = operator.get("operations").json()["results"]
    assert [one["id"] for one in found] == [second, first]
    assert [one["id"] for one in operator.get("operations", device="FN").json()["results"]] == [first]
    assert operator.get("operations", state="completed").json()["count"] == 0


def test_an_unknown_operation_is_not_found():
    operator = Api("OPR")
    for address in ("", "/execute", "/cancel"):
        asked = operator.post if address else operator.get
        error(asked(f"operations/{uuid.uuid4()}{address}"), 404)
    error(operator.get("operations/not-a-number"), 404)


WRONG = [
    ({"device": "FN", "action": "open"}, "seen_number"),
    ({"device": "FN", "action": "toggle", "seen_number": 0}, "action"),
    ({"device": "FN", "action": "open", "seen_number": -1}, "seen_number"),
    ({"device": "FN", "action": "open", "seen_number": 10**30}, "seen_number"),
    ({"device": "FN", "action": "open", "seen_number": 0, "phases": "ABCN"}, "phases"),
    ({"device": "F\x00N", "action": "open", "seen_number": 0}, "device"),
    ({"device": "FN", "action": "open", "seen_number": 0, "reson": "typo"}, "reson"),
    ({"device": ["FN"], "action": "open", "seen_number": 0}, "device"),
]


def test_what_is_wrong_with_a_request_is_named_by_field():
    operator = Api("OPR")
    for body, field in WRONG:
        refused = error(operator.post("operations", body), 422)
        assert (refused["code"], refused["data"]["field"]) == ("invalid", field)
