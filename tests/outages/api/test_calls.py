"""Trouble calls over REST."""

import datetime as dt

import pytest

from adms.core import clock
from metering.models import UsagePoint
from outages.models import Call, Evidence
from tests.rest import NORTH, SOUTH, Api, error, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network():
    publish()


@pytest.fixture
def portal():
    return Api("INT", name="portal")


def at_point(name: str) -> int:
    return UsagePoint.objects.get(name=name).pk


def test_a_call_becomes_evidence_at_its_transformer(portal):
    body = {"usage_point": at_point("TN1 customer 1"), "trouble_codes": ["NO_POWER"], "comment": "dark since noon"}
    answer = portal.post("calls", body)
    assert answer.status_code == 201
    assert (answer.json()["source"], answer.json()["area"]) == ("portal", NORTH)
    assert Evidence.objects.get().equipment_mrid == "TN1"


@pytest.mark.parametrize(
    "place",
    [
        {"usage_point_mrid": "TN1 customer 1"},
        {"usage_point_name": "TN1 customer 1"},
        {"account_number": "A0001"},
    ],
)
def test_a_caller_is_found_by_usage_point_or_account(portal, place):
    assert portal.post("calls", place).json()["usage_point"] == at_point("TN1 customer 1")


def test_the_same_ticket_again_is_the_same_call(portal):
    body = {"account_number": "A0001", "mrid": "ticket-1"}
    first, second = portal.post("calls", body), portal.post("calls", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert (Call.objects.count(), Evidence.objects.count()) == (1, 1)


def test_the_same_ticket_number_of_another_system_is_another_call(portal):
    body = {"account_number": "A0001", "mrid": "ticket-1"}
    assert portal.post("calls", body).json()["id"] != Api("INT").post("calls", body).json()["id"]


def test_an_answer_tells_nothing_of_the_customer_that_the_caller_did_not_say(portal):
    told = portal.post("calls", {"account_number": "A0001"}).content.decode()
    assert "Person" not in told
    assert "+49" not in told


def test_calls_are_listed_for_those_who_serve_their_area(portal):
    portal.post("calls", {"account_number": "A0001", "hazard": "wire_down"})
    portal.post("calls", {"usage_point": at_point("TS1 customer 1")})
    assert portal.get("calls").json()["count"] == 2
    found = Api("DSP", SOUTH).get("calls").json()["results"]
    assert [(one["area"], one["caller_name"]) for one in found] == [(SOUTH, "Person 10")]
    assert [one["area"] for one in portal.get("calls", hazard="true").json()["results"]] == [NORTH]


WRONG = [
    ({"usage_point_name": "nowhere"}, "usage_point_name"),
    ({"account_number": "A9999"}, "account_number"),
    ({"usage_point": 1, "account_number": "A0001"}, "account_number"),
    ({"trouble_codes": "NO_POWER"}, "trouble_codes"),
    ({"trouble_codes": ["x" * 100]}, "trouble_codes.0"),
    ({"reported_at": "soon"}, "reported_at"),
    ({"reported_at": "2199-01-01T00:00:00Z"}, "reported_at"),
    ({"comment": "nul \u0000"}, "comment"),
    ({"wants_callback": "perhaps"}, "wants_callback"),
]


def test_what_is_wrong_with_a_call_is_named_by_field(portal):
    for body, field in WRONG:
        assert error(portal.post("calls", body), 422)["data"]["field"] == field
    assert Call.objects.count() == 0


def test_an_account_with_two_places_must_say_which(portal):
    first, second = UsagePoint.objects.filter(area__key=NORTH).order_by("pk")[:2]
    UsagePoint.objects.filter(pk=second.pk).update(customer=first.customer)
    refused = error(portal.post("calls", {"account_number": "A0001"}), 422)
    assert refused["data"]["usage_points"] == [first.pk, second.pk]


def test_a_place_that_is_not_there_is_not_found(portal):
    assert error(portal.post("calls", {"usage_point": 2**62}), 404)["code"] == "not_found"
    assert error(portal.post("calls", {"area": "nowhere"}), 404)["code"] == "not_found"


def test_a_call_of_the_past_keeps_its_time(portal):
    moment = clock.now() - dt.timedelta(hours=1)
    told = portal.post("calls", {"account_number": "A0001", "reported_at": moment.isoformat()}).json()
    assert dt.datetime.fromisoformat(told["reported_at"]) == moment
    assert told["reported_at"].endswith("Z")
