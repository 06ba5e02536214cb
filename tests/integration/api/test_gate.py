"""The gate over REST: stage, look, accept, publish, go back, discard, cancel."""

import pytest

from adms.core import clock
from integration.models import Job
from integration.services import jobs
from network.selectors import state
from tests.builders.street import street
from tests.rest import Api, error

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer():
    state.forget()
    return Api("ENG")


def run() -> int:
    return jobs.run_waiting(clock=clock.now)


def send(asker: Api, text: str, **query):
    answer = asker.client.post(
        "/cim/v1/models", text.encode(), content_type="application/rdf+xml", query_params={"name": "Street"} | query
    )
    run()
    return asker.get(answer["Location"]).json()


def test_a_staged_model_is_looked_at_accepted_published_and_taken_back(engineer):
    assert send(engineer, street(6))["result"]["published"] is True
    told = send(engineer, street(7, is_tie_open=False), stage=1)
    assert (told["state"], told["stage"], told["result"]["staged"], told["result"]["version"]) == (
        "done",
        "ready",
        True,
        2,
    )
    assert told["result"]["differences"]["normal_open"] == 1
    version = "models/street/versions/2"
    assert engineer.get(version).json()["state"] == "staged"
    warnings = engineer.get(f"{version}/findings", severity="warning").json()
    assert {one["code"] for one in warnings["results"]} == {"loop", "normal_open_lost"}
    assert {one["group"] for one in warnings["results"]} == {
        "Unintended loops and parallels",
        "Normally open points lost",
    }
    added = engineer.get(f"{version}/difference", kind="added", cim_class="ACLineSegment").json()
    assert [one["name"] for one in added["results"]] == ["L7"]
    publish = {"compared_with": 1, "reason": "agreed"}
    done(engineer, engineer.post(f"{version}/publish", publish), "failed")
    assert error(engineer.post(f"{version}/accept", {}), 422)["code"] == "model_blocked"
    assert engineer.post(f"{version}/accept", {"reason": "ring"}).json()["state"] == "staged"
    assert done(engineer, engineer.post(f"{version}/publish", publish), "done")["result"]["version"] == 2
    back = {"compared_with": 2, "reason": "wrong export"}
    assert done(engineer, engineer.post("models/street/versions/1/back", back), "done")["result"]["version"] == 1
    assert state.present("street").version == 1


def done(asker: Api, answer, wanted: str) -> dict:
    """The job of an answer, after a worker has seen it."""
    assert answer.status_code == 202, answer.content
    run()
    told = asker.get(answer["Location"]).json()
    assert told["state"] == wanted, told["error"]
    return told


def test_a_model_with_errors_is_staged_with_all_that_can_be_shown_and_never_published(engineer):
    broken = street(6).replace('<cim:ConnectivityNode rdf:ID="_n6"/>\n', "")
    told = send(engineer, broken, stage=1)
    assert told["state"] == "done"
    errors = engineer.get("models/street/versions/1/findings", severity="error").json()
    assert errors["count"] > 0
    assert errors["results"][0]["line"]
    answer = engineer.post("models/street/versions/1/publish", {"compared_with": None, "reason": "please"})
    assert "errors block it" in done(engineer, answer, "failed")["error"]
    assert engineer.post("models/street/versions/1/discard", {"reason": "broken"}).json()["state"] == "discarded"
    assert error(engineer.post("models/street/versions/1/discard", {}), 409)["code"] == "model_moved"


def test_unreachable_customers_are_found_one_by_one(engineer):
    send(engineer, street(6, gap=4), stage=1)
    found = engineer.get("models/street/versions/1/findings", code="unreachable_customer").json()
    assert [one["object"].partition(" (")[0] for one in found["results"]] == ["V4", "V5", "V6"]


def test_a_job_is_cancelled_by_those_who_may_publish(engineer):
    engineer.client.post("/cim/v1/models", street(3).encode(), content_type="application/rdf+xml")
    number = Job.objects.get().pk
    assert error(Api("AUD").post(f"jobs/{number}/cancel"), 403)["code"] == "no_access_authority"
    assert engineer.post(f"jobs/{number}/cancel").json()["state"] == "cancelled"
    assert error(engineer.post(f"jobs/{number}/cancel"), 409)["code"] == "job_over"
    assert run() == 0


@pytest.mark.parametrize("action", ["accept", "publish", "back", "discard"])
def test_who_publishes_no_models_decides_nothing(engineer, action):
    send(engineer, street(3), stage=1)
    body = {"reason": "because"} | ({"compared_with": None} if action in ("publish", "back") else {})
    for role in ("OPR", "AUD", "ADM", "MGR"):
        error(Api(role).post(f"models/street/versions/1/{action}", body), 403)
    error(engineer.post(f"models/nowhere/versions/1/{action}", body), 404)
