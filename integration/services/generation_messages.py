"""Tell subscribers, such as customer service, when a meter loses or regains supply: created(EndDeviceEvents) (O03, R09).

Each is told with its field time and how often it happened before. Of meters with generation always; of all others only where the
utility wants it (`meter_events.supply_of_all`): customers without supply are told as outages, which a storm makes no larger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.events import Recorded
from integration.cim.nouns import end_device_events
from integration.cim.nouns.end_device_events import POWER_LOST, POWER_RESTORED, Told
from integration.services import outbox, routing
from metering.events import MetersLostPower
from metering.selectors import generation
from metering.selectors.generation import CountedMeter

NOUN, VERB = "EndDeviceEvents", "created"
OF_ALL = runtime_settings.declare(
    "meter_events.supply_of_all",
    default=False,
    help_=gettext_noop("Loss and return of supply is passed on for every meter, not only for those with generation."),
)
#: What meters tell by themselves; that one did not answer a ping is no event of it.
_BY_ITSELF = frozenset({"gasp", "restore"})


def announce(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """Write a message for each fact that names such meters; the number written. Who told us is not told back."""
    partners = routing.subscribers_of(NOUN)
    facts = [one for one in batch if one.event.kind in _BY_ITSELF] if partners else []
    meters = {meter for one in facts for meter in one.event.meter_ids}
    known = generation.among(meters, of_all=bool(runtime_settings.get(OF_ALL))) if facts else {}
    if not known:
        return 0
    written = 0
    for one in facts:
        told = _told(one, known)
        others = [partner for partner in partners if partner.source != one.event.source]
        if told and others:
            key = f"generation:{one.event.model}"
            draft = outbox.Draft(
                VERB, end_device_events.build(*told), key, f"{one.reference}:generation", frozenset({one.area})
            )
            written += outbox.enqueue_all(partners=others, noun=NOUN, drafts=[draft], at=at)
    return written


def _told(recorded: Recorded, known: Mapping[int, CountedMeter]) -> list[Told]:
    fact = recorded.event
    code = POWER_LOST if isinstance(fact, MetersLostPower) else POWER_RESTORED
    rows = sorted(zip(fact.occurred_at, fact.meter_ids, strict=True))
    return [
        Told(
            one.mrid,
            one.number,
            one.usage_point,
            code,
            dt.datetime.fromtimestamp(when, dt.UTC),
            reason="meter with generation" if one.has_generation else "meter",
            counts=(one.off_count, one.on_count),
        )
        for when, one in ((when, known[meter]) for when, meter in rows if meter in known)
    ]
