"""The network as the simulated world outside fetches it: what is built, how it stands, who hangs where. No names of people.

The document is described in docs/subsystems/simulators.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from adms.core.errors import NotFound
from metering.selectors import supply
from network.domain.physics import series_impedance
from network.selectors import equipment, state
from network.selectors.state import NetworkState
from network.services import power_flow

Document = dict[str, Any]


def world(*, model: str = "") -> Document:
    """Everything a simulation needs of one model (the first by key unless named).

    Raises:
        NotFound: no such model, or none at all.
    """
    present = _present(model)
    grid = present.grid
    rows = equipment.published(present.model).filter(is_branch=True).order_by("index")
    names = dict(rows.values_list("index", "name"))
    points = equipment.telemetry(present.model)
    position_points = {point.equipment_mrid: point.mrid for point in points if point.kind == "position"}
    meters, dark = _meters(present.model)
    of_branches, of_sources = _impedances(present, points)
    return {
        "model": present.model,
        "version": present.version,
        "nodes": grid.node_count,
        "branches": [
            _branch(present, index, names, position_points) | {"z": of_branches.get(index)}
            for index in range(grid.branch_count)
        ],
        "sources": grid.source_node.tolist(),
        "loads": [[int(node), float(grid.node_kw[node])] for node in np.flatnonzero(grid.node_kw)],
        "analogs": [
            {"mrid": point.mrid, "branch": point.equipment_mrid, "nominal_v": volts}
            for point in points
            if point.kind == "current" and (volts := _nominal_v(present, point.equipment_mrid))
        ],
        "fault_currents": [
            {"mrid": point.mrid, "branch": point.equipment_mrid, "nominal_v": volts}
            for point in points
            if point.kind == "fault_current" and (volts := _nominal_v(present, point.equipment_mrid))
        ],
        "source_z": [[node, *ohm] for node, ohm in sorted(of_sources.items())],
        "indicators": [
            {"mrid": point.mrid, "branch": point.equipment_mrid} for point in points if point.kind == "fault_indicator"
        ],
        "meters": meters,
        "dark": dark,
    }


def positions(*, model: str = "") -> Document:
    """How the switches of a model stand in the picture, by mRID."""
    present = _present(model)
    switches = np.flatnonzero(present.grid.is_switch)
    return {
        "model": present.model,
        "version": present.version,
        "closed": {present.grid.branch_mrid_text(one): bool(present.closed[one]) for one in switches.tolist()},
    }


def _present(model: str) -> NetworkState:
    known = [model] if model else state.models()
    if not known:
        raise NotFound("no network model is published yet")
    return state.present(known[0])


def _branch(present: NetworkState, index: int, names: dict[int, str], points: dict[str, str]) -> Document:
    grid, mrid = present.grid, present.grid.branch_mrid_text(index)
    return {
        "mrid": mrid,
        "name": names.get(index, mrid),
        "class": grid.branch_class_name(index),
        "from": int(grid.branch_from[index]),
        "to": int(grid.branch_to[index]),
        "is_switch": bool(grid.is_switch[index]),
        "is_protective": bool(grid.is_protective[index]),
        "is_telemetered": bool(grid.is_telemetered[index]),
        "closed": bool(present.closed[index]) or not grid.is_switch[index],
        "normal_closed": bool(grid.normal_closed[index]),
        "position_point_mrid": points.get(mrid, ""),
    }


def _impedances(present: NetworkState, points: Iterable[Any]) -> tuple[dict[int, list[float]], dict[int, list[float]]]:
    """What a fault of all phases meets, pu on 1 MVA, by branch and by node of a source; nothing where no device tells currents."""
    circuit = power_flow.circuit_of(present.version_id) if any(one.kind == "fault_current" for one in points) else None
    if circuit is None:
        return {}, {}
    grid = present.grid
    by_branch = ((grid.branch_index(mrid), z) for mrid, z in series_impedance.of_branches(circuit).items())
    by_node = ((grid.node_index(mrid), z) for mrid, z in series_impedance.of_sources(circuit).items())
    branches, sources = ({at: [z.real, z.imag] for at, z in found if at >= 0} for found in (by_branch, by_node))
    return branches, sources


def _meters(model: str) -> tuple[list[Document], list[str]]:
    """The connected meters with their node, and the numbers of those known to be without power."""
    supplied = supply.supply_at(model)
    ids = supplied.ids.tolist()
    numbers, points, power = supply.meters_at(ids), supply.usage_points(ids), supply.power_of(ids)
    meters = [
        {"number": numbers[point], "usage_point": points[point]["name"], "node": node}
        for point, node in zip(ids, supplied.nodes.tolist(), strict=True)
        if point in numbers
    ]
    return meters, [numbers[point] for point, (word, _) in power.items() if word == "off" and point in numbers]


def _nominal_v(present: NetworkState, mrid: str) -> float:
    branch = present.grid.branch_index(mrid)
    volts = float(present.grid.node_nominal_v[present.grid.branch_from[branch]]) if branch >= 0 else 0.0
    return volts if math.isfinite(volts) else 0.0
