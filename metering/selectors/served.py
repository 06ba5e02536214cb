"""How many customers are served where: what reliability figures are related to."""

import contextlib
import contextvars
from collections.abc import Iterable, Iterator

from django.db.models import Count, QuerySet

from metering.models import UsagePoint

_counted: contextvars.ContextVar[dict[str, int] | None] = contextvars.ContextVar("served_by_area", default=None)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Within this block customers by area are counted once: a million rows, asked for by every day and area of a long round."""
    token = _counted.set(_count_by_area())
    try:
        yield
    finally:
        _counted.reset(token)


def by_area() -> dict[str, int]:
    """Connected customers by control area."""
    found = _counted.get()
    return _count_by_area() if found is None else found


def _count_by_area() -> dict[str, int]:
    return dict(_connected().order_by().values_list("area__key").annotate(n=Count("pk")))


def by_node(models: Iterable[str], area: str = "") -> dict[tuple[str, int], int]:
    """Connected customers by (model, grid node); of one area where it is named."""
    points = _connected().filter(model_key__in=list(models))
    if area:
        points = points.filter(area__key=area)
    rows = points.order_by().values_list("model_key", "node").annotate(n=Count("pk"))
    return {(model, node): n for model, node, n in rows}


def by_equipment(models: Iterable[str], area: str = "") -> dict[tuple[str, int, str], int]:
    """Connected customers by (model, grid node, service transformer or load); of one area where it is named."""
    points = _connected().filter(model_key__in=list(models))
    if area:
        points = points.filter(area__key=area)
    rows = points.order_by().values_list("model_key", "node", "equipment_mrid").annotate(n=Count("pk"))
    return {(model, node, mrid): n for model, node, mrid, n in rows}


def by_area_and_equipment(models: Iterable[str]) -> dict[tuple[str, str, int, str], int]:
    """Connected customers of all areas by (area, model, grid node, service transformer or load): a million rows read once."""
    points = _connected().filter(model_key__in=list(models))
    rows = points.order_by().values_list("area__key", "model_key", "node", "equipment_mrid").annotate(n=Count("pk"))
    return {(area, model, node, mrid): n for area, model, node, mrid, n in rows}


def _connected() -> QuerySet[UsagePoint]:
    return UsagePoint.objects.filter(node__gte=0, is_connected=True)
