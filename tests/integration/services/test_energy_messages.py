"""S05: the day's energy of each feeder goes to billing by created(MeterReadings), once, and not to a head-end."""

from __future__ import annotations

import datetime as dt

import pytest

from adms.core import days
from adms.core.models import ControlArea
from adms.core.services import dispatch
from integration.cim import schemas, xml
from integration.models import OutboxMessage
from network.models import FeederEnergy, NetworkModel
from network.services import feeder_energy
from tests.integration.services.cast import make_partner

pytestmark = pytest.mark.django_db(transaction=True)
NS = "{http://iec.ch/TC57/2011/MeterReadings#}"
DAY = dt.date(2026, 3, 1)
BEGINS, ENDS = days.bounds(DAY)
LATER = ENDS + dt.timedelta(hours=1)
QUARTER = dt.timedelta(minutes=15)


@pytest.fixture
def counted() -> ControlArea:
    feeder_energy._closed.clear()
    area = ControlArea.objects.create(key="north", name="North")
    model = NetworkModel.objects.create(key="demo", name="demo")
    for feeder, kwh in (("F1", 100.0), ("F2", -20.0)):
        FeederEnergy.objects.create(
            model=model, area=area, feeder=feeder, substation="Mill", point_mrid=f"P-{feeder}",
            ends_at=BEGINS + QUARTER, kwh=kwh, covered_s=900,
        )  # fmt: skip
    return area


def close() -> None:
    feeder_energy._closed.clear()
    feeder_energy.close_due(at=LATER)
    dispatch.dispatch(clock=lambda: LATER)


def test_billing_is_told_every_block_with_its_quality_once(counted: ControlArea) -> None:
    billing = make_partner("BILLING", [], endpoint_url="http://127.0.0.1:9/", subscriptions=["MeterReadings"])
    make_partner("HES", ["reply MeterReadings"], endpoint_url="http://127.0.0.1:9/", subscriptions=["MeterReadings"])
    close()
    close()
    sent = OutboxMessage.objects.get()
    assert (sent.partner, sent.verb, sent.noun) == (billing, "created", "MeterReadings")
    (payload,) = xml.parse_message(bytes(sent.body)).iter(f"{NS}MeterReadings")
    schemas.validate_payload(payload, "MeterReadings")
    first, second = payload.iterfind(f"{NS}MeterReading")
    assert [one.text for one in first.iterfind(f"{NS}UsagePoint/{NS}Names/{NS}name")] == ["F1", "Mill"]
    told = list(first.iter(f"{NS}IntervalReadings"))
    assert len(told) == 96
    assert (told[0].findtext(f"{NS}timeStamp"), told[0].findtext(f"{NS}value")) == ("2026-03-01T00:15:00Z", "100.000")
    assert [one.get("ref") for one in told[0].iter(f"{NS}ReadingQualityType")] == ["4.0.0"]
    assert told[1].find(f"{NS}value") is None
    assert [one.get("ref") for one in told[1].iter(f"{NS}ReadingQualityType")] == ["4.5.259"]
    assert second.findtext(f"{NS}IntervalBlocks/{NS}IntervalReadings/{NS}value") == "-20.000"


def test_a_filter_by_area_holds(counted: ControlArea) -> None:
    filters = {"MeterReadings": {"areas": ["south"]}}
    make_partner("BILLING", [], endpoint_url="http://127.0.0.1:9/", subscriptions=["MeterReadings"], filters=filters)
    close()
    assert not OutboxMessage.objects.exists()
