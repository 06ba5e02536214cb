"""Who is supplied where: usage points as arrays by grid node, for lost and regained places."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Case, Count, IntegerField, Q, When
from numpy.typing import NDArray

from metering.models import Meter, PowerState, UsagePoint
from metering.selectors import beginnings

#: So many customers at most are looked at by one word of several.
MANY = 2_000


@dataclass(frozen=True, slots=True)
class Supply:
    """Usage points of one model in order of node: parallel arrays of length n."""

    ids: NDArray[np.int64]
    nodes: NDArray[np.int32]
    phases: NDArray[np.uint8]
    critical: NDArray[np.bool_]
    equipment: NDArray[np.object_]

    def at_nodes(self, nodes: NDArray[np.int32]) -> NDArray[np.intp]:
        """Positions (in these arrays) of the usage points at any of the nodes."""
        wanted = np.unique(nodes)
        low, high = np.searchsorted(self.nodes, wanted), np.searchsorted(self.nodes, wanted, side="right")
        parts = [np.arange(a, b) for a, b in zip(low, high, strict=True) if b > a]
        return np.concatenate(parts) if parts else np.array([], dtype=np.intp)


def supply_at(model: str, nodes: Iterable[int] | None = None) -> Supply:
    """The connected usage points of a model, all of them or those at the nodes."""
    points = UsagePoint.objects.filter(model_key=model, node__gte=0, is_connected=True)
    if nodes is not None:
        points = points.filter(Q(node__any=[int(node) for node in nodes]))
    rows = list(
        points.order_by("node", "pk").values_list("pk", "node", "phases", "customer__critical", "equipment_mrid")
    )
    return Supply(
        ids=np.array([row[0] for row in rows], dtype=np.int64),
        nodes=np.array([row[1] for row in rows], dtype=np.int32),
        phases=np.array([row[2] for row in rows], dtype=np.uint8),
        critical=np.array([bool(row[3]) for row in rows], dtype=np.bool_),
        equipment=np.array([row[4] for row in rows], dtype=object),
    )


def at_equipment(model: str, mrid: str) -> list[int]:
    """The connected usage points behind one service transformer or consumer."""
    points = UsagePoint.objects.filter(model_key=model, equipment_mrid=mrid, node__gte=0, is_connected=True)
    return list(points.order_by("pk").values_list("pk", flat=True))


def customers_served(model: str | None = None) -> int:
    """Customers connected now: the denominator of the reliability indices."""
    points = UsagePoint.objects.filter(node__gte=0, is_connected=True)
    return (points.filter(model_key=model) if model else points).count()


def search(text: str, *, limit: int = 20, areas: frozenset[str] | None = None) -> list[dict[str, Any]]:
    """Customers by the beginning of name, account, phone, address, usage point or meter number."""
    begins = beginnings.candidates(text.strip()) if text.strip() else set()
    fits = Q(pk__in=begins)
    words = sorted(text.split(), key=len, reverse=True)
    if len(words) > 1 and len(begins) < limit:  # the longest word says most; the others must fit as well
        by_word = Q(pk__in=beginnings.candidates(words[0], MANY))
        for word in words[1:]:
            by_word &= beginnings.matches(word)
        fits |= by_word
    points = UsagePoint.objects.select_related("customer").filter(fits, node__gte=0)
    if areas is not None:
        points = points.filter(area__key__in=areas)
    return [describe(point) for point in points.order_by(_named_first(text), "customer__name", "pk")[:limit]]


def _named_first(text: str) -> Case:
    """Whose name begins with it, before those whose address or number does."""
    first = text.split(maxsplit=1)[0] if text.split() else ""
    begins = Q(customer__name__istartswith=first) | Q(customer__name__icontains=f" {first}")
    return Case(When(begins, then=0), default=1, output_field=IntegerField())


def describe(point: UsagePoint) -> dict[str, Any]:
    """What a list or panel shows of a usage point."""
    customer = point.customer
    return {
        "id": point.pk,
        "mrid": point.mrid,
        "name": point.name,
        "address": point.address,
        "model": point.model_key,
        "node": point.node,
        "equipment_mrid": point.equipment_mrid,
        "customer": customer.name if customer else "",
        "account_number": customer.account_number if customer else "",
        "phone": customer.phone if customer else "",
        "critical": customer.critical if customer else "",
        "customer_number": customer.customer_number if customer else "",
        "k_number": point.k_number,
        "premises": point.premises,
        "agreement_number": point.agreement_number,
        "area_id": point.area_id,
        "phases": point.phases,
    }


def usage_points(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Usage points by id, described."""
    rows = UsagePoint.objects.select_related("customer").filter(pk__in=list(ids))
    return {row.pk: describe(row) for row in rows}


def critical_among(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The critical ones among usage points, described."""
    rows = UsagePoint.objects.select_related("customer").filter(Q(pk__any=list(ids)), customer__isnull=False)
    return {row.pk: describe(row) for row in rows.exclude(customer__critical="")}


def critical_kinds(ids: Iterable[int]) -> dict[int, str]:
    """What the critical ones among usage points are, by id; asked of tens of thousands in a storm."""
    rows = UsagePoint.objects.filter(Q(pk__any=list(ids)), customer__critical__gt="")
    return dict(rows.order_by().values_list("pk", "customer__critical"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a usage point is supplied."""

    node: int
    phases: int
    equipment_mrid: str


def places(ids: Iterable[int]) -> dict[int, Place]:
    """Where usage points are supplied, by id; for floods, where `usage_points` would tell too much."""
    rows = UsagePoint.objects.filter(Q(pk__any=list(ids))).order_by()
    columns = rows.values_list("pk", "node", "phases", "equipment_mrid")
    return {pk: Place(node, phases, mrid) for pk, node, phases, mrid in columns}


def names(ids: Iterable[int]) -> dict[int, str]:
    """What usage points are called, by id."""
    return dict(UsagePoint.objects.filter(Q(pk__any=list(ids))).values_list("pk", "name"))


def critical_ids_at(model: str, nodes: Iterable[int]) -> frozenset[int]:
    """Ids of the critical usage points at some nodes."""
    points = UsagePoint.objects.filter(Q(node__any=list(nodes)), model_key=model, customer__critical__gt="")
    return frozenset(points.order_by().values_list("pk", flat=True))


def critical_nodes(models: Collection[str]) -> set[int]:
    """Where the critical customers of some models are: one in a hundred, found by an index of their own."""
    points = UsagePoint.objects.filter(model_key__in=models, customer__critical__gt="", node__gte=0)
    return set(points.order_by().values_list("node", flat=True))


def power_of(usage_point_ids: Iterable[int]) -> dict[int, tuple[str, Any]]:
    """The last known power (on, off) of usage points, with its field time."""
    rows = PowerState.objects.filter(meter__usage_point_id__in=list(usage_point_ids))
    return {
        point: (power, at) for point, power, at in rows.values_list("meter__usage_point_id", "power", "occurred_at")
    }


def meters_at(usage_point_ids: Iterable[int]) -> dict[int, str]:
    """Meter numbers by usage point id."""
    return dict(Meter.objects.filter(usage_point_id__in=list(usage_point_ids)).values_list("usage_point_id", "number"))


def critical_at(model: str, nodes: Iterable[int]) -> int:
    """How many critical customers are supplied at these nodes."""
    points = UsagePoint.objects.filter(model_key=model, node__in=[int(node) for node in nodes], is_connected=True)
    return points.exclude(customer__critical="").exclude(customer=None).count()


def critical_by_node(model: str) -> dict[int, int]:
    """Critical customers of a whole model, by node."""
    points = UsagePoint.objects.filter(model_key=model, node__gte=0, is_connected=True)
    rows = points.exclude(customer__critical="").exclude(customer=None).order_by().values_list("node")
    return dict(rows.annotate(count=Count("pk")))


def is_connected(usage_point_id: int) -> bool:
    """Whether it is meant to have supply: one disconnected on purpose has none."""
    return UsagePoint.objects.filter(pk=usage_point_id, is_connected=True).exists()
