"""Feeder groups solved station by station, for as long as there is time: by the worker for its rows, by a command for its answer."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from network.domain.feeder_groups.coupling import Coupling, GroupResult
from network.domain.feeder_groups.cutting import Circuits
from network.domain.feeder_groups.groups import FeederGroup, FeederGroups
from network.domain.physics.circuit import Circuit
from network.domain.physics.results import PowerFlowResult
from network.selectors import state
from network.services import power_flow_groups
from network.services.feeder_readings import Readings


@dataclass(frozen=True, slots=True)
class Ways:
    """How a group is solved: where its circuit comes from, what telemetry says about its loads, and the engine.

    `measured` are the keys of the groups that telemetry speaks of, None for all: in a state that is not operated, those that are as
    they are operated.
    """

    circuits: Circuits
    readings: Readings
    solve: Callable[[Circuit], PowerFlowResult]
    measured: frozenset[str] | None = None


class Turn:
    """The groups one run solves, station by station, and how long each took."""

    def __init__(
        self, groups: FeederGroups, present: state.NetworkState, kept: power_flow_groups.Kept, ways: Ways
    ) -> None:
        """Of the groups of a state; those in `kept.results` are not solved, unless the voltage at their head moves."""
        grid = present.grid
        self._groups, self._kept, self._ways = groups, kept, ways
        self._refused = power_flow_groups.refused(groups, present)
        self.took_ms: dict[str, int] = {}
        self.coupling = Coupling(
            groups.groups,
            {group.number: grid.node_mrid_text(group.at) for group in groups.groups if group.at >= 0},
            lambda number: ways.circuits.circuit_of(groups, number),
            self._solve,
            kept.results,
        )

    def waiting(self) -> dict[int, list[int]]:
        """The groups that are not kept, by the number of their station."""
        stations: dict[int, list[int]] = {}
        for group in self._groups.groups:
            if group.key not in self._kept.results:
                stations.setdefault(group.number if group.is_station else group.above, []).append(group.number)
        return stations

    def settle(self) -> Iterator[tuple[int, int]]:
        """Solve what is not kept; the station that is settled and how many of its groups had waited, one after the other."""
        for station, numbers in self.waiting().items():
            self.coupling.settle(numbers)
            yield station, len(numbers)

    def take(self, until: float) -> int:
        """Settle stations until this time (`perf_counter`); how many groups have to wait."""
        left = sum(map(len, self.waiting().values()))
        for _, count in self.settle():
            left -= count
            if time.perf_counter() > until:
                break
        return left

    def changed(self) -> dict[str, GroupResult]:
        """Results that are not those that were kept."""
        before = self._kept.results
        return {key: one for key, one in self.coupling.results.items() if before.get(key) is not one}

    def _solve(self, group: FeederGroup, circuit: Circuit) -> PowerFlowResult:
        began = time.perf_counter()
        result = self._result(group, circuit)
        self.took_ms[group.key] = self.took_ms.get(group.key, 0) + round((time.perf_counter() - began) * 1000)
        return result

    def _result(self, group: FeederGroup, circuit: Circuit) -> PowerFlowResult:
        """With the loads that telemetry makes most likely, else with those of the model."""
        if group.number in self._refused:
            return PowerFlowResult("none", converged=False, reason=self._refused[group.number])
        measured = self._ways.measured
        if measured is not None and group.key not in measured:
            return self._ways.solve(circuit)
        return self._ways.readings.estimated(circuit, self._ways.solve) or self._ways.solve(circuit)
