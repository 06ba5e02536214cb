"""A balanced network whose branches can be opened and closed, as arrays."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels import adjacency
from network.domain.kernels.walks import Rows

Bool = NDArray[np.bool_]
Int = NDArray[np.int32]
Complex = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class Case:
    """Buses and branches in per unit; a source holds its voltage, a load its power.

    from --(tap)--+--[ z ]--+-- to          z = series impedance, y = charging of the whole branch
                 y/2       y/2

    Attributes:
        base_kw: kW of one per unit.
        load: (buses) power drawn, p.u., constant.
        shunt: (buses) admittance to ground, p.u.
        sources: buses that hold a voltage; `held` are these voltages, p.u.
        from_bus, to_bus, z, y, tap: (branches).
        closed: (branches) normal position.
        switchable: (branches) what may be opened and closed.
    """

    base_kw: float
    load: Complex
    shunt: Complex
    sources: Int
    held: Complex
    from_bus: Int
    to_bus: Int
    z: Complex
    y: Complex
    tap: Complex
    closed: Bool
    switchable: Bool

    def __post_init__(self) -> None:
        if not self.sources.size:
            raise ValueError("no source: nothing is supplied")
        if self.branches and not (self.z.size == self.y.size == self.tap.size == self.closed.size):
            raise ValueError("columns of the branches have different lengths")

    @property
    def buses(self) -> int:
        """How many buses."""
        return self.load.size

    @property
    def branches(self) -> int:
        """How many branches."""
        return self.from_bus.size

    @functools.cached_property
    def rows(self) -> Rows:
        """The branches at every bus."""
        return Rows(*adjacency.rows(self.buses, self.from_bus, self.to_bus))
