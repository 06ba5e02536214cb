"""Pass on what meters report beside loss and return of supply: created(EndDeviceEvents), at once or on schedule (T01, T02, A04, L09).

What is critical (`meter_events.critical`) leaves in the transaction that handles it. The rest is gathered: one message, or some of
500 events, for each control area and sender when an hour (`meter_events.routine_min`) is over. Who told us is not told back.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.events import Recorded
from adms.core.models import Setting
from integration.cim.nouns import end_device_events as noun
from integration.services import outbox, routing
from integration.services.routing import Subscriber
from metering.selectors import device_words, reported
from metering.selectors.reported import Report
from metering.services.device_events import CRITICAL

NOUN, VERB, CRITICAL_WORD = "EndDeviceEvents", "created", "critical"
ROUTINE = runtime_settings.declare(
    "meter_events.routine_min",
    60,
    unit="min",
    help_=gettext_noop(
        "Meter events that are not critical are passed on to those who subscribe them whenever so many minutes are over."
    ),
)
CUSTOMER_TOLD_TO = runtime_settings.declare(
    "meter_events.customer_told_to",
    "",
    help_=gettext_noop(
        "Partners (by source, with spaces between) that are told whose meter it is with meter events that are critical: account,"
        " name and address. The others are told meter and usage point."
    ),
)
MOST = 500
#: What is being taken when a time ends is still written a moment later.
SETTLED = dt.timedelta(minutes=1)
#: How far back a sweeper that was away looks.
BACK = dt.timedelta(hours=6)
#: Until when all was passed on: a row that commits with the messages, whatever the schedule was or has become.
TOLD_UNTIL = "meter_events.told_until"


def announce(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """Write messages for MetersReported that are critical; the number written."""
    urgent = [one for one in batch if one.event.is_critical]
    partners = routing.subscribers_of(NOUN) if urgent else []
    if not partners:
        return 0
    written = 0
    for one in urgent:
        told = reported.of(one.event)
        written += _write(told, partners, one.event.source, one.area, f"{one.reference}:reported", CRITICAL_WORD, at)
    return written


def announce_routine(*, at: dt.datetime) -> int:
    """Write messages for what came in the times that are over; the number written."""
    every = dt.timedelta(minutes=max(1, int(runtime_settings.get(ROUTINE))))
    until = _floor(at - SETTLED, every)
    earliest = _floor(until - BACK, every)
    if (_told_until() or earliest) >= until:
        return 0
    partners, critical = routing.subscribers_of(NOUN), str(runtime_settings.get(CRITICAL))
    written, begins = 0, earliest
    while begins < until:
        with transaction.atomic():
            begins = max(_told_until(is_locked=True) or earliest, earliest)
            ends = _floor(begins, every) + every if partners else until
            if begins < until:
                written += _announce_between(begins, ends, partners, critical, at)
                values = {"value": ends.isoformat(), "changed_by": __name__, "changed_at": at}
                Setting.objects.update_or_create(key=TOLD_UNTIL, area=None, defaults=values)
        begins = ends
    return written


def _told_until(*, is_locked: bool = False) -> dt.datetime | None:
    rows = Setting.objects.filter(key=TOLD_UNTIL, area=None)
    row = (rows.select_for_update(no_key=True) if is_locked else rows).first()
    return dt.datetime.fromisoformat(row.value) if row else None


def _announce_between(
    begins: dt.datetime, ends: dt.datetime, partners: Sequence[Subscriber], critical: str, at: dt.datetime
) -> int:
    if not partners:
        return 0
    written = 0
    rows = reported.recorded_between(begins, ends, critical=critical)
    for (area, source), own in itertools.groupby(rows, key=lambda one: (one.area, one.source)):
        cause = f"meter-events:{area}:{source}:{begins:%Y%m%dT%H%M}"
        written += _write(list(own), partners, source, area, cause, "routine", at)
    return written


def _floor(at: dt.datetime, every: dt.timedelta) -> dt.datetime:
    return dt.datetime.fromtimestamp(at.timestamp() // every.total_seconds() * every.total_seconds(), dt.UTC)


def _write(
    told: Sequence[Report],
    partners: Sequence[Subscriber],
    source: str,
    area: str,
    cause: str,
    severity: str,
    at: dt.datetime,
) -> int:
    others = [partner for partner in partners if partner.source != source]
    knowing = set(str(runtime_settings.get(CUSTOMER_TOLD_TO)).split()) if severity == CRITICAL_WORD else set()
    written = 0
    for is_knowing in (False, True):
        some = [partner for partner in others if (partner.source in knowing) is is_knowing]
        if told and some:
            drafts = _drafts(told, area, cause, severity, is_knowing=is_knowing)
            written += outbox.enqueue_all(partners=some, noun=NOUN, drafts=drafts, at=at)
    return written


def _drafts(told: Sequence[Report], area: str, cause: str, severity: str, *, is_knowing: bool) -> list[outbox.Draft]:
    drafts = []
    for number, start in enumerate(range(0, len(told), MOST)):
        payload = noun.build(*(_told(one, severity, is_knowing=is_knowing) for one in told[start : start + MOST]))
        key = f"meter-events:{area}"
        drafts.append(outbox.Draft(VERB, payload, key, f"{cause}:{number}"[:120], frozenset({area})))
    return drafts


def _told(one: Report, severity: str, *, is_knowing: bool) -> noun.Told:
    return noun.Told(
        meter_mrid=one.mrid,
        meter_number=one.number,
        usage_point=one.usage_point,
        code=one.code,
        occurred_at=one.occurred_at,
        reason=device_words.words(one.code),
        severity=severity,
        details=dict(one.details) | (dict(one.customer) if is_knowing else {}),
    )
