"""reply(CustomerMeterDataSet): what the customer system knows of the customers we asked for, by the CorrelationID of the question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from integration.cim.errors import ReplyError
from integration.cim.nouns.customer_meter_data import CustomerData, Told
from integration.services import customer_questions
from integration.services.handled import Handled
from integration.services.handlers import customer_meter_data


def handle(*, actor: Actor, source: str, items: Sequence[Told | CustomerData], at: dt.datetime) -> Handled:
    """Take the records; 2.15 where nobody asked this system. An answer that knows nobody is an answer."""
    told = next(item for item in items if isinstance(item, Told))
    if not customer_questions.was_asked(correlation_id=told.correlation_id, source=source):
        return Handled(errors=[ReplyError("2.15", "no question of this CorrelationID was asked", told.object_id)])
    records = [item for item in items if isinstance(item, CustomerData)]
    handled = customer_meter_data.handle(actor=actor, source=source, items=records, at=at)
    handled.taken += not records
    return handled
