"""Balanced power flow by power-grid-model: the pi circuits of a net as its input arrays.

Every branch becomes a generic_branch, every bus with load one constant-power sym_load, every reference bus a source so strong that
its own impedance does not show. Identifiers are positions: nodes first, then branches, sources, loads, shunts.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from network.domain.physics.results import PowerFlowResult
from network.engines import balanced_results as results
from network.engines.balanced_batch import BatchResult
from network.engines.balanced_pi import NoSource, PiForm, to_pi

NAME = "power-grid-model"
_STRONG_VA = 1e20  # a source's short-circuit power: no drop behind the reference bus
_ITERATIONS = 50
_TOLERANCE_PU = 1e-12
_POWERS = ("p_from", "q_from", "p_to", "q_to")
_UNKNOWN = ("dcline", "svc", "ssc", "tcsc", "vsc", "asymmetric_load", "asymmetric_sgen", "motor", "xward")
_VOLTAGE_SHARES = ("const_z_p_percent", "const_i_p_percent", "const_z_q_percent", "const_i_q_percent")


def why_not(net: Any) -> str:
    """Why power-grid-model cannot express a net; empty where it can."""
    if len(net.gen) and bool((net.gen["in_service"] & ~net.gen["slack"].fillna(value=False).astype(bool)).any()):
        return "generators hold voltages"
    if any(column in net.load and bool(net.load[column].any()) for column in _VOLTAGE_SHARES):
        return "loads follow the voltage"
    found = [table for table in _UNKNOWN if len(net.get(table, ()))]
    return f"it has elements of the kind {found[0]}" if found else ""


class _Model:
    """The input arrays of one net, and the way back from the output."""

    def __init__(self, net: Any) -> None:
        from power_grid_model import PowerGridModel  # noqa: PLC0415 - a compiled library

        self.net = net
        self.form: PiForm = to_pi(net)
        size = self.form.network.size
        self.first_branch = size
        self.first_source = size + len(self.form.network.r)
        self.first_load = self.first_source + len(self.form.sources)
        self.first_shunt = self.first_load + size
        parts = {
            "node": self._nodes(),
            "generic_branch": self._branches(),
            "source": self._sources(),
            "sym_load": self._loads(),
            "shunt": self._shunts(),
        }
        self.model = PowerGridModel(parts, system_frequency=float(net.f_hz))

    def _nodes(self) -> Any:
        nodes = _array("node", self.form.network.size)
        nodes["id"] = np.arange(len(nodes))
        nodes["u_rated"] = self.form.network.base_kv * 1e3
        return nodes

    def _branches(self) -> Any:
        pi = self.form.network
        branches = _array("generic_branch", len(pi.r))
        ohm = pi.base_kv[pi.to_bus] ** 2 / pi.base_mva
        branches["id"] = self.first_branch + np.arange(len(branches))
        branches["from_node"], branches["to_node"] = pi.from_bus, pi.to_bus
        branches["from_status"] = branches["to_status"] = 1
        branches["r1"], branches["x1"] = pi.r * ohm, pi.x * ohm
        branches["g1"], branches["b1"] = pi.g / ohm, pi.b / ohm
        branches["k"], branches["theta"] = pi.ratio, np.radians(pi.shift_deg)
        branches["sn"] = pi.base_mva * 1e6
        return branches

    def _sources(self) -> Any:
        sources = _array("source", len(self.form.sources))
        sources["id"] = self.first_source + np.arange(len(sources))
        sources["node"], sources["status"] = self.form.sources, 1
        sources["u_ref"], sources["u_ref_angle"] = np.abs(self.form.source_v), np.angle(self.form.source_v)
        sources["sk"], sources["rx_ratio"] = _STRONG_VA, 0.1
        return sources

    def _loads(self) -> Any:
        loads = _array("sym_load", self.form.network.size)
        power = self.form.load * 1e6
        loads["id"] = self.first_load + np.arange(len(loads))
        loads["node"], loads["status"], loads["type"] = np.arange(len(loads)), 1, 0
        loads["p_specified"], loads["q_specified"] = power.real, power.imag
        return loads

    def _shunts(self) -> Any:
        pi = self.form.network
        rows = np.flatnonzero(pi.shunt)
        shunts = _array("shunt", len(rows))
        siemens = pi.shunt[rows] * pi.base_mva / pi.base_kv[rows] ** 2
        shunts["id"] = self.first_shunt + rows
        shunts["node"], shunts["status"] = rows, 1
        shunts["g1"], shunts["b1"] = siemens.real, siemens.imag
        shunts["g0"] = shunts["b0"] = 0.0
        return shunts

    def run(self, update: Any = None) -> Any:
        """The output arrays; with an update of loads one row of each per scenario."""
        from power_grid_model import CalculationMethod, initialize_array  # noqa: PLC0415

        more = {"update_data": update, "threading": -1, "continue_on_batch_error": True} if update is not None else {}
        output = self.model.calculate_power_flow(
            symmetric=True,
            error_tolerance=_TOLERANCE_PU,
            max_iterations=_ITERATIONS,
            calculation_method=CalculationMethod.newton_raphson,
            output_component_types={"node", "generic_branch", "source"},
            **more,
        )
        # buses that are joined by switches alone are one without branches: the library tells nothing of those then
        shape = 0 if update is None else (len(update["sym_load"]), 0)
        return {"generic_branch": initialize_array("sym_output", "generic_branch", shape)} | output

    def bus_values(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of the nodes (last axis) by the net's buses; NaN where a bus has no node."""
        return _picked(values, self.form.bus_row[self.net.bus.index.to_numpy()])

    def branch_values(self, table: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of the branches (last axis) by the rows of one table; NaN where one is open."""
        return _picked(values, self.form.branch_rows.get(table, np.zeros(0, dtype=np.int64)))


def _picked(values: NDArray[np.float64], places: NDArray[np.int64]) -> NDArray[np.float64]:
    full = np.concatenate([values, np.full((*values.shape[:-1], 1), np.nan)], axis=-1)
    return np.asarray(full[..., places])


def solve(net: Any) -> PowerFlowResult:
    """The power flow of a net by power-grid-model."""
    from power_grid_model.errors import PowerGridError  # type: ignore[attr-defined]  # noqa: PLC0415

    if reason := why_not(net):
        return PowerFlowResult(NAME, converged=False, reason=f"power-grid-model cannot express this network: {reason}")
    try:
        model = _Model(net)
        if not model.form.is_symmetric:
            return PowerFlowResult(NAME, converged=False, reason="power-grid-model knows no asymmetric pi circuits")
        return _result(net, model, model.run())
    except NoSource as error:
        return PowerFlowResult(NAME, converged=False, reason=str(error))
    except PowerGridError as error:
        return PowerFlowResult(NAME, converged=False, reason=_said(error))


def _said(error: Exception) -> str:
    """The first line of a library's message, without its advice."""
    text = str(error).strip().splitlines()
    return f"no solution was found (power-grid-model: {text[0] if text else type(error).__name__})"


def _result(net: Any, model: _Model, output: Any) -> PowerFlowResult:
    nodes, branches, sources = output["node"], output["generic_branch"], output["source"]
    result = PowerFlowResult(
        NAME,
        converged=True,
        loss_kw=float((branches["p_from"] + branches["p_to"]).sum() / 1e3),
        loss_kvar=float((branches["q_from"] + branches["q_to"]).sum() / 1e3),
        source_kw=float(sources["p"].sum() / 1e3),
        source_kvar=float(sources["q"].sum() / 1e3),
    )
    angles = np.degrees(model.bus_values(nodes["u_angle"]))
    result.buses = results.voltages(net, model.bus_values(nodes["u_pu"]), angles)
    for table in ("line", "trafo"):
        start, end = (model.branch_values(table, branches[column]) for column in ("i_from", "i_to"))
        powers = [model.branch_values(table, branches[column]) / 1e3 for column in _POWERS]
        result.branches += results.flows(net[table]["name"], start, _loading(net, table, start, end), powers)
    result.violations = results.violations(result.buses, result.branches)
    return result


def _loading(net: Any, table: str, start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Percent of the rating, the higher end."""
    frame = net[table]
    if not len(frame):
        return start
    parallel = frame["parallel"].to_numpy(dtype=float) * frame["df"].to_numpy(dtype=float)
    if table == "line":
        return np.asarray(np.fmax(start, end) / (frame["max_i_ka"].to_numpy(dtype=float) * 1e3 * parallel) * 100.0)
    high, low = (frame[column].to_numpy(dtype=float) * math.sqrt(3.0) for column in ("vn_hv_kv", "vn_lv_kv"))
    rated_kva = frame["sn_mva"].to_numpy(dtype=float) * 1e3 * parallel
    return np.asarray(np.fmax(start * high, end * low) / rated_kva * 100.0)


def solve_batch(net: Any, p_kw: NDArray[np.float64], q_kvar: NDArray[np.float64]) -> BatchResult:
    """Many sets of loads in one call of the library.

    Raises:
        ValueError: the net is not for power-grid-model, or nothing feeds it.
    """
    if reason := why_not(net):
        raise ValueError(f"power-grid-model cannot express this network: {reason}")
    model = _Model(net)
    output = model.run({"sym_load": _update(net, model, p_kw, q_kvar)})
    batch = BatchResult.empty(NAME, net, len(p_kw))
    nodes, branches, sources = output["node"], output["generic_branch"], output["source"]
    batch.converged[:] = _converged(model, len(p_kw))
    good = batch.converged
    v_pu = np.where(nodes["u_pu"] > 0, nodes["u_pu"], np.nan)
    batch.v_pu[good] = model.bus_values(v_pu)[good]
    currents = [model.branch_values(table, branches["i_from"]) for table in ("line", "trafo")]
    batch.i_a[good] = np.concatenate(currents, axis=1)[good]
    batch.loss_kw[good] = ((branches["p_from"] + branches["p_to"]).sum(axis=1) / 1e3)[good]
    batch.source_kw[good] = (sources["p"].sum(axis=1) / 1e3)[good]
    batch.source_kvar[good] = (sources["q"].sum(axis=1) / 1e3)[good]
    return batch


def _update(net: Any, model: _Model, p_kw: NDArray[np.float64], q_kvar: NDArray[np.float64]) -> Any:
    """What is no load (generation, wards) stays; the loads of a bus are summed."""
    from power_grid_model import initialize_array  # noqa: PLC0415

    rows = model.form.bus_row[net.load["bus"].to_numpy()]
    counts = net.load["in_service"].to_numpy(dtype=bool) & (rows >= 0)
    present = (net.load["p_mw"] + 1j * net.load["q_mvar"]).to_numpy() * net.load["scaling"].to_numpy()
    rest = model.form.load.copy()
    np.subtract.at(rest, rows[counts], present[counts])
    power = np.tile(rest * 1e6, (len(p_kw), 1))
    for load in np.flatnonzero(counts):
        power[:, rows[load]] += (p_kw[:, load] + 1j * q_kvar[:, load]) * 1e3
    update = initialize_array("update", "sym_load", power.shape)
    update["id"] = model.first_load + np.arange(power.shape[1])
    update["p_specified"], update["q_specified"] = power.real, power.imag
    return update


def _converged(model: _Model, count: int) -> NDArray[np.bool_]:
    good = np.ones(count, dtype=bool)
    error = model.model.batch_error
    if error is not None:
        good[np.asarray(error.failed_scenarios)] = False
    return good


def _array(component: str, size: int) -> Any:
    from power_grid_model import initialize_array  # noqa: PLC0415

    return initialize_array("input", component, size)
