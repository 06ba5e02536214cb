"""Keep what active power points read, by the hour: the history by which an island of generation is judged."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db import connection

from network.domain.physics.feeder_estimation import ACTIVE
from network.models import TelemetryPoint

_ADD = """
INSERT INTO network_powerhour (model_id, point_mrid, hour, total_kw, samples)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::float8[], %s::int[])
ON CONFLICT (model_id, point_mrid, hour) DO UPDATE
SET total_kw = network_powerhour.total_kw + excluded.total_kw, samples = network_powerhour.samples + excluded.samples
"""

Value = tuple[TelemetryPoint, float, dt.datetime, str]


def add(values: Iterable[Value]) -> None:
    """Add values of good quality, as (point, value in W, field time, quality)."""
    sums: dict[tuple[int, str, dt.datetime], list[float]] = defaultdict(list)
    for point, value, at, quality in values:
        if point.kind == ACTIVE and quality == "good":
            hour = at.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
            sums[point.version.model_id, point.mrid, hour].append(value / 1e3)
    if not sums:
        return
    keys = sorted(sums)  # one order of locks for all writers
    columns = [[key[place] for key in keys] for place in range(3)]
    totals, counts = [sum(sums[key]) for key in keys], [len(sums[key]) for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [*columns, totals, counts])
