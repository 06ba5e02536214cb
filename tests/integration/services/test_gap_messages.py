"""changed(MeterReadings) out: what became of gaps, to the customer system and to billing (G01)."""

from __future__ import annotations

import pytest

from adms.core.services import dispatch
from integration.cim import envelope, schemas
from integration.models import OutboxMessage, Partner
from metering.services import validating
from tests.integration.services import cast
from tests.integration.services.cast import MillLane, make_partner
from tests.metering.services.test_validating import ENERGY, LATER, tell

NS = "{http://iec.ch/TC57/2011/MeterReadings#}"


@pytest.fixture
def lane(transactional_db: None) -> MillLane:
    validating._expected.clear()
    return cast.make_mill_lane()


@pytest.fixture
def cis(lane: MillLane) -> Partner:
    make_partner(
        "HES", ["reply MeterReadings"], endpoint_url="https://hes.example.org/", subscriptions=["MeterReadings"]
    )
    return make_partner("CIS", [], endpoint_url="https://cis.example.org/", subscriptions=["MeterReadings"])


def judged() -> None:
    validating.run_due(at=LATER)
    dispatch.dispatch(clock=lambda: LATER)


def told() -> list[tuple[str, str, list[str], int, list[str]]]:
    """To whom, which meter, which kinds, how many intervals, and the values that are estimated."""
    found = []
    for row in OutboxMessage.objects.filter(verb="changed").select_related("partner").order_by("pk"):
        got = envelope.read(bytes(row.body))
        assert got.payload is not None
        schemas.validate_payload(got.payload, "MeterReadings")
        for one in got.payload.iter(f"{NS}MeterReading"):
            intervals = list(one.iter(f"{NS}IntervalReadings"))
            ours = [
                interval.findtext(f"{NS}value") or ""
                for interval in intervals
                if any(quality.get("ref") == "3.8.0" for quality in interval.iter(f"{NS}ReadingQualityType"))
            ]
            kinds = [kind.get("ref") or "" for kind in one.iter(f"{NS}ReadingType")]
            meter = one.findtext(f"{NS}Meter/{NS}Names/{NS}name") or ""
            found.append((row.partner.name, meter, kinds, len(intervals), ours))
    return found


def test_a_gap_is_told_as_estimated_and_again_when_the_meter_said_it(lane: MillLane, cis: Partner) -> None:
    meter = lane.meters[0]
    tell(meter, {number: 0.2 for number in range(96) if number not in {10, 11}} | {12: 0.5})
    judged()
    assert told() == [("CIS", "MTR-1", [ENERGY], 96, ["0.3", "0.4"])]
    tell(meter, {10: 0.3, 11: 0.9})
    judged()
    assert told()[1:] == [("CIS", "MTR-1", [ENERGY], 96, [])]
    judged()
    assert len(told()) == 2


def test_a_day_without_a_gap_is_not_told(lane: MillLane, cis: Partner) -> None:
    tell(lane.meters[0], dict.fromkeys(range(96), 0.25))
    judged()
    assert told() == []
