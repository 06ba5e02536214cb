"""The power flow of states that follow each other, as the steps of a switching order make them: only the stations concerned are solved.

Between two states a group that stays as it was, with the same loads, keeps its result, unless the voltage at its head moves. Nothing
is stored.
"""

import datetime as dt
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from adms.core import runtime_settings
from network.domain.feeder_groups import cutting
from network.domain.feeder_groups.coupling import GroupResult
from network.domain.feeder_groups.cutting import Circuits
from network.domain.feeder_groups.groups import FeederGroup, FeederGroups
from network.domain.grid.arrays import Int
from network.domain.physics.circuit import Circuit
from network.domain.physics.results import PowerFlowResult, Violation
from network.selectors import state
from network.services import power_flow, power_flow_asked, power_flow_groups, what_if
from network.services.feeder_readings import Readings
from network.services.power_flow_asked import Hypothesis, NotSolved
from network.services.power_flow_turns import Turn, Ways


class OutOfTime(Exception):
    """The time was over before all groups of a state were solved; what was solved of it is let go of."""


@dataclass(slots=True)
class Solved:
    """What was found of the groups concerned; figures as `power_flow_groups.figures` makes them, only where all converged.

    Attributes:
        lowest, highest: places of the lowest voltage and of the highest loading; empty where there is none.
        groups, solved_now: how many groups are concerned, and how many of them were not as they were in the state before.
    """

    converged: bool
    reason: str
    figures: dict[str, Any]
    lowest: str = ""
    loading_percent: float | None = None
    highest: str = ""
    violations: list[Violation] = field(default_factory=list)
    groups: int = 0
    solved_now: int = 0


class Series:
    """States of one model, solved one after the other."""

    def __init__(self, present: state.NetworkState, nodes: Int, at: dt.datetime) -> None:
        """Of the stations that hold any of these nodes in a state.

        Raises:
            NotSolved: the model has no impedances.
        """
        circuits = power_flow.circuits_of(present.version_id)
        if circuits is None:
            raise NotSolved(_("the model has no impedances"))
        self._present, self._nodes = present, nodes
        self._until: float | None = None
        self._solver = _solver()
        self._ways = Ways(circuits, Readings.of_version(present.version_id, at), self._in_time)
        self._operated = power_flow_asked.signatures(circuits, present)
        self._results: dict[str, tuple[str, GroupResult]] = {}  # of the latest state: signature and result by key

    def solve(
        self, hypothesis: Hypothesis, multiples: NDArray[np.float64] | None = None, until: float | None = None
    ) -> Solved:
        """The next state; `multiples` are those of the load per node of the version, where some come back higher than they went.

        Raises:
            OutOfTime: it is not solved by `until` (`perf_counter`). A group that is being solved then is solved to its end.
        """
        self._until = until
        fitted = hypothesis.fitted
        closed = fitted.conducting(hypothesis.positions)
        then = replace(
            self._present,
            grid=fitted.grid,
            closed=closed,
            energisation=hypothesis.energisation,
            positions=hypothesis.positions,
            fitted=fitted,
        )
        groups = cutting.groups_of(self._ways.circuits, fitted, hypothesis.energisation, closed)
        mine = _concerned(groups, self._nodes)
        loads = {one.key: _loads(groups, one, multiples) for one in mine}
        signatures = {one.key: groups.signature(one.number) + loads[one.key] for one in mine}
        kept = {key: self._results[key][1] for key in signatures if self._is_kept(key, signatures)}
        cold = {key for key, told in loads.items() if told}  # telemetry knows what they took before
        ways = replace(self._ways, measured=power_flow_asked.alike(groups, self._operated) - cold)
        if multiples is not None:
            ways = replace(ways, circuits=_Multiplied(ways.circuits, multiples))
        turn = Turn(groups, then, power_flow_groups.Kept(kept, signatures), ways)
        with power_flow.keeping():
            turn.coupling.settle([one.number for one in mine if one.key not in kept])
        results = {one.key: turn.coupling.results[one.key] for one in mine}
        # Only the latest state: a station is as it was only if all that hangs on it is.
        self._results = {key: (signatures[key], result) for key, result in results.items()}
        return _told(then, mine, results, len(turn.changed()))

    def _in_time(self, circuit: Circuit) -> PowerFlowResult:
        if self._until is not None and time.perf_counter() >= self._until:
            raise OutOfTime
        return self._solver(circuit)

    def _is_kept(self, key: str, signatures: dict[str, str]) -> bool:
        return key in self._results and self._results[key][0] == signatures[key]


@dataclass(frozen=True, slots=True)
class _Multiplied:
    """The circuits of a version with the loads of some nodes multiplied."""

    circuits: Circuits
    multiples: NDArray[np.float64]

    @property
    def together(self) -> Iterable[tuple[int, int]]:
        return self.circuits.together

    @property
    def holding(self) -> Iterable[int]:
        return self.circuits.holding

    def has_bus(self, node: int) -> bool:
        return self.circuits.has_bus(node)

    def circuit_of(self, groups: FeederGroups, number: int) -> Circuit:
        circuit, node = self.circuits.circuit_of(groups, number), groups.fitted.base.node_index
        loads = [
            what_if.multiplied(load, float(self.multiples[place]) if (place := node(load.bus)) >= 0 else 1.0)
            for load in circuit.loads
        ]
        return replace(circuit, loads=loads)


def _loads(groups: FeederGroups, group: FeederGroup, multiples: NDArray[np.float64] | None) -> str:
    """Differs where the loads of a group are multiplied otherwise; empty where none is."""
    if multiples is None:
        return ""
    nodes = groups.nodes(group.number)
    mine = multiples[nodes[nodes < multiples.size]]
    return hashlib.blake2b(mine.tobytes(), digest_size=8).hexdigest() if (mine != 1.0).any() else ""


def touched(present: state.NetworkState, nodes: Int, hypotheses: Iterable[Hypothesis]) -> str:
    """The same where `Series` would solve the same: the stations of these nodes, with all that hangs on them, in each of the states.

    Whatever moves elsewhere leaves it as it was. Empty where the model has no impedances: nobody can tell then.
    """
    circuits = power_flow.circuits_of(present.version_id)
    if circuits is None:
        return ""
    made = hashlib.blake2b(repr((present.version_id, nodes.tolist())).encode(), digest_size=16)
    for hypothesis in hypotheses:
        closed = hypothesis.fitted.conducting(hypothesis.positions)
        groups = cutting.groups_of(circuits, hypothesis.fitted, hypothesis.energisation, closed)
        for one in _concerned(groups, nodes):
            made.update(f"{one.key} {groups.signature(one.number)}\n".encode())
        made.update(b"\n")
    return made.hexdigest()


def _concerned(groups: FeederGroups, nodes: Int) -> list[FeederGroup]:
    """The groups of the stations that hold any of these nodes."""
    numbers = {int(one) for one in groups.of_node[nodes]} - {-1}
    stations = {_station(groups.groups[one]) for one in numbers}
    return [one for one in groups.groups if _station(one) in stations]


def _station(group: FeederGroup) -> int:
    return group.number if group.is_station else group.above


def _solver() -> Callable[[Circuit], PowerFlowResult]:
    band = (float(runtime_settings.get(power_flow.V_LOW)), float(runtime_settings.get(power_flow.V_HIGH)))

    def solve(circuit: Circuit) -> PowerFlowResult:
        return power_flow.solved(circuit, band)

    return solve


def _told(
    then: state.NetworkState, mine: list[FeederGroup], results: dict[str, GroupResult], solved_now: int
) -> Solved:
    rows, violations, buses, flows = [], [], [], []
    for group in mine:
        result = results[group.key].result
        above = then.grid.node_mrid_text(group.at) if group.at >= 0 else ""  # told by the station
        name = power_flow_groups.name_of(group, then)
        figures = {key: getattr(result, key) for key in power_flow_groups.FIGURES}
        figures |= {"violations": len(result.violations)}
        rows.append(power_flow_groups.Told(name, group.head, result.engine, result.converged, result.reason, figures))
        if result.converged:
            violations += [one for one in result.violations if one.mrid != above]
            buses += [one for one in result.buses if one.mrid != above]
            flows += [one for one in result.branches if one.loading_percent is not None]
    rows.sort(key=lambda one: one.name)
    is_whole = all(one.converged for one in rows)
    low = min(((one.v_pu, one.name, one.phase) for one in buses), default=None)
    high = min(((-float(one.loading_percent or 0.0), one.name, one.phase) for one in flows), default=None)
    return Solved(
        converged=is_whole,
        reason=power_flow_groups.reason(rows, waiting=0) if rows and not is_whole else "",
        figures=power_flow_groups.figures([one for one in rows if one.converged], is_whole=is_whole),
        lowest=" ".join(low[1:]) if low else "",
        loading_percent=-high[0] if high else None,
        highest=" ".join(high[1:]) if high else "",
        violations=violations,
        groups=len(mine),
        solved_now=solved_now,
    )
