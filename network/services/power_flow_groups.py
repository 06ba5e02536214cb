"""The results of feeder groups as rows: read back while their groups stay as they were, written where they were solved anew."""

import dataclasses
import datetime as dt
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from network.domain import charted, temporary
from network.domain.feeder_groups.coupling import GroupResult, Volts
from network.domain.feeder_groups.groups import FeederGroup, FeederGroups
from network.domain.physics.results import PowerFlowResult
from network.models import GroupPowerFlow, PowerFlow
from network.selectors import state

LISTED = 500
FIGURES = ("iterations", "loss_kw", "loss_kvar", "source_kw", "source_kvar", "v_min_pu", "v_max_pu")
_ARRAYS = ("nodes", "voltage", "branches", "loading")
_WRITTEN = ("version", "name", "head", "signature", "computed_at", "took_ms", "engine", "converged", "reason",
            "figures", "violations", "coupling", *_ARRAYS)  # fmt: skip
_NAMED = 3  # feeders in the name of a group


@dataclass(slots=True)
class Kept:
    """What still holds of a model's groups, by key; `rows` has the primary keys of all rows, `signatures` what the groups are now."""

    results: dict[str, GroupResult]
    signatures: dict[str, str]
    rows: dict[str, int] = field(default_factory=dict)


def kept(groups: FeederGroups, present: state.NetworkState, oldest: dt.datetime) -> Kept:
    """Results of groups that are now what they were, computed at `oldest` or later."""
    signatures = {group.key: groups.signature(group.number) for group in groups.groups}
    found = Kept({}, signatures)
    rows = GroupPowerFlow.objects.filter(model_id=present.model_id).defer("figures", "violations", *_ARRAYS)
    for row in rows:
        found.rows[row.key] = row.pk
        is_same = row.version_id == present.version_id and row.signature == signatures.get(row.key)
        if is_same and row.computed_at >= oldest:
            found.results[row.key] = heard(row)
    return found


def heard(row: GroupPowerFlow) -> GroupResult:
    """What the coupling needs of a row."""
    result = PowerFlowResult(row.engine, converged=row.converged, reason=row.reason)
    told = row.coupling
    heads = {key: _pairs(volts) for key, volts in told["heads"].items()}
    return GroupResult(result, _pairs(told["held_at"]), _pairs(told["taken"]), heads)


def _pairs(told: Mapping[str, Iterable[float]]) -> Volts:
    return {phase: (one, other) for phase, (one, other) in told.items()}


def refused(groups: FeederGroups, present: state.NetworkState) -> dict[int, str]:
    """Groups that have no steady state, and why: a ground on what is live is a short circuit."""
    live = {one.mrid for one in temporary.live_grounds(present.fitted, present.energisation)}
    found = {}
    for node, element in present.fitted.grounds:
        if element.mrid in live and (number := int(groups.of_node[node])) >= 0:
            found[number] = f"ground {element.name} stands on what is live: this is a short circuit"
    return found


def write(
    groups: FeederGroups,
    present: state.NetworkState,
    changed: Mapping[str, GroupResult],
    before: Kept,
    took_ms: Mapping[str, int],
    at: dt.datetime,
) -> None:
    """Keep the results that are new, and drop those of groups that are no more."""
    by_key = {group.key: group for group in groups.groups}
    gone = [pk for key, pk in before.rows.items() if key not in by_key]
    GroupPowerFlow.objects.filter(pk__in=gone).delete()
    rows = [_row(by_key[key], present, result, before.signatures[key]) for key, result in changed.items()]
    for row in rows:
        row.computed_at, row.took_ms = at, took_ms.get(row.key, 0)
    GroupPowerFlow.objects.bulk_create(
        rows, batch_size=200, update_conflicts=True, unique_fields=["model", "key"], update_fields=_WRITTEN
    )


def _row(group: FeederGroup, present: state.NetworkState, of: GroupResult, signature: str) -> GroupPowerFlow:
    grid, result = present.fitted.base, of.result
    volts, loads = charted.voltage_by_node(grid, result), charted.loading_by_branch(grid, result)
    nodes, branches = (np.flatnonzero(np.isfinite(one)).astype(np.int32) for one in (volts, loads))
    told: dict[str, Any] = {name: getattr(result, name) for name in FIGURES}
    told |= {"violations": len(result.violations), "nodes": int(nodes.size)}
    told["estimate"] = result.estimate
    told["loading_percent"] = float(loads[branches].max()) if branches.size else None
    return GroupPowerFlow(
        model_id=present.model_id,
        version_id=present.version_id,
        key=group.key,
        name=name_of(group, present),
        head=group.head,
        signature=signature,
        engine=result.engine,
        converged=result.converged,
        reason=result.reason,
        figures=told,
        violations=[dataclasses.asdict(one) for one in result.violations[:LISTED]],
        coupling={"held_at": of.held_at, "taken": of.taken, "heads": of.heads},
        nodes=_packed(nodes),
        voltage=_packed(volts[nodes]),
        branches=_packed(branches),
        loading=_packed(loads[branches]),
    )


def name_of(group: FeederGroup, present: state.NetworkState) -> str:
    """Its feeders, else its substation."""
    grid = present.grid
    heads = [grid.feeder_name(head) or grid.branch_mrid_text(head) for head in group.feeders]
    more = f" and {len(heads) - _NAMED} more" if len(heads) > _NAMED else ""
    feeders = ", ".join(heads[:_NAMED]) + more
    if not group.is_station:
        return feeders
    node = grid.node_index(group.key.removeprefix("source "))
    station = (grid.node_substation_name(node) if node >= 0 else "") or group.key
    return f"{station} with {feeders}" if feeders else station


@dataclass(frozen=True, slots=True)
class Told:
    """What the sum over the groups needs of one: `head` is -1 where it has sources of its own."""

    name: str
    head: int
    engine: str
    converged: bool
    reason: str
    figures: dict[str, Any]


@dataclass(slots=True)
class Whole:
    """All groups of a model put together; figures are None where a group has no solution or still waits for its first."""

    engine: str
    converged: bool
    reason: str
    figures: dict[str, Any]
    violations: list[dict[str, Any]]
    loading: charted.Floats
    voltage: charted.Floats


def whole(present: state.NetworkState, waiting: int) -> Whole:
    """The model's result out of its groups' rows."""
    grid = present.fitted.base
    volts, loads = np.full(grid.node_count, np.nan, np.float32), np.full(grid.branch_count, np.nan, np.float32)
    rows = list(
        GroupPowerFlow.objects.filter(model_id=present.model_id, version_id=present.version_id).order_by("name")
    )
    for row in rows:
        lay(row, volts, loads)
    solved = [row for row in rows if row.converged]
    failed = [row for row in rows if not row.converged]
    is_whole = bool(rows) and not failed and not waiting
    found = [one for row in solved for one in row.violations]
    return Whole(
        engine=" + ".join(sorted({row.engine for row in rows})) or "none",
        converged=is_whole,
        reason=reason(rows, waiting=waiting),
        figures=figures(solved, is_whole=is_whole)
        | {"groups": len(rows), "unsolved": len(failed), "waiting": waiting}
        | {"estimated": sum(1 for row in solved if row.figures.get("estimate"))},
        violations=found[:LISTED],
        loading=loads,
        voltage=volts,
    )


def lay(row: GroupPowerFlow, volts: charted.Floats, loads: charted.Floats) -> None:
    """The voltages and loadings of a group at their places."""
    volts[_unpacked(row.nodes, np.int32)] = _unpacked(row.voltage, np.float32)
    loads[_unpacked(row.branches, np.int32)] = _unpacked(row.loading, np.float32)


def reason(rows: Sequence[Told | GroupPowerFlow], *, waiting: int) -> str:
    """Why there are no figures of the whole; empty where there are."""
    failed = [row for row in rows if not row.converged]
    words = [f"{len(failed)} of {len(rows)} feeder groups: {failed[0].name}: {failed[0].reason}"] if failed else []
    words += [f"{waiting} feeder groups are still to be computed"] if waiting else []
    words += [] if rows else ["no source holds any part of the network"]
    return "; ".join(words)


def figures(solved: Sequence[Told | GroupPowerFlow], *, is_whole: bool) -> dict[str, Any]:
    """Sums over the groups; what the sources give is counted where the sources are."""
    found: dict[str, Any] = dict.fromkeys(FIGURES)
    found["violations"] = sum(row.figures["violations"] for row in solved)
    if not is_whole:
        return found
    for name in ("loss_kw", "loss_kvar"):
        found[name] = sum(row.figures[name] or 0.0 for row in solved)
    for name in ("source_kw", "source_kvar"):
        found[name] = sum(row.figures[name] or 0.0 for row in solved if row.head < 0)
    found["iterations"] = max((row.figures["iterations"] or 0 for row in solved), default=None)
    found["v_min_pu"] = min((v for row in solved if (v := row.figures["v_min_pu"]) is not None), default=None)
    found["v_max_pu"] = max((v for row in solved if (v := row.figures["v_max_pu"]) is not None), default=None)
    return found


def drop_arrays(model_id: int, keep: int) -> None:
    """Leave the arrays of a large network to its newest results only."""
    rows = PowerFlow.objects.filter(model_id=model_id, source=PowerFlow.Source.OWN).exclude(voltage=b"")
    beyond = list(rows.order_by("-computed_at", "-pk").values_list("pk", flat=True)[keep:])
    PowerFlow.objects.filter(pk__in=beyond).update(loading=b"", voltage=b"")


def _packed(values: NDArray[Any]) -> bytes:
    return zlib.compress(values.tobytes(), 1)


def _unpacked(packed: bytes | memoryview, kind: Any) -> NDArray[Any]:
    return np.frombuffer(zlib.decompress(bytes(packed)), kind) if packed else np.empty(0, kind)
