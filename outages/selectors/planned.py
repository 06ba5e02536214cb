"""Planned outages as lists and one of them shows them: customers, and what else goes on at the same place or time."""

from typing import Any

from django.db.models import Count, Q, QuerySet

from adms.core.actors import Actor
from adms.core.errors import NotFound
from metering.selectors import supply
from outages.domain import planned as life
from outages.models import Interruption, PlannedCustomer, PlannedOutage

_ENDED = ("completed", "rejected", "cancelled")


def listed(actor: Actor, *, state: str = "", area: str = "", may: str = "see_network") -> QuerySet[PlannedOutage]:
    """Those of the areas the actor may see, by the beginning of their windows, with how many lose supply."""
    found = PlannedOutage.objects.select_related("area")
    areas = actor.areas_for(may)
    if areas is not None:
        found = found.filter(area__key__in=areas)
    found = found.filter(**({"state": state} if state else {}), **({"area__key": area} if area else {}))
    return found.annotate(
        customers_known=Count("customers"),
        customers_normal=Count("customers", filter=Q(customers__in_normal=True)),
        customers_present=Count("customers", filter=Q(customers__in_present=True)),
        critical=Count("customers", filter=Q(customers__is_critical=True)),
    ).order_by("begins_at", "pk")


def one(actor: Actor, planned_id: int, *, may: str = "see_network") -> PlannedOutage:
    """One of them, for who may do this in its area.

    Raises:
        NotFound: there is none, or not in the actor's areas.
    """
    row = listed(actor, may=may).filter(pk=planned_id).first()
    if row is None:
        raise NotFound(f"no planned outage {planned_id}", planned=planned_id)
    return row


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


def warnings(row: PlannedOutage) -> list[str]:
    """Other planned outages that overlap in time and customers or device, and customers of this one who are out already."""
    if row.state in _ENDED:
        return []
    return [*_overlaps(row), *_already_out(row)]


def _overlaps(row: PlannedOutage) -> list[str]:
    others = PlannedOutage.objects.filter(
        model_key=row.model_key,
        state__in=life.WAITING | {"in_execution"},
        begins_at__lt=row.ends_at,
        ends_at__gt=row.begins_at,
    ).exclude(pk=row.pk)
    own = row.customers.values("usage_point_id")
    found = []
    for other in others.annotate(shared=Count("customers", filter=Q(customers__usage_point_id__in=own))):
        devices = sorted({one["name"] for one in row.devices if one["mrid"] in other.device_mrids})
        if other.shared or devices:
            also = f" and {', '.join(devices)}" if devices else ""
            found.append(f"Planned outage {other.pk} overlaps: {other.shared} customers{also} in both")
    return found


def _already_out(row: PlannedOutage) -> list[str]:
    own = list(row.customers.values_list("usage_point_id", flat=True))
    nodes = {place.node for place in supply.places(own).values()}
    rows = Interruption.objects.filter(
        Q(node__any=sorted(nodes)), model_key=row.model_key, superseded_at=None, ended_at=None
    ).exclude(outage__planned_outage=row)
    out: dict[int, int] = {}
    known = set(own)
    for outage_id, members in rows.values_list("outage_id", "usage_points"):
        out[outage_id] = out.get(outage_id, 0) + len(known.intersection(members))
    return [f"Outage {pk}: {count} of these customers are out already" for pk, count in sorted(out.items()) if count]
