"""Balanced power flow by pandapower: Newton-Raphson, and its damped form where that diverges."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from typing import Any

import numpy as np

from network.domain.physics.results import PowerFlowResult
from network.engines import balanced_results as results
from network.engines import linear_start
from network.engines.balanced_pi import has_source, to_pi

NAME = "pandapower"
_NUMBA_FROM = 2_000  # buses from which the compiled start-up of some seconds is worth it
_MOST_ITERATIONS = 30
_TOLERANCE_MVA = 1e-9
_NO_VOLTAGE_PU = 1e-4  # the equations of a bus without load hold at zero voltage as well
_DOUBTFUL_PU = 0.5  # a root below it may be one no network is operated at; others are looked for first
_ROUNDING = 10.0  # mismatches below so many roundings of the largest admittance mean nothing
_MOST_ROUNDING = 1e-3  # of the load: beyond it a balance would say nothing
_NO_ROOT = f"no solution was found in {_MOST_ITERATIONS} iterations (Newton-Raphson, also damped)"
#: Tables of branches, with their ends as columns name them; of three windings the first is told only.
_ENDS = (("line", "from", "to"), ("trafo", "hv", "lv"), ("trafo3w", "hv"))
#: Where a net keeps voltages (p.u.) and angles (degrees) of its buses to start from.
START = "start"
#: Tried in this order: most networks need the first only.
_ATTEMPTS = (
    {"algorithm": "nr", "init": "flat"},
    {"algorithm": "nr", "init": "results"},  # from the unloaded network
    {"algorithm": "nr", "init": "dc"},
    {"algorithm": "iwamoto_nr", "init": "flat"},
)


def solve(net: Any) -> PowerFlowResult:
    """The power flow of a net; its result tables are filled as well."""
    if not has_source(net):
        return PowerFlowResult(NAME, converged=False, reason="no source is in service")
    reason = _run(net)
    if reason:
        return PowerFlowResult(NAME, converged=False, reason=reason)
    return _result(net)


def _run(net: Any) -> str:
    """Solve in place; the reason where it fails.

    A start the net brings itself (START) comes first. A solution of very low voltages is kept only if no start finds a better one.
    """
    logging.getLogger("pandapower").setLevel(logging.ERROR)
    attempts = [*_own_start(net), *_ATTEMPTS]
    tolerance = max(_TOLERANCE_MVA, float(net.sn_mva) * 1e-10)
    found: list[tuple[float, dict[str, Any]]] = []
    for attempt in attempts:
        reason = _attempt(net, attempt, tolerance)
        if reason == _NO_ROOT:
            continue
        if reason:
            return reason
        lowest = float(net.res_bus["vm_pu"].min())
        if lowest >= _DOUBTFUL_PU:
            return ""
        found.append((lowest, attempt))
    lowest, best = max(found, key=lambda one: one[0], default=(0.0, {}))
    if lowest >= _NO_VOLTAGE_PU:
        return _attempt(net, best, tolerance)
    if found:
        return "only a root at zero voltage was found"
    rounded = _rounding_mva(net)
    most = _MOST_ROUNDING * float(net.load["p_mw"].abs().sum())
    return _attempt(net, attempts[0], rounded) if tolerance < rounded < most else _NO_ROOT


def _own_start(net: Any) -> list[dict[str, Any]]:
    """The start the net brings, as an attempt."""
    start = net.get(START)
    if start is None:
        return []
    return [{"algorithm": "nr", "init": "auto", "init_vm_pu": start[0], "init_va_degree": start[1]}]


def _rounding_mva(net: Any) -> float:
    """The least mismatch that can be computed at all: impedances next to nothing make differences of huge currents."""
    form = to_pi(net)
    largest = float(np.abs(form.network.bus_admittance().data).max(initial=0.0))
    return _ROUNDING * float(np.finfo(float).eps) * largest * form.network.base_mva


def _attempt(net: Any, attempt: dict[str, Any], tolerance: float) -> str:
    """One solution; empty where it was found."""
    import pandapower  # noqa: PLC0415 - takes seconds

    try:
        # pandapower's damped Newton prints: standard output is the answer's alone
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            if attempt["init"] == "results":
                linear_start.fill(net)
            pandapower.runpp(
                net,
                calculate_voltage_angles=True,
                max_iteration=_MOST_ITERATIONS,
                tolerance_mva=tolerance,
                numba=len(net.bus) >= _NUMBA_FROM,
                **attempt,
            )
    except pandapower.LoadflowNotConverged:
        return _NO_ROOT
    except (ValueError, ArithmeticError, KeyError, IndexError, UserWarning) as error:
        return f"pandapower cannot solve this network: {' '.join(str(error).split())}"
    return ""


def _result(net: Any) -> PowerFlowResult:
    branches = [net.res_line, net.res_trafo, net.res_trafo3w, net.res_impedance]
    sources = [net.res_ext_grid]
    if len(net.gen):
        sources.append(net.res_gen[net.gen["slack"].fillna(value=False).to_numpy(dtype=bool)])
    result = PowerFlowResult(
        NAME,
        converged=True,
        iterations=int(net["_ppc"]["iterations"]),
        loss_kw=results.total_kw([*branches, net.res_dcline], "pl_mw"),
        loss_kvar=results.total_kw(branches, "ql_mvar"),
        source_kw=results.total_kw(sources, "p_mw"),
        source_kvar=results.total_kw(sources, "q_mvar"),
        buses=results.voltages(net, net.res_bus["vm_pu"], net.res_bus["va_degree"]),
    )
    for table, *ends in _ENDS:
        frame = net[table][net[table]["in_service"].astype(bool)]
        solved = net[f"res_{table}"].loc[frame.index]
        powers = [solved[f"{one}_{end}_m{unit}"] * 1e3 for end in ends for one, unit in (("p", "w"), ("q", "var"))]
        amperes = solved[f"i_{ends[0]}_ka"] * 1e3
        result.branches += results.flows(frame["name"], amperes, solved["loading_percent"], powers)
    result.violations = results.violations(result.buses, result.branches)
    return result
