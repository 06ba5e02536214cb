"""Count the energy of feeders as values of their heads come in, and close each day once it is over.

note       --> each value holds until the next one: its energy goes into the blocks of the time between
close_due  --> a day that is over, per control area: FeederEnergyClosed
"""

from __future__ import annotations

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from adms.core import days, runtime_settings
from adms.core.services import events
from network.domain import feeder_energy as arithmetic
from network.domain import phases as ph
from network.domain.physics.feeder_estimation import ACTIVE, CURRENT
from network.events import FeederEnergyClosed
from network.models import Equipment, FeederEnergy, FeederEnergyDay, ModelVersion, TelemetryPoint
from network.selectors import grids

LONGEST = runtime_settings.declare(
    "energy.longest_gap_s",
    300.0,
    unit="s",
    help_=gettext_noop(
        "A telemetered value at the head of a feeder holds no longer than this; what comes after is time nothing is known of."
    ),
)
FACTOR = runtime_settings.declare(
    "energy.power_factor",
    0.95,
    help_=gettext_noop(
        "Where the head of a feeder tells a current and no power: the power factor its energy is reckoned with."
    ),
)
SETTLED = runtime_settings.declare(
    "energy.settled_min",
    30.0,
    unit="min",
    help_=gettext_noop("So long after midnight the energy of the day before is told to who subscribes MeterReadings."),
)
_BACK = 7  # days that are closed later, after a standstill


@dataclass(frozen=True, slots=True)
class Head:
    """A point that counts for a feeder."""

    model_id: int
    area_id: int
    feeder: str
    substation: str
    nominal_v: float
    phases: int
    is_derived: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A good value of a point, from when to when it held."""

    version_id: int
    point_mrid: str
    value: float
    begins_at: dt.datetime
    ends_at: dt.datetime


def note(held: Sequence[Held]) -> None:
    """Count what these values were worth, where they are of the head of a feeder. In the transaction of the values."""
    longest, factor = float(runtime_settings.get(LONGEST)), float(runtime_settings.get(FACTOR))
    sums: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    found: dict[str, Head] = {}
    for one in held:
        head = heads(one.version_id).get(one.point_mrid)
        if head is None or (one.ends_at - one.begins_at).total_seconds() > longest:
            continue
        found[one.point_mrid] = head
        kw = one.value / 1000.0
        if head.is_derived:
            kw = arithmetic.power_kw(one.value, nominal_v=head.nominal_v, phases=head.phases, factor=factor)
        for end, seconds in arithmetic.pieces(one.begins_at.timestamp(), one.ends_at.timestamp()):
            sums[one.point_mrid, end][0] += kw * seconds / 3600.0
            sums[one.point_mrid, end][1] += seconds
    if not sums:
        return
    rows = [
        (head.model_id, head.area_id, head.feeder, head.substation, mrid, head.is_derived, end, kwh, seconds)
        for (mrid, end), (kwh, seconds) in sorted(sums.items())
        for head in (found[mrid],)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO network_feederenergy AS kept
                (model_id, area_id, feeder, substation, point_mrid, is_derived, ends_at, kwh, covered_s)
            SELECT m, a, f, s, p, d, to_timestamp(e), k, c FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[],
                %s::text[], %s::bool[], %s::float8[], %s::float8[], %s::float8[]) AS one(m, a, f, s, p, d, e, k, c)
            ON CONFLICT (model_id, point_mrid, ends_at) DO UPDATE
                SET kwh = kept.kwh + excluded.kwh, covered_s = kept.covered_s + excluded.covered_s
            """,
            [[row[place] for row in rows] for place in range(9)],
        )


@functools.lru_cache(maxsize=8)
def heads(version_id: int) -> dict[str, Head]:
    """The points of a version that count, by mRID: active power at the first branch of a feeder, else its current."""
    version = ModelVersion.objects.only("model_id", "checksum").get(pk=version_id)
    grid = grids.load(version.checksum)
    mrids = [grid.branch_mrid_text(int(one)) for one in np.flatnonzero(grid.is_feeder_head)]
    branches = {row.mrid: row for row in Equipment.objects.filter(version=version, mrid__in=mrids).exclude(feeder="")}
    points = list(
        TelemetryPoint.objects.filter(version=version, equipment_mrid__in=list(branches), kind__in=(ACTIVE, CURRENT))
    )
    with_power = {one.equipment_mrid for one in points if one.kind == ACTIVE}
    found = {}
    for point in points:
        branch, is_derived = branches[point.equipment_mrid], point.kind == CURRENT
        if is_derived and branch.mrid in with_power:
            continue
        count = (point.phases & ph.ABC).bit_count()
        found[point.mrid] = Head(
            version.model_id, branch.area_id, branch.feeder, branch.substation, branch.nominal_v, count, is_derived
        )
    return found


def close_due(*, at: dt.datetime) -> int:
    """Close the days that are over and settled, and tell of each; how many were closed."""
    settled = timezone.localdate(at - dt.timedelta(minutes=float(runtime_settings.get(SETTLED))))
    return sum(_close(settled - dt.timedelta(days=ago), at) for ago in range(_BACK, 0, -1))


_closed: set[dt.date] = set()


def _close(day: dt.date, at: dt.datetime) -> int:
    """Close a day in every area that counted something and has not closed it yet; looked at once by each process."""
    if day in _closed:
        return 0
    begins, ends = days.bounds(day)
    count = 0
    with transaction.atomic():
        areas = FeederEnergy.objects.filter(ends_at__gt=begins, ends_at__lte=ends).values_list("area", flat=True)
        for area_id in sorted(set(areas.order_by().distinct())):
            _, is_new = FeederEnergyDay.objects.get_or_create(area_id=area_id, day=day, defaults={"closed_at": at})
            if is_new:
                count += 1
                events.publish(area_id=area_id, facts=[FeederEnergyClosed(str(day), at)], at=at)
    _closed.add(day)
    return count
