"""Search of anything: by name, part of a name or mRID; customers only for those who may see them."""

import pytest

from network.selectors import search
from tests.rest import NORTH, Api, error, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network():
    publish()


def found(api, text, **query):
    answer = api.get("search", q=text, **query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_exact_names_come_first_then_beginnings_then_the_rest():
    names = [one["name"] for one in found(Api("OPR"), "ln") if one["kind"] == "device"]
    assert names[:2] == ["LN", "LN2"]
    inside = [one["name"] for one in found(Api("OPR"), "wn")]
    assert inside == ["SWN"]


def test_a_device_is_told_with_its_place_on_the_map_and_its_feeder():
    (one,) = [one for one in found(Api("OPR"), "SWN") if one["kind"] == "device"]
    assert (one["mrid"], one["about"], one["model"]) == ("SWN", "North / Feeder N", "twin")
    assert isinstance(one["branch"], int)


def test_feeders_are_found():
    assert [one["name"] for one in found(Api("OPR"), "feeder") if one["kind"] == "feeder"] == ["Feeder N", "Feeder S"]


def test_an_injection_is_found_by_name_and_by_mrid():
    assert "TN1 load" in [one["name"] for one in found(Api("OPR"), "tn1 lo")]
    assert search.find("TN1 load")[0].mrid == "TN1 load"


@pytest.mark.parametrize(
    "text", ["Person 03", "person", "A0003", "M0003", "3 Long", "Long Street", "555003", "TN1 customer 3"]
)
def test_a_customer_is_found_by_the_beginning_of_what_names_it(text):
    hits = [one for one in search.find(text, 50) if one.kind == "customer"]
    assert "Person 03" in [one.name for one in hits]


def test_customers_are_told_only_to_those_who_may_see_them_and_only_of_their_areas():
    assert {one["kind"] for one in found(Api("ENG"), "person")} == set()
    serving = found(Api("DSP", NORTH), "person", limit=50)
    assert len([one for one in serving if one["kind"] == "customer"]) == 9
    assert all(one["usage_point"] for one in serving)


def test_a_search_of_one_letter_is_refused_and_one_for_nothing_is_empty():
    assert error(Api("OPR").get("search", q="x"), 422)["data"]["field"] == "q"
    assert found(Api("OPR"), "no such thing") == []
    assert search.find("%_") == []
