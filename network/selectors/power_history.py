"""What was made and taken by the hour (`PowerHour`), by equipment and by feeder."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

import numpy as np

from network.domain.energisation import Energisation
from network.domain.physics.feeder_estimation import ACTIVE
from network.domain.restoration import islands
from network.models import PowerHour, TelemetryPoint
from network.selectors import feeder_power, state

HOUR = dt.timedelta(hours=1)
Hours = Mapping[dt.datetime, float]


def hour_of(at: dt.datetime) -> dt.datetime:
    """The beginning of its hour, UTC."""
    return at.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)


def by_equipment(
    present: state.NetworkState, equipment: Iterable[str], until: dt.datetime
) -> dict[str, dict[dt.datetime, float]]:
    """Mean kW by hour of some equipment (mRIDs), all its points together, of the days before an hour."""
    owner = dict(
        TelemetryPoint.objects.filter(
            version_id=present.version_id, kind=ACTIVE, equipment_mrid__in=list(equipment)
        ).values_list("mrid", "equipment_mrid")
    )
    rows = PowerHour.objects.filter(
        model_id=present.model_id,
        point_mrid__in=owner,
        hour__gte=until - dt.timedelta(days=islands.DAYS),
        hour__lt=until,
    )
    found: dict[str, dict[dt.datetime, float]] = defaultdict(lambda: defaultdict(float))
    for mrid, hour, total, samples in rows.values_list("point_mrid", "hour", "total_kw", "samples"):
        found[owner[mrid]][hour] += total / samples
    return found


def made(history: Hours) -> Hours:
    """What a machine made; which way its meter counts does not matter."""
    return {hour: abs(kw) for hour, kw in history.items()}


def of_feeder(
    present: state.NetworkState, energisation: Energisation, head: int, parts: Sequence[Hours]
) -> dict[dt.datetime, float]:
    """What a feeder took by hour, kW, in the hours of which all is known.

    Args:
        present: the state.
        energisation: which end of the head is fed.
        head: its branch.
        parts: what came through the head, and what each machine within made.
    """
    is_turned = energisation.parent_branch[present.grid.branch_to[head]] != head
    through = {hour: -kw if is_turned else kw for hour, kw in parts[0].items()}
    every = [through, *parts[1:]]
    known = set(through).intersection(*parts[1:])
    return {hour: float(np.sum([one[hour] for one in every])) for hour in known}


def expected_kw(
    present: state.NetworkState, heads: Iterable[int], hours: Sequence[dt.datetime]
) -> dict[int, tuple[float, ...]]:
    """What live feeders take in these hours by the mean of the same hours of the days before.

    Args:
        present: the state, by which feeders are what they are now.
        heads: their first branches.
        hours: beginnings of hours, UTC, the first first.

    Returns:
        kW per hour by head; feeders of which one of the hours is not known well enough are left out.
    """
    grid, energisation = present.grid, present.energisation
    machines: dict[int, list[str]] = defaultdict(list)
    for mrid, place in feeder_power.machines(present):
        machines[int(energisation.feeder[grid.injection_node[place]])].append(mrid)
    begins = {head: grid.branch_mrid_text(head) for head in heads}
    asked = {*begins.values(), *(mrid for head in begins for mrid in machines.get(head, ()))}
    history = by_equipment(present, asked, hours[0])
    found = {}
    for head, mrid in begins.items():
        within = [made(history.get(one, {})) for one in machines.get(head, ())]
        taken = of_feeder(present, energisation, head, [history.get(mrid, {}), *within])
        if told := islands.expected(taken, hours, fmean):
            found[head] = told
    return found
