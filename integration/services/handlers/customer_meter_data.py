"""create and change(CustomerMeterDataSet): the customer system tells who is supplied where (C02)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from integration.cim.errors import ReplyError
from integration.cim.nouns.customer_meter_data import CustomerData
from integration.services.handled import Handled
from metering.selectors import identification
from metering.services import customer_records
from metering.services.customer_records import CustomerRecord


def handle(*, actor: Actor, source: str, items: Sequence[CustomerData], at: dt.datetime) -> Handled:
    """Take what is told of usage points that are known: 2.12 for others, 2.13 where the meter hangs elsewhere."""
    handled = Handled()
    known = at_known_points(items, handled)
    records = [_record(item, point) for item, point in known]
    refused = set(customer_records.record_customers(actor=actor, records=records, source=source, at=at))
    for place in sorted(refused):
        handled.errors.append(ReplyError("2.13", "the meter is at another usage point", known[place][0].object_id))
    handled.taken = len(records) - len(refused)
    handled.effects = {"customers": handled.taken}
    return handled


def at_known_points(items: Sequence[CustomerData], handled: Handled) -> list[tuple[CustomerData, int]]:
    """The items with their usage points; one at a point nobody knows is an error (2.12) of `handled`."""
    found = identification.find_usage_points(
        mrids=[one.usage_point.mrid for one in items if one.usage_point.mrid],
        names=[name.name for one in items for name in one.usage_point.names],
    )
    known = []
    for item in items:
        point = found.by_point(item.usage_point.mrid, [name.name for name in item.usage_point.names])
        if point is None:
            handled.errors.append(ReplyError("2.12", "no such usage point", item.object_id))
        else:
            known.append((item, point))
    return known


def _record(item: CustomerData, point: int) -> CustomerRecord:
    return CustomerRecord(
        usage_point_id=point,
        account_number=item.account_number[:40],
        name=item.name[:150],
        phone=item.phone[:40],
        critical=item.special_need[:30],
        address=item.address[:200],
        meter_number=item.meter.names[0].name if item.meter.names else "",
        customer_number=item.customer_number[:40],
        k_number=item.k_number[:40],
        premises=item.premises[:80],
        agreement_number=item.agreement_number[:40],
    )
