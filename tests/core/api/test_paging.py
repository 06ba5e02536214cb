"""Lists come in pages."""

import pytest

from tests.rest import Api, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    publish()
    return Api("OPR")


def test_pages_follow_one_another_and_miss_nothing(operator):
    page = operator.get("devices", page_size=4).json()
    names = [one["name"] for one in page["results"]]
    assert page["previous"] is None
    while page["next"]:
        page = operator.client.get(page["next"]).json()
        names += [one["name"] for one in page["results"]]
    assert len(names) == len(set(names)) == page["count"]
    assert operator.client.get(page["previous"]).json()["page"] == page["page"] - 1


def test_a_page_holds_at_most_two_hundred(operator):
    assert operator.get("devices", page_size=1_000_000).json()["page_size"] == 200


def test_a_page_beyond_the_end_is_empty(operator):
    page = operator.get("devices", page=50).json()
    assert (page["results"], page["next"]) == ([], None)
