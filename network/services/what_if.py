"""What switches in other positions would come to: the AC power flow of the feeder groups that they change, at the load to be expected.

Nothing is stored. Groups that stay as they are keep the result they have, scaled to the load; what changes, its station, and whatever
feels the voltage move are solved.
"""

import dataclasses
import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from adms.core import runtime_settings
from network.domain import feeder_power
from network.domain.energisation import Energisation, reenergise
from network.domain.feeder_groups import cutting
from network.domain.feeder_groups.coupling import Coupling, GroupResult
from network.domain.feeder_groups.cutting import Circuits
from network.domain.feeder_groups.groups import FeederGroup, FeederGroups
from network.domain.grid.arrays import Byte, Float, Int
from network.domain.phrases import Phrase, phrase
from network.domain.physics.circuit import Circuit, Load
from network.domain.physics.results import BranchFlow, PowerFlowResult, Violation
from network.domain.restoration import worsening
from network.domain.restoration.worsening import Before
from network.models import GroupPowerFlow
from network.selectors import state
from network.services import power_flow, power_flow_groups

#: A feeder that only feels the voltage at its head move by less than this, in pu, is made no worse, and is not solved.
_MOVED_PU = 0.005
#: What is switched settles with its station to so much, in pu: a fifth of the last digit that a plan shows.
_SETTLED_PU = 2e-4
#: Lines and transformers take so much on top of the loads: what a feeder is thought to take before it is solved.
_WITH_LOSSES = 1.03

#: Feeders that were solved at one load, by key and signature of the group: states that share them need them once.
Known = dict[tuple[str, str], GroupResult]


@dataclass(frozen=True, slots=True)
class Ahead:
    """The load to be expected: multiples of the model's loads, of those measured now, and of what was long without supply.

    The model's loads belong to no hour of the day and stand for its peak; a measured one belongs to this hour, and grows from it.

    Attributes:
        shares: by head branch, what its feeder takes now by telemetry, as a multiple of the model's loads.
        dead_share: the same of what is dead, as it was before.
    """

    factor: float = 1.0
    pickup: float = 1.0
    cold_nodes: frozenset[int] = frozenset()
    growth: float = 1.0
    shares: Mapping[int, float] = field(default_factory=dict)
    dead_share: float | None = None

    @property
    def is_as_modelled(self) -> bool:
        """Whether every load is the model's."""
        is_cold = bool(self.cold_nodes) and (self.pickup != 1.0 or self.dead_share is not None)
        return self.factor == 1.0 and not self.shares and not is_cold

    def of_group(self, head: int, *, is_measured: bool) -> float:
        """The multiple of the result of the feeder group below a head."""
        if is_measured or head not in self.shares:
            return self.of(is_measured=is_measured)
        return self.shares[head] * self.growth

    def by_node(self, energisation: Energisation) -> Float:
        """The multiple of the model's load at every node, as feeders stand in a state."""
        told = feeder_power.by_node(energisation.feeder, energisation.live, self.shares) * self.growth
        found = np.where(np.isnan(told), self.factor, told)
        cold = list(self.cold_nodes)
        if self.dead_share is not None:
            found[cold] = self.dead_share * self.growth
        found[cold] *= self.pickup
        return found

    def of(self, *, is_measured: bool) -> float:
        """The multiple of a result that rests on telemetry, or on the model."""
        return self.growth if is_measured else self.factor


@dataclass(frozen=True, slots=True)
class Checked:
    """What the power flow says.

    Attributes:
        converged: whether there is a solution of everything that changes; without one there are no figures, only `reason`.
        violations: what the positions make worse than it was; empty where all limits hold.
        excused: what is out of its limits, but was so before or is not the positions' doing.
        lowest: name of the bus with the lowest voltage; `highest` that of the branch with the highest loading.
        feeders: highest loading in percent and lowest voltage by key of the group.
        figures: voltages and loadings, to compare another state with.
    """

    converged: bool
    reason: str = ""
    v_min_pu: float | None = None
    lowest: str = ""
    loading_percent: float | None = None
    highest: str = ""
    loss_kw: float | None = None
    violations: tuple[Violation, ...] = ()
    excused: tuple[Violation, ...] = ()
    feeders: dict[str, tuple[float, float]] = field(default_factory=dict)
    figures: Before = field(default_factory=Before)

    @property
    def holds(self) -> bool:
        """Whether it may be called safe: solved, and nothing is out of its limits."""
        return self.converged and not self.violations


def check(
    *,
    present: state.NetworkState,
    closed: Byte,
    changed: Int,
    ahead: Ahead,
    before: Before | None = None,
    near: Iterable[int] = (),
    known: Known | None = None,
) -> Checked:
    """The power flow with these positions.

    Args:
        present: what is so now.
        closed: what would conduct, phase bits per branch.
        changed: every branch in which that differs from now.
        ahead: the load.
        before: the state to compare with at this load: what it does not make worse is excused.
        near: nodes whose groups are solved, too.
        known: what checks at the same load have solved; gets what this one solves.
    """
    circuits = power_flow.circuits_of(present.version_id)
    if circuits is None:
        return Checked(converged=False, reason="the model has no impedances, so that no power flow can check it")
    after = reenergise(present.grid, present.energisation, closed, changed)
    groups = cutting.groups_of(circuits, present.fitted, after, closed)
    wanted = _touched(groups, present.energisation, after, changed)
    wanted |= {int(groups.of_node[node]) for node in near} - {-1}
    if not wanted:
        return Checked(converged=True)
    known = {} if known is None else known
    return _Check(present, circuits, groups, sorted(wanted), ahead, known).checked(before or Before())


def band() -> tuple[float, float]:
    """The lowest and the highest allowed voltage in per unit."""
    return float(runtime_settings.get(power_flow.V_LOW)), float(runtime_settings.get(power_flow.V_HIGH))


def compared(checked: Checked, before: Before) -> Checked:
    """The same, with what is no worse than in a state before excused; the figures are those that were solved."""
    worse, excused = list[Violation](), list(checked.excused)
    for one in checked.violations:
        carried = checked.figures.loads.get((one.mrid, one.phase), (0.0, math.nan))[1]
        (worse if worsening.is_worse(one, before, carried) else excused).append(one)
    return dataclasses.replace(checked, violations=tuple(worse), excused=tuple(excused))


def beyond(violations: Sequence[Violation], most: int = 3) -> Phrase:
    """The places that are out of their limits, some of them by name, those of one kind and name once."""
    places = sorted({(one.kind, one.name) for one in violations})
    told = [phrase(f"beyond_{kind}", name=name) for kind, name in places[:most]]
    return phrase("beyond", places=told) | ({"more": len(places) - most} if len(places) > most else {})


def _touched(groups: FeederGroups, before: Energisation, after: Energisation, changed: Int) -> set[int]:
    """The groups in which something gets supply, gets it otherwise, or loses it."""
    moved = np.flatnonzero(before.live != after.live)
    grid = groups.fitted.grid
    ends = np.concatenate([grid.branch_from[changed], grid.branch_to[changed]])
    found = np.unique(groups.of_node[np.concatenate([moved, ends])])
    return {int(one) for one in found if one >= 0}


class _Check:
    """One check: what is solved, from which results it starts, and what comes of it."""

    def __init__(
        self,
        present: state.NetworkState,
        circuits: Circuits,
        groups: FeederGroups,
        wanted: list[int],
        ahead: Ahead,
        known: Known,
    ) -> None:
        self._present, self._circuits, self._groups, self._ahead = present, circuits, groups, ahead
        self._by_node = ahead.by_node(present.energisation)
        stations = {one if groups.groups[one].is_station else groups.groups[one].above for one in wanted}
        near = [one for one in groups.groups if (one.number if one.is_station else one.above) in stations]
        keys = [one.key for one in near]
        self._rows = {
            row.key: row
            for row in GroupPowerFlow.objects.filter(
                model_id=present.model_id, version_id=present.version_id, key__in=keys
            ).defer("nodes", "voltage", "branches", "loading", "violations")
        }
        self._wanted = sorted({*wanted, *stations, *(one.number for one in near if not self._is_kept(one, wanted))})
        self._known = known
        self._mark = {one.key: (one.key, groups.signature(one.number)) for one in near if not one.is_station}
        self._circuit = functools.cache(lambda number: self._scaled(circuits.circuit_of(groups, number)))
        self._changed = {groups.groups[one].key for one in (*wanted, *stations)}
        self._band = band()
        self._refused = power_flow_groups.refused(groups, present)

    def _is_kept(self, group: FeederGroup, wanted: list[int]) -> bool:
        row = self._rows.get(group.key)
        if row is None or group.number in wanted or not row.converged:
            return False
        return row.signature == self._groups.signature(group.number)

    def checked(self, before: Before) -> Checked:
        groups, grid = self._groups, self._present.grid
        coupling = Coupling(
            groups.groups,
            {one.number: grid.node_mrid_text(one.at) for one in groups.groups if one.at >= 0},
            self._circuit,
            self._solve,
            self._kept(),
            {key: _SETTLED_PU if key in self._changed else _MOVED_PU for key in self._mark},
        )
        solved_before = {key for key, mark in self._mark.items() if mark in self._known}
        with power_flow.keeping():
            coupling.settle([one for one in self._wanted if groups.groups[one].key not in solved_before])
        told = {
            key: coupling.results[key] for key in (*coupling.solved, *sorted(solved_before - coupling.solved.keys()))
        }
        self._known.update({mark: told[key] for key, mark in self._mark.items() if key in coupling.solved})
        return self._told(told, before)

    def _kept(self) -> Mapping[str, GroupResult]:
        """What is solved already, and the results of neighbours that stay as they are: what they take is scaled to the load.

        Of what is not solved yet, what its loads take.
        """
        number = {one.key: one.number for one in self._groups.groups}
        found = {key: self._known[mark] for key, mark in self._mark.items() if mark in self._known}
        for key in self._mark.keys() - found.keys() & {self._groups.groups[one].key for one in self._wanted}:
            found[key] = GroupResult(PowerFlowResult("none", converged=False), taken=_taken(self._circuit(number[key])))
        for key, row in self._rows.items():
            if key not in found and number[key] not in self._wanted and not self._groups.groups[number[key]].is_station:
                is_measured = bool(row.figures.get("estimate"))
                heard = power_flow_groups.heard(row)
                by = self._ahead.of_group(self._groups.groups[number[key]].head, is_measured=is_measured)
                taken = {phase: (kw * by, kvar * by) for phase, (kw, kvar) in heard.taken.items()}
                found[key] = dataclasses.replace(heard, taken=taken)
        return found

    def _scaled(self, circuit: Circuit) -> Circuit:
        """A circuit with the load to be expected."""
        if self._ahead.is_as_modelled:
            return circuit
        node, by = self._present.grid.node_index, self._by_node
        return dataclasses.replace(circuit, loads=[multiplied(one, float(by[node(one.bus)])) for one in circuit.loads])

    def _solve(self, group: FeederGroup, circuit: Circuit) -> PowerFlowResult:
        if group.number in self._refused:
            return PowerFlowResult("none", converged=False, reason=self._refused[group.number])
        return power_flow.solved(circuit, self._band)

    def _told(self, results: Mapping[str, GroupResult], before: Before) -> Checked:
        failed = next((one.result for one in results.values() if not one.result.converged), None)
        if failed is not None:
            return Checked(converged=False, reason=failed.reason or "the power flow does not converge")
        buses = [bus for one in results.values() for bus in one.result.buses]
        flows = [flow for one in results.values() for flow in one.result.branches if flow.loading_percent is not None]
        low = min(buses, key=lambda bus: bus.v_pu, default=None)
        high = max(flows, key=lambda flow: flow.loading_percent or 0.0, default=None)
        worse, excused = self._parted(results, before, flows)
        return Checked(
            converged=True,
            v_min_pu=low.v_pu if low else None,
            lowest=low.name if low else "",
            loading_percent=high.loading_percent if high else None,
            highest=high.name if high else "",
            loss_kw=sum(one.result.loss_kw or 0.0 for one in results.values()),
            violations=tuple(worse),
            excused=tuple(excused),
            feeders={key: _extremes(one.result) for key, one in results.items()},
            figures=worsening.before_of(buses, flows),
        )

    def _parted(
        self, results: Mapping[str, GroupResult], before: Before, flows: list[BranchFlow]
    ) -> tuple[list[Violation], list[Violation]]:
        """What these positions make worse, and what they do not."""
        worse, excused = list[Violation](), list[Violation]()
        kva: dict[tuple[str, str], float] = {}
        if any(one.result.violations for one in results.values()):
            kva = {(flow.mrid, flow.phase): worsening.kva(flow) for flow in flows}
        for key, one in results.items():
            is_mine = key in self._changed or self._is_moved(key, one)
            for violation in one.result.violations:
                carried = kva.get((violation.mrid, violation.phase), math.nan)
                counts = is_mine and worsening.is_worse(violation, before, carried)
                (worse if counts else excused).append(violation)
        return worse, excused

    def _is_moved(self, key: str, now: GroupResult) -> bool:
        """Whether a neighbour that is not switched feels more than a little of it, at its head."""
        row = self._rows.get(key)
        then = power_flow_groups.heard(row).held_at if row is not None and row.converged else {}
        if then.keys() != now.held_at.keys():
            return True
        return any(abs(volts[0] - then[phase][0]) > _MOVED_PU for phase, volts in now.held_at.items())


def _taken(circuit: Circuit) -> dict[str, tuple[float, float]]:
    """What a feeder takes by its loads: kW and kvar of each phase; of loads between phases, the same on each."""
    found = dict.fromkeys("ABC", (0.0, 0.0))
    for load in circuit.loads:
        is_each = len(load.p_w) == len(load.phases)
        for place, phase in enumerate(load.phases):
            if phase in found:
                p_w, q_var = (one[place] if is_each else sum(one) / len(load.phases) for one in (load.p_w, load.q_var))
                kw, kvar = found[phase]
                found[phase] = (kw + p_w / 1e3 * _WITH_LOSSES, kvar + q_var / 1e3 * _WITH_LOSSES)
    return found


def _extremes(result: PowerFlowResult) -> tuple[float, float]:
    percent = max((flow.loading_percent for flow in result.branches if flow.loading_percent is not None), default=0.0)
    return float(percent), float(result.v_min_pu or 0.0)


def multiplied(load: Load, by: float) -> Load:
    """A load that takes so many times as much."""
    if by == 1.0:
        return load
    return dataclasses.replace(
        load, p_w=tuple(one * by for one in load.p_w), q_var=tuple(one * by for one in load.q_var)
    )
