"""The power flow of a running model for whoever asks now: the same feeder groups as the worker's, nothing stored.

A network that is not large is solved again, whole, with every voltage and current in the answer. Of a large one the groups whose
stored result still holds are taken as they are, the others are solved, station by station, and only figures and violations are kept:
the voltages of a million customers fit into no answer.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.utils.translation import gettext
from numpy.typing import NDArray

from adms.core import runtime_settings
from adms.core.errors import NotFound, Refused
from network.domain import charted
from network.domain.energisation import Energisation
from network.domain.feeder_groups import cutting
from network.domain.feeder_groups.coupling import GroupResult
from network.domain.feeder_groups.cutting import Circuits
from network.domain.feeder_groups.groups import FeederGroup, FeederGroups
from network.domain.feeder_groups.joining import joined
from network.domain.physics.circuit import Circuit
from network.domain.physics.results import BranchFlow, BusVoltage, PowerFlowResult, Violation
from network.domain.temporary import Fitted
from network.models import GroupPowerFlow
from network.selectors import state
from network.services import power_flow, power_flow_groups
from network.services.feeder_readings import Readings
from network.services.power_flow_turns import Turn, Ways

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How it is solved; limits that are None are those of the settings."""

    engine: str = "auto"
    fix_taps: bool = False
    low: float | None = None
    high: float | None = None

    @property
    def is_as_stored(self) -> bool:
        """Whether the worker's own results answer it."""
        return self == Wanted()

    def band(self) -> tuple[float, float]:
        """Lowest and highest voltage, pu."""
        low = runtime_settings.get(power_flow.V_LOW) if self.low is None else self.low
        high = runtime_settings.get(power_flow.V_HIGH) if self.high is None else self.high
        return float(low), float(high)


@dataclass(slots=True)
class Answer:
    """What was found; `figures` are as of a stored result (`PowerFlow.figures`).

    `buses` and `branches` are None of a large network, `voltage` (pu, by node) and `loading` (percent, by branch) where they were not
    asked for.
    """

    engine: str
    converged: bool
    reason: str
    figures: dict[str, Any]
    violations: list[Violation] = field(default_factory=list)
    buses: list[BusVoltage] | None = None
    branches: list[BranchFlow] | None = None
    voltage: charted.Floats | None = None
    loading: charted.Floats | None = None


def answer(*, model: str, wanted: Wanted, at: dt.datetime, progress: Progress) -> Answer | None:
    """Solve a model as it is operated now, temporary elements and telemetry included; None where it has no circuit.

    Args:
        model: key of a published model.
        wanted: the engine and the limits.
        at: now; telemetry counts by its age.
        progress: is told what is done where that takes long.

    Raises:
        Unsuitable: the engine that is asked for cannot express a group (`network.engines.port`).
    """
    return _answer(state.present(model), wanted, at, progress)


class NotSolved(Refused):
    """No power flow is computed for a state that was asked about; the text says why."""

    code = "not_solved"


@dataclass(frozen=True, eq=False, slots=True)
class Hypothesis:
    """A state that is not: another overlay, other switch positions, and what is live with them."""

    fitted: Fitted
    positions: NDArray[np.uint8]
    energisation: Energisation


@dataclass(frozen=True, slots=True)
class Effort:
    """What is wanted of a state that is not operated: the arrays of every node and branch, and whom to tell how far it is."""

    with_arrays: bool = False
    progress: Progress = lambda _: None


def answer_of(
    *, then: state.NetworkState, operated: state.NetworkState, at: dt.datetime, effort: Effort | None = None
) -> Answer:
    """The same for a state of a version of its own, as a study has it. Telemetry counts for feeder groups that are operated like that.

    Raises:
        NotSolved: the model has no circuit.
    """
    effort = effort or Effort()
    circuits = power_flow.circuits_of(then.version_id)
    if circuits is None:
        raise NotSolved(gettext("the model has no impedances"))
    groups = cutting.groups_of(circuits, then.fitted, then.energisation, then.closed)
    measured = alike(groups, signatures(circuits, operated)) if operated.version_id == then.version_id else frozenset()
    ways = Ways(circuits, Readings.of_version(then.version_id, at), _solver(Wanted()), measured)
    return _solved(then, groups, ways, Wanted(), _Run(at, effort.progress, effort.with_arrays))


def signatures(circuits: Circuits, operated: state.NetworkState) -> dict[str, str]:
    """What the feeder groups are as they are operated, by key."""
    now = cutting.groups_of(circuits, operated.fitted, operated.energisation, operated.closed)
    return {one.key: now.signature(one.number) for one in now.groups}


def alike(groups: FeederGroups, operated: dict[str, str]) -> frozenset[str]:
    """The groups that are as they are operated: what a head reads says nothing of a feeder that was switched otherwise."""
    return frozenset(one.key for one in groups.groups if groups.signature(one.number) == operated.get(one.key))


def _answer(present: state.NetworkState, wanted: Wanted, at: dt.datetime, progress: Progress) -> Answer | None:
    circuits = power_flow.circuits_of(present.version_id)
    if circuits is None:
        return None
    groups = cutting.groups_of(circuits, present.fitted, present.energisation, present.closed)
    ways = Ways(circuits, Readings.of_version(present.version_id, at), _solver(wanted))
    return _solved(present, groups, ways, wanted, _Run(at, progress))


@dataclass(frozen=True, slots=True)
class _Run:
    """When it is solved, who is told, and whether the arrays are wanted."""

    at: dt.datetime
    progress: Progress
    with_arrays: bool = False


def _solved(present: state.NetworkState, groups: FeederGroups, ways: Ways, wanted: Wanted, run: _Run) -> Answer:
    is_large = present.fitted.base.node_count > power_flow.LARGE
    found = _Found(groups, present, is_large=is_large, with_arrays=run.with_arrays)
    kept = power_flow_groups.Kept({}, {})
    if is_large and wanted.is_as_stored:
        kept = power_flow_groups.kept(groups, present, power_flow.oldest(present, run.at))
    turn = Turn(groups, present, kept, ways)
    stations = turn.waiting()
    if is_large:
        told = f"{len(groups.groups):,} feeder groups: {len(kept.results):,} as they were computed by the worker, "
        run.progress(f"{told}{len(groups.groups) - len(kept.results):,} are solved now, in {len(stations):,} stations")
    for count, (station, _) in enumerate(turn.settle(), 1):
        if is_large:
            run.progress(f"{count:,} of {len(stations):,} stations solved")
        found.take(station, turn.coupling.results, turn.changed())
        turn.coupling.forget(found.numbers(station))
    found.take_stored(set(kept.results) - found.taken)
    return found.answer()


def island(*, model: str, feeder: str = "") -> Circuit | None:
    """The live circuit of a model, or of the station that a feeder hangs on; None where it has no circuit.

    Raises:
        NotFound: there is no such live feeder; or the network is large, and none was named.
    """
    present = state.present(model)
    circuits = power_flow.circuits_of(present.version_id)
    if circuits is None:
        return None
    groups = cutting.groups_of(circuits, present.fitted, present.energisation, present.closed)
    if feeder:
        return joined(circuits, groups, [_station_of(groups, present, feeder)])
    if present.fitted.base.node_count > power_flow.LARGE:
        raise NotFound(
            gettext("%(model)s has more than %(most)s nodes: name a feeder of the station that is wanted")
            % {"model": model, "most": f"{power_flow.LARGE:,}"}
        )
    stations = [one.number for one in groups.groups if one.is_station]
    if not stations:
        raise NotFound(gettext("%(model)s: no source holds any part of the network") % {"model": model})
    return joined(circuits, groups, stations)


def _station_of(groups: FeederGroups, present: state.NetworkState, feeder: str) -> int:
    """The group with the sources of a feeder, by the feeder's name or the mRID of its head."""
    grid = present.grid
    for group in groups.groups:
        if any(feeder in (grid.feeder_name(head), grid.branch_mrid_text(head)) for head in group.feeders):
            return group.number if group.is_station else group.above
    raise NotFound(
        gettext("%(model)s has no live feeder %(feeder)s") % {"model": present.model, "feeder": f"{feeder!r}"},
        feeder=feeder,
    )


def _solver(wanted: Wanted) -> Callable[[Circuit], PowerFlowResult]:
    from network.engines import port  # noqa: PLC0415 - its solvers take seconds to load

    band = wanted.band()
    return lambda circuit: port.solve(circuit, engine=wanted.engine, fix_taps=wanted.fix_taps, band=band)  # type: ignore[arg-type]


class _Found:
    """The results of the groups as they come, put together."""

    def __init__(self, groups: FeederGroups, present: state.NetworkState, *, is_large: bool, with_arrays: bool) -> None:
        self._groups, self._present, self._is_large, self._with_arrays = groups, present, is_large, with_arrays
        grid = present.grid
        self._voltage = np.full(grid.node_count if with_arrays else 0, np.nan, np.float32)
        self._loading = np.full(grid.branch_count if with_arrays else 0, np.nan, np.float32)
        self._below: dict[int, list[FeederGroup]] = {}
        for group in groups.groups:
            self._below.setdefault(group.number if group.is_station else group.above, []).append(group)
        self.taken: set[str] = set()
        self._rows: list[power_flow_groups.Told] = []
        self._violations: list[Violation] = []
        self._buses: list[BusVoltage] = []
        self._branches: list[BranchFlow] = []
        self._solved = 0

    def numbers(self, station: int) -> list[int]:
        """The groups of a station."""
        return [group.number for group in self._below[station]]

    def take(self, station: int, results: dict[str, GroupResult], changed: dict[str, GroupResult]) -> None:
        """What was solved of a station; what was not stays with its stored row."""
        for group in self._below[station]:
            if group.key in changed:
                self._take(group, results[group.key].result)

    def _take(self, group: FeederGroup, result: PowerFlowResult) -> None:
        self.taken.add(group.key)
        self._solved += 1
        name = power_flow_groups.name_of(group, self._present)
        figures = {key: getattr(result, key) for key in power_flow_groups.FIGURES}
        figures |= {"violations": len(result.violations), "estimate": result.estimate}
        self._rows.append(
            power_flow_groups.Told(name, group.head, result.engine, result.converged, result.reason, figures)
        )
        above = self._present.grid.node_mrid_text(group.at) if group.at >= 0 else ""  # told by the station
        mine = [one for one in result.violations if one.mrid != above]
        self._violations += mine[: power_flow_groups.LISTED] if self._is_large else mine
        if self._with_arrays and result.converged:
            self._voltage = np.fmin(self._voltage, charted.voltage_by_node(self._present.grid, result))
            self._loading = np.fmax(self._loading, charted.loading_by_branch(self._present.grid, result))
        if not self._is_large:
            self._buses += [one for one in result.buses if one.mrid != above]
            self._branches += result.branches

    def take_stored(self, keys: set[str]) -> None:
        """The stored rows of the groups that hold."""
        rows = GroupPowerFlow.objects.filter(model_id=self._present.model_id, key__in=keys)
        unwanted = ["coupling"] if self._with_arrays else ["coupling", "nodes", "voltage", "branches", "loading"]
        for row in rows.defer(*unwanted).iterator(200):
            if self._with_arrays:
                power_flow_groups.lay(row, self._voltage, self._loading)
            self._rows.append(
                power_flow_groups.Told(row.name, row.head, row.engine, row.converged, row.reason, row.figures)
            )
            if row.converged:
                self._violations += [Violation(**one) for one in row.violations]

    def answer(self) -> Answer:
        """All of it."""
        rows = sorted(self._rows, key=lambda one: one.name)
        is_whole = bool(rows) and all(one.converged for one in rows)
        solved_rows = [one for one in rows if one.converged]
        figures = power_flow_groups.figures(solved_rows, is_whole=is_whole)
        figures |= {"groups": len(rows), "unsolved": len(rows) - len(solved_rows), "solved_now": self._solved}
        figures["estimated"] = sum(1 for one in solved_rows if one.figures.get("estimate"))
        listed = self._violations[: power_flow_groups.LISTED] if self._is_large else self._violations
        return Answer(
            engine=" + ".join(sorted({one.engine for one in rows})) or "none",
            converged=is_whole,
            reason=power_flow_groups.reason(rows, waiting=0),
            figures=figures,
            violations=listed,
            buses=None if self._is_large else self._buses,
            branches=None if self._is_large else self._branches,
            voltage=self._voltage if self._with_arrays else None,
            loading=self._loading if self._with_arrays else None,
        )
