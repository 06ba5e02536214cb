"""A balanced network as arrays: buses, and branches as pi circuits with a ratio at their from end, in per unit.

from --(ratio, shift)--+--[ r + jx ]--+-- to
                       |              |
                    (g+jb)/2       (g+jb)/2
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]


@dataclass(slots=True)
class PiNetwork:
    """Arrays over n buses and m branches; impedances in p.u. on `base_mva` and the base voltage of the to bus.

    `shunt` is the admittance at each bus (p.u.), `closed` and `live` leave out what carries nothing.
    """

    base_mva: float
    base_kv: Floats
    from_bus: NDArray[np.int64]
    to_bus: NDArray[np.int64]
    r: Floats
    x: Floats
    g: Floats
    b: Floats
    ratio: Floats
    shift_deg: Floats
    closed: NDArray[np.bool_]
    shunt: Complexes
    live: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """How many buses."""
        return len(self.base_kv)

    def branch_admittances(self) -> Complexes:
        """(4, m): what the branch takes at its ends, as Yff, Yft, Ytf, Ytt; zero where open.

        Source: MATPOWER manual, section 3.2 (branch model).
        """
        series = np.where(self.closed, 1.0, 0.0) / np.where(self.closed, self.r + 1j * self.x, 1.0)
        end = series + np.where(self.closed, self.g + 1j * self.b, 0.0) / 2.0
        tap = self.ratio * np.exp(1j * np.radians(self.shift_deg))
        return np.array([end / (tap * tap.conj()), -series / tap.conj(), -series / tap, end])

    def bus_admittance(self) -> Any:
        """The sparse (n, n) admittance matrix."""
        yff, yft, ytf, ytt = self.branch_admittances()
        start, end, own = self.from_bus, self.to_bus, np.arange(self.size)
        values = np.concatenate([yff, yft, ytf, ytt, self.shunt])
        rows = np.concatenate([start, start, end, end, own])
        columns = np.concatenate([start, end, start, end, own])
        return sparse.csr_matrix((values, (rows, columns)), shape=(self.size, self.size))
