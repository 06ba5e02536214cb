"""How many customers are served where: what reliability figures are related to."""

from collections.abc import Iterable

from django.db.models import Count, QuerySet

from metering.models import UsagePoint


def by_area() -> dict[str, int]:
    """Connected customers by control area."""
    rows = _connected().order_by().values_list("area__key").annotate(n=Count("pk"))
    return dict(rows)


def by_node(models: Iterable[str], area: str = "") -> dict[tuple[str, int], int]:
    """Connected customers by (model, grid node); of one area where it is named."""
    points = _connected().filter(model_key__in=list(models))
    if area:
        points = points.filter(area__key=area)
    rows = points.order_by().values_list("model_key", "node").annotate(n=Count("pk"))
    return {(model, node): n for model, node, n in rows}


def _connected() -> QuerySet[UsagePoint]:
    return UsagePoint.objects.filter(node__gte=0, is_connected=True)
