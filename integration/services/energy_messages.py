"""Tell billing the energy of feeders: created(MeterReadings) once a day and control area, when the day is closed.

Who answers questions for readings is a head-end, and is asked through the same subscription; it is not told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core import days
from adms.core.events import Recorded
from integration.cim.nouns import feeder_energies as noun
from integration.cim.nouns.feeder_energies import CREATED, FeederEnergy, Interval
from integration.cim.nouns.told_readings import NOUN
from integration.services import outbox, pings, routing
from network.selectors import feeder_energy
from network.selectors.feeder_energy import FeederBlocks


def announce(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """One message for each FeederEnergyClosed; the number written."""
    asked = {one.pk for one in pings.head_ends()}
    partners = [one for one in routing.subscribers_of(NOUN) if one.pk not in asked]
    if not partners:
        return 0
    drafts = []
    for one in batch:
        begins, ends = days.bounds(dt.date.fromisoformat(one.event.day))
        told = [translate(row) for row in feeder_energy.of_time(begins, ends, area=one.area)]
        if told:
            key = f"feeder-energy:{one.area}:{one.event.day}"
            drafts.append(outbox.Draft(CREATED, noun.build(*told), key, key, frozenset({one.area})))
    return outbox.enqueue_all(partners=partners, noun=NOUN, drafts=drafts, at=at)


def translate(row: FeederBlocks) -> FeederEnergy:
    """A feeder in words of a message."""
    intervals = [Interval(row.ends_at(number), one.kwh, one.qualities) for number, one in enumerate(row.blocks)]
    return FeederEnergy(row.feeder, row.substation, intervals)
