"""What an operation would do, said before it is done."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from network.domain.draft import ModelDraft
from network.domain.energisation import Energisation, compare, energise
from network.domain.grid import compile_grid
from network.domain.impact import Impact, look_ahead
from tests.builders import random_networks
from tests.builders.network import NetworkBuilder
from tests.network.domain import oracle


def two_feeders() -> ModelDraft:
    """
    S --CB1-- --L1-- L1 --T1-- (3 customers)
                     +--SW-- --T2-- (5 customers) --TIE/open-- M1
    P --CB2-- --M1-- M1 --T3-- (7 customers)
    """
    return (
        NetworkBuilder()
        .source("S").breaker("CB1").line("L1").transformer("T1").customers(3, kw_each=2)
        .back_to("L1").switch("SW").transformer("T2").customers(5)
        .back_to("SW").switch("TIE", closed=False).to("M1")
        .source("P").breaker("CB2").line("M").to("M1").transformer("T3").customers(7)
        .draft()
    )  # fmt: skip


def ahead(draft: ModelDraft, mrid: str, phases: int, **positions: int) -> Impact:
    grid = compile_grid(draft)
    closed = grid.normal_closed.copy()
    for name, position in positions.items():
        closed[grid.branch_index(name)] = position
    return look_ahead(grid, closed, energise(grid, closed), grid.branch_index(mrid), phases)


def test_opening_says_who_loses_supply() -> None:
    found = ahead(two_feeders(), "SW", 0)
    assert (found.lost_customers, found.lost_kw, found.regained_customers) == (5, 5.0, 0)
    assert not any((found.makes_loop, found.parallels_sources, found.energises_dead, found.nothing_changes))


def test_closing_onto_a_dead_part_says_who_regains_supply() -> None:
    found = ahead(two_feeders(), "TIE", 7, SW=0)
    assert (found.regained_customers, found.lost_customers) == (5, 0)
    assert found.energises_dead
    assert not found.parallels_sources


def test_closing_between_two_sources_makes_a_parallel() -> None:
    found = ahead(two_feeders(), "TIE", 7)
    assert found.parallels_sources
    assert not any((found.makes_loop, found.nothing_changes))


def test_closing_between_sources_in_parallel_makes_a_loop() -> None:
    """The two feeders run in parallel over TIE; a second tie closes a ring."""
    draft = two_feeders()
    builder = NetworkBuilder()
    builder._draft = draft
    builder.back_to("CB1").switch("TIE2", closed=False).to("CB2")
    found = ahead(draft, "TIE2", 7, TIE=7)
    assert found.makes_loop
    assert not found.parallels_sources


def test_what_stands_there_already_changes_nothing() -> None:
    assert ahead(two_feeders(), "CB1", 7).nothing_changes
    assert ahead(two_feeders(), "SW", 0, CB1=0).nothing_changes


def test_opening_a_ring_changes_something_for_nobody() -> None:
    found = ahead(two_feeders(), "TIE", 0, TIE=7)
    assert found.lost_nodes.size == found.lost_customers == 0
    assert not found.nothing_changes


def test_one_open_phase_takes_that_share_of_the_load_and_all_who_use_it() -> None:
    found = ahead(two_feeders(), "CB2", 6)
    assert found.lost_customers == 7
    assert found.lost_kw == pytest.approx(7 / 3)


def test_closing_single_phases_side_by_side_makes_no_loop() -> None:
    """S ==FA,FB,FC== N: three single-phase fuses between the same two nodes."""
    draft = NetworkBuilder().source("S").fuse("FA", phases="A").to("N").draft()
    for letter in "BC":
        builder = NetworkBuilder()
        builder._draft = draft
        builder.back_to("S").fuse(f"F{letter}", phases=letter).to("N")
    draft.branches["FB"].normal_closed_phases = 0
    found = ahead(draft, "FB", 2)
    assert found.energises_dead
    assert not found.makes_loop
    grid = compile_grid(draft)
    state = energise(grid, np.where(grid.branch_phases == 2, 2, grid.normal_closed).astype(np.uint8))
    assert state.loops.size == 0
    assert state.live[grid.node_index("N")] == 7


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_what_is_said_is_what_happens(data: st.DataObject) -> None:
    draft = data.draw(random_networks.networks())
    switches = sorted(mrid for mrid, branch in draft.branches.items() if branch.is_switch)
    assume(switches)
    mrid = data.draw(st.sampled_from(switches))
    bits = draft.branches[mrid].phases & data.draw(st.integers(0, 7))
    grid = compile_grid(draft)
    branch = grid.branch_index(mrid)
    before = energise(grid, grid.initial_closed)
    closed = grid.initial_closed.copy()
    closed[branch] = bits
    after = energise(grid, closed)
    found = look_ahead(grid, grid.initial_closed, before, branch, bits)
    change = compare(before, after)
    assert np.array_equal(found.lost_nodes, change.lost_nodes)
    assert np.array_equal(found.regained_nodes, change.regained_nodes)
    assert found.lost_customers == fully_supplied(draft, before) - fully_supplied(draft, before, after)
    assert found.regained_customers == fully_supplied(draft, after) - fully_supplied(draft, before, after)
    assert found.energises_dead == (change.regained_nodes.size > 0)


def fully_supplied(draft: ModelDraft, *states: Energisation) -> int:
    """Customers who have all the phases they use in all of these states."""
    grid, total = states[0].grid, 0
    for injection in draft.injections.values():
        node = grid.node_index(injection.node)
        present = int(grid.node_phases[node]) & 7
        used = injection.phases & present or present
        if all(int(state.live[node]) & used == used for state in states):
            total += injection.customer_count or 0
    return total


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_rings_and_parallels_are_told_apart_in_three_phase_networks(data: st.DataObject) -> None:
    draft = data.draw(random_networks.networks())
    for branch in draft.branches.values():
        branch.phases, branch.closed_phases = 7, 7 if branch.closed_phases else 0
    for injection in draft.injections.values():
        injection.phases = 7
    open_ones = [mrid for mrid, b in draft.branches.items() if b.is_switch and not b.closed_phases]
    assume(open_ones)
    mrid = data.draw(st.sampled_from(sorted(open_ones)))
    grid = compile_grid(draft)
    before = energise(grid, grid.initial_closed)
    found = look_ahead(grid, grid.initial_closed, before, grid.branch_index(mrid), 7)
    positions = {m: 7 if not b.is_switch else b.closed_phases for m, b in draft.branches.items()}
    start, end = draft.branches[mrid].from_node, draft.branches[mrid].to_node
    live = oracle.live_phases(draft, positions)
    both = bool(live[start] and live[end])
    joined = end in oracle.connected(draft, positions, start)
    assert found.makes_loop == (both and joined)
    assert found.parallels_sources == (both and not joined)
