"""People regroup outages over REST: the services of the page, with the same refusals."""

import datetime as dt

import pytest

from adms.core import clock
from outages.models import Evidence, Outage
from outages.services import prediction
from tests.cast import deliver, gasp, meters_at
from tests.rest import NORTH, SOUTH, Api, error, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def outage(db) -> Outage:
    publish()
    at = clock.now() - dt.timedelta(minutes=2)
    gasp(meters_at("TN1"), at)
    deliver(at + dt.timedelta(seconds=60))
    prediction.run(model="twin", at=at + dt.timedelta(seconds=60))
    return Outage.objects.get()


def test_an_outage_is_not_moved_from_another_area_nor_to_nowhere(outage):
    assert Api("OPR", SOUTH).post(f"outages/{outage.pk}/move", {"device": "TN1"}).status_code == 403
    told = error(Api("OPR", NORTH).post(f"outages/{outage.pk}/move", {"device": "nothing"}), 422)
    assert "no protective device" in told["message"]


def test_moved_by_hand_it_is_left_alone_by_the_engine(outage):
    told = Api("OPR", NORTH).post(f"outages/{outage.pk}/move", {"device": outage.device_mrid}).json()
    assert told["confidence"] == "probable"


def test_an_outage_is_not_merged_into_itself(outage):
    told = Api("OPR", NORTH).post(f"outages/{outage.pk}/merge", {"into": outage.pk})
    assert "two outages" in error(told, 422)["message"]


def test_only_a_completed_outage_is_opened_again_and_only_with_a_reason(outage):
    operator = Api("OPR", NORTH)
    assert operator.post(f"outages/{outage.pk}/reopen", {"reason": ""}).status_code == 422
    assert "not completed" in error(operator.post(f"outages/{outage.pk}/reopen", {"reason": "wrong"}), 409)["message"]


def test_phases_reports_and_undo_over_rest(outage):
    operator = Api("OPR", NORTH)
    told = operator.post(f"outages/{outage.pk}/phases", {"phases": "A", "reason": "one fuse"}).json()
    assert told["confidence"] == "probable"
    assert operator.post(f"outages/{outage.pk}/undo", {}).json()["confidence"] == "predicted"
    assert "nothing was done" in error(operator.post(f"outages/{outage.pk}/undo", {}), 409)["message"]
    report = Evidence.objects.filter(outage=outage).order_by("pk")[0]
    given = {"reports": [report.pk], "to": None, "reason": "wrong meter"}
    assert Api("OPR", SOUTH).post(f"outages/{outage.pk}/reassign", given).status_code == 403
    assert operator.post(f"outages/{outage.pk}/reassign", given).status_code == 200
    report.refresh_from_db()
    assert report.settled_reason.endswith("wrong meter")


def test_only_devices_below_are_split_off_over_rest(outage):
    told = error(Api("OPR", NORTH).post(f"outages/{outage.pk}/split", {"devices": ["nothing"]}), 422)
    assert "below" in told["message"]
