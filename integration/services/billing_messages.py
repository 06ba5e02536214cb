"""Tell billing what prosumers' registers stood at: created(MeterReadings) when a billing period is over (R12).

A period begins on the day of the month that `billing.first_day` names, in the utility's zone. It is told half a day after its end,
when midnight has been read: the registers of each meter with generation at both ends, gross and net as it tells them, under its usage
point and account. Who answers questions for readings is a head-end, and is not told.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from adms.core import days, runtime_settings
from adms.core.models import Setting
from integration.cim.nouns import told_readings
from integration.cim.nouns.items import Identified, Name
from integration.cim.nouns.told_readings import NOUN, Told
from integration.services import outbox, pings, reading_words, routing
from metering.selectors import asked_readings, billing_profiles
from metering.selectors.billing_profiles import Profile

CREATED = "created"
FIRST_DAY = runtime_settings.declare(
    "billing.first_day",
    0,
    help_=gettext_noop(
        "Day of the month, 1 to 28, on which a billing period begins; whoever subscribes MeterReadings is then told what the"
        " registers of meters with generation stood at. 0: nobody is."
    ),
)
SETTLED = dt.timedelta(hours=12)
#: The day on which the period began until which all was told; commits with the messages.
TOLD_UNTIL = "billing.told_until"


def announce(*, at: dt.datetime) -> int:
    """Write the messages of the period that is over, once; the number written."""
    first_day = int(runtime_settings.get(FIRST_DAY))
    if not 1 <= first_day <= 28:
        return 0
    until = _latest_start(timezone.localdate(at - SETTLED), first_day)
    row = Setting.objects.filter(key=TOLD_UNTIL, area=None).first()
    if row is not None and dt.date.fromisoformat(row.value) >= until:
        return 0
    since = _latest_start(until - dt.timedelta(days=1), first_day)
    with transaction.atomic():
        written = _announce(since, until, at)
        values = {"value": until.isoformat(), "changed_by": __name__, "changed_at": at}
        Setting.objects.update_or_create(key=TOLD_UNTIL, area=None, defaults=values)
    return written


def _latest_start(day: dt.date, first_day: int) -> dt.date:
    """The latest first day of a period that is not after this day."""
    this = day.replace(day=first_day)
    return this if this <= day else (day.replace(day=1) - dt.timedelta(days=1)).replace(day=first_day)


def _announce(since: dt.date, until: dt.date, at: dt.datetime) -> int:
    asked = {one.pk for one in pings.head_ends()}
    partners = [one for one in routing.subscribers_of(NOUN) if one.pk not in asked]
    if not partners:
        return 0
    interval = days.bounds(since)[0], days.bounds(until)[0]
    kinds = asked_readings.kinds()
    drafts = []
    for number, (area, profiles) in enumerate(billing_profiles.of_period(*interval)):
        payload = told_readings.build(*(_told(one, kinds, interval) for one in profiles))
        cause = f"billing-profile:{area}:{until}:{number}"
        drafts.append(outbox.Draft(CREATED, payload, cause[:120], cause, frozenset({area})))
    return outbox.enqueue_all(partners=partners, noun=NOUN, drafts=drafts, at=at) if drafts else 0


def _told(one: Profile, kinds: dict[int, str], interval: tuple[dt.datetime, dt.datetime]) -> Told:
    told = reading_words.meter(one.whose, one.rows, kinds)
    account = (Name(one.account, "AccountNumber"),) if one.account else ()
    point = Identified(told.usage_point.mrid, (*told.usage_point.names, *account))
    return Told(told.series, point, told.meter, interval)
