"""What measurements should read in a given state, and how they change with it.

State: voltage angles (rad) and magnitudes (p.u.) of n buses. Powers of buses count as consumption, those of branches as flowing into
the branch at the side named. Source: Abur and Gomez-Exposito, Power System State Estimation (2004), section 2.6, in complex form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from network.domain.physics.pi_network import PiNetwork

Floats = NDArray[np.float64]
#: Kinds of measured values, by their place in the stack of all functions.
BUS_V, BUS_P, BUS_Q, FROM_P, FROM_Q, FROM_I, TO_P, TO_Q, TO_I = range(9)


@dataclass(slots=True)
class Equations:
    """All functions of a network's state, stacked kind by kind; measurements pick rows."""

    network: PiNetwork
    y_bus: Any
    y_from: Any
    y_to: Any

    @classmethod
    def of(cls, network: PiNetwork) -> Equations:
        """Prepare the admittances once."""
        yff, yft, ytf, ytt = network.branch_admittances()
        count = len(yff)
        rows, shape = np.concatenate([np.arange(count)] * 2), (count, network.size)
        ends = np.concatenate([network.from_bus, network.to_bus])
        y_from = sparse.csr_matrix((np.concatenate([yff, yft]), (rows, ends)), shape=shape)
        y_to = sparse.csr_matrix((np.concatenate([ytf, ytt]), (rows, ends)), shape=shape)
        return cls(network, network.bus_admittance(), y_from, y_to)

    def row(self, kind: int, place: int) -> int:
        """Row of the stack for a kind of value at a bus or branch."""
        n, m = self.network.size, len(self.network.r)
        starts = [0, n, 2 * n, 3 * n, 3 * n + m, 3 * n + 2 * m, 3 * n + 3 * m, 3 * n + 4 * m, 3 * n + 5 * m]
        return starts[kind] + place

    def values(self, angle: Floats, magnitude: Floats) -> Floats:
        """The stack of all values, p.u."""
        v = magnitude * np.exp(1j * angle)
        taken = -v * np.conj(self.y_bus @ v)
        parts = [magnitude, taken.real, taken.imag]
        for y, ends in ((self.y_from, self.network.from_bus), (self.y_to, self.network.to_bus)):
            current = y @ v
            flow = v[ends] * np.conj(current)
            parts += [flow.real, flow.imag, np.abs(current)]
        return np.concatenate(parts)

    def jacobian(self, angle: Floats, magnitude: Floats) -> Any:
        """Sparse derivatives of the stack by all angles, then all magnitudes."""
        v = magnitude * np.exp(1j * angle)
        unit = sparse.diags(np.exp(1j * angle))
        turn = sparse.diags(1j * v)
        n = self.network.size
        by_angle, by_size = self._injection(v, unit)
        blocks: list[list[Any]] = [[sparse.csr_matrix((n, n)), sparse.identity(n)]]
        blocks += [[-by_angle.real, -by_size.real], [-by_angle.imag, -by_size.imag]]
        for y, ends in ((self.y_from, self.network.from_bus), (self.y_to, self.network.to_bus)):
            blocks += _flow(y, ends, v, unit, turn)
        return sparse.bmat(blocks, format="csr")

    def _injection(self, v: NDArray[np.complex128], unit: Any) -> tuple[Any, Any]:
        current = sparse.diags(self.y_bus @ v)
        at = sparse.diags(v)
        by_angle = 1j * (at @ (current - self.y_bus @ at).conj())
        by_size = at @ (self.y_bus @ unit).conj() + current.conj() @ unit
        return by_angle.tocsr(), by_size.tocsr()


def _flow(y: Any, ends: NDArray[np.int64], v: NDArray[np.complex128], unit: Any, turn: Any) -> list[list[Any]]:
    """Three rows of blocks: active and reactive power and current into branches at one side."""
    count = len(ends)
    pick = sparse.csr_matrix((np.ones(count), (np.arange(count), ends)), shape=(count, len(v)))
    current = y @ v
    at = sparse.diags(v[ends])
    conj = sparse.diags(current.conj())
    by_angle = (conj @ pick @ turn + at @ (y @ turn).conj()).tocsr()
    by_size = (conj @ pick @ unit + at @ (y @ unit).conj()).tocsr()
    size = np.abs(current)
    towards = sparse.diags(np.where(size > 0, current.conj() / np.where(size > 0, size, 1.0), 0.0))
    i_angle, i_size = (towards @ y @ turn).tocsr(), (towards @ y @ unit).tocsr()
    return [[by_angle.real, by_size.real], [by_angle.imag, by_size.imag], [i_angle.real, i_size.real]]
