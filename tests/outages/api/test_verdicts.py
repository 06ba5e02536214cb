"""Both engines on one outage over REST (X06)."""

import datetime as dt

import pytest

from adms.core import clock
from outages.models import Outage
from outages.services import prediction
from tests.cast import deliver, gasp, meters_at
from tests.rest import NORTH, Api, error, publish

pytestmark = pytest.mark.django_db


def test_both_verdicts_are_told_with_margin_and_reasons():
    publish()
    at = clock.now() - dt.timedelta(minutes=2)
    gasp(meters_at("TN1"), at)
    deliver(at + dt.timedelta(seconds=60))
    prediction.run(model="twin", at=at + dt.timedelta(seconds=60))
    outage = Outage.objects.get()
    told = Api("OPR", NORTH).get(f"outages/{outage.pk}/verdicts").json()
    assert (told["rule_set"], told["version"], told["nothing"]) == ("normal", 0, "")
    assert [(one["engine"], one["acts"]) for one in told["verdicts"]] == [("rules", True), ("likelihood", False)]
    first = told["verdicts"][0]["predictions"][0]
    assert first["device"] == outage.device_mrid
    assert first["margin"]["value"] >= first["margin"]["threshold"]
    assert first["explanation"][0]["key"] == "verdict"
    assert told["verdicts"][0]["agrees"] is True


def test_of_an_outage_that_is_not_there_nothing_is_told():
    publish()
    error(Api("OPR", NORTH).get("outages/999999/verdicts"), 404)
