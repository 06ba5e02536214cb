"""The AC power flow of one set of positions of a case."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain.reconfiguration import kernels
from network.domain.reconfiguration.case import Case
from network.domain.reconfiguration.kernels import Forest, Lines, Outcome, Work

EXACT = (1e-12, 2_000)  # largest change of a voltage (p.u.) and iterations
QUICK_CHECK = (1e-9, 300)  # where many sets are compared
_REASONS = {-1: "the power flow does not converge", -2: "there is a loop"}


@dataclass(frozen=True, slots=True)
class Flow:
    """What a set of positions comes to; without `converged` the figures are NaN and `reason` says why."""

    converged: bool
    reason: str
    iterations: int
    loss_kw: float
    v_min_pu: float
    v_min_bus: int
    served_kw: float
    v: NDArray[np.complex128]

    @property
    def is_supplied(self) -> NDArray[np.bool_]:
        """(buses) whether a source reaches the bus."""
        return ~np.isnan(self.v.real)


@dataclass(frozen=True, eq=False)
class Workshop:
    """A case with the scratch its kernels need; one thread at a time."""

    case: Case

    @functools.cached_property
    def lines(self) -> Lines:
        """The case as the kernels take it."""
        case = self.case
        return Lines(
            *case.rows, case.from_bus, case.z, case.y, case.tap, case.load, case.shunt, case.sources, case.held
        )

    @functools.cached_property
    def work(self) -> Work:
        """Room for voltages, currents and the case in the order of a forest."""
        return Work(*(np.zeros(self.case.buses, np.complex128) for _ in Work._fields))

    @functools.cached_property
    def search(self) -> kernels.Search:
        """What a search among exchanges needs."""
        case = self.case
        loop = np.empty(case.buses, np.int32)
        return kernels.Search(case.to_bus, case.switchable, self.forest(), self.forest(), self.work, loop)

    def forest(self) -> Forest:
        """An empty forest."""
        return Forest(*(np.full(self.case.buses, -1, np.int32) for _ in Forest._fields))

    def flow(self, closed: NDArray[np.bool_]) -> Flow:
        """The power flow of these positions."""
        forest, outcome = self.forest(), outcomes(1)
        iterations = kernels.flow(self.lines, closed, forest, self.work, outcome, *EXACT)
        v = np.full(self.case.buses, np.nan + 0j)
        if iterations < 0:
            return Flow(False, _REASONS[iterations], 0, np.nan, np.nan, -1, np.nan, v)  # noqa: FBT003
        reached = int((forest.parent != kernels.UNREACHED).sum())
        v[forest.order[:reached]] = self.work.v[:reached]
        loss, lowest, where, served, _ = (column[0] for column in outcome)
        base = self.case.base_kw
        return Flow(True, "", iterations, float(loss) * base, float(lowest), int(where), float(served) * base, v)  # noqa: FBT003


def outcomes(rows: int) -> Outcome:
    """Room for the outcome of so many sets of positions."""
    return Outcome(
        np.full(rows, np.inf), np.zeros(rows), np.full(rows, -1, np.int32), np.zeros(rows), np.zeros(rows, np.int32)
    )


def connected(case: Case, closed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(buses) whether closed branches connect the bus to a source."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - a second to import, and few need it
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    start, end = case.from_bus[closed], case.to_bus[closed]
    graph = coo_array((np.ones(start.size), (start, end)), shape=(case.buses, case.buses))
    _, island = connected_components(graph, directed=False)
    return np.isin(island, island[case.sources])
