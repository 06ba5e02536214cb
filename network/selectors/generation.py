"""Generation within a dead area, with what it made and the area took at these hours of the days before (`PowerHour`)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from network.domain import feeder_power
from network.domain.physics.feeder_estimation import ACTIVE
from network.domain.restoration import islands
from network.domain.restoration.islands import Machine, Outlook
from network.models import Equipment, TelemetryPoint
from network.selectors import feeder_power as readings
from network.selectors import power_history, state
from network.selectors.dead_area import DeadArea
from network.selectors.power_history import HOUR, Hours, made


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
    first = power_history.hour_of(at)
    hours = tuple(
        first + number * HOUR for number in range(int((until - first) / HOUR) + 1) if first + number * HOUR < until
    )
    head = next((int(one) for one in area.before.feeder[area.nodes] if one >= 0), -1)
    feeder = {mrid for mrid, node in _machine_nodes(present) if head >= 0 and area.before.feeder[node] == head}
    beginning = present.grid.branch_mrid_text(head) if head >= 0 else ""
    history = power_history.by_equipment(present, {*running, *feeder, beginning} - {""}, first)
    names = dict(Equipment.objects.filter(version_id=present.version_id, mrid__in=running).values_list("mrid", "name"))
    machines = tuple(
        Machine(mrid, names[mrid], node, kw, islands.expected(made(history.get(mrid, {})), hours, min))
        for mrid, (node, kw) in sorted(running.items())
    )
    load = _load(
        present, area, head, [history.get(beginning, {}), *(made(history.get(one, {})) for one in sorted(feeder))]
    )
    return Outlook(machines, hours, islands.expected(load, hours, max), reserve)


def made_kw(version_id: int, machine: str, since: dt.datetime) -> float | None:
    """What a machine makes by readings of good quality since a moment, in kW; None where there is none."""
    rows = TelemetryPoint.objects.filter(
        version_id=version_id, kind=ACTIVE, quality="good", equipment_mrid=machine, occurred_at__gte=since
    )
    told = [value or 0.0 for value in rows.order_by("pk").values_list("value", flat=True)]
    return abs(sum(told)) / 1e3 if told else None


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


def _load(present: state.NetworkState, area: DeadArea, head: int, parts: Sequence[Hours]) -> Hours:
    """What the feeder took by hour, as a multiple of the model's loads."""
    model_kw = float(feeder_power.model_kw(present.grid.node_kw, area.before)[head]) if head >= 0 else 0.0
    if not model_kw:
        return {}
    taken = power_history.of_feeder(present, area.before, head, parts)
    return {hour: kw / model_kw for hour, kw in taken.items()}
