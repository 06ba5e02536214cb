"""Replays over REST: asked for, watched, read page by page, cancelled (X06)."""

import datetime as dt

import pytest

from adms.core import clock
from adms.core.models import AuditEntry
from outages.services import replay_jobs
from tests.cast import gasp, meters_at
from tests.outages.services.acting import deliver, prediction
from tests.rest import Api, error, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def night(db) -> None:
    """TN1 goes out and is predicted, half an hour ago."""
    publish()
    at = clock.now() - dt.timedelta(minutes=30)
    gasp(meters_at("TN1")[:3], at)
    deliver(at + dt.timedelta(seconds=1))
    prediction.run(model="twin", at=at + dt.timedelta(seconds=60))


def body(**changes: object) -> dict[str, object]:
    now = clock.now()
    return {"model": "twin", "begin": (now - dt.timedelta(hours=1)).isoformat(), "end": now.isoformat()} | changes


def test_a_replay_is_a_job_with_an_address_and_pages_of_outages():
    engineer = Api("ENG")
    answer = engineer.post("replays", body(engine="likelihood"))
    assert (answer.status_code, answer.json()["state"], answer.json()["rules"]) == (
        202,
        "queued",
        "normal, as built in",
    )
    assert answer["Location"] == answer.json()["address"]
    assert replay_jobs.JOBS.run_waiting(clock=clock.now) == 1
    told = Api("MGR").get(answer["Location"]).json()
    assert (told["state"], told["percent"], told["engine"]) == ("done", 100, "likelihood")
    assert told["result"]["recorded_outages"] == 1
    page = engineer.get(f"replays/{told['id']}/outages", page_size=1).json()
    assert (page["count"], page["results"][0]["recorded"]["customers"]) == (1, 5)
    assert engineer.get(f"replays/{told['id']}/outages", show="only_recorded").json()["count"] == 0
    assert [one["id"] for one in engineer.get("replays").json()["results"]] == [told["id"]]
    assert AuditEntry.objects.filter(action="replay_predictions", actor=engineer.name).count() == 1


def test_it_is_cancelled_once():
    engineer = Api("SOP")
    made = engineer.post("replays", body(by="then")).json()
    assert engineer.post(f"replays/{made['id']}/cancel").json()["state"] == "cancelled"
    assert error(engineer.post(f"replays/{made['id']}/cancel"), 409)["code"] == "replay_over"


@pytest.mark.parametrize("role", ["DSP", "MGR", "ADM", "AUD", "INT"])
def test_only_operators_and_engineers_ask_for_one(role):
    assert error(Api(role).post("replays", body()), 403)["code"] == "no_access_authority"


def test_what_is_wrong_is_named():
    engineer = Api("ENG")
    assert "no network model" in error(engineer.post("replays", body(model="mars")), 404)["message"]
    assert "no version 9" in error(engineer.post("replays", body(version=9)), 404)["message"]
    assert "ends before" in error(engineer.post("replays", body(end="2020-01-01T00:00:00Z")), 422)["message"]
    long_ago = body(begin="2020-01-01T00:00:00Z")
    assert "31 days" in error(engineer.post("replays", long_ago), 422)["message"]
    wrong = engineer.post("replays", body(by="copy", values={"luck": 1}))
    assert "luck" in error(wrong, 422)["message"]
    assert error(engineer.get("replays/6b1f3f43-0000-4000-8000-000000000000"), 404)["code"] == "not_found"


def test_a_version_of_a_rule_set_is_shown_by_its_number():
    manager = Api("MGR")
    manager.post("rule-sets/all/normal", {"values": {"min_transformers": 3}, "reason": "a test", "seen": 0})
    least = [manager.get(f"rule-sets/all/normal/{n}").json()["values"]["min_transformers"] for n in (0, 1)]
    assert least == [2, 3]
    assert error(manager.get("rule-sets/all/normal/4"), 404)["code"] == "not_found"
