"""Callbacks: one per customer and incident, made when the customer's own supply is back, and what "still out" begins (X07)."""

from __future__ import annotations

import datetime as dt

import pytest

from adms.core.models import AuditEntry, Setting
from metering.models import UsagePoint
from outages.models import Call, Callback, Outage, OutageEntry
from outages.selectors import timeline_words
from outages.services import callback_answers, callbacks, calls, lifecycle, rule_sets
from outages.services.calls import CallReport
from tests.cast import ANNA, NOON, TOM, after, gasp, meters_at, person, power_back
from tests.integration.services.cast import make_partner
from tests.outages.services.acting import move, outage_at, settle
from tests.outages.services.test_verification import reply


@pytest.fixture(autouse=True)
def _by_calls_alone(db: None) -> None:
    """No meter is asked: what these stories are about is who is called; somebody takes the messages."""
    make_partner("IVR", ["changed Callbacks"], endpoint_url="http://127.0.0.1:9/", subscriptions=["Callbacks"])
    Setting.objects.create(key="ping.calls", value=False, changed_by="test", changed_at=NOON)
    values = {"ask_on_prediction": "none", "ask_after_restoration": "none"}
    rule_sets.write(
        actor=person("mia", "MGR"), area=None, name="normal", values=values, reason="by calls alone", at=NOON
    )


def point(transformer: str, number: int = 0) -> UsagePoint:
    return UsagePoint.objects.filter(equipment_mrid=transformer).order_by("pk")[number]


def ask(transformer: str, at: float, number: int = 0) -> Call:
    """A customer calls and wants to be called back."""
    report = CallReport(point(transformer, number).pk, after(at), phone="+49 1", wants_callback=True)
    return calls.record_call(actor=TOM, report=report, at=after(at))


def look(at: float) -> None:
    callbacks.look_after(at=after(at))
    settle(at)


def states() -> list[str]:
    return list(Callback.objects.order_by("pk").values_list("state", flat=True))


def answered(outcome: str, at: float, **more: str) -> Callback:
    one = Callback.objects.filter(state="due").latest("pk")
    return callback_answers.answer(actor=ANNA, callback_id=one.pk, outcome=outcome, at=after(at), **more)


def test_calls_of_a_customer_are_merged_and_found_with_their_outage() -> None:
    ask("T1", 0)
    ask("T1", 20)
    ask("T1", 30, number=1)
    gasp(meters_at("T1", "T2"), after(31))
    settle(200)
    look(201)
    outage = Outage.objects.get()
    told = Callback.objects.order_by("pk").values_list("calls", "state", "outage_id", "latest_at")
    assert list(told) == [(2, "waiting", outage.pk, after(20)), (1, "waiting", outage.pk, after(30))]


def test_a_step_of_restoration_calls_back_only_who_has_supply() -> None:
    """CB1 trips; SW1 stays open and CB1 closes: T1 is back, T3 below SW1 is not."""
    move("CB1", close=False, at=0)
    settle(1)
    ask("T1", 60)
    ask("T3", 61)
    settle(62)
    look(63)
    assert states() == ["waiting", "waiting"]
    move("SW1", close=False, at=600)
    move("CB1", close=True, at=601)
    settle(602)
    look(603)
    first, second = Callback.objects.order_by("pk")
    assert (first.state, first.reason, first.back_at, first.tries) == ("due", "supply was restored", after(601), 1)
    assert second.state == "waiting"
    move("SW1", close=True, at=900)
    settle(901)
    look(902)
    assert states() == ["due", "due"]


def test_the_meters_own_word_is_enough() -> None:
    ask("T1", 0)
    look(1)
    assert states() == ["waiting"]
    power_back([meters_at("T1")[0]], after(300))
    settle(301)
    look(302)
    one = Callback.objects.get()
    assert (one.state, one.reason, one.back_at) == ("due", "the meter has supply", after(300))


def test_who_says_later_that_he_is_dark_is_not_called() -> None:
    move("CB1", close=False, at=0)
    settle(1)
    ask("T1", 60)
    settle(61)
    look(62)
    move("CB1", close=True, at=600)
    gasp([meters_at("T1")[0]], after(610))
    settle(611)
    look(612)
    assert states() == ["waiting"]


def test_an_operator_has_somebody_called_at_once_and_promises_a_call_himself() -> None:
    ask("T1", 0)
    one = Callback.objects.get()
    callbacks.ask_now(actor=ANNA, callback_id=one.pk, at=after(5))
    one.refresh_from_db()
    assert (one.state, one.reason) == ("due", "asked for by anna")
    made = callbacks.request(actor=ANNA, usage_point=point("T3").pk, at=after(6))
    again = callbacks.request(actor=ANNA, usage_point=point("T3").pk, at=after(7))
    assert (made.pk, made.calls) == (again.pk, 0)
    assert AuditEntry.objects.filter(action="request_callback").count() == 2


def test_whom_an_operator_promises_a_call_is_called_when_the_ledger_has_him_back() -> None:
    move("CB1", close=False, at=0)
    settle(1)
    made = callbacks.request(actor=ANNA, usage_point=point("T3").pk, at=after(6))
    assert made.outage_id == outage_at("CB1").pk
    move("CB1", close=True, at=600)
    settle(601)
    look(602)
    assert states() == ["due"]


def test_not_reached_is_tried_again_and_ends_after_the_last_try() -> None:
    ask("T1", 0)
    power_back([meters_at("T1")[0]], after(60))
    look(61)
    answered("not_reached", 100)
    look(100 + 14 * 60)
    assert Callback.objects.get().tries == 1
    look(100 + 15 * 60)
    assert Callback.objects.get().tries == 2
    look(100 + 46 * 60)  # nobody told what became of the second: that counts as not reached
    assert Callback.objects.get().tries == 3
    answered("not_reached", 100 + 50 * 60)
    one = Callback.objects.get()
    assert (one.state, one.next_try_at) == ("unreached", None)


def test_who_is_dark_again_before_being_reached_waits_again() -> None:
    move("CB1", close=False, at=0)
    settle(1)
    ask("T1", 60)
    settle(61)
    look(62)
    move("CB1", close=True, at=600)
    settle(601)
    look(602)
    assert states() == ["due"]
    answered("not_reached", 620)
    move("CB1", close=False, at=1000)
    settle(1001)
    look(620 + 15 * 60)
    assert states() == ["withdrawn", "waiting"]


def test_reached_is_the_end_and_told_twice_it_changes_nothing() -> None:
    ask("T1", 0)
    power_back([meters_at("T1")[0]], after(60))
    look(61)
    one = answered("reached", 100)
    again = callback_answers.answer(actor=ANNA, callback_id=one.pk, outcome="reached", at=after(200))
    assert (again.state, again.ended_at) == ("reached", after(100))
    with pytest.raises(callbacks.CallbackRefused, match="reached"):
        callback_answers.answer(actor=ANNA, callback_id=one.pk, outcome="still_out", at=after(201))
    assert Call.objects.count() == 1


def test_still_out_opens_the_matter_again_with_its_reason() -> None:
    """F1 is restored by a person; the customer called back denies it: a new outage, a new promise, a line on the old one."""
    gasp(meters_at("T1", "T2"), after(0))
    ask("T1", 5)
    settle(200)
    look(201)
    old = outage_at("F1")
    lifecycle.confirm(actor=ANNA, outage_id=old.pk, at=after(210))
    lifecycle.restore(actor=ANNA, outage_id=old.pk, occurred_at=after(600), at=after(601))
    settle(602)
    look(603)
    one = Callback.objects.get()
    assert (one.state, one.outage_id) == ("due", old.pk)
    answered("still_out", 700, comment="Nothing works")
    settle(701)
    settle(1200)
    look(1201)
    told, renewed = Callback.objects.order_by("pk")
    assert (told.state, told.answer) == ("still_out", "Nothing works")
    assert (renewed.state, renewed.follows_id) == ("waiting", told.pk)
    new = Outage.objects.exclude(pk=old.pk).get()
    assert (new.state, new.customers_out, renewed.outage_id) == ("new", 1, new.pk)
    line = OutageEntry.objects.get(outage=old, kind="still_out")
    assert "says so when called back" in timeline_words.line(line)
    assert AuditEntry.objects.filter(action="callback_still_out").count() == 1


def test_who_denied_it_is_not_called_again_on_his_meters_word_but_when_his_outage_is_over() -> None:
    make_partner("HES", ["reply MeterReadings"], endpoint_url="http://127.0.0.1:9/", subscriptions=["MeterReadings"])
    Setting.objects.filter(key="ping.calls").delete()
    ask("T1", 0)
    settle(1)
    reply(9)
    look(10)
    answered("still_out", 4000)
    settle(4001)
    reply(4009)
    look(4010)
    assert states() == ["still_out", "waiting"]
    renewed, outage = Callback.objects.latest("pk"), Outage.objects.get()
    assert (renewed.outage_id, outage.state) == (outage.pk, "verify")
    lifecycle.complete(actor=ANNA, outage_id=outage.pk, cause="customer", at=after(4100))
    settle(4101)
    look(4102)
    renewed.refresh_from_db()
    assert (renewed.state, renewed.reason) == ("due", f"outage {outage.pk}: Completed")


def test_an_answer_of_tomorrow_or_of_no_sense_is_refused() -> None:
    from adms.core.errors import Invalid, NotFound

    ask("T1", 0)
    one = Callback.objects.get()
    with pytest.raises(Invalid, match="future"):
        callback_answers.answer(
            actor=ANNA, callback_id=one.pk, outcome="reached", answered_at=NOON + dt.timedelta(days=1), at=NOON
        )
    with pytest.raises(Invalid, match="unknown outcome"):
        callback_answers.answer(actor=ANNA, callback_id=one.pk, outcome="maybe", at=NOON)
    with pytest.raises(NotFound):
        callback_answers.answer(actor=ANNA, callback_id=one.pk + 1, outcome="reached", at=NOON)
