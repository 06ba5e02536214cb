"""What the latest power flow of a model says: figures, violations with the feeder they are on, bytes for the map."""

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from network.domain import charted
from network.domain.grid import Grid
from network.models import GroupPowerFlow, ModelCircuit, PowerFlow
from network.selectors import grids, state

#: Shares of the rating, and bands of voltage, that are counted: the classes of the map's legend.
LOADING_STEPS = (60.0, 80.0, 100.0)
VOLTAGE_STEPS = (0.9, 0.95, 1.05, 1.1)
OWN = PowerFlow.Source.OWN
#: So many feeder groups are listed, those without a solution first.
MOST_GROUPS = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """One result as people see it; `is_current` says that no switch has moved since it was computed."""

    row: PowerFlow
    is_current: bool
    violations: list[dict[str, Any]]
    feeders: list[dict[str, Any]]
    groups: list[GroupPowerFlow]


def latest(model: str) -> PowerFlow | None:
    """Our newest result of the published version, converged or not."""
    rows = PowerFlow.objects.filter(model__key=model, version_id=state.published_version_id(model), source=OWN)
    return rows.order_by("-computed_at", "-pk").first()


def has_circuit(model: str) -> bool | None:
    """Whether the published version has impedances; None while nobody has looked yet."""
    row = (
        ModelCircuit.objects.filter(version_id=state.published_version_id(model))
        .values_list("circuit", flat=True)
        .first()
    )
    return None if row is None else bool(row)


def shown(model: str) -> Shown | None:
    """The newest result with what it means; None before the first."""
    row = latest(model)
    if row is None:
        return None
    present = state.present(model)
    groups = GroupPowerFlow.objects.filter(model__key=model, version_id=row.version_id)
    lean = groups.defer("violations", "coupling", "nodes", "voltage", "branches", "loading").order_by(
        "converged", "name"
    )
    return Shown(
        row,
        row.sequence == present.sequence,
        _violations(row, present),
        _feeders(row, present),
        list(lean[:MOST_GROUPS]),
    )


def history(model: str, *, limit: int = 96) -> list[PowerFlow]:
    """The latest results, newest first, without their arrays."""
    rows = PowerFlow.objects.filter(model__key=model, source=OWN).defer("loading", "voltage", "violations")
    return list(rows.order_by("-computed_at", "-pk")[:limit])


def heat(model: str, kind: str) -> tuple[PowerFlow | None, bytes]:
    """One byte per branch of the published version (`domain.charted`): kind is "loading" or "voltage"; empty without a result."""
    version_id = state.published_version_id(model)
    row = (
        PowerFlow.objects.filter(model__key=model, version_id=version_id, source=OWN)
        .exclude(voltage=b"")
        .order_by("-computed_at", "-pk")
        .first()
    )
    if row is None:
        return None, b""
    grid = grids.load(row.version.checksum)
    if kind == "loading":
        return row, charted.loading_bytes(loading(row))
    by_branch = charted.voltage_by_branch(grid, voltage(row)[: grid.node_count])
    return row, charted.voltage_bytes(by_branch)


def percent(model: str) -> tuple[PowerFlow | None, charted.Floats]:
    """Percent by branch of the newest result with values, NaN where unknown; empty without one."""
    rows = PowerFlow.objects.filter(model__key=model, version_id=state.published_version_id(model), source=OWN)
    row = rows.exclude(loading=b"").order_by("-computed_at", "-pk").first()
    return row, loading(row) if row else np.zeros(0, np.float32)


def loading(row: PowerFlow) -> charted.Floats:
    """Percent by branch; NaN where unknown."""
    return _floats(row.loading)


def voltage(row: PowerFlow) -> charted.Floats:
    """Per unit by node; NaN where dead or unknown."""
    return _floats(row.voltage)


def _floats(packed: bytes | memoryview) -> charted.Floats:
    return np.frombuffer(zlib.decompress(bytes(packed)), np.float32) if packed else np.empty(0, np.float32)


def _violations(row: PowerFlow, present: state.NetworkState) -> list[dict[str, Any]]:
    grid = present.grid
    found = []
    for one in row.violations:
        branch = grid.branch_index(one["mrid"])
        node = grid.node_index(one["mrid"]) if branch < 0 else -1
        near = branch if branch >= 0 else int(present.energisation.parent_branch[node]) if node >= 0 else -1
        found.append({**one, "branch": near if near >= 0 else None, "feeder": _feeder(grid, present, near)})
    return found


def _feeder(grid: Grid, present: state.NetworkState, branch: int) -> str:
    if branch < 0:
        return ""
    head = int(present.energisation.feeder[grid.branch_to[branch]])
    return grid.feeder_name(head) if head >= 0 else ""


def _feeders(row: PowerFlow, present: state.NetworkState) -> list[dict[str, Any]]:
    """Highest loading and lowest voltage by present feeder."""
    grid = present.grid
    percent, volts = loading(row)[: grid.branch_count], voltage(row)[: grid.node_count]
    if not percent.size or not volts.size:
        return []
    heads = present.energisation.feeder[: volts.size]
    of_branch = heads[grid.branch_to[: percent.size]]
    found = []
    for head in np.unique(heads[heads >= 0]).tolist():
        mine, ours = volts[heads == head], percent[of_branch == head]
        if np.isfinite(mine).any():
            highest = float(np.nanmax(ours)) if np.isfinite(ours).any() else None
            name = grid.feeder_name(head) or grid.branch_mrid_text(head)
            found.append({"name": name, "branch": head, "v_min_pu": float(np.nanmin(mine)), "loading_percent": highest})
    return sorted(found, key=lambda one: one["v_min_pu"])
