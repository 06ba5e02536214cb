"""Generated utilities: the same for the same seed, radial, live everywhere, with a way round almost every fault."""

import numpy as np
import pytest

from network.domain import generation, trace
from network.domain.energisation import energise, reenergise
from network.domain.generation import texts
from network.domain.grid import assemble, to_blob


def grid_of(customers, seed=1, style="american"):
    return assemble(generation.columns(generation.generate(customers, seed, style)))


@pytest.fixture(scope="module", params=["american", "european"])
def grid(request):
    return grid_of(12_000, 3, request.param)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    one, again, other = (to_blob(grid_of(4_000, seed)) for seed in (5, 5, 6))
    assert one == again
    assert one != other


@pytest.mark.parametrize("customers", [1, 2, 59, 60, 61, 500, 7_001])
@pytest.mark.parametrize("style", ["american", "european"])
def test_every_customer_that_was_asked_for_is_there_and_has_supply(customers, style):
    made = grid_of(customers, 2, style)
    live = energise(made, made.normal_closed).live
    assert made.node_customers.sum() == customers
    assert not np.count_nonzero(made.node_phases & 7 & ~live)


def test_it_is_operated_radially_and_every_source_feeds_somebody(grid):
    normal = energise(grid, grid.normal_closed)
    assert normal.loops.size == 0
    fed = np.bincount(normal.source, grid.node_customers, grid.source_node.size)
    assert (fed > 0).all()


def test_most_feeders_have_a_tie_to_another_one(grid):
    normal = energise(grid, grid.normal_closed)
    ends = normal.feeder[grid.branch_from], normal.feeder[grid.branch_to]
    ties = (grid.normal_closed == 0) & grid.is_switch & (ends[0] >= 0) & (ends[1] >= 0) & (ends[0] != ends[1])
    joined = np.unique(np.concatenate([end[ties] for end in ends]))
    assert joined.size >= 0.9 * np.count_nonzero(grid.is_feeder_head)


def test_closing_a_tie_takes_over_a_dead_feeder(grid):
    normal = energise(grid, grid.normal_closed)
    tie = next(
        int(one)
        for one in np.flatnonzero((grid.normal_closed == 0) & grid.is_switch)
        if normal.feeder[grid.branch_from[one]] != normal.feeder[grid.branch_to[one]]
        and min(normal.feeder[grid.branch_from[one]], normal.feeder[grid.branch_to[one]]) >= 0
    )
    head = int(normal.feeder[grid.branch_from[tie]])
    closed = grid.normal_closed.copy()
    closed[head] = 0
    dark = reenergise(grid, normal, closed, np.array([head], np.int32))
    closed = closed.copy()
    closed[tie] = 7
    restored = reenergise(grid, dark, closed, np.array([tie], np.int32))
    assert dark.live[grid.branch_from[tie]] == 0
    assert restored.live[grid.branch_from[tie]] == 7


def test_every_protective_device_and_service_transformer_feeds_customers(grid):
    normal = energise(grid, grid.normal_closed)
    fuses = np.flatnonzero(grid.is_protective & ~np.isin(grid.branch_class, [3]))
    for device in np.concatenate([fuses[:50], np.flatnonzero(grid.service_transformer)[:50]]):
        below = trace.downstream(normal, trace.fed_node(normal, int(device))).nodes
        assert trace.customers_of(grid, below) > 0


def test_names_are_unique_within_their_class(grid):
    for style in ("american", "european"):
        made = generation.generate(12_000, 3, style).branches
        named = np.char.add(np.char.add(made["code"].astype("S3"), b" "), made["name"])
        assert np.unique(named).size == named.size


def test_lines_have_lengths_ratings_and_impedances_and_switches_ratings():
    made = generation.generate(6_000, 3)
    lines = made.branches["code"] == 1
    assert (made.branches["length_m"][lines] > 0).all()
    assert (made.branches["conductor"][lines] >= 0).all()
    assert np.isfinite(made.branches["rated_a"][made.branches["code"] != 2]).all()
    assert (made.branches["rated_kva"][made.branches["code"] == 2] > 0).all()


def test_some_switches_are_telemetered_some_have_indicators_and_some_customers_are_critical():
    made = generation.generate(12_000, 3)
    assert set(made.point_kind.tolist()) == {0, 1, 2}
    assert {1, 2, 3} <= set(made.people.critical.tolist())


@pytest.mark.parametrize(("customers", "seed", "style"), [(0, 1, "american"), (1, -1, "american"), (1, 1, "lunar")])
def test_what_cannot_be_made_is_refused(customers, seed, style):
    with pytest.raises(generation.Unfit):
        generation.generate(customers, seed, style)


def test_mrids_are_distinct_over_seeds_and_kinds():
    found = np.concatenate([texts.mrids(seed, kind, 500) for seed in (1, 2) for kind in (1, 2)])
    assert np.unique(found).size == found.size


def test_parts_add_up_to_their_total_and_none_is_empty():
    rng = np.random.default_rng(0)
    totals, parts = np.array([7, 3, 100]), np.array([7, 2, 9])
    shares = texts.spread(rng, totals, parts)
    assert np.bincount(np.repeat(np.arange(3), parts), shares).tolist() == totals.tolist()
    assert shares.min() > 0
