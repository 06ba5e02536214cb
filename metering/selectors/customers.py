"""Customers as those may see them who serve them: only in their own areas, others do not exist."""

from typing import Any

from django.utils.translation import gettext as _

from adms.core.errors import NotFound
from metering.models import Meter, PowerState, UsagePoint
from metering.selectors import supply
from network.domain import phases as ph

Areas = frozenset[str] | None


def search(text: str, *, areas: Areas, limit: int) -> list[dict[str, Any]]:
    """Customers by the beginning of what names them, with meter and last known power."""
    return _completed(supply.search(text, areas=areas, limit=limit))


def customer(usage_point_id: int, *, areas: Areas) -> dict[str, Any]:
    """The customer at one usage point.

    Raises:
        NotFound: no such usage point, or not in these areas.
    """
    points = UsagePoint.objects.select_related("customer").filter(pk=usage_point_id)
    found = (points if areas is None else points.filter(area__key__in=areas)).first()
    if found is None:
        raise NotFound(
            _("no usage point %(usage_point_id)s") % {"usage_point_id": usage_point_id}, usage_point=usage_point_id
        )
    return _completed([supply.describe(found)])[0]


def _completed(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = [one["id"] for one in told]
    areas = dict(UsagePoint.objects.filter(pk__in=ids).values_list("pk", "area__key"))
    meters = dict(Meter.objects.filter(usage_point_id__in=ids).values_list("usage_point_id", "number"))
    rows = PowerState.objects.filter(meter__usage_point_id__in=ids)
    power = {pk: (state, at) for pk, state, at in rows.values_list("meter__usage_point_id", "power", "occurred_at")}
    for one in told:
        one["area"] = areas[one["id"]]
        one["phases"] = ph.text(one["phases"])
        one["meter_number"] = meters.get(one["id"], "")
        one["power"], one["power_at"] = power.get(one["id"], ("unknown", None))
    return told
