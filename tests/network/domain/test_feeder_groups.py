"""Feeder groups: where they are cut, and that their figures are those of the whole network."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from integration.cim.models import generated, reading
from network.domain import generation, temporary
from network.domain.draft import ModelDraft
from network.domain.energisation import energise
from network.domain.feeder_groups import cutting, groups
from network.domain.feeder_groups.coupling import Coupling
from network.domain.feeder_groups.cutting import CircuitIndex
from network.domain.feeder_groups.groups import FeederGroups
from network.domain.grid import Grid, compile_grid
from network.domain.physics.circuit import Circuit
from network.domain.physics.results import PowerFlowResult
from network.domain.temporary import CUT, GENERATION, JUMPER, Element, Overlay, Place
from network.engines import port
from tests.builders.network import NetworkBuilder
from tests.paths import CIM, needs_shared

ABC = 7
BARE = Overlay()


def pair() -> Grid:
    """Two feeders on one bar, an open tie between their ends: S --T-- bar --CB1-- A --TIE/open-- B --CB2-- bar."""
    return compile_grid(
        NetworkBuilder("pair")
        .source("S").transformer("T", voltage=12_470.0).mark("bar")
        .breaker("CB1").line("A").mark("a").transformer("TA").customers(3)
        .back_to("bar").breaker("CB2").line("B").mark("b").transformer("TB").customers(3)
        .back_to("b").switch("TIE", closed=False).to("a")
        .draft()
    )  # fmt: skip


def standing(grid: Grid, moved: dict[str, int], overlay: Overlay = BARE) -> tuple[temporary.Fitted, np.ndarray]:
    """A grid with switches moved (phase bits by mRID) and what conducts then."""
    closed = grid.initial_closed.copy()
    for mrid, bits in moved.items():
        closed[grid.branch_index(mrid)] = bits
    closed.setflags(write=False)
    fitted = temporary.fit(grid, overlay)
    return fitted, fitted.conducting(closed)


def cut(grid: Grid, moved: dict[str, int], overlay: Overlay = BARE) -> FeederGroups:
    fitted, closed = standing(grid, moved, overlay)
    return groups.cut(fitted, energise(fitted.grid, closed), closed)


def test_each_feeder_is_a_group_that_hangs_on_its_station() -> None:
    found = cut(pair(), {})
    stations = [group for group in found.groups if group.is_station]
    assert [group.key for group in stations] == ["source S"]
    assert sorted(group.key for group in found.groups if group.above == stations[0].number) == ["CB1", "CB2"]


def test_a_closed_tie_joins_the_feeders_and_their_station_because_it_makes_a_ring() -> None:
    found = cut(pair(), {"TIE": ABC})
    assert len(found.groups) == 1
    assert len(found.groups[0].feeders) == 2


def test_a_feeder_fed_from_its_neighbour_is_one_group_with_it() -> None:
    grid = pair()
    found = cut(grid, {"TIE": ABC, "CB2": 0})
    assert sorted(group.key for group in found.groups) == ["CB1", "source S"]
    group = next(one for one in found.groups if one.key == "CB1")
    assert grid.branch_to[grid.branch_index("B")] in found.nodes(group.number)


def test_only_what_a_switch_touches_has_another_signature() -> None:
    before, after = cut(pair(), {}), cut(pair(), {"A": 0b011})
    changed = {
        group.key
        for group in before.groups
        if before.signature(group.number)
        != next(after.signature(one.number) for one in after.groups if one.key == group.key)
    }
    assert changed == {"CB1"}


def test_a_jumper_that_goes_elsewhere_in_the_same_slot_changes_its_group() -> None:
    def with_jumper_to(equipment: str) -> str:
        jumper = Element("j", JUMPER, "jumper", ABC, Place("A", 1), Place(equipment, 2), slot=0)
        found = cut(pair(), {}, Overlay((jumper,)))
        return next(found.signature(one.number) for one in found.groups if one.key == "CB1")

    assert with_jumper_to("A") != with_jumper_to("TA")
    assert with_jumper_to("A") == with_jumper_to("A")


Model = tuple[Grid, Circuit]


def of(draft: ModelDraft) -> Model:
    assert draft.circuit is not None
    return compile_grid(draft), draft.circuit


@pytest.fixture(scope="module")
def utility(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Overhead feeders with single-phase laterals, cable rings, open ties, three substations: 1,500 customers."""
    folder = tmp_path_factory.mktemp("utility")
    paths = generated.write(generation.generate(1_500, 3), Path(folder), progress=lambda _: None)
    return of(reading.read_files([str(path) for path in paths]))


class Network:
    """A model in a state, solved by groups."""

    def __init__(self, model: Model, moved: dict[str, int] | None = None, overlay: Overlay = BARE) -> None:
        grid, self.circuit = model
        self.fitted, self.closed = standing(grid, moved or {}, overlay)
        self.index = CircuitIndex(self.circuit, grid)
        energisation = energise(self.fitted.grid, self.closed)
        self.groups = cutting.groups_of(self.index, self.fitted, energisation, self.closed)
        self.coupling = self._coupling()

    def _coupling(self, kept: Coupling | None = None) -> Coupling:
        buses = {one.number: self.fitted.grid.node_mrid_text(one.at) for one in self.groups.groups if one.at >= 0}
        circuit_of: Callable[[int], Circuit] = lambda number: cutting.circuit_of_group(self.index, self.groups, number)  # noqa: E731
        return Coupling(
            self.groups.groups, buses, circuit_of, lambda _, one: port.solve(one), kept.results if kept else {}
        )

    def solved(self, before: "Network | None" = None) -> "Network":
        """All of it, or what differs from another state."""
        known: dict[str, str] = {}
        if before:
            known = {one.key: before.groups.signature(one.number) for one in before.groups.groups}
            self.coupling = self._coupling(before.coupling)
        self.coupling.settle(
            one.number for one in self.groups.groups if self.groups.signature(one.number) != known.get(one.key)
        )
        return self

    @property
    def results(self) -> list[PowerFlowResult]:
        return [self.coupling.results[one.key].result for one in self.groups.groups]

    @property
    def loss_kw(self) -> float:
        return sum(one.loss_kw or 0.0 for one in self.results)

    @property
    def source_kw(self) -> float:
        stations = [self.coupling.results[one.key].result for one in self.groups.groups if one.is_station]
        return sum(one.source_kw or 0.0 for one in stations)

    def volts(self) -> dict[str, float]:
        """Lowest phase of every bus."""
        found: dict[str, float] = {}
        for one in (bus for result in self.results for bus in result.buses):
            found[one.mrid] = min(one.v_pu, found.get(one.mrid, 9.0))
        return found


def assert_same(parts: Network, whole: PowerFlowResult) -> None:
    assert whole.converged
    assert all(one.converged for one in parts.results), [one.reason for one in parts.results]
    assert whole.loss_kw is not None and whole.source_kw is not None
    assert parts.loss_kw == pytest.approx(whole.loss_kw, rel=2e-4)
    assert parts.source_kw == pytest.approx(whole.source_kw, rel=1e-5)
    expected: dict[str, float] = {}
    for bus in whole.buses:
        expected[bus.mrid] = min(bus.v_pu, expected.get(bus.mrid, 9.0))
    found = parts.volts()
    assert found.keys() == expected.keys()
    assert max(abs(found[mrid] - expected[mrid]) for mrid in found) < 1e-4


def positions(network: Network) -> dict[str, int]:
    grid = network.index.grid
    return {one.mrid: int(network.closed[grid.branch_index(one.mrid)]) for one in network.circuit.switches}


def test_the_groups_of_a_utility_have_the_figures_of_the_whole(utility: Model) -> None:
    network = Network(utility).solved()
    assert len(network.groups.groups) > 6
    assert_same(network, port.solve(network.circuit, closed=positions(network)))


@needs_shared
@pytest.mark.parametrize("name", ["IEEE13.xml", "IEEE34_derived.xml", "IEEE123.xml.gz", "ACEP_PSIL.xml"])
def test_the_groups_of_a_published_feeder_have_the_figures_of_the_whole(name: str) -> None:
    network = Network(of(reading.read_files([str(CIM / "gridappsd" / name)]))).solved()
    assert_same(network, port.solve(network.circuit))


@needs_shared
def test_what_regulates_voltage_stays_with_its_network() -> None:
    paths = [str(one) for one in sorted((CIM / "cgmes3_minigrid").rglob("*.xml"))]
    network = Network(of(reading.read_files(paths))).solved()
    assert_same(network, port.solve(network.circuit))


def tie_of(network: Network) -> tuple[int, str]:
    """A normally open switch between two feeders of one utility."""
    grid, of_node = network.index.grid, network.groups.of_node
    for branch in np.flatnonzero(grid.is_switch & (grid.normal_closed == 0)).tolist():
        one, other = int(of_node[grid.branch_from[branch]]), int(of_node[grid.branch_to[branch]])
        if one != other and not network.groups.groups[one].is_station and grid.branch_phases[branch] & ABC == ABC:
            return branch, grid.branch_mrid_text(branch)
    raise AssertionError("no tie")


def test_an_opened_switch_has_its_own_feeder_solved_and_no_other(utility: Model) -> None:
    before = Network(utility).solved()
    group = max(
        (one for one in before.groups.groups if one.head >= 0), key=lambda g: before.groups.nodes(g.number).size
    )
    grid = before.index.grid
    line = next(b for b in before.groups.branches(group.number).tolist() if grid.is_switch[b] and b != group.head)
    after = Network(utility, {grid.branch_mrid_text(line): 0}).solved(before)
    others = {one.key for one in after.groups.groups if one.key in after.coupling.solved and not one.is_station}
    assert group.key in others
    assert len(others) < sum(not one.is_station for one in after.groups.groups)
    assert_same(after, port.solve(after.circuit, closed=positions(after)))


def test_feeders_joined_by_a_tie_are_solved_as_one(utility: Model) -> None:
    before = Network(utility).solved()
    _, tie = tie_of(before)
    after = Network(utility, {tie: ABC}).solved(before)
    assert len(after.groups.groups) < len(before.groups.groups)
    assert_same(after, port.solve(after.circuit, closed=positions(after)))


def last_line(network: Network) -> int:
    """A three-phase medium-voltage line far out on a feeder."""
    grid = network.index.grid
    mine = {one.mrid for one in network.circuit.lines if len(one.phases) == 3}
    found = [
        b
        for b in range(grid.branch_count)
        if grid.branch_mrid_text(b) in mine
        and grid.normal_branch[grid.branch_to[b]] == b
        and grid.node_feeder[grid.branch_to[b]] >= 0
    ]
    return min(found, key=lambda b: int(grid.normal_exit[grid.branch_to[b]] - grid.branch_to[b]))


def test_a_cut_takes_its_phases_and_a_jumper_gives_them_back(utility: Model) -> None:
    grid = utility[0]
    line = last_line(Network(utility))
    mrid, far = grid.branch_mrid_text(line), grid.node_mrid_text(int(grid.branch_to[line]))
    a_cut = Element("x1", CUT, "cut", 1, Place(mrid, 1))
    hurt = Network(utility, overlay=Overlay((a_cut,))).solved()
    phases = {one.phase for result in hurt.results for one in result.buses if one.mrid == far}
    assert phases == {"B", "C"}
    jumper = Element("x2", JUMPER, "jumper", ABC, Place(mrid, 1), Place(mrid, 2), slot=0)
    whole = Element("x1", CUT, "cut", ABC, Place(mrid, 1))
    bridged, sound = Network(utility, overlay=Overlay((whole, jumper))).solved(), Network(utility).solved()
    near = grid.node_mrid_text(int(grid.branch_from[line]))
    assert bridged.volts()[far] == pytest.approx(
        bridged.volts()[near], abs=1e-5
    )  # the line had an impedance, the jumper has none
    assert sound.volts()[far] < sound.volts()[near] - 1e-4
    assert bridged.source_kw == pytest.approx(sound.source_kw, rel=2e-3)


def test_mobile_generation_holds_the_island_it_feeds(utility: Model) -> None:
    grid = utility[0]
    network = Network(utility)
    group = max(
        (one for one in network.groups.groups if one.head >= 0), key=lambda g: network.groups.nodes(g.number).size
    )
    head, below = grid.branch_mrid_text(group.head), int(grid.branch_to[group.head])
    trailer = Element("g1", GENERATION, "Trailer 1", ABC, Place(node=grid.node_mrid_text(below)), slot=0)
    island = Network(utility, {head: 0}, Overlay((trailer,))).solved()
    own = next(one for one in island.groups.groups if "g1" in one.key)
    result = island.coupling.results[own.key].result
    assert result.converged, result.reason
    assert next(v for mrid, v in island.volts().items() if mrid == grid.node_mrid_text(below)) == pytest.approx(
        1.0, abs=1e-4
    )
    fed = network.solved().coupling.results[group.key].result
    assert fed.source_kw is not None
    assert result.source_kw == pytest.approx(fed.source_kw, rel=0.02)
