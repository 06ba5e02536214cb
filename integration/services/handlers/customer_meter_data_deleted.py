"""delete(CustomerMeterDataSet): the customer system tells who is supplied at a place no more (C02)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from integration.cim.errors import ReplyError
from integration.cim.nouns.customer_meter_data import CustomerData
from integration.services.handled import Handled
from metering.selectors import identification
from metering.services import customer_departures
from metering.services.customer_departures import Departure


def handle(*, actor: Actor, source: str, items: Sequence[CustomerData], at: dt.datetime) -> Handled:
    """Part them from usage points that are known: 2.12 for others, 2.27 where another account is supplied."""
    found = identification.find_usage_points(
        mrids=[one.usage_point.mrid for one in items if one.usage_point.mrid],
        names=[name.name for one in items for name in one.usage_point.names],
    )
    handled, departures, taken = Handled(), [], []
    for item in items:
        point = found.by_point(item.usage_point.mrid, [name.name for name in item.usage_point.names])
        if point is None:
            handled.errors.append(ReplyError("2.12", "no such usage point", item.object_id))
            continue
        departures.append(Departure(point, item.account_number))
        taken.append(item)
    refused = set(customer_departures.record_departures(actor=actor, departures=departures, source=source, at=at))
    for place in sorted(refused):
        handled.errors.append(ReplyError("2.27", "another account is supplied there", taken[place].object_id))
    handled.taken = len(departures) - len(refused)
    handled.effects = {"customers_gone": handled.taken}
    return handled
