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
