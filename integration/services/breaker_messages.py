"""Tell customer care how the breakers stand: changed(BreakerStatuses) when one moves, or its outage is expected to last otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.events import Recorded
from integration.cim.nouns import breaker_statuses as noun
from integration.cim.nouns.breaker_statuses import CHANGED, NOUN, Status
from integration.cim.nouns.items import NOTHING, Identified, Name
from integration.services import outbox, routing
from network.events import SwitchPositionChanged
from network.selectors import breakers
from network.selectors.breakers import Breaker
from outages.selectors import device_outages
from outages.selectors.device_outages import DeviceOutage


def announce(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """One message for each breaker that a batch of SwitchPositionChanged and OutageChanged is about; the number written."""
    partners = routing.subscribers_of(NOUN)
    if not partners:
        return 0
    moved = {one.event.equipment_mrid for one in batch if isinstance(one.event, SwitchPositionChanged)}
    outages = {one.event.outage_id for one in batch if not isinstance(one.event, SwitchPositionChanged)}
    mrids = moved | device_outages.devices_of(outages)
    lines, _ = breakers.breakers(mrids=mrids, limit=len(mrids))
    known = device_outages.at_devices([one.mrid for one in lines])
    reference = batch[-1].reference
    drafts = [
        outbox.Draft(
            CHANGED,
            noun.build(translate(one, known.get(one.mrid))),
            f"breaker:{one.mrid}",
            f"{reference}:{one.mrid}",
            frozenset({one.area}),
        )
        for one in lines
    ]
    return outbox.enqueue_all(partners=partners, noun=NOUN, drafts=drafts, at=at)


def translate(one: Breaker, outage: DeviceOutage | None) -> Status:
    """A line of the table in words of a message."""
    return Status(
        mrid=one.mrid,
        name=one.name,
        is_open=one.is_open,
        normal_open=one.normal_open,
        is_doubtful=one.is_doubtful,
        area=one.area,
        feeder=one.feeder,
        changed_at=one.changed_at,
        cause=(outage.cause if outage else "") or one.tripped_by,
        customers_out=outage.customers_out if outage else None,
        expected_at=outage.expected_at if outage else None,
        outage=Identified(outage.mrid, (Name(str(outage.number), "IncidentNumber"),)) if outage else NOTHING,
    )
