"""X05 over REST: two people, from the request to the decision, with the same refusals as everywhere."""

import datetime as dt

import pytest

from adms.core import clock
from tests.rest import NORTH, SOUTH, Api, error, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network(db) -> None:
    publish()


def wanted(device: str = "SWN", **other: object) -> dict[str, object]:
    begins = clock.now() + dt.timedelta(days=1)
    window = {"begins_at": begins.isoformat(), "ends_at": (begins + dt.timedelta(hours=2)).isoformat()}
    return {"model": "twin", "devices": [{"device": device}], "purpose": "New pole", **window} | other


def test_from_request_to_approval_by_another_with_its_customers():
    anna, sue = Api("OPR", NORTH), Api("SOP", NORTH)
    made = anna.post("planned-outages", wanted(order_reference="SO-7"))
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["state"], told["customers"], told["order_reference"]) == ("requested", 4, "SO-7")
    assert told["devices"] == [{"mrid": "SWN", "name": "SWN", "phases": "ABC"}]
    number = told["id"]
    assert anna.post(f"planned-outages/{number}/approve").status_code == 403
    assert sue.post(f"planned-outages/{number}/approve").json()["state"] == "approved"
    customers = anna.get(f"planned-outages/{number}/customers").json()
    assert len(customers["results"]) == 4
    assert all(one["in_normal"] and one["in_present"] for one in customers["results"])
    shown = anna.get(f"planned-outages/{number}").json()
    assert [line["kind"] for line in shown["timeline"]] == ["requested", "approved"]
    done = anna.post(f"planned-outages/{number}/cancel", {"reason": "no pole came"}).json()
    assert (done["state"], done["reason"]) == ("cancelled", "no pole came")
    assert [one["id"] for one in anna.get("planned-outages", state="cancelled").json()["results"]] == [number]


def test_refusals_name_what_is_wrong():
    anna, south = Api("OPR", NORTH), Api("SOP", SOUTH)
    assert "LN" in error(anna.post("planned-outages", wanted("LN")), 422)["message"]
    assert south.post("planned-outages", wanted()).status_code == 403
    number = anna.post("planned-outages", wanted()).json()["id"]
    assert south.post(f"planned-outages/{number}/reject", {"reason": "no"}).status_code == 403
    assert south.get(f"planned-outages/{number}/customers").status_code == 404
    both = Api("SOP", NORTH)
    own = both.post("planned-outages", wanted()).json()["id"]
    assert "another person" in error(both.post(f"planned-outages/{own}/approve"), 409)["message"]
    assert error(both.post(f"planned-outages/{own}/complete"), 409)["code"] == "planned_outage_refused"


def test_preview_notices_and_windows():
    anna, sue = Api("OPR", NORTH), Api("SOP", NORTH)
    ask = {name: value for name, value in wanted().items() if name != "purpose"}
    ahead = anna.post("planned-outages/preview", ask).json()
    assert (ahead["customers"], ahead["devices"], ahead["critical"]) == (4, ["SWN"], 0)
    assert [one["code"] for one in ahead["findings"]] == ["notice_late"]
    assert Api("MGR", NORTH).post("planned-outages/preview", ask).status_code == 403
    number = anna.post("planned-outages", wanted()).json()["id"]
    assert error(anna.post(f"planned-outages/{number}/notices"), 409)
    sue.post(f"planned-outages/{number}/approve")
    told = anna.post(f"planned-outages/{number}/notices").json()
    assert (told["state"], told["notices"][0]["told"], told["notices"][0]["is_late"]) == ("notified", 4, True)
    later = clock.now() + dt.timedelta(days=9)
    window = {"begins_at": later.isoformat(), "ends_at": (later + dt.timedelta(hours=1)).isoformat(), "reason": "rain"}
    assert sue.post(f"planned-outages/{number}/window", window).json()["state"] == "notified"
    rows = anna.get(f"planned-outages/{number}/notices/2/customers").json()["results"]
    assert {one["verb"] for one in rows} == {"changed"}
    assert len(rows) == 4
    assert error(anna.post(f"planned-notices/{rows[0]['id']}/acknowledge", {"how": "by phone"}), 409)
    assert anna.post(f"planned-outages/{number}/notices/2/told", {"how": "by letter"}).status_code == 200
    assert error(anna.get(f"planned-outages/{number}/notices/7/customers"), 404)
    near = {"since": clock.now().isoformat(), "until": (clock.now() + dt.timedelta(days=3)).isoformat()}
    assert anna.get("planned-outages", **near).json()["results"] == []
    assert [one["id"] for one in anna.get("planned-outages", q="pole", show="ahead").json()["results"]] == [number]
