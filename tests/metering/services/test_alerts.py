"""Alarms of what meters report (T02, T04, L09): one a meter, of many one for the area, ended by the meter's own word."""

from __future__ import annotations

import datetime as dt

from adms.core.models import Alarm
from adms.core.services import dispatch
from metering.models import Meter
from metering.services import alerts, device_events
from metering.services.device_events import DeviceEvent
from tests.integration.services import cast

AT = cast.AT


def report(code: str, *meters: Meter, after_s: float = 0) -> None:
    at = AT + dt.timedelta(seconds=after_s)
    told = [DeviceEvent(one.pk, code, at) for one in meters]
    device_events.record_events(source="HES", items=told, at=at)
    dispatch.dispatch(clock=lambda: at)


def standing() -> list[tuple[str, str]]:
    return sorted(Alarm.objects.filter(is_active=True).values_list("definition", "source"))


def test_a_limit_of_load_is_an_alarm_until_it_is_kept_again(transactional_db: None) -> None:
    lane = cast.make_mill_lane()
    report("15.261.139", lane.meters[0])
    assert standing() == [("meter_beyond_limits", "MTR-1")]
    report("15.261.216", lane.meters[0], after_s=60)
    assert standing() == []


def test_of_two_words_in_one_message_the_later_holds(transactional_db: None) -> None:
    meter = cast.make_mill_lane().meters[0]
    told = [DeviceEvent(meter.pk, code, AT + dt.timedelta(seconds=s)) for code, s in (("12.0.291", 5), ("12.0.257", 1))]
    device_events.record_events(source="HES", items=told, at=AT)
    dispatch.dispatch(clock=lambda: AT)
    assert standing() == []


def test_many_meters_of_one_message_are_one_alarm(transactional_db: None) -> None:
    lane = cast.make_mill_lane()
    more = [
        Meter.objects.create(mrid=f"more-{number}", number=f"MORE-{number:02}", usage_point=lane.points[0])
        for number in range(alerts.SEVERALLY)
    ]
    report("12.29.39", *more, lane.meters[0])
    (alarm,) = Alarm.objects.all()
    assert (alarm.definition, alarm.closed_at) == ("meter_tampered", None)  # until somebody has looked at them
    assert alarm.text == "11 meters, the first MORE-00 at SDP-1: security, cover: opened"


def test_what_is_routine_and_loss_of_supply_raise_none(transactional_db: None) -> None:
    lane = cast.make_mill_lane()
    report("36.0.85", lane.meters[0])
    report("26.0.85", lane.meters[0])
    assert standing() == []
