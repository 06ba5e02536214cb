"""Outages over REST: from the prediction to the completed report, and who may do what where."""

import datetime as dt

import pytest

from adms.core import clock
from adms.core.models import AuditEntry
from outages.models import Outage
from outages.services import prediction
from tests.cast import deliver, gasp, meters_at
from tests.rest import NORTH, SOUTH, Api, error, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def outage() -> Outage:
    """Five meters behind FN were heard of two minutes ago."""
    publish()
    at = clock.now() - dt.timedelta(minutes=2)
    gasp(meters_at("TN1"), at)
    late = at + dt.timedelta(seconds=60)
    deliver(late)
    prediction.run(model="twin", at=late)
    return Outage.objects.get()


@pytest.fixture
def operator():
    return Api("OPR", NORTH)


def test_outages_are_listed_by_urgency_and_filtered(operator, outage):
    found = operator.get("outages").json()["results"]
    assert [(one["id"], one["customers_out"], one["area"]) for one in found] == [(outage.pk, 5, NORTH)]
    assert operator.get("outages", state="new", area=NORTH, is_going_on="true").json()["count"] == 1
    assert operator.get("outages", area=SOUTH).json()["count"] == 0
    assert operator.get("outages", is_going_on="false").json()["count"] == 0


def test_an_outage_explains_itself_and_shows_its_evidence(operator, outage):
    told = operator.get(f"outages/{outage.pk}").json()
    verdict = told["explanation"][0]
    assert verdict["text"].startswith(f"{outage.device_name} is predicted out: 5 customers")
    assert set(verdict["evidence"]) <= {one["id"] for one in told["evidence"]}
    thresholds = [one for one in told["explanation"] if one["threshold"] is not None]
    assert thresholds
    assert told["timeline"][0]["kind"] == "created"
    assert sum(one["customers"] for one in told["interruptions"]) == 5
    assert told["work_order"] is not None


def test_an_outage_tells_no_names_of_customers(outage):
    told = Api("AUD").get(f"outages/{outage.pk}").content.decode()
    assert "Person" not in told
    assert "Long Street" not in told


def test_an_outage_goes_its_way_to_the_completed_report(operator, outage):
    address = f"outages/{outage.pk}"
    assert operator.post(f"{address}/acknowledge").json()["state"] == "acknowledged"
    etr = clock.now() + dt.timedelta(hours=2)
    told = operator.post(f"{address}/etr", {"etr_at": etr.isoformat()}).json()
    assert (dt.datetime.fromisoformat(told["etr_at"]), told["etr_source"]) == (etr, "operator")
    assert operator.post(f"{address}/confirm").json()["confidence"] == "confirmed"
    back = clock.now() - dt.timedelta(seconds=30)
    told = operator.post(f"{address}/restore", {"occurred_at": back.isoformat()}).json()
    assert (told["state"], told["customers_out"]) == ("restored", 0)
    told = operator.post(f"{address}/complete", {"cause": "tree", "remedy": "cut"}).json()
    assert (told["state"], told["cause"]) == ("completed", "tree")
    rows = operator.get(address).json()["interruptions"]
    assert {dt.datetime.fromisoformat(row["ended_at"]) for row in rows} == {back}
    assert AuditEntry.objects.filter(way="rest", actor=operator.name, action="outage_completed").exists()


def test_an_outage_that_was_none_is_cancelled_with_a_reason(operator, outage):
    address = f"outages/{outage.pk}/cancel"
    assert error(operator.post(address, {"reason": ""}), 422)["data"]["field"] == "reason"
    assert operator.post(address, {"reason": "test of meters"}).json()["state"] == "cancelled"


ACTIONS = [
    ("acknowledge", {}),
    ("confirm", {}),
    ("restore", {"occurred_at": "2026-01-01T00:00:00Z"}),
    ("complete", {"cause": "tree"}),
    ("cancel", {"reason": "none"}),
    ("etr", {"etr_at": "2150-01-01T00:00:00Z"}),
]


def test_an_operator_of_the_south_changes_no_outage_in_the_north(outage):
    south = Api("OPR", SOUTH)
    for action, body in ACTIONS:
        refused = error(south.post(f"outages/{outage.pk}/{action}", body), 403)
        assert (refused["code"], refused["data"]["area"]) == ("no_access_authority", NORTH)
    outage.refresh_from_db()
    assert (outage.state, outage.revision) == ("new", 2)
    trail = AuditEntry.objects.filter(actor=south.name, result="refused", area=NORTH, way="rest")
    assert trail.count() == len(ACTIONS)
    assert trail.first().object == f"/api/v1/outages/{outage.pk}/acknowledge"


def test_who_has_no_part_in_it_changes_no_outage(outage):
    for role in ("CRW", "ENG", "MGR", "AUD", "ADM"):
        asker = Api(role)
        for action, body in ACTIONS:
            error(asker.post(f"outages/{outage.pk}/{action}", body), 403)


def test_what_the_state_forbids_is_refused(operator, outage):
    address = f"outages/{outage.pk}"
    assert error(operator.post(f"{address}/complete", {"cause": "tree"}), 409)["code"] == "outage_refused"
    operator.post(f"{address}/cancel", {"reason": "none"})
    assert error(operator.post(f"{address}/acknowledge"), 409)["code"] == "outage_refused"


WRONG = [
    ("restore", {}, "occurred_at"),
    ("restore", {"occurred_at": "2199-01-01T00:00:00Z"}, "occurred_at"),
    ("restore", {"occurred_at": "1999-01-01T00:00:00Z"}, "occurred_at"),
    ("complete", {"cause": "gremlins"}, "cause"),
    ("etr", {"etr_at": "1999-01-01T00:00:00Z"}, "etr_at"),
    ("etr", {"etr_at": None}, "etr_at"),
    ("confirm", {"since": "now"}, "since"),
]


def test_what_is_wrong_with_an_action_is_named_by_field(operator, outage):
    for action, body, field in WRONG:
        assert error(operator.post(f"outages/{outage.pk}/{action}", body), 422)["data"]["field"] == field


def test_an_unknown_outage_is_not_found(operator):
    error(operator.get("outages/999999"), 404)
    for action, body in ACTIONS:
        error(operator.post(f"outages/999999/{action}", body), 404)
