"""Customer service is told when a generator's meter loses or regains supply (R09)."""

from __future__ import annotations

import datetime as dt

import pytest

from adms.core.models import Setting
from adms.core.services import dispatch
from integration.cim import envelope, schemas
from integration.cim.nouns import end_device_events
from integration.models import OutboxMessage, Partner
from integration.services import inbox
from metering.models import Meter
from tests.integration.services.cast import AT, MillLane, make_partner, post
from tests.journeys.partners import power_events

LATER = AT + dt.timedelta(minutes=20)


@pytest.fixture
def hes(transactional_db: None) -> Partner:
    return make_partner("HES", ["created EndDeviceEvents"])


@pytest.fixture
def cis(hes: Partner) -> Partner:
    """Customer service; the head-end subscribes too, and is not told what it told."""
    Partner.objects.filter(pk=hes.pk).update(endpoint_url="https://hes.example.org/", subscriptions=["EndDeviceEvents"])
    return make_partner("CIS", [], endpoint_url="https://cis.example.org/", subscriptions=["EndDeviceEvents"])


@pytest.fixture
def generator(mill_lane: MillLane) -> Meter:
    """The first house of Mill Lane has a roof full of panels."""
    Meter.objects.filter(pk=mill_lane.meters[0].pk).update(has_generation=True)
    return mill_lane.meters[0]


def says(hes: Partner, meters: list[str], at: dt.datetime, number: str, code: str = "3.26.0.85") -> None:
    body = (
        '<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>created</Verb><Noun>EndDeviceEvents</Noun>'
        f"<Source>HES</Source><MessageID>{number}</MessageID></Header><Payload>{power_events(meters, at, code)}</Payload></EventMessage>"
    )
    assert isinstance(post(hes, body.encode(), at=at), inbox.Answer)
    dispatch.dispatch(clock=lambda: at)


def told() -> list[tuple[str, end_device_events.DeviceEvent]]:
    found = []
    for row in OutboxMessage.objects.select_related("partner").filter(noun="EndDeviceEvents").order_by("pk"):
        got = envelope.read(bytes(row.body))
        assert (got.verb, got.noun, got.payload is not None) == ("created", "EndDeviceEvents", True)
        schemas.validate_payload(got.payload, "EndDeviceEvents")
        parsed = end_device_events.parse(got.payload, received_at=LATER)
        found += [(row.partner.name, one) for one in parsed.items]
    return found


def test_an_outage_and_its_end_are_told_with_field_time_and_counts(hes, cis, generator):
    says(hes, ["MTR-1", "MTR-2"], AT, "m-1")
    says(hes, ["MTR-1", "MTR-2"], LATER, "m-2", "3.26.0.216")
    assert [(who, one.code, one.occurred_at, one.details) for who, one in told()] == [
        ("CIS", "26.0.85", AT, {"offCount": "1", "onCount": "0"}),
        ("CIS", "26.0.216", LATER, {"offCount": "1", "onCount": "1"}),
    ]
    first = told()[0][1]
    assert ([name.name for name in first.meter.names], [name.name for name in first.usage_point.names]) == (
        ["MTR-1"],
        ["SDP-1"],
    )
    assert len({one.mrid for _, one in told()}) == 2


def test_the_same_message_again_is_told_once(hes, cis, generator):
    for _ in range(2):
        says(hes, ["MTR-1"], AT, "m-1")
    says(hes, ["MTR-1"], AT, "m-2")
    assert len(told()) == 1


def test_of_other_meters_nothing_is_told(hes, cis, mill_lane):
    says(hes, ["MTR-1", "MTR-2"], AT, "m-1")
    assert told() == []


def test_of_every_meter_is_told_where_the_utility_wants_it(hes, cis, mill_lane):
    """O03."""
    Setting.objects.create(key="meter_events.supply_of_all", value=True, changed_at=AT)
    says(hes, ["MTR-1", "MTR-2"], AT, "m-1")
    says(hes, ["MTR-2"], LATER, "m-2", "3.26.0.216")
    assert [(who, one.meter.names[0].name, one.code, one.occurred_at, one.details) for who, one in told()] == [
        ("CIS", "MTR-1", "26.0.85", AT, {"offCount": "1", "onCount": "0"}),
        ("CIS", "MTR-2", "26.0.85", AT, {"offCount": "1", "onCount": "0"}),
        ("CIS", "MTR-2", "26.0.216", LATER, {"offCount": "1", "onCount": "1"}),
    ]
