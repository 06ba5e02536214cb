"""Why a power flow finds nothing: how much of the load the network could carry, and where it would give way."""

from __future__ import annotations

import warnings
from typing import Any

_HALVINGS = 8
_MOST_BUSES = 3_000  # beyond it the answer would take longer than it is worth
_NOTHING_PU = 0.05  # a root down here is none


def explain(net: Any) -> str:
    """A sentence about the largest share of all loads and production for which a solution is found; empty for large nets.

    Args:
        net: a pandapower net that Newton did not solve; it is as before afterwards. A column `shown` has the names for people where
            `name` has others.
    """
    if len(net.bus) > _MOST_BUSES:
        return ""
    tables = [table for table in ("load", "sgen") if len(net[table])]
    kept = {table: net[table]["scaling"].copy() for table in tables}
    gens = net.gen["p_mw"].copy()
    try:
        share = _largest(net, kept, gens)
        return _words(net, share) if share > 0.0 else "not even the unloaded network has a solution"
    finally:
        for table, scaling in kept.items():
            net[table]["scaling"] = scaling
        net.gen["p_mw"] = gens


def _largest(net: Any, kept: dict[str, Any], gens: Any) -> float:
    """Bisection; the net holds the solution of the share that is returned."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _solves(net, kept, gens, middle) else (low, middle)
    if low > 0.0:
        _solves(net, kept, gens, low)
    return low


def _solves(net: Any, kept: dict[str, Any], gens: Any, share: float) -> bool:
    import pandapower  # noqa: PLC0415 - takes seconds

    for table, scaling in kept.items():
        net[table]["scaling"] = scaling * share
    net.gen["p_mw"] = gens * share
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pandapower.runpp(net, calculate_voltage_angles=True, init="flat", max_iteration=20, numba=False)
    except (pandapower.LoadflowNotConverged, ValueError, ArithmeticError, KeyError, IndexError):
        return False
    return bool((net.res_bus["vm_pu"].dropna() > _NOTHING_PU).all())


def _words(net: Any, share: float) -> str:
    volts = net.res_bus["vm_pu"].dropna()
    weakest = volts.idxmin()
    where = f"there {_shown(net.bus, weakest)} is at {volts[weakest]:.2f} p.u."
    drops = (net.res_line["vm_from_pu"] - net.res_line["vm_to_pu"]).abs().dropna()
    if len(drops):
        line = drops.idxmax()
        row = net.line.loc[line]
        ohm = abs(complex(row["r_ohm_per_km"], row["x_ohm_per_km"])) * row["length_km"] / row["parallel"]
        where += f", and line {_shown(net.line, line)} of {ohm:,.4g} ohm takes {drops[line]:.2f} p.u."
    return f"a solution exists up to {share:.1%} of all loads and production: {where}"


def _shown(frame: Any, index: Any) -> str:
    column = "shown" if "shown" in frame else "name"
    return str(frame[column][index])
