"""Tell what became of gaps in interval readings: changed(MeterReadings) with the day as it stands, estimates marked as such (G01).

Who answers questions for readings is a head-end, and is asked through the same subscription; it is not told.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence

from adms.core import days
from adms.core.events import Recorded
from integration.cim.nouns import told_readings
from integration.cim.nouns.told_readings import NOUN, Told
from integration.services import outbox, pings, reading_words, routing
from metering.events import ReadingGapsJudged
from metering.selectors import asked_readings
from metering.selectors.asked_readings import Wanted

CHANGED = "changed"
#: Days of meters in one message.
MOST = 50
_READINGS_A_DAY = 1_500  # of a minute each, on the longest day


def announce(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """Messages for each ReadingGapsJudged; the number written."""
    asked = {one.pk for one in pings.head_ends()}
    partners = [one for one in routing.subscribers_of(NOUN) if one.pk not in asked]
    if not partners:
        return 0
    drafts = []
    for one in batch:
        key = f"reading-day:{one.area}:{one.event.day}:{one.event.code}"
        for number, told in enumerate(_told(one.event)):
            cause = f"{one.reference}:gaps:{number}"
            drafts.append(outbox.Draft(CHANGED, told_readings.build(*told), key[:120], cause, frozenset({one.area})))
    return outbox.enqueue_all(partners=partners, noun=NOUN, drafts=drafts, at=at) if drafts else 0


def _told(fact: ReadingGapsJudged) -> Iterator[list[Told]]:
    """The readings of the day, some meters at a time."""
    begins, ends = days.bounds(dt.date.fromisoformat(fact.day))
    kinds = asked_readings.kinds([fact.code])
    for start in range(0, len(fact.meter_ids), MOST):
        some = fact.meter_ids[start : start + MOST]
        whose = asked_readings.whose(some)
        rows = asked_readings.readings(some, Wanted(kinds, begins, ends, limit=len(some) * _READINGS_A_DAY))
        told = [
            reading_words.meter(whose[pk], list(own), kinds)
            for pk, own in itertools.groupby(rows, lambda row: row.meter)
            if pk in whose
        ]
        if told:
            yield told
