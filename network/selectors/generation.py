"""Generation within a dead area, with what it made and the area took at these hours of the days before (`PowerHour`)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from network.domain import feeder_power
from network.domain.physics.feeder_estimation import ACTIVE
from network.domain.restoration import islands
from network.domain.restoration.islands import Machine, Outlook
from network.models import Equipment, PowerHour, TelemetryPoint
from network.selectors import feeder_power as readings
from network.selectors import state
from network.selectors.dead_area import DeadArea

_HOUR = dt.timedelta(hours=1)
_Hours = Mapping[dt.datetime, float]


def outlook(
    present: state.NetworkState,
    area: DeadArea,
    *,
    since: dt.datetime,
    at: dt.datetime,
    until: dt.datetime,
    reserve: float,
) -> Outlook:
    """What makes power in a dead area, and what is expected of the hours until the repair.

    Args:
        present: the state.
        area: the dead area.
        since: when the device tripped: a machine runs if a reading since then says so.
        at: now.
        until: the expected end of the repair.
        reserve: generation must be so many times the load.
    """
    running = _running(present, area, since)
    if not running:
        return Outlook()
    first = at.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
    hours = tuple(
        first + number * _HOUR for number in range(int((until - first) / _HOUR) + 1) if first + number * _HOUR < until
    )
    head = next((int(one) for one in area.before.feeder[area.nodes] if one >= 0), -1)
    feeder = {mrid for mrid, node in _machine_nodes(present) if head >= 0 and area.before.feeder[node] == head}
    beginning = present.grid.branch_mrid_text(head) if head >= 0 else ""
    history = _histories(present, {*running, *feeder, beginning} - {""}, first)
    names = dict(Equipment.objects.filter(version_id=present.version_id, mrid__in=running).values_list("mrid", "name"))
    machines = tuple(
        Machine(mrid, names[mrid], node, kw, islands.expected(_made(history.get(mrid, {})), hours, min))
        for mrid, (node, kw) in sorted(running.items())
    )
    load = _load(
        present, area, head, [history.get(beginning, {}), *(_made(history.get(one, {})) for one in sorted(feeder))]
    )
    return Outlook(machines, hours, islands.expected(load, hours, max), reserve)


def _machine_nodes(present: state.NetworkState) -> Iterable[tuple[str, int]]:
    return [(mrid, int(present.grid.injection_node[place])) for mrid, place in readings.machines(present)]


def _running(present: state.NetworkState, area: DeadArea, since: dt.datetime) -> dict[str, tuple[int, float]]:
    """Node and kW by mRID of the machines in the area that made power after a moment; which way a meter counts does not matter."""
    dead = set(area.nodes.tolist())
    nodes = {mrid: node for mrid, node in _machine_nodes(present) if node in dead}
    rows = TelemetryPoint.objects.filter(
        version_id=present.version_id, kind=ACTIVE, quality="good", equipment_mrid__in=nodes, occurred_at__gte=since
    )
    made: dict[str, float] = defaultdict(float)
    for mrid, value in rows.order_by("pk").values_list("equipment_mrid", "value"):
        made[mrid] += (value or 0.0) / 1e3
    return {mrid: (nodes[mrid], abs(kw)) for mrid, kw in made.items() if abs(kw) >= islands.RUNS_KW}


def _made(history: _Hours) -> _Hours:
    return {hour: abs(kw) for hour, kw in history.items()}


def _histories(
    present: state.NetworkState, equipment: Iterable[str], until: dt.datetime
) -> dict[str, dict[dt.datetime, float]]:
    """Mean kW by hour of some equipment, all its points together."""
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


def _load(present: state.NetworkState, area: DeadArea, head: int, parts: Sequence[_Hours]) -> _Hours:
    """What the feeder took by hour, as a multiple of the model's loads: what came through its head and what was made within."""
    model_kw = float(feeder_power.model_kw(present.grid.node_kw, area.before)[head]) if head >= 0 else 0.0
    if not model_kw:
        return {}
    is_turned = area.before.parent_branch[present.grid.branch_to[head]] != head
    through = {hour: -kw if is_turned else kw for hour, kw in parts[0].items()}
    every = [through, *parts[1:]]
    known = set(through).intersection(*parts[1:])
    return {hour: float(np.sum([one[hour] for one in every])) / model_kw for hour in known}
