"""What stands around a part of the network that lost supply: where it hung, what may be moved, what neighbours can give."""

import datetime as dt
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from network.domain.energisation import Energisation, reenergise
from network.domain.grid import BRANCH_CLASSES
from network.domain.grid.arrays import Bool, Float, Int
from network.domain.phases import ABC, text
from network.domain.phrases import Phrase, phrase
from network.domain.restoration import impedance
from network.domain.restoration.around import Around
from network.domain.restoration.blocks import LOAD_MAKING, Blocks
from network.models import Equipment, GroupPowerFlow, Interlock, Operation, SwitchState, Tag, TelemetryPoint
from network.selectors import state

_POWER_FACTOR = 0.95
_OPERATED = 0.5  # an indicator's value above this says that it operated
#: Kind of a telemetry point that says (1) that the device is switched to local.
LOCAL_MODE = "local_mode"


@dataclass(frozen=True, eq=False)
class DeadArea:
    """The nodes that a device would bring back if all stood as before it tripped; `partly` where some phases of theirs have supply."""

    present: state.NetworkState
    tripped: int
    before: Energisation  # as it would be with the device closed
    nodes: Int
    partly: bool


def behind(present: state.NetworkState, tripped: int, opened: Iterable[int] = ()) -> DeadArea:
    """What a device that is open leaves dead, with the switches that were opened since to hold its fault off."""
    closed, moved = present.closed.copy(), [tripped, *opened]
    for branch in moved:
        closed[branch] = present.fitted.conducting_at(branch, int(present.grid.branch_phases[branch]))
    before = reenergise(present.grid, present.energisation, closed, np.array(moved, np.int32))
    now, then = present.energisation.live, before.live
    nodes = np.flatnonzero(then & ~now).astype(np.int32)
    return DeadArea(present, tripped, before, nodes, bool((now[nodes] & ABC).any()))


def opened_since(present: state.NetworkState, since: dt.datetime) -> frozenset[int]:
    """Switches that were opened since a moment, by whomever, stand open still, and are dead on both sides."""
    rows = SwitchState.objects.filter(model_id=present.model_id, closed_phases=0, occurred_at__gt=since)
    grid, live = present.grid, present.energisation.live
    found = (grid.branch_index(mrid) for mrid in rows.values_list("equipment_mrid", flat=True))
    return frozenset(
        one for one in found
        if one >= 0 and not present.positions[one] and not (live[grid.branch_from[one]] | live[grid.branch_to[one]]) & ABC
    )  # fmt: skip


def blocked(present: state.NetworkState) -> dict[int, Phrase]:
    """Switches that may not be operated by a plan, and why."""
    grid = present.grid
    found = dict.fromkeys(present.quality_bad, phrase("doubtful"))
    found |= _at(present, dict.fromkeys(present.fitted.overlay.uncommissioned, phrase("not_commissioned")))
    tags = Tag.objects.filter(model_id=present.model_id, removed_at=None, kind__in=("inhibit", "clearance"))
    told = tags.order_by("pk").values_list("equipment_mrid", "placed_by", "text")
    found |= dict.fromkeys(_borders(present), phrase("at_an_island"))
    found |= _at(present, {mrid: phrase("tagged", who=who, text=text) for mrid, who, text in told})
    held = Operation.objects.filter(model_id=present.model_id, state__in=("selected", "executing"))
    asked = held.values_list("equipment_mrid", "requested_by")
    found |= _at(present, {mrid: phrase("operated_by", who=who) for mrid, who in asked})
    return {branch: why for branch, why in found.items() if branch < grid.branch_count}


def _borders(present: state.NetworkState) -> list[int]:
    """Switches between islands that generation carries and the rest: an island brings nobody else back, and no plan joins it."""
    grid, base = present.grid, present.fitted.base
    if grid.node_count == base.node_count:
        return []
    is_own = present.energisation.source >= base.source_node.size
    branches = np.flatnonzero(is_own[grid.branch_from] != is_own[grid.branch_to])
    return [int(one) for one in branches if grid.is_switch[one] and one < base.branch_count]


def _at(present: state.NetworkState, by_mrid: Mapping[str, Phrase]) -> dict[int, Phrase]:
    places = ((present.grid.branch_index(mrid), why) for mrid, why in by_mrid.items())
    return {branch: why for branch, why in places if branch >= 0}


def indicators(present: state.NetworkState, since: dt.datetime) -> dict[int, bool]:
    """Fault indicators by branch: whether each operated since a moment. One that still shows an older fault says nothing."""
    rows = TelemetryPoint.objects.filter(
        version_id=present.version_id, kind="fault_indicator", quality="good", value__isnull=False
    )
    found: dict[int, bool] = {}
    for mrid, value, occurred_at in rows.order_by("pk").values_list("equipment_mrid", "value", "occurred_at"):
        branch = present.grid.branch_index(mrid)
        is_operated = (value or 0.0) > _OPERATED
        if branch >= 0 and not (is_operated and (occurred_at is None or occurred_at < since)):
            found[branch] = found.get(branch, False) or is_operated
    return found


def fault_currents(present: state.NetworkState, branch: int, since: dt.datetime) -> dict[str, float]:
    """Fault currents in A that a device has told since a moment: by phase, under `impedance.ANY` where not of one phase."""
    rows = TelemetryPoint.objects.filter(
        version_id=present.version_id, equipment_mrid=present.grid.branch_mrid_text(branch), kind="fault_current",
        quality="good", value__gt=0.0, occurred_at__gte=since,
    )  # fmt: skip
    found: dict[str, float] = {}
    for phases, value in rows.order_by("pk").values_list("phases", "value"):
        told = text(phases & ABC)
        key = told if len(told) == 1 else impedance.ANY
        found[key] = max(found.get(key, 0.0), value or 0.0)
    return found


def lengths_km(present: state.NetworkState, branches: Iterable[int]) -> dict[int, float]:
    """Lengths of lines, of those that have one."""
    rows = Equipment.objects.filter(version_id=present.version_id, is_branch=True, index__in=sorted(branches))
    told = rows.values_list("index", "attributes__length_m")
    return {branch: metres / 1e3 for branch, metres in told if isinstance(metres, int | float)}


def locked_out(present: state.NetworkState, points: Iterable[str]) -> list[str]:
    """The mRIDs of the devices of which these points say that they have locked out (points of kind `lockout`)."""
    rows = TelemetryPoint.objects.filter(
        version_id=present.version_id, kind="lockout", quality="good", value__gt=_OPERATED, mrid__in=list(points)
    )
    return sorted(set(rows.values_list("equipment_mrid", flat=True)))


def is_stale(present: state.NetworkState, blocks: Blocks, known: Iterable[int] = ()) -> list[str]:
    """Names of the telemetered switches around a dead area of whose positions nobody can be sure, but those of which that is known."""
    doubtful = {edge.branch for edge in blocks.edges if edge.is_remote and edge.branch in present.quality_bad}
    doubtful -= set(known)
    return sorted(names(present, doubtful).values())


def names(present: state.NetworkState, branches: Iterable[int]) -> dict[int, str]:
    """Names of branches; of temporary elements their mRID."""
    wanted = sorted(set(branches))
    rows = Equipment.objects.filter(version_id=present.version_id, is_branch=True, index__in=wanted)
    known = dict(rows.values_list("index", "name"))
    return {branch: known.get(branch) or present.grid.branch_mrid_text(branch) for branch in wanted}


class Multiple(Protocol):
    """By how much the result of a feeder group grows to the load to be expected."""

    def __call__(self, head: int, *, is_measured: bool) -> float:
        """Of the group below a head, as a multiple."""


def in_area_of(present: state.NetworkState, tripped: int, branches: Iterable[int]) -> set[int]:
    """Those of some branches that lie in the control area of a device: one person may operate them together."""
    rows = Equipment.objects.filter(version_id=present.version_id, is_branch=True)
    area = rows.filter(index=tripped).values_list("area_id", flat=True).first()
    return set(rows.filter(index__in=sorted(set(branches)), area_id=area).values_list("index", flat=True))


def around(
    present: state.NetworkState, heads: Iterable[int], multiple: Multiple, by_node: Float, known: Around | None = None
) -> Around:
    """The live network around a dead area: what the branches of some feeders carry by the results of their power flow.

    Args:
        present: as it is now.
        heads: of the feeders.
        multiple: to the load to be expected.
        by_node: the same for the model's load at every node.
        known: what was read of other feeders.
    """
    if known is None:
        known = Around(
            present.grid, present.energisation, _limits(present), {}, np.asarray(present.grid.node_kw * by_node)
        )
    loading = _loading(present, {head for head in heads if head >= 0}, multiple)
    limits = {branch: float(known.limit_kw[branch]) for branch in loading if np.isfinite(known.limit_kw[branch])}
    carried = {branch: kw * loading[branch] / 100.0 for branch, kw in limits.items()}
    return replace(known, carried_kw={**known.carried_kw, **carried})


def _limits(present: state.NetworkState) -> Float:
    """What every branch may carry, in kW; inf where it has no rating."""
    grid = present.grid
    kva = 3.0**0.5 * grid.branch_rated_a * grid.node_nominal_v[grid.branch_from] / 1e3
    return np.where(np.isfinite(kva) & (kva > 0.0), kva * _POWER_FACTOR, np.inf)


def movable(present: state.NetworkState, blocked: Iterable[int]) -> Bool:
    """Switches that make and break load on three phases and that nothing keeps from being operated; heads stay closed."""
    grid = present.grid
    may: Bool = grid.is_switch & ((grid.branch_phases & ABC) == ABC) & ~grid.is_feeder_head
    may &= np.isin(grid.branch_class, [BRANCH_CLASSES.index(name) for name in LOAD_MAKING])
    may[list(blocked)] = False
    return may


def hands_over(present: state.NetworkState, blocked: Iterable[int]) -> Bool:
    """Switches by which load may be moved to another feeder: in remote, and of no interlocking; see `in_area_of`."""
    may = movable(present, blocked)
    points = TelemetryPoint.objects.filter(version_id=present.version_id, kind=LOCAL_MODE, value__gte=_OPERATED)
    rules = Interlock.objects.filter(model_id=present.model_id)
    for mrids in (points, rules):
        places = (present.grid.branch_index(mrid) for mrid in mrids.values_list("equipment_mrid", flat=True))
        may[[branch for branch in places if branch >= 0]] = False
    return may


def _loading(present: state.NetworkState, heads: Iterable[int], multiple: Multiple) -> dict[int, float]:
    """Percent by branch of some feeders and of their stations, as last computed, at the load to be expected."""
    keys = {present.grid.branch_mrid_text(head): head for head in heads}
    rows = GroupPowerFlow.objects.filter(model_id=present.model_id, version_id=present.version_id)
    found: dict[int, float] = {}
    for key, branches, loads, told in rows.filter(key__in=keys).values_list("key", "branches", "loading", "figures"):
        by = multiple(keys[key], is_measured=bool(told.get("estimate")))
        places = map(int, _unpacked(branches, np.int32))
        found |= dict(zip(places, (one * by for one in _unpacked(loads, np.float32)), strict=True))
    return found


def _unpacked(packed: bytes | memoryview, kind: type[np.generic]) -> list[float]:
    return list(np.frombuffer(zlib.decompress(bytes(packed)), kind).tolist()) if packed else []


def loads_before(present: state.NetworkState, head: int) -> dict[str, float | None]:
    """What a feeder carried by its last power flow and by telemetry: kW, kvar, A at its head."""
    key = present.grid.branch_mrid_text(head)
    row = GroupPowerFlow.objects.filter(model_id=present.model_id, key=key).values_list("coupling", flat=True).first()
    taken = list((row or {}).get("taken", {}).values())
    point = (
        TelemetryPoint.objects.filter(version_id=present.version_id, equipment_mrid=key, kind="current")
        .order_by("pk")
        .values_list("value", flat=True)
        .first()
    )
    kw, kvar = (sum(one[place] for one in taken) if taken else None for place in (0, 1))
    return {"kw": kw, "kvar": kvar, "a": point}
