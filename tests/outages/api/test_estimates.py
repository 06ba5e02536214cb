"""Restoration times over REST: the outlook, the accuracy, one time for an area."""

import datetime as dt

import pytest

from adms.core import clock
from outages.models import Outage
from outages.services import prediction
from tests.cast import deliver, gasp, meters_at
from tests.rest import NORTH, SOUTH, Api, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def outage() -> Outage:
    publish()
    at = clock.now() - dt.timedelta(minutes=2)
    gasp(meters_at("TN1"), at)
    deliver(at + dt.timedelta(seconds=60))
    prediction.run(model="twin", at=at + dt.timedelta(seconds=60))
    return Outage.objects.get()


def test_the_outlook_says_what_goes_on_and_that_no_crew_will_come(outage):
    told = Api("OPR", NORTH).get("restoration-times/outlook", area=NORTH).json()
    assert told["points"][0] == {"hours": 0.0, "outages": 1.0, "customers": float(outage.customers_out)}
    assert (told["last_hours"], told["without_crew"]) == (None, 1)


def test_accuracy_is_empty_until_something_is_restored(outage):
    operator = Api("OPR", NORTH)
    assert operator.get("restoration-times/accuracy").json() == {"sources": []}
    later = (clock.now() + dt.timedelta(hours=1)).isoformat()
    operator.post(f"outages/{outage.pk}/etr", {"etr_at": later})
    operator.post(f"outages/{outage.pk}/restore", {"occurred_at": clock.now().isoformat()})
    sources = operator.get("restoration-times/accuracy").json()["sources"]
    assert {one["given_by"] for one in sources} == {"all", "machine", "operator"}
    assert all(one["latest"]["count"] == 1 for one in sources)


def test_one_time_is_told_for_an_area_only_by_who_may_change_its_outages(outage):
    later = (clock.now() + dt.timedelta(hours=5)).isoformat()
    north, south = Api("OPR", NORTH), Api("OPR", SOUTH)
    wanted = {"area": NORTH, "etr_at": later}
    assert south.post("restoration-times/area", wanted).status_code == 403
    assert north.post("restoration-times/area", wanted).json() == {"outages": [outage.pk]}
    assert north.post("restoration-times/area", wanted | {"area": "nowhere"}).status_code == 404
    assert north.post("restoration-times/area", wanted | {"etr_at": "2020-01-01T00:00:00Z"}).status_code == 422
