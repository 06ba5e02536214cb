"""create(Callbacks) out, changed(Callbacks) in: whom to call, and what became of it (X07)."""

from __future__ import annotations

import datetime as dt

import pytest

from adms.core import actors
from adms.core.services import dispatch
from integration.cim import envelope, schemas, xml
from integration.models import OutboxMessage, Partner
from integration.services import inbox
from outages.models import Call, Callback
from outages.services import callbacks, calls
from outages.services.calls import CallReport
from tests.cast import TOM
from tests.integration.cim.messages import compose
from tests.integration.services.cast import AT, MillLane, Post, make_partner

NS = "{urn:tieline:cim:2026:Callbacks#}"


@pytest.fixture
def ivr(transactional_db: None) -> Partner:
    return make_partner(
        "IVR", ["changed Callbacks"], endpoint_url="https://ivr.example.org/", subscriptions=["Callbacks"]
    )


def due(lane: MillLane) -> Callback:
    """The first house asks, and an operator has it called."""
    report = CallReport(lane.points[0].pk, AT, phone="+49 555", wants_callback=True)
    calls.record_call(actor=TOM, report=report, at=AT)
    one = Callback.objects.get()
    callbacks.ask_now(actor=actors.system("test"), callback_id=one.pk, at=AT)
    dispatch.dispatch(clock=lambda: AT)
    one.refresh_from_db()
    return one


def outcome(mrid: str, what: str, message_id: str = "c-1") -> bytes:
    item = f"<Callback><mRID>{mrid}</mRID><outcome>{what}</outcome><outcomeDateTime>2026-03-01T10:15:30Z</outcomeDateTime></Callback>"
    payload = f'<Callbacks xmlns="urn:tieline:cim:2026:Callbacks#">{item}</Callbacks>'
    return compose.message(payload, compose.header("changed", "Callbacks", source="IVR", message_id=message_id))


def codes(answer: inbox.Answer) -> list[str]:
    return [
        one.text or "" for one in xml.parse_message(answer.body).iter("{http://iec.ch/TC57/2011/schema/message}code")
    ]


def test_whom_to_call_goes_out_once_for_each_try(ivr: Partner, mill_lane: MillLane) -> None:
    one = due(mill_lane)
    body = bytes(OutboxMessage.objects.get(noun="Callbacks").body)
    got = envelope.read(body)
    assert (got.verb, got.noun) == ("create", "Callbacks")
    assert got.payload is not None
    schemas.validate_payload(got.payload, "Callbacks")
    told = {element.tag.removeprefix(NS): element.text for element in got.payload.iter() if len(element) == 0}
    assert (told["mRID"], told["attempt"], told["contactValue"]) == (one.mrid, "1", "+49 555")
    assert "K-1" in body.decode()
    dispatch.dispatch(clock=lambda: AT)
    assert OutboxMessage.objects.filter(noun="Callbacks").count() == 1
    later = AT + dt.timedelta(minutes=31)
    callbacks.look_after(at=later)
    dispatch.dispatch(clock=lambda: later)
    assert OutboxMessage.objects.filter(noun="Callbacks").count() == 2


def test_without_a_subscriber_a_person_calls_and_nothing_is_tried_again(
    transactional_db: None, mill_lane: MillLane
) -> None:
    one = due(mill_lane)
    assert (one.is_by_hand, one.next_try_at) == (True, None)
    callbacks.look_after(at=AT + dt.timedelta(days=1))
    assert Callback.objects.get().tries == 1


def test_reached_comes_back(ivr: Partner, mill_lane: MillLane, post: Post) -> None:
    one = due(mill_lane)
    assert codes(post(ivr, outcome(one.mrid, "reached"))) == ["0.0"]
    one.refresh_from_db()
    assert (one.state, one.answered_by) == ("reached", "ivr")


def test_still_out_comes_back_as_a_new_call_of_the_same_customer(ivr: Partner, mill_lane: MillLane, post: Post) -> None:
    one = due(mill_lane)
    assert post(ivr, outcome(one.mrid, "stillOut")).status == 200
    assert post(ivr, outcome(one.mrid, "stillOut", "c-2")).status == 200
    assert list(Call.objects.order_by("pk").values_list("source", "usage_point_id")) == [
        ("tieline", mill_lane.points[0].pk),
        ("callback", mill_lane.points[0].pk),
    ]
    assert list(Callback.objects.order_by("pk").values_list("state", flat=True)) == ["still_out", "waiting"]


def test_an_outcome_nobody_asked_for_is_named(ivr: Partner, mill_lane: MillLane, post: Post) -> None:
    answer = post(ivr, outcome("3f0c2f7e-0000-4000-8000-000000000000", "reached"))
    assert codes(answer) == ["2.15"]
    assert Callback.objects.count() == 0
    assert post(ivr, outcome("3f0c2f7e-0000-4000-8000-000000000000", "perhaps", "c-2")).status == 422
