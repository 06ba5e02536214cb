"""Alarms of partners that are not heard (B08)."""

from __future__ import annotations

import datetime as dt

from adms.core.models import Alarm, ControlArea
from integration.models import OutboxMessage, Partner
from integration.services import alarming
from tests.integration.services.cast import AT, make_partner


def standing() -> list[tuple[str, str]]:
    return sorted(Alarm.objects.filter(is_active=True).values_list("definition", "source"))


def test_silence_beyond_what_the_account_says_is_an_alarm_until_it_is_heard(transactional_db: None) -> None:
    ControlArea.objects.create(key="north", name="North")
    partner = make_partner("SCADA", [], heard_every_min=10)
    make_partner("CIS", [])  # nobody waits for it
    alarming.watch(at=AT + dt.timedelta(minutes=10))
    assert standing() == []
    alarming.watch(at=AT + dt.timedelta(minutes=11))
    assert standing() == [("partner_unheard", "SCADA")]
    assert "expected every 10 min" in Alarm.objects.get().text
    Partner.objects.filter(pk=partner.pk).update(latest_received_at=AT + dt.timedelta(minutes=11))
    alarming.watch(at=AT + dt.timedelta(minutes=12))
    assert standing() == []


def test_a_partner_that_is_switched_off_is_not_waited_for(transactional_db: None) -> None:
    ControlArea.objects.create(key="north", name="North")
    make_partner("SCADA", [], heard_every_min=10, is_active=False)
    alarming.watch(at=AT + dt.timedelta(hours=1))
    assert standing() == []


def test_a_dead_letter_is_an_alarm_that_leads_to_it_until_it_was_sent_again(transactional_db: None) -> None:
    ControlArea.objects.create(key="north", name="North")
    partner = make_partner("CIS", [], endpoint_url="https://cis.example.org/", subscriptions=["UnplannedOutages"])
    letter = OutboxMessage.objects.create(
        partner=partner,
        cause="event:north/1",
        object_key="outage:1",
        verb="created",
        noun="UnplannedOutages",
        body=b"<x/>",
        state="dead",
        next_attempt_at=AT + dt.timedelta(seconds=2),
        created_at=AT,
        latest_error="FAILED 2.12 no such usage point",
    )
    alarming.watch(at=AT + dt.timedelta(minutes=1))
    assert standing() == [("partner_refuses", "CIS")]
    alarm = Alarm.objects.get()
    assert (alarm.text, alarm.link) == (
        "CIS: created UnplannedOutages: FAILED 2.12 no such usage point",
        f"/messages/out/{letter.pk}/",
    )
    OutboxMessage.objects.update(state="pending")
    alarming.watch(at=AT + dt.timedelta(minutes=2))
    assert standing() == []


def dead_letter(partner: str, verb: str, noun: str, about: str) -> None:
    """What a partner did not take, however often it was tried."""
    OutboxMessage.objects.create(
        partner=make_partner(partner, []), cause=about, object_key=about, verb=verb, noun=noun, body=b"<x/>",
        state="dead", next_attempt_at=AT, created_at=AT,
    )  # fmt: skip


def test_a_letter_that_died_long_ago_is_no_alarm(transactional_db: None) -> None:
    ControlArea.objects.create(key="north", name="North")
    dead_letter("CIS", "created", "UnplannedOutages", "outage:1")
    alarming.watch(at=AT + dt.timedelta(minutes=15))
    assert standing() == []


def test_a_question_that_died_is_told_where_it_was_asked(transactional_db: None) -> None:
    ControlArea.objects.create(key="north", name="North")
    dead_letter("HES", "get", "MeterReadings", "ping:1")
    alarming.watch(at=AT)
    assert standing() == []
