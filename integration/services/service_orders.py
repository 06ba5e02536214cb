"""Service orders on their way from who asks for work (MDM) to who does it (WFM) or must know of it (CIS), and what is said since."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from integration.cim.errors import ReplyError
from integration.cim.nouns import service_orders as noun
from integration.cim.nouns.service_orders import NOUN, ServiceOrder
from integration.services import outbox, routing
from integration.services.handled import Handled
from metering.selectors import identification


@dataclass(frozen=True, slots=True)
class _Places:
    """Control areas of the usage points and meters that some orders name."""

    found: identification.Found
    by_point: dict[int, str]
    by_meter: dict[str, str]


def pass_on(*, orders: Sequence[ServiceOrder], verb: str, source: str, at: dt.datetime) -> Handled:
    """Write each to whoever subscribes, but not to who sent it; work that is asked of nobody is refused, news for nobody is not.

    An order that was passed on once is not created again (6.1), and of one that never was nothing is changed (2.15).
    """
    handled = Handled(effects={"service_orders": []})
    others = [one for one in routing.subscribers_of(NOUN) if one.source != source]
    places = _places(orders)
    for order in orders:
        error = _wrong(order, verb, places) or _tell(order, verb, others, _areas(order, places), at)
        if error is not None:
            handled.errors.append(error)
            continue
        handled.taken += 1
        handled.effects["service_orders"].append(order.number)
    return handled


def _tell(
    order: ServiceOrder, verb: str, others: Sequence[routing.Subscriber], areas: frozenset[str], at: dt.datetime
) -> ReplyError | None:
    key = _key(order)
    cause = f"{key}:{verb}:{hashlib.sha256(order.content.encode()).hexdigest()[:16]}"
    draft = outbox.Draft(verb, noun.build([order]), key, cause, areas)
    if verb == "create" and not routing.is_for_somebody(draft, others):
        return ReplyError("5.2", "no partner takes this service order", order.object_id)
    outbox.enqueue_all(partners=others, noun=NOUN, drafts=[draft], at=at)
    return None


def _wrong(order: ServiceOrder, verb: str, places: _Places) -> ReplyError | None:
    is_known = outbox.is_told(object_key=_key(order))
    if verb == "create" and is_known:
        return ReplyError("6.1", f"service order {order.number} was passed on before", order.object_id)
    if verb != "create":
        unknown = ReplyError("2.15", f"no service order {order.number} was passed on", order.object_id)
        return None if is_known else unknown
    point = order.usage_point
    if point and places.found.by_point(point.mrid, [name.name for name in point.names]) is None:
        return ReplyError("2.12", "not known here", point.to_object_id("UsagePoint"))
    for meter in order.meters:
        if not places.by_meter.keys() & {meter.mrid, *(name.name for name in meter.names)}:
            return ReplyError("2.4", "not known here", meter.to_object_id("Meter"))
    return None


def _key(order: ServiceOrder) -> str:
    return f"service_order:{hashlib.sha256(order.number.encode()).hexdigest()[:32]}"


def _areas(order: ServiceOrder, places: _Places) -> frozenset[str]:
    point = places.found.by_point(order.usage_point.mrid, [name.name for name in order.usage_point.names])
    told = {places.by_point.get(point, "")} if point is not None else set()
    for meter in order.meters:
        told |= {places.by_meter.get(name, "") for name in (meter.mrid, *(one.name for one in meter.names))}
    return frozenset(filter(None, told))


def _places(orders: Sequence[ServiceOrder]) -> _Places:
    points = [order.usage_point for order in orders]
    meters = [meter for order in orders for meter in order.meters]
    found = identification.find_usage_points(
        mrids=[one.mrid for one in points if one.mrid], names=[name.name for one in points for name in one.names]
    )
    return _Places(
        found,
        identification.areas_of_points({*found.mrids.values(), *found.names.values()}),
        identification.areas_of_meters(
            {one for m in meters for one in (m.mrid, *(name.name for name in m.names)) if one}
        ),
    )
