"""A power-flow result laid on the arrays of a grid: one loading per branch, one voltage per node."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from network.domain.grid import Grid
from network.domain.physics.results import PowerFlowResult

Floats = NDArray[np.float32]
#: Of a byte on the map: 0 says unknown, 1 to 255 spread over 0 to 254 % loading, and over 0.8 to 1.2 pu voltage.
_LOADING_TOP, _V_LOW, _V_SPAN = 254.0, 0.8, 0.4


def loading_by_branch(grid: Grid, result: PowerFlowResult) -> Floats:
    """Percent of the rating in the most loaded phase, by branch number; NaN where no current or rating is known."""
    rows = [(flow.mrid, flow.loading_percent) for flow in result.branches if flow.loading_percent is not None]
    places = grid.branch_indices([mrid for mrid, _ in rows])
    return _laid(np.fmax, grid.branch_count, places, [percent for _, percent in rows])


def voltage_by_node(grid: Grid, result: PowerFlowResult) -> Floats:
    """Voltage of the lowest phase in per unit, by node number; NaN where a node is dead or not in the result."""
    places = np.array([grid.node_index(bus.mrid) for bus in result.buses], np.int64)
    return _laid(np.fmin, grid.node_count, places, [bus.v_pu for bus in result.buses])


def voltage_by_branch(grid: Grid, by_node: Floats) -> Floats:
    """The lower of the voltages at the ends of each branch."""
    return np.fmin(by_node[grid.branch_from], by_node[grid.branch_to])


def loading_bytes(percent: Floats) -> bytes:
    """One byte per branch, see above."""
    return _bytes(np.clip(percent, 0.0, _LOADING_TOP) / _LOADING_TOP)


def voltage_bytes(per_unit: Floats) -> bytes:
    """One byte per branch, see above."""
    return _bytes((np.clip(per_unit, _V_LOW, _V_LOW + _V_SPAN) - _V_LOW) / _V_SPAN)


def _bytes(share: NDArray[Any]) -> bytes:
    known = np.isfinite(share)
    scaled = np.rint(np.where(known, share, 0.0) * 254.0) + 1.0
    return np.where(known, scaled, 0.0).astype(np.uint8).tobytes()


def _laid(choose: np.ufunc, size: int, places: NDArray[Any], values: list[float]) -> Floats:
    """Values at their places, of several at one place the chosen; NaN elsewhere. Place -1 is nowhere."""
    found = np.full(size, np.nan, np.float32)
    known = np.asarray(places) >= 0
    choose.at(found, np.asarray(places)[known], np.asarray(values, np.float32)[known])
    return found
