"""State estimation of a balanced network: weighted least squares with exact zero injections, and who reads wrongly.

1. Rows that see the state are collected: measurements z with their sigma, and zero injections as equations that hold exactly.
2. Observability: the rows at flat start must reach every free angle and magnitude; else the buses they do not reach are named.
3. Gauss-Newton: [H'WH C'; C 0] [dx; l] = [H'W r; -c] until dx is small. Currents join after the first step, as at flat start
   nothing flows and their derivative has no direction.
4. The weighted sum of squares is held against chi-square at 95 % of as many degrees of freedom as there are surplus rows.
5. The largest normalised residual names the suspect: above 3 where the chi-square test fails, above 4 where it passes (of eighty
   good readings one in five sets has one above 3). The suspect is left out and all is done again, until none is left.

Source: Abur and Gomez-Exposito, Power System State Estimation (2004), chapters 2 to 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.sparse.linalg import splu

from network.domain.physics.estimation_equations import BUS_P, BUS_Q, FROM_I, TO_I, Equations
from network.domain.physics.pi_network import PiNetwork

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
SUSPICIOUS, ALONE_SUSPICIOUS = 3.0, 4.0  # normalised residual, in standard deviations: chi-square failed, passed
_ALIKE = 0.9  # correlation and share of the largest residual from which another reading is as likely
_CONFIDENCE = 0.95
_MOST_ITERATIONS = 40
_STEP_PU = 1e-9
_MOST_DENSE = 4_000  # free states up to which unobservable buses are named


@dataclass(slots=True)
class Measurements:
    """Arrays over m readings: `kind` and `place` as in estimation_equations, `value` and `sigma` in p.u."""

    kind: Places
    place: Places
    value: Floats
    sigma: Floats

    def without(self, left_out: set[int]) -> Measurements:
        """The others."""
        kept = np.array([row not in left_out for row in range(len(self.kind))], dtype=bool)
        return Measurements(self.kind[kept], self.place[kept], self.value[kept], self.sigma[kept])


@dataclass(slots=True, frozen=True)
class Suspect:
    """A reading that does not fit, by its row among the measurements, with its normalised residual when it was found.

    `alike` are the rows that would explain the misfit as well: where few readings check each other, as a flow and the loads it
    feeds, the one that errs cannot be told.
    """

    row: int
    normalised_residual: float
    alike: tuple[tuple[int, float], ...] = ()


@dataclass(slots=True)
class Estimate:
    """The most likely state. Without convergence only the reason.

    Angles in rad, magnitudes in p.u.; `residuals` are normalised, NaN where a reading is critical: without it nothing checks it.
    """

    converged: bool
    reason: str = ""
    iterations: int = 0
    angle: Floats = field(default_factory=lambda: np.zeros(0))
    magnitude: Floats = field(default_factory=lambda: np.zeros(0))
    objective: float | None = None
    degrees_of_freedom: int = 0
    chi_square_limit: float | None = None
    residuals: Floats = field(default_factory=lambda: np.zeros(0))
    correlation: Floats = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    unobservable: list[int] = field(default_factory=list)
    suspects: list[Suspect] = field(default_factory=list)

    @property
    def chi_square_ok(self) -> bool | None:
        """Whether the readings fit each other; None where nothing is surplus."""
        if self.objective is None or self.chi_square_limit is None:
            return None
        return self.objective <= self.chi_square_limit


@dataclass(slots=True)
class Problem:
    """What is given: a network, the buses whose angle is known (rad), readings, and buses where nothing is drawn."""

    network: PiNetwork
    references: Places
    reference_angle: Floats
    measurements: Measurements
    zero_injections: Places


def estimate(problem: Problem, *, remove_bad: bool = False) -> Estimate:
    """The state, and the readings that do not fit.

    Args:
        problem: what is given.
        remove_bad: answer with the state without the suspects, instead of the state of all readings.
    """
    first = _solve(problem)
    latest, left_out, suspects = first, set[int](), list[Suspect]()
    while latest.converged and (found := _worst(latest, len(problem.measurements.kind), left_out)):
        suspects.append(found)
        left_out.add(found.row)
        latest = _solve(replace(problem, measurements=problem.measurements.without(left_out)))
    answer = latest if remove_bad and latest.converged else first
    answer.suspects = suspects
    return answer


def _worst(estimate: Estimate, count: int, left_out: set[int]) -> Suspect | None:
    kept = [row for row in range(count) if row not in left_out]
    sizes = np.nan_to_num(np.abs(estimate.residuals), nan=0.0)
    threshold = ALONE_SUSPICIOUS if estimate.chi_square_ok else SUSPICIOUS
    if not len(sizes) or sizes.max() <= threshold or estimate.degrees_of_freedom <= 0:
        return None
    worst = int(sizes.argmax())
    is_alike = (np.abs(estimate.correlation[worst]) > _ALIKE) & (sizes > _ALIKE * sizes[worst])
    alike = tuple((kept[row], float(sizes[row])) for row in np.flatnonzero(is_alike) if row != worst)
    return Suspect(kept[worst], float(sizes[worst]), alike)


def _solve(problem: Problem) -> Estimate:
    system = _System(problem)
    if missing := system.unobservable():
        reason = "the measurements do not determine the state of every bus"
        return Estimate(converged=False, reason=reason, unobservable=missing)
    for iteration in range(1, _MOST_ITERATIONS + 1):
        try:
            step = system.step(with_currents=iteration > 1)
        except RuntimeError:
            return Estimate(
                converged=False, reason="the measurements do not determine the state (the gain is singular)"
            )
        if not np.isfinite(step):
            break
        if step < _STEP_PU and iteration > 2:
            return system.estimate(iteration)
    return Estimate(converged=False, reason=f"no state was found in {_MOST_ITERATIONS} iterations (Gauss-Newton)")


class _System:
    """The linear system of one network at its present state."""

    def __init__(self, problem: Problem) -> None:
        self.given = problem.measurements
        self.equations = Equations.of(problem.network)
        size = problem.network.size
        self.angle, self.magnitude = np.zeros(size), np.ones(size)
        self.angle[problem.references] = problem.reference_angle
        self.angle += self._start(problem)
        is_free = np.ones(2 * size, dtype=bool)
        is_free[problem.references] = False
        self.free = np.flatnonzero(is_free)
        row = self.equations.row
        self.rows = np.array(
            [row(kind, place) for kind, place in zip(self.given.kind, self.given.place, strict=True)], dtype=np.int64
        )
        zero = problem.zero_injections
        self.exact = np.array([row(kind, int(bus)) for kind in (BUS_P, BUS_Q) for bus in zero], dtype=np.int64)
        self.is_current = np.isin(self.given.kind, (FROM_I, TO_I))

    @staticmethod
    def _start(problem: Problem) -> Floats:
        """Flat, but with the shifts of transformers: without them a 30 degree group starts outside of the basin."""
        network, size = problem.network, problem.network.size
        start = np.zeros(size)
        if not np.any(network.shift_deg):
            return start
        shift = np.radians(network.shift_deg)
        rows = np.arange(len(shift))
        ones = np.ones(len(shift))
        incidence = sparse.csr_matrix(
            (
                np.concatenate([ones, -ones]),
                (np.concatenate([rows, rows]), np.concatenate([network.from_bus, network.to_bus])),
            ),
            shape=(len(shift), size),
        )
        fixed = np.zeros(size)
        fixed[problem.references] = problem.reference_angle
        free = np.setdiff1d(np.arange(size), problem.references)
        laplace = (incidence.T @ incidence)[free][:, free] + 1e-9 * sparse.identity(len(free))
        start[free] = splu(laplace.tocsc()).solve(np.asarray(incidence.T @ (shift - incidence @ fixed))[free])
        return start

    def unobservable(self) -> list[int]:
        """Buses whose state nothing determines; empty where all are determined."""
        if len(self.rows) + len(self.exact) < len(self.free):
            return self._unreached() or [int(self.free[-1]) % len(self.angle)]
        return self._unreached()

    def _unreached(self) -> list[int]:
        if len(self.free) > _MOST_DENSE:
            return []
        angle = self.angle + 1e-3 * np.arange(len(self.angle)) / len(self.angle)  # off flat, so that currents are seen
        seen = self.equations.jacobian(angle, self.magnitude)[np.concatenate([self.rows, self.exact])][:, self.free]
        dense = seen.toarray()
        norms = np.linalg.norm(dense, axis=1, keepdims=True)
        _, sizes, right = np.linalg.svd(dense / np.where(norms > 0, norms, 1.0), full_matrices=True)
        rank = int((sizes > 1e-9 * max(sizes.max(initial=0.0), 1e-30)).sum())
        hidden = np.abs(right[rank:]).max(axis=0, initial=0.0) > 1e-6
        return sorted({int(state) % len(self.angle) for state in self.free[hidden]})

    def step(self, *, with_currents: bool) -> float:
        """Move once; the size of the largest move."""
        jacobian = self.equations.jacobian(self.angle, self.magnitude)[:, self.free]
        values = self.equations.values(self.angle, self.magnitude)
        weight = 1.0 / self.given.sigma**2
        if not with_currents and not self.is_current.all():
            weight = np.where(self.is_current, 0.0, weight)
        seen = jacobian[self.rows]
        gain, residual = seen.T @ sparse.diags(weight), self.given.value - values[self.rows]
        move = self._kkt(gain @ seen, jacobian[self.exact]).solve(
            np.concatenate([gain @ residual, -values[self.exact]])
        )
        moved = move[: len(self.free)]
        state = np.concatenate([self.angle, self.magnitude])
        state[self.free] += moved
        self.angle, self.magnitude = np.split(state, 2)
        return float(np.abs(moved).max())

    def _kkt(self, gain: Any, exact: Any) -> Any:
        """Factors of the gain bordered by the exact equations."""
        if not exact.shape[0]:
            return splu(gain.tocsc())
        return splu(sparse.bmat([[gain, exact.T], [exact, None]], format="csc"))

    def estimate(self, iterations: int) -> Estimate:
        """The state with its quality."""
        values = self.equations.values(self.angle, self.magnitude)
        residual = self.given.value - values[self.rows]
        freedom = len(self.rows) + len(self.exact) - len(self.free)
        normalised, correlation = self._normalised(residual)
        return Estimate(
            converged=True,
            iterations=iterations,
            angle=self.angle,
            magnitude=self.magnitude,
            objective=float(((residual / self.given.sigma) ** 2).sum()),
            degrees_of_freedom=freedom,
            chi_square_limit=float(stats.chi2.ppf(_CONFIDENCE, freedom)) if freedom > 0 else None,
            residuals=normalised,
            correlation=correlation,
        )

    def _normalised(self, residual: Floats) -> tuple[Floats, Floats]:
        """Residuals over their own standard deviation, and their correlation: both from R - H P H'."""
        jacobian = self.equations.jacobian(self.angle, self.magnitude)[:, self.free]
        seen, exact = jacobian[self.rows], jacobian[self.exact]
        variance = self.given.sigma**2
        factors = self._kkt((seen.T @ sparse.diags(1.0 / variance)) @ seen, exact)
        columns = np.zeros((len(self.free) + len(self.exact), len(self.rows)))
        columns[: len(self.free)] = seen.T.toarray()
        spread = np.diag(variance) - seen @ factors.solve(columns)[: len(self.free)]
        left = np.diag(spread)
        is_checked = left > 1e-8 * variance
        deviation = np.where(is_checked, np.sqrt(np.maximum(left, 0.0)), np.inf)
        return np.where(is_checked, residual / deviation, np.nan), spread / np.outer(deviation, deviation)
