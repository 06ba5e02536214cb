"""Where Newton may start when a flat profile is too far off: the voltages of the network without its loads.

Sources as they are, no load: one linear system. Off-nominal ratios, long cables and vector groups are in it, and a start near the
solution keeps the iteration away from the root at zero voltage that every unloaded network has as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import spsolve

from network.engines.balanced_pi import PiForm, to_pi


def fill(net: Any) -> None:
    """Write the start into the net's bus results, where `init="results"` finds it."""
    import pandas as pd  # noqa: PLC0415 - comes with pandapower

    form = to_pi(net)
    volts = _unloaded(form)
    rows = form.bus_row[net.bus.index.to_numpy()]
    found = np.where(rows >= 0, volts[np.maximum(rows, 0)], np.nan)
    values = {"vm_pu": np.abs(found), "va_degree": np.degrees(np.angle(found)), "p_mw": 0.0, "q_mvar": 0.0}
    net["res_bus"] = pd.DataFrame(values, index=net.bus.index)


def _unloaded(form: PiForm) -> NDArray[np.complex128]:
    """Voltages in per unit; those of rows without any way to a source stay at 1."""
    admittance = form.network.bus_admittance()
    volts = np.ones(form.network.size, dtype=np.complex128)
    volts[form.sources] = form.source_v
    free = np.setdiff1d(np.flatnonzero(form.network.live), form.sources)
    right = -(admittance[free][:, form.sources] @ volts[form.sources])
    solved = spsolve(admittance[free][:, free].tocsc(), right)
    volts[free] = np.where(np.isfinite(solved) & (np.abs(solved) > 1e-3), solved, 1.0)
    return volts
