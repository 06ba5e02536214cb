"""What meters report beside loss and return of supply is passed on: at once or on schedule (T01, T02, T04, A04, D03, L09, N02, Q04)."""

from __future__ import annotations

import datetime as dt

import pytest

from adms.core.models import Alarm, Setting
from adms.core.services import dispatch
from integration.cim import envelope, schemas
from integration.cim.nouns import end_device_events
from integration.models import OutboxMessage, Partner
from integration.services import meter_event_messages
from metering.models import MeterEvent, UsagePoint
from tests.integration.services.cast import AT, MillLane, make_partner, post
from tests.journeys.partners import power_events

TAMPERED, NO_LONGER, CLOCK, SAG = "3.12.0.257", "3.12.0.291", "3.36.0.85", "3.26.38.223"
MINUTE = dt.timedelta(minutes=1)
HOUR_OVER = AT.replace(minute=2) + dt.timedelta(hours=1)


@pytest.fixture
def hes(transactional_db: None, mill_lane: MillLane) -> Partner:
    """The head-end subscribes what it tells, too."""
    return make_partner(
        "HES", ["created EndDeviceEvents"], endpoint_url="https://hes.example.org/", subscriptions=["EndDeviceEvents"]
    )


@pytest.fixture
def cis(hes: Partner) -> Partner:
    return make_partner("CIS", [], endpoint_url="https://cis.example.org/", subscriptions=["EndDeviceEvents"])


def says(hes: Partner, code: str, *meters: str, at: dt.datetime = AT, number: str = "m-1") -> None:
    body = (
        '<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>created</Verb><Noun>EndDeviceEvents</Noun>'
        f"<Source>HES</Source><MessageID>{number}</MessageID></Header>"
        f"<Payload>{power_events(list(meters), at, code)}</Payload></EventMessage>"
    )
    assert post(hes, body.encode(), at=at).status == 200
    dispatch.dispatch(clock=lambda: at)


def told() -> list[tuple[str, str, str, str, str]]:
    """To whom, whose, code, severity and words; every message is held against our schema."""
    found = []
    for row in OutboxMessage.objects.select_related("partner").order_by("pk"):
        got = envelope.read(bytes(row.body))
        assert (got.verb, got.noun) == ("created", "EndDeviceEvents")
        assert got.payload is not None
        schemas.validate_payload(got.payload, "EndDeviceEvents")
        for one in end_device_events.parse(got.payload, received_at=HOUR_OVER).items:
            assert [name.name for name in one.usage_point.names] == [one.meter.names[0].name.replace("MTR", "SDP")]
            found.append((row.partner.name, one.meter.names[0].name, one.code, one.severity, one.reason))
    return found


def test_tampering_is_passed_on_at_once_and_not_to_who_told_it(hes: Partner, cis: Partner) -> None:
    says(hes, TAMPERED, "MTR-1")
    assert told() == [("CIS", "MTR-1", "12.0.257", "critical", "security: tampered with")]
    meter_event_messages.announce_routine(at=HOUR_OVER)
    assert len(told()) == 1


def test_what_can_wait_is_passed_on_when_its_hour_is_over_and_once(hes: Partner, cis: Partner) -> None:
    says(hes, CLOCK, "MTR-1", "MTR-2")
    says(hes, SAG, "MTR-2", at=AT + MINUTE, number="m-2")
    meter_event_messages.announce_routine(at=AT + 2 * MINUTE)
    assert told() == []
    meter_event_messages.announce_routine(at=HOUR_OVER)
    assert told() == [
        ("CIS", "MTR-1", "36.0.85", "routine", "clock: failed"),
        ("CIS", "MTR-2", "36.0.85", "routine", "clock: failed"),
        ("CIS", "MTR-2", "26.38.223", "routine", "power, voltage: sag began"),
    ]
    assert OutboxMessage.objects.count() == 1
    meter_event_messages.announce_routine(at=HOUR_OVER + MINUTE)
    assert OutboxMessage.objects.count() == 1


def test_the_schedule_is_the_utilitys(hes: Partner, cis: Partner) -> None:
    Setting.objects.create(key="meter_events.routine_min", value=5, changed_at=AT)
    says(hes, CLOCK, "MTR-1")
    meter_event_messages.announce_routine(at=AT.replace(minute=21, second=30))
    assert [one[:3] for one in told()] == [("CIS", "MTR-1", "36.0.85")]


def test_another_schedule_tells_nothing_again_and_leaves_nothing_out(hes: Partner, cis: Partner) -> None:
    says(hes, CLOCK, "MTR-1")
    meter_event_messages.announce_routine(at=HOUR_OVER)
    once = [("CIS", "MTR-1", "36.0.85")]
    assert [one[:3] for one in told()] == once
    Setting.objects.create(key="meter_events.routine_min", value=5, changed_at=AT)
    meter_event_messages.announce_routine(at=HOUR_OVER + MINUTE)
    assert [one[:3] for one in told()] == once
    says(hes, CLOCK, "MTR-2", at=HOUR_OVER + 2 * MINUTE, number="m-2")
    meter_event_messages.announce_routine(at=HOUR_OVER + 9 * MINUTE)
    Setting.objects.filter(key="meter_events.routine_min").update(value=60)
    meter_event_messages.announce_routine(at=HOUR_OVER + dt.timedelta(hours=1))
    assert [one[:3] for one in told()] == [*once, ("CIS", "MTR-2", "36.0.85")]


def test_what_is_critical_is_the_utilitys(hes: Partner, cis: Partner) -> None:
    Setting.objects.create(key="meter_events.critical", value="36.0 26.38", changed_at=AT)
    says(hes, CLOCK, "MTR-1")
    says(hes, TAMPERED, "MTR-1", number="m-2")
    assert [one[2] for one in told()] == ["36.0.85"]


def test_a_meter_that_is_disconnected_on_purpose_reports_all_the_same(hes: Partner, cis: Partner) -> None:
    UsagePoint.objects.update(is_connected=False)
    says(hes, "3.26.0.85", "MTR-1")
    says(hes, TAMPERED, "MTR-1", number="m-2")
    assert [one[2] for one in told()] == ["12.0.257"]


def test_a_filter_lets_only_what_is_critical_through(hes: Partner, cis: Partner) -> None:
    Partner.objects.filter(pk=cis.pk).update(filters={"EndDeviceEvents": {"values": {"severity": ["critical"]}}})
    says(hes, CLOCK, "MTR-2")
    meter_event_messages.announce_routine(at=HOUR_OVER)
    assert told() == []
    says(hes, TAMPERED, "MTR-1", number="m-2")
    assert [one[2] for one in told()] == ["12.0.257"]


def test_an_alarm_stands_until_the_meter_says_that_it_is_over(hes: Partner) -> None:
    says(hes, TAMPERED, "MTR-1")
    says(hes, "3.31.0.67", "MTR-2", number="m-2")
    found = Alarm.objects.order_by("source")
    assert [(one.definition, one.source, one.is_active) for one in found] == [
        ("meter_tampered", "MTR-1", True),
        ("meter_beyond_limits", "MTR-2", True),
    ]
    assert found[0].text.startswith("MTR-1 at SDP-1: security: tampered with")
    says(hes, NO_LONGER, "MTR-1", at=AT + MINUTE, number="m-3")
    assert not Alarm.objects.get(source="MTR-1").is_active
    assert Alarm.objects.get(source="MTR-2").is_active


def detailed(partner: Partner) -> dict[str, str]:
    """What the latest message to a partner tells beside meter, code and time."""
    row = OutboxMessage.objects.filter(partner=partner).latest("pk")
    got = envelope.read(bytes(row.body))
    assert got.payload is not None
    schemas.validate_payload(got.payload, "EndDeviceEvents")
    (one,) = end_device_events.parse(got.payload, received_at=HOUR_OVER).items
    return one.details


def test_who_is_named_for_it_is_told_whose_meter_was_tampered_with_and_nobody_else(hes: Partner, cis: Partner) -> None:
    gateway = make_partner("SMS", [], endpoint_url="https://sms.example.org/", subscriptions=["EndDeviceEvents"])
    Setting.objects.create(key="meter_events.customer_told_to", value="SMS EAM", changed_at=AT)
    UsagePoint.objects.filter(name="SDP-1").update(address="Mill Lane 1")
    says(hes, TAMPERED, "MTR-1")
    customer = UsagePoint.objects.select_related("customer").get(name="SDP-1").customer
    assert customer is not None
    whose = {"accountNumber": customer.account_number, "customerName": customer.name, "address": "Mill Lane 1"}
    assert (detailed(gateway), detailed(cis)) == (whose, {})
    says(hes, CLOCK, "MTR-1", number="m-2")
    meter_event_messages.announce_routine(at=HOUR_OVER)
    assert detailed(gateway) == {}, "what can wait names nobody"


@pytest.mark.parametrize("critical", ["12", "26.38"])
def test_what_an_instrument_told_of_a_sag_is_kept_and_passed_on(hes: Partner, cis: Partner, critical: str) -> None:
    Setting.objects.create(key="meter_events.critical", value=critical, changed_at=AT)
    told_of = {"rms": "161.4", "angle": "-12.5", "durationMs": "180", "curve": "0:230.1 20:161.4 180:229.8"}
    details = "".join(
        f"<EndDeviceEventDetails><name>{name}</name><value>{value}</value></EndDeviceEventDetails>"
        for name, value in told_of.items()
    )
    events = power_events(["MTR-1"], AT, SAG).replace("<EndDeviceEventType", f"{details}<EndDeviceEventType")
    body = (
        '<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>created</Verb><Noun>EndDeviceEvents</Noun>'
        f"<Source>HES</Source><MessageID>m-1</MessageID></Header><Payload>{events}</Payload></EventMessage>"
    )
    assert post(hes, body.encode(), at=AT).status == 200
    dispatch.dispatch(clock=lambda: AT)
    meter_event_messages.announce_routine(at=HOUR_OVER)
    assert MeterEvent.objects.get().details["details"] == told_of
    assert detailed(cis) == told_of
