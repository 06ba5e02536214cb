"""When too much waits to be taken, meter events are told to come again before anything of them is stored."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from adms.core.models import Setting
from adms.core.services import dispatch, events
from integration.models import InboxMessage, Partner, Quarantine
from integration.services import backpressure
from outages.events import CallRecorded
from tests.integration.services.cast import AT, MillLane, Post
from tests.integration.services.test_inbox import gasps, said

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def look_anew() -> Iterator[None]:
    backpressure.forget()
    yield
    backpressure.forget()


def bound(most: int) -> None:
    Setting.objects.update_or_create(
        key="intake.most_waiting", area=None, defaults={"value": most, "changed_by": "test", "changed_at": AT}
    )
    backpressure.forget()


def wait(lane: MillLane, count: int) -> None:
    """So many events nobody has taken."""
    with transaction.atomic():
        facts = [CallRecorded(number, "", AT) for number in range(count)]
        events.publish(area_id=lane.area.pk, facts=facts, at=AT)
    backpressure.forget()


def test_a_full_intake_answers_503_before_it_stores_and_takes_the_same_message_later(
    hes: Partner, mill_lane: MillLane, post: Post
) -> None:
    bound(3)
    wait(mill_lane, 4)
    answer = post(hes, gasps(1, 2))
    assert (answer.status, answer.retry_after_s, said(answer)["code"]) == (503, backpressure.RETRY_S, ["5.1"])
    assert (InboxMessage.objects.count(), Quarantine.objects.count()) == (0, 0)
    dispatch.dispatch(clock=lambda: AT)
    backpressure.forget()
    assert post(hes, gasps(1, 2)).status == 200


def test_who_was_answered_before_is_answered_again_however_full_it_is(
    hes: Partner, mill_lane: MillLane, post: Post
) -> None:
    first = post(hes, gasps(1))
    bound(0)
    wait(mill_lane, 4)
    assert post(hes, gasps(1)).body == first.body
    assert post(hes, gasps(2, message_id="m-2")).status == 503


def test_calls_wait_outside_long_after_meters_and_telemetry_never(mill_lane: MillLane) -> None:
    bound(3)
    wait(mill_lane, 4)
    full = {noun: backpressure.is_full(noun) for noun in ("EndDeviceEvents", "TroubleTickets", "MeasurementValues")}
    assert full == {"EndDeviceEvents": True, "TroubleTickets": False, "MeasurementValues": False}
    wait(mill_lane, 9)
    assert backpressure.is_full("TroubleTickets")
    assert not backpressure.is_full("MeasurementValues")
