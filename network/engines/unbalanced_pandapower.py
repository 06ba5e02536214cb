"""Power flow by phase, by pandapower, of nets whose loads differ from phase to phase.

pandapower solves it in symmetrical components, so the net has to say its zero sequence, and some elements it leaves out without a word:
`why_not` says what stands in the way, and such a net is solved as a balanced one.
"""

from __future__ import annotations

import warnings
from typing import Any

from network.domain.physics.results import BranchFlow, BusVoltage, PowerFlowResult
from network.engines import balanced_results as results

NAME = "pandapower"
PHASES = "ABC"
_MOST_ITERATIONS = 100
_TOLERANCE_MVA = 1e-10  # of each bus: a thousand of them would not add up to a watt
_BY_PHASE = ("asymmetric_load", "asymmetric_sgen")
#: What the zero sequence needs, by table.
_NEEDED = {
    "line": ("r0_ohm_per_km", "x0_ohm_per_km", "c0_nf_per_km"),
    "trafo": ("vector_group", "vk0_percent", "vkr0_percent", "mag0_percent", "mag0_rx", "si0_hv_partial"),
    "ext_grid": ("s_sc_max_mva", "rx_max", "r0x0_max", "x0x_max"),
}
#: What pandapower's solution by phase leaves out.
_LEFT_OUT = (
    "gen", "trafo3w", "impedance", "dcline", "ward", "xward", "motor", "storage", "svc", "ssc", "tcsc", "vsc",
)  # fmt: skip


def is_unbalanced(net: Any) -> bool:
    """Whether a load or generator in service takes or gives other powers on one phase than on another."""
    return any(
        bool((alive[f"{kind}_a_m{unit}"] != alive[f"{kind}_{other}_m{unit}"]).any())
        for alive in (_alive(net, table) for table in _BY_PHASE)
        for kind, unit in (("p", "w"), ("q", "var"))
        for other in "bc"
    )


def why_not(net: Any) -> str:
    """Why it cannot be solved by phase; empty where it can."""
    for table in _LEFT_OUT:
        if len(_alive(net, table)):
            return f"a {table} is not solved by phase"
    for table, columns in _NEEDED.items():
        alive = _alive(net, table)
        lacking = [name for name in columns if name not in alive or bool(alive[name].isna().any())]
        if len(alive) and lacking:
            return f"{table} without {', '.join(lacking)}"
    return ""


def solve(net: Any) -> PowerFlowResult:
    """The power flow by phase; voltages on the bus's own nominal phase voltage, angles against phase A of the source."""
    import pandapower  # noqa: PLC0415 - takes seconds

    if not len(_alive(net, "ext_grid")):
        return PowerFlowResult(NAME, converged=False, reason="no source is in service")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pandapower.runpp_3ph(net, numba=False, max_iteration=_MOST_ITERATIONS, tolerance_mva=_TOLERANCE_MVA)
    except pandapower.LoadflowNotConverged as error:
        return PowerFlowResult(NAME, converged=False, reason=f"no solution by phase was found: {error}")
    except (ValueError, ArithmeticError, KeyError, IndexError, UserWarning, NotImplementedError) as error:
        reason = f"pandapower cannot solve this network by phase: {' '.join(str(error).split())}"
        return PowerFlowResult(NAME, converged=False, reason=reason)
    return _result(net)


def _result(net: Any) -> PowerFlowResult:
    branches = [net.res_line_3ph, net.res_trafo_3ph]
    sources = [net.res_ext_grid_3ph]
    buses = [bus for phase in PHASES for bus in _voltages(net, phase)]
    flows = [
        flow
        for table, end in (("line", "from"), ("trafo", "hv"))
        for phase in PHASES
        for flow in _flows(net, table, end, phase)
    ]
    return PowerFlowResult(
        NAME,
        converged=True,
        loss_kw=_total(branches, "pl_{}_mw"),
        loss_kvar=_total(branches, "ql_{}_mvar"),
        source_kw=_total(sources, "p_{}_mw"),
        source_kvar=_total(sources, "q_{}_mvar"),
        buses=buses,
        branches=flows,
        violations=results.violations(buses, flows),
    )


def _alive(net: Any, table: str) -> Any:
    frame = net[table] if table in net else net["bus"].iloc[:0]
    return frame[frame["in_service"].astype(bool)]


def _total(frames: list[Any], column: str) -> float:
    return sum(results.total_kw(frames, column.format(phase)) for phase in PHASES.lower())


def _voltages(net: Any, phase: str) -> list[BusVoltage]:
    key = phase.lower()
    found = results.voltages(net, net.res_bus_3ph[f"vm_{key}_pu"], net.res_bus_3ph[f"va_{key}_degree"])
    return [BusVoltage(one.name, phase, one.v_pu, one.angle_deg) for one in found]


def _flows(net: Any, table: str, end: str, phase: str) -> list[BranchFlow]:
    key = phase.lower()
    frame = _alive(net, table)
    solved = net[f"res_{table}_3ph"].loc[frame.index]
    powers = [solved[f"{one}_{key}_{end}_m{unit}"] * 1e3 for one, unit in (("p", "w"), ("q", "var"))]
    current = solved[f"i_{key}_{end}_ka"] * 1e3
    found = results.flows(frame["name"], current, solved[f"loading_{key}_percent"], powers)
    return [
        BranchFlow(one.name, phase, one.i_a, one.loading_percent, p_kw=one.p_kw, q_kvar=one.q_kvar) for one in found
    ]
