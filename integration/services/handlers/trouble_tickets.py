"""create(TroubleTickets): find out whose supply it is about, hand the call to outages."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Sequence

from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.services.authority import NotAuthorised
from integration.cim.errors import ReplyError
from integration.cim.nouns.items import ItemRefused
from integration.cim.nouns.trouble_tickets import TroubleTicket
from integration.services.handled import Handled, Part
from metering.selectors import identification
from outages.domain import trouble_codes
from outages.services import calls

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PHONE_KINDS = frozenset({"", "sms", "phone", "call", "voice", "mobile"})


def handle(*, actor: Actor, source: str, items: Sequence[TroubleTicket], at: dt.datetime) -> Handled:
    """Record each call; the same ticket again is the same call."""
    found = _find(items)
    handled = Handled(effects={"calls": []})
    for item in items:
        try:
            call = calls.record_call(actor=actor, report=_report(item, found, source), at=at)
        except ItemRefused as refused:
            handled.errors.append(refused.error)
        except NotAuthorised:
            raise
        except Refused as refused:
            handled.errors.append(ReplyError("1.8", refused.message, item.object_id))
        else:
            handled.taken += 1
            handled.effects["calls"].append(call.pk)
    return handled


def handle_together(*, parts: Sequence[Part], at: dt.datetime) -> list[Handled | None]:
    """The calls of several messages at once; None for a message of which something is to be refused: it is to be handled alone.

    Raises:
        Refused: one of the calls cannot be taken; nothing is done then.
    """
    found = _find([item for part in parts for item in part.items])
    reports: list[tuple[Actor, calls.CallReport]] = []
    sizes: list[int] = []
    for part in parts:
        try:
            own = [(part.actor, _report(item, found, part.source)) for item in part.items]
        except ItemRefused:
            own = []
        reports += own
        sizes.append(len(own))
    kept = iter(calls.record_calls(reports=reports, at=at) if reports else ())
    return [
        Handled(taken=size, effects={"calls": [call.pk for call in itertools.islice(kept, size)]}) if size else None
        for size in sizes
    ]


def _find(items: Sequence[TroubleTicket]) -> identification.Found:
    return identification.find_usage_points(
        mrids={item.usage_point.mrid for item in items if item.usage_point.mrid},
        names={name.name for item in items for name in (*item.usage_point.names, *item.service_location.names)},
        account_numbers={name.name for item in items for name in item.customer.names},
    )


def _report(item: TroubleTicket, found: identification.Found, source: str) -> calls.CallReport:
    phone = next((one.contact_value for one in item.notifications if one.contact_type.lower() in _PHONE_KINDS), "")
    return calls.CallReport(
        usage_point_id=_usage_point(item, found),
        reported_at=item.reported_at,
        trouble_codes=_codes(item),
        source=source,
        mrid=item.mrid or item.number[:80],
        phone=phone[:40],
        hazard=trouble_codes.assess(_codes(item)).hazard or ", ".join(item.hazards)[:60],
        comment=item.comment,
        reporting_kind=item.reporting_kind,
        wants_callback=bool(item.notifications),
    )


def _codes(item: TroubleTicket) -> tuple[str, ...]:
    """What the caller said, and what else the ticket says in other words: a hazard is a code, and so are dark neighbours."""
    told = item.trouble_code.replace(",", " ").split() or ["NO_POWER"]
    hazards = [_CAPITAL.sub("_", hazard).upper() for hazard in item.hazards]
    told += [code for code in hazards if code in trouble_codes.DEFAULT]
    if item.is_multiple_premises:
        told.append("AREA_OUT")
    return tuple(dict.fromkeys(told))


def _usage_point(item: TroubleTicket, found: identification.Found) -> int:
    """By usage point, service location, customer, in this order; a customer with several must say which.

    Raises:
        ItemRefused: 2.12, 2.16 or 2.22, naming what was not found.
    """
    point, place, customer = item.usage_point, item.service_location, item.customer
    known = found.by_point(point.mrid, [name.name for name in (*point.names, *place.names)])
    if known is not None:
        return known
    if point:
        raise ItemRefused("2.12", "not known here", point.to_object_id("UsagePoint"))
    supplied = found.by_account([name.name for name in customer.names])
    if len(supplied) == 1:
        return supplied[0]
    if customer:
        details = f"is supplied at {len(supplied)} usage points: name one" if supplied else "not known here"
        raise ItemRefused("2.22", details, customer.to_object_id("Customer"))
    raise ItemRefused("2.16", "not known here", place.to_object_id("ServiceLocation"))
