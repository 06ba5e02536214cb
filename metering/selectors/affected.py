"""Customers among many, the critical ones first."""

from collections.abc import Collection
from typing import Any

from metering.models import UsagePoint
from metering.selectors import supply


def critical_first(ids: Collection[int], *, limit: int) -> list[dict[str, Any]]:
    """The first of these usage points, critical customers before others, then by name."""
    points = UsagePoint.objects.select_related("customer").filter(pk__in=ids)
    is_critical = points.exclude(customer=None).exclude(customer__critical="")
    critical = list(is_critical.order_by("customer__name", "pk")[:limit])
    others = points.exclude(pk__in=[point.pk for point in critical]).order_by("customer__name", "pk")
    rest = others[: limit - len(critical)]
    return [supply.describe(point) for point in [*critical, *rest]]
