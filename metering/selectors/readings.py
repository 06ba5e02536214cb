"""What a meter read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from adms.core.errors import NotFound
from metering.models import Meter, Reading

MOST = 5_000


def of_meter(
    number: str,
    *,
    areas: Collection[str] | None,
    code: str = "",
    first_at: dt.datetime | None = None,
    last_at: dt.datetime | None = None,
    limit: int = MOST,
) -> list[dict[str, Any]]:
    """Readings of a meter, the latest first, of one kind and time where asked for.

    Raises:
        NotFound: there is no such meter in these areas (None: all).
    """
    meters = Meter.objects.filter(number=number)
    meter = (meters if areas is None else meters.filter(usage_point__area__key__in=areas)).first()
    if meter is None:
        raise NotFound(f"no meter {number}", meter=number)
    found = Reading.objects.filter(meter=meter)
    if code:
        found = found.filter(type__code=code)
    if first_at is not None:
        found = found.filter(read_at__gte=first_at)
    if last_at is not None:
        found = found.filter(read_at__lte=last_at)
    rows = found.order_by("-read_at", "type__code").select_related("type")
    return [
        {
            "type": row.type.code,
            "read_at": row.read_at,
            "value": row.value,
            "quality": row.quality.split(),
            "recorded_at": row.recorded_at,
        }
        for row in rows[: min(limit, MOST)]
    ]
