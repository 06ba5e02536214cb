"""Alarms of partners that are not heard (B08)."""

from __future__ import annotations

import datetime as dt

from adms.core.models import Alarm, ControlArea
from integration.models import Partner
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
