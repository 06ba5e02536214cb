"""Callbacks as lists, messages and outage pages show them."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from adms.core.actors import Actor
from metering.selectors import supply
from outages.models import Callback, Outage
from outages.selectors import callback_words

WAITING, DUE, STILL_OUT, ENDED, ALL = "waiting", "due", "still_out", "ended", "all"
WHICH: dict[str, Q] = {
    DUE: Q(state="due"),
    WAITING: Q(state="waiting"),
    STILL_OUT: Q(state="still_out"),
    ENDED: Q(state__in=("reached", "unreached", "withdrawn")),
    ALL: Q(),
}


@dataclass(frozen=True, slots=True)
class ToBeMade:
    """What whoever calls must know."""

    mrid: str
    tries: int
    reason: str
    requested_at: dt.datetime
    back_at: dt.datetime | None
    name: str
    phone: str
    account: str
    usage_point: str
    outage_mrid: str


def listed(actor: Actor, *, show: str = ALL, text: str = "", outage: int | None = None) -> QuerySet[Callback]:
    """Callbacks of areas whose customers the actor may see, the latest first."""
    found = _matching(actor, text).filter(WHICH[show])
    found = found.filter(outage_id=outage) if outage is not None else found
    return found.select_related("area", "usage_point__customer", "outage").prefetch_related("followed_by")


def counts(actor: Actor, *, text: str = "") -> dict[str, int]:
    """How many are in each list."""
    found = _matching(actor, text).order_by()
    return found.aggregate(**{key: Count("pk", filter=which) for key, which in WHICH.items()})


def of_outage(found: Outage) -> dict[str, int]:
    """How many of one outage are waiting, due, ended, and told that they are still out."""
    rows = Callback.objects.filter(outage=found).order_by()
    return rows.aggregate(**{key: Count("pk", filter=which) for key, which in WHICH.items()})


def open_of(usage_points: Collection[int]) -> dict[int, Callback]:
    """The callback of each customer that is not over yet; one that waits before one that is due."""
    rows = Callback.objects.filter(usage_point_id__in=usage_points, ended_at=None).order_by("state", "pk")
    return {row.usage_point_id: row for row in rows if row.usage_point_id is not None}


def to_be_made(ids: Collection[int]) -> dict[int, ToBeMade]:
    """Those of them that are due, by number."""
    rows = list(Callback.objects.select_related("outage").filter(pk__in=ids, state="due"))
    places = supply.usage_points({row.usage_point_id for row in rows if row.usage_point_id is not None})
    return {row.pk: _told(row, places.get(row.usage_point_id or 0, {})) for row in rows}


def _told(row: Callback, place: dict[str, Any]) -> ToBeMade:
    return ToBeMade(
        mrid=row.mrid,
        tries=row.tries,
        reason=callback_words.reason(row),
        requested_at=row.requested_at,
        back_at=row.back_at,
        name=row.name,
        phone=row.phone,
        account=str(place.get("account_number", "")),
        usage_point=str(place.get("name", "")),
        outage_mrid=row.outage.mrid if row.outage else "",
    )


def _matching(actor: Actor, text: str) -> QuerySet[Callback]:
    found = Callback.objects.order_by("-latest_at", "-pk")
    areas = actor.areas_for("view_customer")
    if areas is not None:
        found = found.filter(area__key__in=areas)
    for word in text.split():
        named = Q(name__icontains=word) | Q(phone__contains=word)
        named |= Q(usage_point__customer__account_number__istartswith=word)
        found = found.filter(named | Q(outage_id=int(word)) if word.isdecimal() and len(word) < 10 else named)
    return found
