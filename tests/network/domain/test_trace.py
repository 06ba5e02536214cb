"""Traces: what feeds this, what hangs on it, what comes next."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.domain import trace
from network.domain.draft import ModelDraft
from network.domain.energisation import Energisation, energise
from network.domain.grid import Grid, compile_grid
from tests.builders import random_networks
from tests.builders.network import NetworkBuilder
from tests.network.domain import oracle

EXAMPLES = settings(max_examples=150, deadline=None)


class Town:
    """
    S --CB1-- --L1-- L1 --R-- --L2-- L2 --F-- --T1-- (3 customers)
                     +--SW-- SW --TIE/open-- M          +- in a ring: L2 --RING/open-- L1
    P --CB2-- --M-- M --T2-- (5 customers)
    """

    def __init__(self, **positions: int) -> None:
        self.draft = (
            NetworkBuilder()
            .source("S").breaker("CB1").line("L1").recloser("R").line("L2").fuse("F").transformer("T1").customers(3)
            .back_to("L2").switch("RING", closed=False).to("L1")
            .back_to("L1").switch("SW").switch("TIE", closed=False).to("M")
            .source("P").breaker("CB2").line("ML").to("M").transformer("T2").customers(5)
            .draft()
        )  # fmt: skip
        self.grid: Grid = compile_grid(self.draft)
        closed = self.grid.normal_closed.copy()
        for mrid, bits in positions.items():
            closed[self.branch(mrid)] = bits
        self.state: Energisation = energise(self.grid, closed)

    def node(self, mrid: str) -> int:
        return self.grid.node_index(mrid)

    def branch(self, mrid: str) -> int:
        return self.grid.branch_index(mrid)

    def branches(self, found: np.ndarray) -> list[str]:
        return [self.grid.branch_mrid_text(branch) for branch in found]

    def nodes(self, found: np.ndarray) -> list[str]:
        return [self.grid.node_mrid_text(node) for node in found]


def test_upstream_is_the_way_to_the_source() -> None:
    town = Town()
    found = trace.upstream(town.state, town.node("T1"))
    assert town.branches(found.branches) == ["T1", "F", "L2", "R", "L1", "CB1"]
    assert town.nodes(found.nodes) == ["T1", "F", "L2", "R", "L1", "CB1", "S"]


def test_nothing_feeds_a_dead_node() -> None:
    town = Town(R=0)
    found = trace.upstream(town.state, town.node("T1"))
    assert found.nodes.size == found.branches.size == 0
    assert trace.downstream(town.state, town.node("T1")).nodes.size == 0


def test_downstream_is_all_that_hangs_on_a_node() -> None:
    town = Town()
    found = trace.downstream(town.state, town.node("R"))
    assert set(town.nodes(found.nodes)) == {"R", "L2", "F", "T1"}
    assert set(town.branches(found.branches)) == {"L2", "F", "T1"}
    assert trace.customers_of(town.grid, found.nodes) == 3
    assert trace.kw_of(town.grid, found.nodes) == 3.0


def test_downstream_turns_round_when_fed_from_the_other_side() -> None:
    town = Town(CB1=0, TIE=7)
    found = trace.downstream(town.state, town.node("SW"))
    assert set(town.nodes(found.nodes)) == {"SW", "L1", "CB1", "R", "L2", "F", "T1"}


def test_connected_does_not_ask_for_supply() -> None:
    town = Town(CB1=0)
    assert set(town.nodes(trace.connected(town.state, town.node("T1")).nodes)) == {
        "CB1",
        "L1",
        "R",
        "L2",
        "F",
        "T1",
        "SW",
    }


def test_ends_of_a_device_follow_the_direction_of_supply() -> None:
    town = Town()
    assert trace.feeding_end(town.state, town.branch("SW")) == town.node("L1")
    assert trace.fed_node(town.state, town.branch("SW")) == town.node("SW")
    assert trace.fed_node(town.state, town.branch("TIE")) == -1
    town = Town(CB1=0, TIE=7)
    assert trace.feeding_end(town.state, town.branch("SW")) == town.node("SW")
    assert trace.fed_node(town.state, town.branch("SW")) == town.node("L1")


def test_the_next_devices_up_and_down() -> None:
    town = Town()
    grid, state = town.grid, town.state
    assert trace.next_upstream(state, town.node("T1"), grid.is_protective) == town.branch("F")
    assert trace.next_upstream(state, town.node("T1"), grid.is_telemetered) == town.branch("CB1")
    assert trace.next_upstream(state, town.node("S"), grid.is_protective) == -1
    assert set(town.branches(trace.next_downstream(state, town.node("L1"), grid.is_switch))) == {"R", "SW", "RING"}
    assert set(town.branches(trace.next_downstream(state, town.node("L1"), grid.is_protective))) == {"R"}
    assert town.branches(trace.next_downstream(state, town.node("L1"), trace.open_switches(state))) == ["RING", "TIE"]


def test_a_section_is_bounded_by_what_would_isolate_it() -> None:
    town = Town()
    inside, bounds = trace.section(town.state, town.node("L1"), town.grid.is_switch)
    assert set(town.nodes(inside.nodes)) == {"CB1", "L1"}
    assert town.branches(inside.branches) == ["L1"]
    assert set(town.branches(bounds)) == {"CB1", "R", "SW", "RING"}


def test_open_switches_round_a_dead_part_are_what_could_restore_it() -> None:
    town = Town(CB1=0)
    _, bounds = trace.section(town.state, town.node("T1"), trace.open_switches(town.state))
    assert set(town.branches(bounds)) == {"CB1", "TIE", "RING"}


def test_a_feeder_is_what_its_head_feeds_now() -> None:
    town = Town(SW=0, TIE=7)
    found = trace.feeder(town.state, town.branch("CB2"))
    assert set(town.nodes(found.nodes)) == {"CB2", "M", "T2", "SW"}
    assert set(town.branches(found.branches)) == {"CB2", "ML", "T2", "TIE"}
    assert set(town.nodes(trace.feeder(town.state, town.branch("CB1")).nodes)) == {"CB1", "L1", "R", "L2", "F", "T1"}


def test_a_ring_lists_its_branches() -> None:
    town = Town(RING=7)
    assert town.state.loops.size == 1
    found = trace.ring(town.state, int(town.state.loops[0]))
    assert set(town.branches(found.branches)) == {"RING", "R", "L2"}
    assert set(town.nodes(found.nodes)) == {"L1", "R", "L2"}
    assert trace.parallels(town.state).size == 0


def test_a_parallel_goes_up_to_both_sources() -> None:
    town = Town(TIE=7)
    assert trace.parallels(town.state).tolist() == town.state.loops.tolist() != []
    found = trace.ring(town.state, int(town.state.loops[0]))
    assert set(town.branches(found.branches)) == {"TIE", "SW", "L1", "CB1", "ML", "CB2"}
    assert town.state.source_islands.tolist() == [0, 0]
    assert Town().state.source_islands.tolist() == [0, 1]


def test_a_path_takes_the_fewest_branches() -> None:
    town = Town(RING=7)
    found = trace.path(town.state, town.node("CB1"), town.node("L2"))
    assert town.branches(found.branches) == ["L1", "RING"]
    assert town.nodes(found.nodes) == ["CB1", "L1", "L2"]
    assert trace.path(town.state, town.node("S"), town.node("M")).nodes.size == 0
    assert town.nodes(trace.path(town.state, town.node("S"), town.node("S")).nodes) == ["S"]


def test_a_trace_on_one_phase_runs_on_a_state_of_that_phase() -> None:
    town = Town(F=6)
    only_a = energise(town.grid, town.state.closed & 1)
    assert set(town.nodes(trace.downstream(only_a, town.node("R")).nodes)) == {"R", "L2"}


@EXAMPLES
@given(random_networks.networks())
def test_downstream_and_connected_agree_with_a_plain_search(draft: ModelDraft) -> None:
    grid = compile_grid(draft)
    positions = oracle.normal_positions(draft)
    state = energise(grid, grid.normal_closed)
    for mrid in draft.nodes:
        node = grid.node_index(mrid)
        joined = {grid.node_mrid_text(n) for n in trace.connected(state, node).nodes}
        assert joined == oracle.connected(draft, positions, mrid)
        if state.live[node]:
            found = trace.downstream(state, node)
            assert {grid.node_mrid_text(n) for n in found.nodes} == oracle.below(draft, positions, mrid)


@EXAMPLES
@given(st.data())
def test_paths_are_paths_and_exist_where_nodes_are_connected(data: st.DataObject) -> None:
    draft = data.draw(random_networks.networks())
    one, other = (data.draw(st.sampled_from(sorted(draft.nodes))) for _ in range(2))
    grid = compile_grid(draft)
    state = energise(grid, grid.normal_closed)
    found = trace.path(state, grid.node_index(one), grid.node_index(other))
    assert (found.nodes.size > 0) == (other in oracle.connected(draft, oracle.normal_positions(draft), one))
    for step, branch in enumerate(found.branches):
        assert {grid.branch_from[branch], grid.branch_to[branch]} == set(found.nodes[step : step + 2].tolist())
        assert grid.normal_closed[branch]


@EXAMPLES
@given(random_networks.networks())
def test_opening_every_loop_branch_leaves_a_forest_and_takes_nothing(draft: ModelDraft) -> None:
    for branch in draft.branches.values():
        branch.phases = 7
        branch.normal_closed_phases = 7 if branch.normal_closed_phases else 0
    for injection in draft.injections.values():
        injection.phases = 7
    grid = compile_grid(draft)
    state = energise(grid, grid.normal_closed)
    closed = grid.normal_closed.copy()
    closed[state.loops] = 0
    radial = energise(grid, closed)
    assert radial.loops.size == 0
    assert np.array_equal(radial.live, state.live)


@pytest.mark.parametrize("branch", ["RING", "TIE"])
def test_a_network_without_rings_has_no_loops(branch: str) -> None:
    assert Town().state.loops.size == 0
    assert Town(**{branch: 7}).state.loops.size == 1
