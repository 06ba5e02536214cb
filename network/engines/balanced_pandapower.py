"""Balanced power flow by pandapower: Newton-Raphson, and its damped form where that diverges."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from typing import Any

from network.domain.physics.results import PowerFlowResult
from network.engines import balanced_results as results
from network.engines import linear_start
from network.engines.balanced_pi import has_source

NAME = "pandapower"
_NUMBA_FROM = 2_000  # buses from which the compiled start-up of some seconds is worth it
_MOST_ITERATIONS = 30
_TOLERANCE_MVA = 1e-9
_NO_VOLTAGE_PU = 1e-4  # the equations of a bus without load hold at zero voltage as well
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
    """Solve in place; the reason where it fails."""
    import pandapower  # noqa: PLC0415 - takes seconds

    logging.getLogger("pandapower").setLevel(logging.ERROR)
    tolerance = max(_TOLERANCE_MVA, float(net.sn_mva) * 1e-10)
    reason = ""
    for attempt in _ATTEMPTS:
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
            reason = f"no solution was found in {_MOST_ITERATIONS} iterations (Newton-Raphson, also damped)"
        except (ValueError, ArithmeticError, KeyError, IndexError, UserWarning) as error:
            return f"pandapower cannot solve this network: {' '.join(str(error).split())}"
        else:
            if not (net.res_bus["vm_pu"] < _NO_VOLTAGE_PU).any():
                return ""
            reason = "only a root at zero voltage was found"
    return reason


def _result(net: Any) -> PowerFlowResult:
    branches = [net.res_line, net.res_trafo, net.res_trafo3w, net.res_impedance]
    sources = [net.res_ext_grid]
    if len(net.gen):
        sources.append(net.res_gen[net.gen["slack"].fillna(value=False).to_numpy(dtype=bool)])
    result = PowerFlowResult(
        NAME,
        converged=True,
        iterations=int(net["_ppc"]["iterations"]),
        loss_kw=results.total_kw(branches, "pl_mw"),
        loss_kvar=results.total_kw(branches, "ql_mvar"),
        source_kw=results.total_kw(sources, "p_mw"),
        source_kvar=results.total_kw(sources, "q_mvar"),
        buses=results.voltages(net, net.res_bus["vm_pu"], net.res_bus["va_degree"]),
    )
    for table, column in (("line", "i_from_ka"), ("trafo", "i_hv_ka"), ("trafo3w", "i_hv_ka")):
        frame = net[table][net[table]["in_service"].astype(bool)]
        solved = net[f"res_{table}"].loc[frame.index]
        result.branches += results.flows(frame["name"], solved[column] * 1e3, solved["loading_percent"])
    result.violations = results.violations(result.buses, result.branches)
    return result
