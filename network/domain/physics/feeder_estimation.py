"""State estimation of a feeder as it is: the most likely loads, given what telemetry reads and what each load usually takes.

On a radial feeder the loads and the voltage at the head determine everything else, so the state is taken to be the loads, phase by
phase; any power flow engine can then be the measurement function, with regulators, split phases and all.

1. Allocation: the loads of the model are scaled, phase by phase, until the power flow gives back what the head reads.
2. The prior: every load so allocated, give or take a good share of its size, and less of its power factor (a pseudo-measurement). The
   state x is by how much each load is larger, and by how much it is turned; none at first.
3. Update: with h(x) the readings by power flow of the loads x, A their derivative (what a load adds to what lies above it), S the
   covariance of the prior and R that of the readings,

       x = S A' (A S A' + R)^-1 (z - h(x) + A x)

   repeated until the loads rest: weighted least squares over readings and pseudo-measurements (the iterated Kalman update, Bell and
   Cathey, IEEE Trans. Automatic Control 38(2), 1993). Only a matrix as large as there are readings is inverted.
4. Quality: e' (A S A' + R)^-1 e with e = z - h(0) against chi-square at 95 %; the reading with the largest normalised residual
   beyond the limit is the suspect, is left out, and all is done again.

Source: Abur and Gomez-Exposito, Power System State Estimation (2004), chapters 2 and 5; distribution feeders: Baran and Kelley, IEEE
Trans. Power Systems 10(1), 1995.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from network.domain.physics.circuit import Circuit, Conductors
from network.domain.physics.feeder_order import FeederOrder
from network.domain.physics.results import BranchFlow, PowerFlowResult

Floats = NDArray[np.float64]
Solve = Callable[[Circuit], PowerFlowResult]

CURRENT, ACTIVE, REACTIVE, APPARENT, VOLTAGE = "current", "active_power", "reactive_power", "apparent_power", "voltage"
_SUSPICIOUS, _ALONE = 3.0, 4.0
_CONFIDENCE = 0.95
_ROUNDS = 8
_RESTS = 1e-5  # of a load
_TURN = 0.25  # how much of its deviation a load may have across its power factor
_ALLOCATED = 5e-4  # of what the head reads
_MOST_SUSPECTS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """A telemetered value: A, kW, kvar or kVA into a branch at its from end, or the voltage of a bus in p.u.

    `phases` are "A", "B", "C"; several together mean their sum for powers, their mean for currents and voltages. `deviation` is the
    standard deviation of the instrument in the same unit.
    """

    mrid: str  # of the point
    element: str  # branch or bus
    kind: str
    phases: Conductors
    value: float
    deviation: float


@dataclass(slots=True)
class Quality:
    """How well readings and expectation go together.

    Attributes:
        used: readings that were weighed in; `unused` those that could not be, with the reason.
        residual_percent: the largest difference between a used reading and the result, in percent of the reading.
        objective, limit: weighted squares and the chi-square limit for as many readings; None without readings.
        suspects: readings that do not fit, the worst first, with their normalised residual.
        checked: readings that were only compared (voltages): value, result and normalised difference.
    """

    used: int = 0
    unused: list[tuple[str, str]] = field(default_factory=list)
    residual_percent: float | None = None
    objective: float | None = None
    limit: float | None = None
    suspects: list[tuple[str, float]] = field(default_factory=list)
    checked: list[tuple[str, float, float, float]] = field(default_factory=list)
    rounds: int = 0

    @property
    def fits(self) -> bool | None:
        """Whether the readings fit each other and the loads expected; None without readings."""
        return None if self.objective is None or self.limit is None else self.objective <= self.limit


@dataclass(frozen=True, slots=True)
class Estimated:
    """The circuit with the loads estimated, its power flow, and the quality. Without solution the result says why."""

    circuit: Circuit
    result: PowerFlowResult
    quality: Quality


def estimate(
    circuit: Circuit,
    readings: Sequence[Reading],
    solve: Solve,
    *,
    share: float = 0.3,
    fixed: frozenset[str] = frozenset(),
) -> Estimated:
    """The most likely state of a feeder.

    Args:
        circuit: with sources at its head; its loads are what is expected.
        readings: of branches and buses of the circuit; of others they are left out with a word.
        solve: the power flow.
        share: deviation of a load from what is expected, as a share of it.
        fixed: loads (mRID) that are known and stay as they are.
    """
    space = _Space(circuit, share, fixed)
    quality = Quality()
    left, voltages = _sorted(space, readings, quality)
    while True:
        found = _estimate(space, left, solve, quality)
        worst = found.worst
        if worst is None or len(quality.suspects) >= _MOST_SUSPECTS:
            break
        quality.suspects.append((left[worst].mrid, found.sizes[worst]))
        del left[worst]
    quality.used = len(left)
    if found.result.converged:
        _check(voltages, found.result, quality)
    return Estimated(found.circuit, found.result, quality)


@dataclass(slots=True)
class _Pass:
    """One estimate with a set of readings."""

    circuit: Circuit
    result: PowerFlowResult
    sizes: list[float]
    worst: int | None


class _Space:
    """The loads of a circuit as a vector: of every entry by how much it is larger and turned; and who lies below whom."""

    def __init__(self, circuit: Circuit, share: float, fixed: frozenset[str]) -> None:
        self.circuit, self.order = circuit, FeederOrder(circuit)
        free = [(place, load) for place, load in enumerate(circuit.loads) if load.mrid not in fixed]
        self.entries = [(place, entry) for place, load in free for entry in range(len(load.p_w))]
        self.kw = np.array([circuit.loads[place].p_w[entry] / 1e3 for place, entry in self.entries])
        self.kvar = np.array([circuit.loads[place].q_var[entry] / 1e3 for place, entry in self.entries])
        self.variance = np.repeat([share**2, (_TURN * share) ** 2], len(self.entries))
        self.weights = {phase: self._weights(phase) for phase in "ABC"}

    def _weights(self, phase: str) -> Floats:
        """(entries) the part of each that is taken from a phase of the primary."""
        return np.array([self.order.share(self.circuit.loads[place], entry, phase) for place, entry in self.entries])

    def below(self, element: str) -> Floats | None:
        """(entries) 1 for what is fed through a branch, 0 else; None where the branch is part of a ring or not here."""
        loads = self.order.below(element)
        return None if loads is None else np.array([float(loads[place]) for place, _ in self.entries])

    def fitted(self, x: Floats) -> Circuit:
        """The circuit with the loads of a state."""
        larger, turned = np.split(x, 2)
        kw = self.kw * (1.0 + larger) - self.kvar * turned
        kvar = self.kvar * (1.0 + larger) + self.kw * turned
        loads = list(self.circuit.loads)
        p: dict[int, list[float]] = {}
        q: dict[int, list[float]] = {}
        for (place, _), active, reactive in zip(self.entries, kw.tolist(), kvar.tolist(), strict=True):
            p.setdefault(place, []).append(active * 1e3)
            q.setdefault(place, []).append(reactive * 1e3)
        for place, values in p.items():
            loads[place] = dataclasses.replace(loads[place], p_w=tuple(values), q_var=tuple(q[place]))
        return dataclasses.replace(self.circuit, loads=loads)

    def flat(self) -> Floats:
        """The state of the prior."""
        return np.zeros(2 * len(self.entries))


def _sorted(space: _Space, readings: Iterable[Reading], quality: Quality) -> tuple[list[Reading], list[Reading]]:
    """Readings to weigh in and voltages to compare; the others leave a word."""
    left, voltages = [], []
    for reading in readings:
        if reading.kind == VOLTAGE:
            voltages.append(reading)
            continue
        below = space.below(reading.element)
        if below is None:
            quality.unused.append((reading.mrid, "not on this feeder, or part of a ring"))
        elif not sum(float((below * space.weights[phase]).sum()) for phase in reading.phases):
            quality.unused.append((reading.mrid, "no load lies below it on its phases"))
        else:
            left.append(reading)
    return left, voltages


def _estimate(space: _Space, readings: Sequence[Reading], solve: Solve, quality: Quality) -> _Pass:
    """Steps 1 to 4 with these readings."""
    result = _allocate(space, readings, solve)
    if not result.converged or not readings:
        return _Pass(space.fitted(space.flat()), result, [], None)
    z = np.array([one.value for one in readings])
    noise = np.diag([one.deviation**2 for one in readings])
    start = z - _values(readings, result)
    search = _Search(space, readings, solve, z, noise)
    circuit, result = search.settle(result, quality)
    return _judged(_Pass(circuit, result, [], None), z, (start, search.spread), readings, quality)


class _Search:
    """The update, repeated until the loads rest: steps are shortened where they do not help, and teach the derivative."""

    def __init__(self, space: _Space, readings: Sequence[Reading], solve: Solve, z: Floats, noise: Floats) -> None:
        self._space, self._readings, self._solve, self._z, self._noise = space, readings, solve, z, noise
        self.spread = noise

    def settle(self, result: PowerFlowResult, quality: Quality) -> tuple[Circuit, PowerFlowResult]:
        """The circuit with loads at rest, and its power flow."""
        x, variance = self._space.flat(), self._space.variance
        circuit, slope = self._space.fitted(x), _slope(self._space, self._readings, result)
        for quality.rounds in range(1, _ROUNDS + 1):
            seen = _values(self._readings, result)
            spread = (slope * variance) @ slope.T + self._noise
            self.spread = spread if quality.rounds == 1 else self.spread
            step = variance * (slope.T @ np.linalg.solve(spread, self._z - seen + slope @ x)) - x
            if float(np.abs(step).max(initial=0.0)) < _RESTS:
                break
            cost = self._cost(x, seen)
            for length in (1.0, 0.5, 0.25):
                new = x + length * step
                fitted = self._space.fitted(new)
                found = self._solve(fitted)
                if found.converged and self._cost(new, _values(self._readings, found)) < cost:
                    break
            else:
                break
            slope = slope + self._taught(slope, new - x, _values(self._readings, found) - seen)
            x, circuit, result = new, fitted, found
        return circuit, result

    def _cost(self, x: Floats, seen: Floats) -> float:
        """Weighted squares of loads and readings."""
        return float((x**2 / self._space.variance).sum() + ((self._z - seen) ** 2 / np.diag(self._noise)).sum())

    def _taught(self, slope: Floats, moved: Floats, changed: Floats) -> Floats:
        """What the derivative must change by so that it explains the latest step (Broyden, in the measure of the prior)."""
        weighed = moved / self._space.variance
        size = float(moved @ weighed)
        return np.outer(changed - slope @ moved, weighed) / size if size > 0.0 else np.zeros_like(slope)


def _judged(
    found: _Pass, z: Floats, known: tuple[Floats, Floats], readings: Sequence[Reading], quality: Quality
) -> _Pass:
    """Write the quality; name the reading that fits least if it is beyond the limit.

    The normalised residual of a reading is the same before and after the update: |S^-1 e| over the root of the diagonal of S^-1.
    """
    start, spread = known
    inverse = np.linalg.inv(spread)
    quality.objective = float(start @ inverse @ start)
    quality.limit = float(2.0 * gammaincinv(len(readings) / 2.0, _CONFIDENCE))  # chi-squared
    residual = z - _values(readings, found.result)
    quality.residual_percent = float((np.abs(residual) / np.maximum(np.abs(z), 1e-9)).max() * 100.0)
    found.sizes = (np.abs(inverse @ start) / np.sqrt(np.diag(inverse))).tolist()
    limit = _ALONE if quality.fits else _SUSPICIOUS
    if max(found.sizes) > limit:
        found.worst = int(np.argmax(found.sizes))
    return found


def _allocate(space: _Space, readings: Sequence[Reading], solve: Solve) -> PowerFlowResult:
    """Scale the loads of the space until the readings nearest the source are given back, phase by phase."""
    result = solve(space.fitted(space.flat()))
    heads = _heads(space, readings)
    for _ in range(_ROUNDS if heads else 0):
        if not result.converged:
            break
        off = 0.0
        for reading in heads:
            value = _value(reading, result)
            if not value or not reading.value or reading.value * value < 0.0:
                continue
            ratio = reading.value / value
            off = max(off, abs(ratio - 1.0))
            below = space.below(reading.element)
            part = (0.0 if below is None else below) * sum(space.weights[phase] for phase in reading.phases)
            factor = 1.0 + part * (ratio - 1.0)
            space.kw *= factor if reading.kind != REACTIVE else 1.0
            space.kvar *= factor if reading.kind != ACTIVE else 1.0
        if off < _ALLOCATED:
            break
        result = solve(space.fitted(space.flat()))
    return result


def _heads(space: _Space, readings: Sequence[Reading]) -> list[Reading]:
    """The readings above which no other of the same kind and phases stands."""
    reach = [(float(below.sum()) if (below := space.below(one.element)) is not None else 0.0, one) for one in readings]
    best: dict[tuple[str, Conductors], tuple[float, Reading]] = {}
    for loads, one in reach:
        key = (one.kind if one.kind in (ACTIVE, REACTIVE) else "size", one.phases)
        if loads > best.get(key, (0.0, one))[0]:
            best[key] = (loads, one)
    exact = [one for (kind, _), (_, one) in best.items() if kind != "size"]
    return exact or [one for _, one in best.values()]


def _slope(space: _Space, readings: Sequence[Reading], result: PowerFlowResult) -> Floats:
    """(readings, 2 entries) what each reading gains where a load is larger, and where it is turned."""
    count = len(space.entries)
    slope = np.zeros((len(readings), 2 * count))
    for row, reading in enumerate(readings):
        below = space.below(reading.element)
        part = (0.0 if below is None else below) * sum(space.weights[phase] for phase in reading.phases)
        sense = space.order.sense(reading.element)
        power, size = sense * _power(reading, result), _value(reading, result)
        cosine, sine = (power.real / abs(power), power.imag / abs(power)) if abs(power) else (1.0, 0.0)
        scale = size / abs(power) if reading.kind == CURRENT and abs(power) else 1.0
        by_kw = part * {ACTIVE: sense, REACTIVE: 0.0}.get(reading.kind, cosine * scale)
        by_kvar = part * {ACTIVE: 0.0, REACTIVE: sense}.get(reading.kind, sine * scale)
        slope[row, :count] = by_kw * space.kw + by_kvar * space.kvar
        slope[row, count:] = by_kvar * space.kw - by_kw * space.kvar
    return slope


def _values(readings: Sequence[Reading], result: PowerFlowResult) -> Floats:
    return np.array([_value(one, result) for one in readings])


def _flows(reading: Reading, result: PowerFlowResult) -> list[BranchFlow]:
    mine = [one for one in result.branches if one.mrid == reading.element]
    return [one for one in mine if one.phase in reading.phases or one.phase == "ABC"]


def _power(reading: Reading, result: PowerFlowResult) -> complex:
    """Power into the branch on the phases of the reading, kW + j kvar."""
    return sum(
        (complex(one.p_kw or 0.0, one.q_kvar or 0.0) * (len(reading.phases) / 3.0 if one.phase == "ABC" else 1.0)
         for one in _flows(reading, result)), 0j,
    )  # fmt: skip


def _value(reading: Reading, result: PowerFlowResult) -> float:
    """What the result gives where the reading is taken."""
    if reading.kind == CURRENT:
        amperes = [one.i_a for one in _flows(reading, result)]
        return float(np.mean(amperes)) if amperes else 0.0
    power = _power(reading, result)
    return {ACTIVE: power.real, REACTIVE: power.imag}.get(reading.kind, abs(power))


def _check(voltages: Iterable[Reading], result: PowerFlowResult, quality: Quality) -> None:
    """Compare voltages with the result."""
    for reading in voltages:
        mine = [
            one.v_pu for one in result.buses if one.mrid == reading.element and one.phase in (*reading.phases, "ABC")
        ]
        if not mine:
            quality.unused.append((reading.mrid, "not on this feeder"))
            continue
        mean = float(np.mean(mine))
        apart = (reading.value - mean) / reading.deviation
        quality.checked.append((reading.mrid, reading.value, mean, apart))
        if abs(apart) > _ALONE:
            quality.suspects.append((reading.mrid, abs(apart)))
