"""Feeder groups solved together: each feeder from the voltage at its head, each station with its feeders as loads, until they agree.

1. A station is solved with what its feeders took last (nothing, at first).
2. A feeder is solved again where its head now has another voltage than it was solved with, by more than `SETTLED_PU`.
3. A station is solved again where a feeder now takes something else. And so on, until nothing moves.

Only groups that changed, and those the change reaches by the voltage at their head, are solved; the others keep their results.
"""

from __future__ import annotations

import cmath
import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from network.domain.feeder_groups.groups import FeederGroup
from network.domain.physics.circuit import ABC, Circuit, Load, Source
from network.domain.physics.results import PowerFlowResult

#: The voltage at a head may be this far from the one its feeder was solved with.
SETTLED_PU = 5e-5
_MOST_ROUNDS = 12
_DEGREES = {"A": 0.0, "B": -120.0, "C": 120.0}

Volts = dict[str, tuple[float, float]]  # per phase ("ABC" where balanced): per unit, degrees
Powers = dict[str, tuple[float, float]]  # per phase: kW, kvar
CircuitOf = Callable[[int], Circuit]
Solve = Callable[[FeederGroup, Circuit], PowerFlowResult]


@dataclass(slots=True)
class GroupResult:
    """The result of a group, the voltage at its head it was solved with, what it takes there, and the voltages its feeders see."""

    result: PowerFlowResult
    held_at: Volts = field(default_factory=dict)
    taken: Powers = field(default_factory=dict)
    heads: dict[str, Volts] = field(default_factory=dict)  # by key of the group below
    rounds: int = 1


def held(circuit: Circuit, bus_mrid: str, volts: Volts) -> Circuit:
    """A circuit held at a bus: one stiff source where the voltage is balanced, else one per phase."""
    bus = circuit.buses[bus_mrid]
    line_v = bus.nominal_v * math.sqrt(3.0)
    sources = [
        Source(
            f"head {bus_mrid} {phase}", f"{bus.name} {phase}", bus_mrid, ABC if phase == "ABC" else (phase,),
            pu * line_v, degrees - _DEGREES.get(phase, 0.0), 0.0, 0.0, 0.0, 0.0, is_stiff=True, rank=-1,
        )
        for phase, (pu, degrees) in volts.items()
    ]  # fmt: skip
    return dataclasses.replace(circuit, sources=[*sources, *circuit.sources])


def loaded(circuit: Circuit, hanging: Iterable[tuple[str, str, Powers]]) -> Circuit:
    """A circuit with loads for the feeders that hang on it: (key, bus, what it takes)."""
    more = [
        Load(
            f"head {key}", f"feeder {key}", bus, tuple(taken), "Y",
            tuple(kw * 1e3 for kw, _ in taken.values()), tuple(kvar * 1e3 for _, kvar in taken.values()),
        )
        for key, bus, taken in hanging
        if taken
    ]  # fmt: skip
    return dataclasses.replace(circuit, loads=[*circuit.loads, *more])


class Coupling:
    """One settling of the groups of a state."""

    def __init__(
        self,
        groups: list[FeederGroup],
        buses: Mapping[int, str],
        circuit_of: CircuitOf,
        solve: Solve,
        kept: Mapping[str, GroupResult],
        within: Mapping[str, float] | None = None,
    ) -> None:
        """Of groups and the bus (mRID) at the head of each.

        Args:
            groups: all of a state.
            buses: by group number, of those that hang on another.
            circuit_of: the circuit of a group, see `cutting.circuit_of_group`.
            solve: the engine.
            kept: results that still hold, by key; one without `held_at` says only what its group may take, until it is solved.
            within: by key, how far the voltage at a head may be from the one its feeder was solved with, in pu; else `SETTLED_PU`.
        """
        self._groups = {group.number: group for group in groups}
        self._below: dict[int, list[FeederGroup]] = {}
        for group in groups:
            if group.above >= 0:
                self._below.setdefault(group.above, []).append(group)
        self._buses = buses
        self._circuit_of, self._solve = circuit_of, solve
        self._circuits: dict[int, Circuit] = {}
        self._within = within or {}
        self.results = dict(kept)
        self.solved: dict[str, int] = {}  # how often each group was solved

    def settle(self, numbers: Iterable[int]) -> None:
        """Solve these groups and whatever they move; `results` and `solved` tell."""
        waiting = set(numbers)
        waiting |= {self._groups[one].above for one in waiting if self._groups[one].above >= 0}
        for _ in range(_MOST_ROUNDS):
            stations = sorted(one for one in waiting if self._groups[one].is_station)
            feeders = {one for one in waiting if not self._groups[one].is_station}
            for one in stations:
                self._station(one)
                feeders |= {below.number for below in self._below.get(one, ()) if self._is_moved(below)}
            waiting = {self._groups[one].above for one in sorted(feeders) if self._feeder(self._groups[one])}
            if not waiting:
                return
        for one in sorted(waiting):
            self._unsettled(one)

    def forget(self, numbers: Iterable[int]) -> None:
        """Let go of circuits and results of groups that are settled and were taken: a large network is never held whole."""
        for one in numbers:
            self._circuits.pop(one, None)
            self.results.pop(self._groups[one].key, None)

    def _station(self, number: int) -> None:
        group = self._groups[number]
        below = self._below.get(number, [])
        hanging = [
            (one.key, self._buses[one.number], known.taken) for one in below if (known := self.results.get(one.key))
        ]
        result = self._solved(group, loaded(self._circuit(number), hanging))
        made = self.results[group.key] = GroupResult(result)
        at = {self._buses[one.number]: one.key for one in below}
        keys: dict[str, list[str]] = {bus: [] for bus in at}
        for one in below:
            keys[self._buses[one.number]].append(one.key)
        for bus in result.buses:
            for key in keys.get(bus.mrid, ()):
                made.heads.setdefault(key, {})[bus.phase] = (bus.v_pu, bus.angle_deg)

    def _feeder(self, group: FeederGroup) -> bool:
        """Solve it; whether it takes something else than before."""
        above = self.results[self._groups[group.above].key]
        volts = above.heads.get(group.key, {})
        before = self.results.get(group.key)
        if not volts:
            name = self._groups[group.above].key
            reason = above.result.reason or f"{name} gives its head no voltage"
            result = PowerFlowResult(above.result.engine, converged=False, reason=f"what it hangs on: {reason}")
        else:
            result = self._solved(group, held(self._circuit(group.number), self._buses[group.number], volts))
        made = self.results[group.key] = GroupResult(result, volts, dict(result.taken))
        return before is None or before.taken != made.taken

    def _is_moved(self, group: FeederGroup) -> bool:
        known = self.results.get(group.key)
        now = self.results[self._groups[group.above].key].heads.get(group.key, {})
        if known is None or known.held_at.keys() != now.keys():
            return True
        within = self._within.get(group.key, SETTLED_PU)
        return any(_apart(known.held_at[phase], volts) > within for phase, volts in now.items())

    def _circuit(self, number: int) -> Circuit:
        if number not in self._circuits:
            self._circuits[number] = self._circuit_of(number)
        return self._circuits[number]

    def _solved(self, group: FeederGroup, circuit: Circuit) -> PowerFlowResult:
        self.solved[group.key] = self.solved.get(group.key, 0) + 1
        return self._solve(group, circuit)

    def _unsettled(self, number: int) -> None:
        """Without agreement there are no figures."""
        for group in (self._groups[number], *self._below.get(number, ())):
            engine = self.results[group.key].result.engine
            reason = f"station and feeders do not agree on the voltage at the heads after {_MOST_ROUNDS} rounds"
            self.results[group.key] = GroupResult(PowerFlowResult(engine, converged=False, reason=reason))


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return abs(cmath.rect(one[0], math.radians(one[1])) - cmath.rect(other[0], math.radians(other[1])))
