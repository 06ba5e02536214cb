"""Planned outages as lists and calendars show them: by what is to be done, by day; and their customers."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import NotFound
from metering.selectors import supply
from outages.domain import planned as life
from outages.models import PlannedCustomer, PlannedDraft, PlannedOutage

TO_DO, AHEAD, NOW, ENDED, ALL = "todo", "ahead", "now", "ended", "all"
#: Which states each list holds.
LISTS: dict[str, frozenset[str]] = {
    TO_DO: life.TO_DO,
    AHEAD: life.WAITING,
    NOW: life.GOING_ON,
    ENDED: life.ENDED,
    ALL: frozenset(life.STATES),
}
#: Those a customer is told of on the telephone.
_COUNTED_ON = frozenset({"approved", "notified"}) | life.GOING_ON
#: A caller hears of planned work so long before it begins.
_TOLD_AHEAD = dt.timedelta(days=14)


def listed(
    actor: Actor,
    *,
    state: str = "",
    area: str = "",
    show: str = ALL,
    text: str = "",
    window: tuple[dt.datetime, dt.datetime] | None = None,
    may: str = "see_network",
) -> QuerySet[PlannedOutage]:
    """Those of the areas the actor may see, by the beginning of their windows; `window`: those that touch it."""
    found = PlannedOutage.objects.select_related("area")
    areas = actor.areas_for(may)
    if areas is not None:
        found = found.filter(area__key__in=areas)
    found = found.filter(**({"state": state} if state else {}), **({"area__key": area} if area else {}))
    if show != ALL:
        found = found.filter(state__in=LISTS[show])
    if window is not None:
        found = found.filter(begins_at__lt=window[1], ends_at__gt=window[0])
    for word in text.split():
        found = found.filter(_fits(word))
    return found.order_by("begins_at", "pk")


def _fits(word: str) -> Q:
    """A number, a word of the purpose, a device, a feeder, the switching order."""
    by_text = Q(purpose__icontains=word) | Q(order_reference__icontains=word) | Q(requested_by__icontains=word)
    by_text |= Q(devices__icontains=word) | Q(feeders__icontains=word)
    return by_text | Q(pk=int(word)) if word.isdecimal() and len(word) < 10 else by_text


def counts(actor: Actor, *, text: str = "", area: str = "") -> dict[str, int]:
    """How many are in each list."""
    states = listed(actor, text=text, area=area).order_by().values_list("state", flat=True)
    return {key: sum(state in members for state in states) for key, members in LISTS.items()}


def one(actor: Actor, planned_id: int, *, may: str = "see_network") -> PlannedOutage:
    """One of them, for who may do this in its area.

    Raises:
        NotFound: there is none, or not in the actor's areas.
    """
    row = listed(actor, may=may).filter(pk=planned_id).first()
    if row is None:
        raise NotFound(_("no planned outage %(planned_id)s") % {"planned_id": planned_id}, planned=planned_id)
    return row


def by_id(ids: Collection[int]) -> dict[int, PlannedOutage]:
    """Several by their numbers."""
    return PlannedOutage.objects.select_related("area").in_bulk(list(ids))


def draft(actor: Actor) -> dict[str, Any]:
    """What the actor has chosen and typed of a request that is not made yet."""
    found: dict[str, Any] | None = (
        PlannedDraft.objects.filter(person=actor.name).values_list("content", flat=True).first()
    )
    return found or {}


def ids_by_mrid(mrids: Collection[str]) -> dict[str, int]:
    """Numbers by mRID."""
    return dict(PlannedOutage.objects.filter(mrid__in=list(mrids)).values_list("mrid", "pk"))


def customers(row: PlannedOutage) -> QuerySet[PlannedCustomer]:
    """Who will lose supply, the critical ones first."""
    return row.customers.order_by("-is_critical", "usage_point_id")


def described(rows: list[PlannedCustomer]) -> list[dict[str, Any]]:
    """With name, address and telephone."""
    known = supply.usage_points(row.usage_point_id for row in rows)
    return [
        known[row.usage_point_id]
        | {"in_normal": row.in_normal, "in_present": row.in_present, "is_critical": row.is_critical}
        for row in rows
    ]


def of_customer(usage_point: int, *, at: dt.datetime) -> PlannedOutage | None:
    """The next approved planned outage of a customer, or the one that goes on; None where none is near."""
    found = PlannedOutage.objects.filter(
        customers__usage_point=usage_point, state__in=_COUNTED_ON, begins_at__lt=at + _TOLD_AHEAD
    )
    return found.filter(Q(ends_at__gt=at) | Q(state__in=life.GOING_ON)).order_by("begins_at", "pk").first()


def of_device(model: str, mrid: str, *, at: dt.datetime) -> list[PlannedOutage]:
    """The planned outages that open a device, the next ones first."""
    found = PlannedOutage.objects.filter(model_key=model, device_mrids__contains=[mrid])
    near = found.filter(state__in=life.WAITING | life.GOING_ON).filter(Q(ends_at__gt=at) | Q(state__in=life.GOING_ON))
    return list(near.order_by("begins_at", "pk")[:3])
