"""What feeders take now by the readings at their heads, for those that stand as they did when they were read."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from network.domain import feeder_power
from network.domain.feeder_power import HeadReading
from network.domain.physics.feeder_estimation import ACTIVE, CURRENT
from network.models import Equipment, JournalEntry, TelemetryPoint
from network.models.models import MACHINES
from network.selectors import state


def shares(present: state.NetworkState, since: dt.datetime, until: dt.datetime) -> dict[int, float]:
    """By head branch the multiple of the model's loads that its feeder takes.

    Args:
        present: how feeders are switched now; one that was switched after its head was read has no share.
        since: readings before this are too old.
        until: and those after this do not count: the device at the head tripped then.
    """
    grid, energisation = present.grid, present.energisation
    heads = np.unique(energisation.feeder[energisation.feeder >= 0])
    mrids = {grid.branch_mrid_text(int(head)): int(head) for head in heads if head < present.fitted.base.branch_count}
    readings = _readings(present, since, until)
    made = _made(present, readings)
    switched = _switched(present, since, until)
    loads, found = feeder_power.model_kw(grid.node_kw, energisation), {}
    for mrid, head in mrids.items():
        told = readings.get(mrid, ())
        oldest = min((at for at, _ in told), default=until)
        if not told or made.get(head, 0.0) is None or switched.get(head, since) > oldest:
            continue
        sign = 1.0 if energisation.parent_branch[grid.branch_to[head]] == head else -1.0
        turned = [
            HeadReading(one.kind, one.phases, one.value * (sign if one.kind == ACTIVE else 1.0)) for _, one in told
        ]
        kw = feeder_power.head_kw(
            turned, int(grid.branch_phases[head]), float(grid.node_nominal_v[grid.branch_from[head]])
        )
        share = None if kw is None else feeder_power.multiple(kw, made.get(head) or 0.0, float(loads[head]))
        if share is not None:
            found[head] = share
    return found


_Told = Mapping[str, list[tuple[dt.datetime, HeadReading]]]


def _readings(present: state.NetworkState, since: dt.datetime, until: dt.datetime) -> _Told:
    """Power in kW and current in A by the equipment they are read at, with their field times."""
    rows = TelemetryPoint.objects.filter(
        version_id=present.version_id, kind__in=(ACTIVE, CURRENT), quality="good", value__isnull=False,
        occurred_at__gte=since, occurred_at__lte=until,
    )  # fmt: skip
    found: dict[str, list[tuple[dt.datetime, HeadReading]]] = defaultdict(list)
    told = rows.order_by("pk").values_list("equipment_mrid", "kind", "phases", "value", "occurred_at")
    for mrid, kind, phases, value, at in told:
        if value is not None and at is not None:
            found[mrid].append((at, HeadReading(kind, phases, value / 1e3 if kind == ACTIVE else value)))
    return found


def _made(present: state.NetworkState, readings: _Told) -> dict[int, float | None]:
    """What machines make by head branch, kW; None where one of them is not read."""
    grid, feeder = present.grid, present.energisation.feeder
    found: dict[int, float | None] = {}
    for mrid, index in machines(present):
        head = int(feeder[grid.injection_node[index]])
        told = [one.value for _, one in readings.get(mrid, ()) if one.kind == ACTIVE]
        before = found.get(head, 0.0)
        found[head] = None if before is None or not told else before + abs(sum(told))
    return found


def machines(present: state.NetworkState) -> Iterable[tuple[str, int]]:
    """What makes power: mRID and place among the grid's injections."""
    rows = Equipment.objects.filter(version_id=present.version_id, is_branch=False, cim_class__in=MACHINES)
    return rows.order_by("index").values_list("mrid", "index")


def _switched(present: state.NetworkState, since: dt.datetime, until: dt.datetime) -> dict[int, dt.datetime]:
    """When each feeder was last switched in between, by head branch."""
    grid, feeder = present.grid, present.energisation.feeder
    rows = JournalEntry.objects.filter(model_id=present.model_id, kind__in=state.FOLLOWED)
    rows = rows.filter(occurred_at__gte=since, occurred_at__lt=until)
    found: dict[int, dt.datetime] = {}
    for mrid, at in rows.order_by("occurred_at").values_list("equipment_mrid", "occurred_at"):
        branch = grid.branch_index(mrid)
        for node in (int(grid.branch_from[branch]), int(grid.branch_to[branch])) if branch >= 0 else ():
            found[int(feeder[node])] = at
    return found
