"""Calls as lists show them, and the customer behind a call: what is known of the supply, and what to tell them."""

import datetime as dt
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext

from adms.core import days
from adms.core.actors import Actor
from adms.core.models import ControlArea
from metering.selectors import customers, supply
from network.selectors import equipment
from outages.domain import trouble_codes
from outages.models import Call, Evidence, Interruption, Outage
from outages.selectors import calls, lists, planned

WAITING, CALLBACK, HAZARD, ALL = "waiting", "callback", "hazard", "all"
#: A word of the meter this recent says that the fault is in the house.
FRESH = dt.timedelta(hours=1)
EARLIER_CALLS = 5


def listed(actor: Actor, *, show: str, text: str = "") -> QuerySet[Call]:
    """Calls of areas whose customers the actor may see, newest first, each with its `going_to`: the outage it is evidence of."""
    found = _matching(actor, text).select_related("usage_point__customer")
    return found.filter(_which()[show]).annotate(
        going_to=Subquery(_evidence().values("outage_id")[:1]),
        going_state=Subquery(_evidence().values("outage__state")[:1]),
    )


def counts(actor: Actor, *, text: str = "") -> dict[str, int]:
    """How many are in each list."""
    found = _matching(actor, text).order_by()
    return {key: found.filter(which).count() for key, which in _which().items()}


def _which() -> dict[str, Any]:
    waits = _evidence().filter(outage=None, settled_at=None)
    return {
        ALL: Q(),
        WAITING: Exists(waits),
        CALLBACK: Q(wants_callback=True),
        HAZARD: ~Q(hazard=""),
    }


def _evidence() -> QuerySet[Evidence]:
    """What a call became as evidence."""
    reference = Concat(Value("call:"), Cast(OuterRef("pk"), CharField()))
    return Evidence.objects.filter(kind="call", reference=reference)


def _matching(actor: Actor, text: str) -> QuerySet[Call]:
    found = calls.calls(actor)
    for word in text.split():
        found = found.filter(
            Q(caller_name__icontains=word)
            | Q(address__icontains=word)
            | Q(phone__contains=word)
            | Q(usage_point__customer__account_number__istartswith=word)
        )
    return found


def words(codes: list[str]) -> list[str]:
    """Trouble codes as a person reads them."""
    known = trouble_codes.DEFAULT
    return [gettext(known[code].label) if code in known else code for code in codes]


def hazard_words(code: str) -> str:
    """A hazard as a person reads it."""
    return next((gettext(entry.label) for entry in trouble_codes.DEFAULT.values() if entry.hazard == code), code)


def search(actor: Actor, text: str, *, limit: int) -> list[dict[str, Any]]:
    """Customers of the actor's areas by the beginning of what names them; `is_out` where the ledger counts them as out."""
    found = customers.search(text, areas=actor.areas_for("view_customer"), limit=limit)
    out = _out_of({one["id"]: one["node"] for one in found})
    return [one | {"is_out": one["id"] in out} for one in found]


def card(actor: Actor, usage_point: int, *, at: dt.datetime) -> dict[str, Any]:
    """All that helps to answer one caller.

    Raises:
        NotFound: no such customer, or not in the actor's areas.
    """
    found = customers.customer(usage_point, areas=actor.areas_for("view_customer"))
    row = _out_of({found["id"]: found["node"]}).get(found["id"])
    transformer = equipment.published(found["model"]).filter(mrid=found["equipment_mrid"]).first()
    earlier = Call.objects.filter(usage_point_id=usage_point).order_by("-reported_at")[:EARLIER_CALLS]
    return found | {
        "area": ControlArea.objects.values_list("name", flat=True).get(key=found["area"]),
        "is_connected": supply.is_connected(usage_point),
        "transformer": transformer.name if transformer else found["equipment_mrid"],
        "feeder": transformer.feeder if transformer else "",
        "branch": transformer.index if transformer and transformer.is_branch else None,
        "outage": row.outage if row else None,
        "crew": lists.crews_on([row.outage]).get(row.outage_id, "") if row else "",
        "advice": _planned(row.outage if row else None)
        or _announced(usage_point, at)
        or _advice(found, is_out=row is not None, at=at),
        "calls": [{"at": call.reported_at, "codes": ", ".join(words(call.trouble_codes))} for call in earlier],
    }


def _planned(outage: Outage | None) -> str:
    """What to tell somebody who is out on purpose."""
    if outage is None or outage.kind != "planned" or outage.etr_at is None:
        return ""
    return f"Planned work until {days.in_words(outage.etr_at, '%H:%M')}: the supply was switched off on purpose."


def _announced(usage_point: int, at: dt.datetime) -> str:
    """What to tell somebody who will be out on purpose, or is said to be by now."""
    plan = planned.of_customer(usage_point, at=at)
    if plan is None:
        return ""
    begins, ends = timezone.localtime(plan.begins_at), timezone.localtime(plan.ends_at)
    until = "until " + days.in_words(ends, "%H:%M" if begins.date() == ends.date() else "%d %b %H:%M")
    if plan.begins_at <= at:
        return f"Planned work {until} ({plan.purpose}): the supply may be switched off on purpose. Planned outage {plan.pk}."
    return f"Planned work on {begins:%d %b from %H:%M} {until}: {plan.purpose}. Planned outage {plan.pk}."


def _advice(found: dict[str, Any], *, is_out: bool, at: dt.datetime) -> str:
    if is_out and found["power"] == "on":
        return "The meter says it has supply, though the outage counts this customer as out."
    if not is_out and found["power"] == "on" and found["power_at"] and at - found["power_at"] < FRESH:
        return "The meter spoke lately and has supply: the fault may be in the house. Ask for the main fuse."
    return ""


def _out_of(nodes: dict[int, int]) -> dict[int, Interruption]:
    """Open rows of the ledger by usage point, of those asked for."""
    rows = Interruption.objects.select_related("outage__area").filter(
        superseded_at=None, ended_at=None, node__in=set(nodes.values()), usage_points__overlap=list(nodes)
    )
    return {point: row for row in rows for point in row.usage_points if point in nodes}
