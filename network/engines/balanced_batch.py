"""The answer of many power flows on one network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from network.domain.physics.results import PowerFlowResult

Floats = NDArray[np.float64]


@dataclass(slots=True)
class BatchResult:
    """Arrays over scenarios; NaN where a scenario has no solution, a bus no supply, or a branch is open.

    `v_pu` is (scenarios, buses), `i_a` (scenarios, branches) at the from end; losses and source powers in kW and kvar.
    """

    engine: str
    bus_names: list[str]
    branch_names: list[str]
    converged: NDArray[np.bool_]
    v_pu: Floats
    i_a: Floats
    loss_kw: Floats
    source_kw: Floats
    source_kvar: Floats

    @classmethod
    def empty(cls, engine: str, net: Any, count: int) -> BatchResult:
        """Nothing solved yet."""
        buses = [str(name) for name in net.bus["name"]]
        branches = [str(name) for table in ("line", "trafo") for name in net[table]["name"]]
        hollow = np.full((count, len(buses)), np.nan), np.full((count, len(branches)), np.nan)
        loss, kw, kvar = (np.full(count, np.nan) for _ in range(3))
        return cls(engine, buses, branches, np.zeros(count, dtype=bool), *hollow, loss, kw, kvar)

    def take(self, row: int, net: Any, result: PowerFlowResult) -> None:
        """Keep the result of one scenario; the net's result tables hold the rest of it."""
        self.converged[row] = result.converged
        if not result.converged:
            return
        self.v_pu[row] = net.res_bus["vm_pu"].to_numpy(dtype=float)
        currents = [net.res_line["i_from_ka"], net.res_trafo["i_hv_ka"]]
        in_service = np.concatenate([net[table]["in_service"].to_numpy(dtype=bool) for table in ("line", "trafo")])
        amperes = np.concatenate([one.to_numpy(dtype=float) for one in currents]) * 1e3
        self.i_a[row] = np.where(in_service, amperes, np.nan)
        self.loss_kw[row] = result.loss_kw or 0.0
        self.source_kw[row] = result.source_kw or 0.0
        self.source_kvar[row] = result.source_kvar or 0.0
