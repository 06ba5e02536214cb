"""Customers over REST: found by those who serve them, unknown to all others."""

import datetime as dt

import pytest

from adms.core import clock
from metering.models import UsagePoint
from tests.cast import gasp, meters_at
from tests.rest import NORTH, SOUTH, Api, error, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network():
    publish()


def in_area(key: str) -> int:
    return UsagePoint.objects.filter(area__key=key).order_by("pk").first().pk


def test_a_customer_is_found_by_name_account_meter_or_address():
    dispatcher = Api("DSP")
    for words in ("Person 01", "person 1", "A0001", "M0001", "1 long"):
        found = dispatcher.get("customers/search", q=words).json()["results"]
        assert "Person 01" in [one["customer"] for one in found], words


def test_a_customer_is_told_with_meter_device_and_latest_power():
    gasp(meters_at("TN1")[:1], clock.now() - dt.timedelta(seconds=5))
    told = Api("DSP").get(f"customers/{UsagePoint.objects.get(name='TN1 customer 1').pk}").json()
    assert (told["meter_number"], told["device"], told["area"]) == ("M0001", "TN1", NORTH)
    assert (told["power"], told["phases"]) == ("off", "ABC")


def test_customers_of_another_area_do_not_exist():
    dispatcher = Api("DSP", NORTH)
    assert dispatcher.get(f"customers/{in_area(NORTH)}").status_code == 200
    assert error(dispatcher.get(f"customers/{in_area(SOUTH)}"), 404)["code"] == "not_found"
    found = dispatcher.get("customers/search", q="Person", limit=200).json()["results"]
    assert {one["area"] for one in found} == {NORTH}
    assert len(found) == 9


def test_who_serves_nobody_sees_nobody():
    for role in ("CRW", "ENG", "MGR", "AUD", "ADM"):
        assert error(Api(role).get(f"customers/{in_area(NORTH)}"), 403)["code"] == "no_access_authority"


@pytest.mark.parametrize(("query", "field"), [({}, "q"), ({"q": "x"}, "q"), ({"q": "xx", "limit": 999}, "limit")])
def test_a_search_needs_some_letters_and_a_limit(query, field):
    assert error(Api("DSP").get("customers/search", **query), 422)["data"]["field"] == field
