"""delete(CustomerMeterDataSet): the customer system tells who is supplied at a place no more (C02)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from integration.cim.errors import ReplyError
from integration.cim.nouns.customer_meter_data import CustomerData
from integration.services.handled import Handled
from integration.services.handlers.customer_meter_data import at_known_points
from metering.services import customer_departures
from metering.services.customer_departures import Departure


def handle(*, actor: Actor, source: str, items: Sequence[CustomerData], at: dt.datetime) -> Handled:
    """Part them from usage points that are known: 2.12 for others, 2.27 where another account is supplied."""
    handled = Handled()
    known = at_known_points(items, handled)
    departures = [Departure(point, item.account_number) for item, point in known]
    refused = set(customer_departures.record_departures(actor=actor, departures=departures, source=source, at=at))
    for place in sorted(refused):
        handled.errors.append(ReplyError("2.27", "another account is supplied there", known[place][0].object_id))
    handled.taken = len(departures) - len(refused)
    handled.effects = {"customers_gone": handled.taken}
    return handled
