"""What is live: full and incremental computation against a plain search, on random networks."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from network.domain.draft import ModelDraft
from network.domain.energisation import Energisation, compare, energise, reenergise
from network.domain.grid import Grid, compile_grid
from network.domain.switchboard import Switchboard
from tests.builders import random_networks
from tests.builders.network import NetworkBuilder
from tests.network.domain import oracle

EXAMPLES = settings(max_examples=200, deadline=None)


def agree_with_oracle(draft: ModelDraft, grid: Grid, state: Energisation, positions: oracle.Positions) -> None:
    live = oracle.live_phases(draft, positions)
    laid = oracle.forest(draft, positions)
    for mrid in draft.nodes:
        node = grid.node_index(mrid)
        assert state.live[node] == live[mrid]
        if not live[mrid]:
            assert (
                state.parent_branch[node] == state.parent_node[node] == state.source[node] == state.feeder[node] == -1
            )
            assert state.below(node).size == 0
            continue
        parent, source = laid[mrid]
        assert state.parent_branch[node] == grid.branch_index(parent)
        assert state.source[node] == grid.source_at[grid.node_index(source)]
        assert {grid.node_mrid_text(n) for n in state.below(node)} == oracle.below(draft, positions, mrid)
    for mrid, branch in draft.branches.items():
        both = live[branch.from_node] & live[branch.to_node]
        assert state.branch_live[grid.branch_index(mrid)] == positions[mrid] & both


def equal(one: Energisation, other: Energisation) -> None:
    for name in (
        "live",
        "branch_live",
        "parent_branch",
        "parent_node",
        "source",
        "feeder",
        "order",
        "enter",
        "exit",
        "loops",
    ):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


class Case:
    """A drawn network, operated step by step; every step is checked against full computation and the plain search."""

    def __init__(self, builder: NetworkBuilder) -> None:
        self.draft = builder.draft()
        self.grid = compile_grid(self.draft)
        self.closed, self.positions = self.grid.normal_closed, oracle.normal_positions(self.draft)
        self.state = energise(self.grid, self.closed)

    def operate(self, **positions: int) -> Case:
        operation = random_networks.Operation(positions)
        self.closed, changed = random_networks.operated(self.grid, self.closed, operation)
        self.positions = self.positions | positions
        self.state = reenergise(self.grid, self.state, self.closed, changed)
        equal(self.state, energise(self.grid, self.closed))
        agree_with_oracle(self.draft, self.grid, self.state, self.positions)
        return self

    def live(self, node: str) -> int:
        return int(self.state.live[self.grid.node_index(node)])

    def feeder(self, node: str) -> str:
        return self.grid.branch_mrid_text(self.state.feeder[self.grid.node_index(node)])


def test_a_cut_part_does_not_live_on_phases_it_gave_away_itself() -> None:
    """
    S --E1 (A)-- X        X has B only through R: once E2 opens, B is gone at both
    S --E2------ R --E3 (B)-- X
    """
    case = Case(
        NetworkBuilder().source("S").switch("E1", phases="A").to("X")
        .back_to("S").switch("E2").to("R").switch("E3", phases="B").to("X")
    )  # fmt: skip
    assert (case.live("X"), case.live("R")) == (3, 7)
    case.operate(E2=0)
    assert (case.live("X"), case.live("R")) == (1, 0)


def test_an_end_that_had_phases_from_below_loses_them_too() -> None:
    """
    S --E1 (A)-- U --E2-- C --E3 (B)-- P      P a source: U has B from below, through the branch that opens
    """
    case = Case(
        NetworkBuilder().source("P", phases="B").source("S").switch("E1", phases="A").to("U")
        .device("Breaker", "E2", phases="ABC").to("C").switch("E3", phases="B").to("P")
    )  # fmt: skip
    assert case.live("U") == case.live("C") == 3
    case.operate(E2=0)
    assert (case.live("U"), case.live("C")) == (1, 2)


def test_a_phase_through_an_opened_ring_branch_is_lost_beyond_it() -> None:
    """
    S --E1 (A)-- X --E4-- Y
    S --E2------ R --E3 (B)-- X        E3 is no branch of the forest, yet X and Y have B through it
    """
    case = Case(
        NetworkBuilder().source("S").switch("E1", phases="A").to("X")
        .back_to("S").switch("E2").to("R").switch("E3", phases="B").to("X").device("Breaker", "E4", phases="ABC").to("Y")
    )  # fmt: skip
    assert case.live("Y") == 3
    case.operate(E3=0)
    assert (case.live("X"), case.live("Y"), case.live("R")) == (1, 1, 7)


def test_a_part_left_dead_takes_the_feeder_that_picks_it_up_later() -> None:
    """
    S --CB1-- A --SW1-- B --SW2-- C         B moves to feeder CB2 while C is dead behind SW2
    S --CB2-- D --TIE/open-- B
    """
    case = Case(
        NetworkBuilder().source("S").breaker("CB1").to("A").switch("SW1").to("B").switch("SW2").to("C").load(1)
        .back_to("S").breaker("CB2").to("D").switch("TIE", closed=False).to("B")
    )  # fmt: skip
    assert case.feeder("C") == "CB1"
    case.operate(SW2=0).operate(SW1=0).operate(TIE=7).operate(SW2=7)
    assert case.feeder("C") == "CB2"
    case.operate(SW2=0).operate(TIE=0).operate(SW1=7).operate(SW2=7)
    assert case.feeder("C") == "CB1"


def test_a_moved_part_goes_dark_with_the_feeder_it_was_moved_to() -> None:
    """
    S --CB1-- A --SW1-- B --L-- C
    P --CB2-- D --SW3-- E --TIE/open-- C
    """
    case = Case(
        NetworkBuilder().source("S").breaker("CB1").to("A").switch("SW1").to("B").line("L").to("C")
        .source("P").breaker("CB2").to("D").switch("SW3").to("E").switch("TIE", closed=False).to("C")
    )  # fmt: skip
    case.operate(SW1=0).operate(TIE=7).operate(SW3=0)
    assert (case.live("B"), case.live("A"), case.live("D")) == (0, 7, 7)
    case.operate(SW3=7).operate(CB1=0).operate(SW1=7)
    assert case.feeder("A") == "CB2"


def test_single_phases_through_fuses_side_by_side_are_cut_one_by_one() -> None:
    """S ==FA, FB, FC== N --L-- M."""
    builder = NetworkBuilder().source("S")
    for letter in "ABC":
        builder.back_to("S").fuse(f"F{letter}", phases=letter).to("N")
    case = Case(builder.device("ACLineSegment", "L", phases="ABC").to("M"))
    assert (case.live("M"), case.state.loops.size) == (7, 0)
    case.operate(FA=0)
    assert case.live("M") == 6
    case.operate(FB=0, FC=0)
    assert case.live("M") == 0
    case.operate(FB=2)
    assert case.live("M") == 2


def test_two_ways_in_are_a_ring_and_one_more_switch_makes_it_two_trees() -> None:
    """
    S --CB1-- A --T1/open-- B --CB2-- P
              +---T2/open---+
    """
    case = Case(
        NetworkBuilder().source("S").breaker("CB1").to("A").mark("a")
        .source("P").breaker("CB2").to("B").switch("T1", closed=False).to("a").back_to("B").switch("T2", closed=False).to("a")
    )  # fmt: skip
    case.operate(T1=7).operate(T2=7).operate(CB2=0)
    assert case.live("B") == 7
    case.operate(T1=0).operate(T2=0)
    assert case.live("B") == 0
    case.operate(CB2=7, T1=7, T2=7).operate(CB1=0, CB2=0)
    assert case.live("A") == case.live("B") == 0


@EXAMPLES
@given(random_networks.networks())
def test_full_computation_agrees_with_a_plain_search(draft: ModelDraft) -> None:
    grid = compile_grid(draft)
    agree_with_oracle(draft, grid, energise(grid, grid.normal_closed), oracle.normal_positions(draft))


@EXAMPLES
@given(st.data(), st.booleans())
def test_incremental_equals_full_after_any_operations(data: st.DataObject, radial: bool) -> None:
    draft = data.draw(random_networks.networks(radial=radial))
    grid = compile_grid(draft)
    closed, positions = grid.normal_closed, oracle.normal_positions(draft)
    state = energise(grid, closed)
    for operation in data.draw(random_networks.operations(draft)):
        closed, changed = random_networks.operated(grid, closed, operation)
        positions = positions | operation.positions
        before, state = state, reenergise(grid, state, closed, changed)
        equal(state, energise(grid, closed))
        agree_with_oracle(draft, grid, state, positions)
        agree_with_change(before, state)


@EXAMPLES
@given(st.data(), st.booleans())
def test_a_switchboard_keeps_up_with_full_computation(data: st.DataObject, radial: bool) -> None:
    draft = data.draw(random_networks.networks(radial=radial))
    grid = compile_grid(draft)
    board = Switchboard(energise(grid, grid.initial_closed))
    for operation in data.draw(random_networks.operations(draft)):
        before = board.energisation()
        closed, changed = random_networks.operated(grid, board.closed, operation)
        if changed.size == 1:
            touched = board.operate(int(changed[0]), int(closed[changed[0]]))
        else:
            touched = board.operate_all(changed, closed[changed])
        after = board.energisation()
        equal(after, energise(grid, closed))
        assert np.isin(np.flatnonzero(before.live != after.live), touched).all()


def agree_with_change(before: Energisation, after: Energisation) -> None:
    change = compare(before, after)
    rebuilt = before.live.copy()
    rebuilt[change.lost_nodes] &= ~change.lost_phases
    rebuilt[change.regained_nodes] |= change.regained_phases
    assert np.array_equal(rebuilt, after.live)
    assert (change.lost_phases & ~before.live[change.lost_nodes] == 0).all()
    assert change.is_empty == np.array_equal(before.live, after.live)


def test_customers_below_a_node_are_those_of_its_subtree_and_none_where_it_is_dead():
    grid = compile_grid(
        NetworkBuilder().source("S").breaker("CB").line("L").transformer("T").customers(3)
        .back_to("L").switch("SW", closed=False).line("D").transformer("TD").customers(2).draft()
    )  # fmt: skip
    state = energise(grid, grid.normal_closed)
    for node in range(grid.node_count):
        assert state.customers_below(node) == grid.node_customers[state.below(node)].sum()
    assert state.customers_below(grid.node_index("S")) == 3
    assert state.customers_below(grid.node_index("D")) == 0
