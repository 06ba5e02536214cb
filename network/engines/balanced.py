"""The balanced power flow: one way in, two engines behind it.

pandapower is taken for single studies: it knows every element of a net and says how many iterations it took. power-grid-model is
taken for large nets and for batches, where it is ten to a hundred times faster; what it cannot express (voltage-holding generators,
loads that follow the voltage) stays with pandapower. The result names its engine.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from network.domain.physics.results import PowerFlowResult
from network.engines import balanced_pandapower, balanced_pgm, loadability
from network.engines.balanced_batch import BatchResult

Engine = Literal["auto", "pandapower", "pgm"]
_LARGE = 5_000  # buses


def solve_net(net: Any, engine: Engine = "auto") -> PowerFlowResult:
    """The power flow of a pandapower net.

    Args:
        net: a pandapower net with named buses and branches.
        engine: which one; "auto" chooses by the net.
    """
    if engine == "auto":
        engine = "pgm" if len(net.bus) >= _LARGE and not balanced_pgm.why_not(net) else "pandapower"
    return balanced_pgm.solve(net) if engine == "pgm" else balanced_pandapower.solve(net)


def explained(net: Any, result: PowerFlowResult) -> PowerFlowResult:
    """The result; where there is none for want of a solution, with how much of the load the network could carry."""
    if not result.converged and "no solution" in result.reason and (why := loadability.explain(net)):
        result.reason = f"{result.reason}; {why}"
    return result


def solve_batch(
    net: Any, p_kw: NDArray[np.float64], q_kvar: NDArray[np.float64], engine: Engine = "auto"
) -> BatchResult:
    """Power flows of one net under many sets of loads.

    Args:
        net: a pandapower net.
        p_kw: (scenarios, loads) in kW, loads in the order of `net.load`.
        q_kvar: the same in kvar.
        engine: which one; "auto" is power-grid-model wherever it can.

    Raises:
        ValueError: the shapes do not fit the net.
    """
    if p_kw.shape != q_kvar.shape or p_kw.ndim != 2 or p_kw.shape[1] != len(net.load):
        raise ValueError(f"loads of the shapes {p_kw.shape} and {q_kvar.shape} for {len(net.load)} loads")
    if engine == "pandapower" or (engine == "auto" and balanced_pgm.why_not(net)):
        return balanced_pandapower_batch(net, p_kw, q_kvar)
    return balanced_pgm.solve_batch(net, p_kw, q_kvar)


def balanced_pandapower_batch(net: Any, p_kw: NDArray[np.float64], q_kvar: NDArray[np.float64]) -> BatchResult:
    """One pandapower run per set of loads; the net's own loads are as before afterwards."""
    kept = net.load[["p_mw", "q_mvar", "scaling"]].copy()
    batch = BatchResult.empty(balanced_pandapower.NAME, net, len(p_kw))
    try:
        net.load["scaling"] = 1.0
        for row, (p, q) in enumerate(zip(p_kw, q_kvar, strict=True)):
            net.load["p_mw"], net.load["q_mvar"] = p / 1e3, q / 1e3
            batch.take(row, net, balanced_pandapower.solve(net))
    finally:
        net.load[["p_mw", "q_mvar", "scaling"]] = kept
    return batch
