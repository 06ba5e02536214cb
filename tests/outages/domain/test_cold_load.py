"""Cold-load pickup: how much more comes back, and the stages that the way to the source can bear.

S --CB1/open-- [5] --SW1-- [4] --SW2-- [6]          kW as customers, so that each number can be followed by hand
                |
                +--SW3-- [3]
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.domain import temporary
from network.domain.energisation import energise
from network.domain.grid import compile_grid
from network.domain.temporary import Overlay
from outages.domain.switching import cold_load, rehearsal
from outages.domain.switching.cold_load import Block, Pickup
from outages.domain.switching.rehearsal import Stand
from outages.domain.switching.steps import Step
from tests.builders.network import NetworkBuilder

PICKUP = Pickup(((0.0, 1.0), (15.0, 1.2), (60.0, 1.5), (240.0, 2.0)), 30.0)
FLAT = Pickup(((0.0, 1.0),), 30.0)


def dead_feeder() -> Stand:
    draft = (
        NetworkBuilder("cold")
        .source("S").breaker("CB1").line("L1").mark("a").transformer("T1").customers(5)
        .back_to("a").switch("SW1").telemetered().line("L2").mark("b").transformer("T2").customers(4)
        .back_to("b").switch("SW2").line("L3").transformer("T3").customers(6)
        .back_to("a").switch("SW3").telemetered().line("L4").transformer("T4").customers(3)
        .draft()
    )  # fmt: skip
    grid = compile_grid(draft)
    positions = grid.initial_closed.copy()
    positions[grid.branch_index("CB1")] = 0
    kw = grid.node_customers.astype(np.float64)
    grid = type(grid)(**{**{name: getattr(grid, name) for name in grid.__dataclass_fields__}, "node_kw": kw})
    return Stand(temporary.fit(grid, Overlay()), positions, energise(grid, positions))


def staged(stand: Stand, room: float, *, telemetered: bool = False, pickup: Pickup = PICKUP) -> cold_load.Staged:
    base = stand.fitted.base
    found = cold_load.staged(
        stand, base.branch_index("CB1"), base.branch_mrid_text, dead_min=60, pickup=pickup, wait_min=15, room_kw=room,
        telemetered=telemetered,
    )  # fmt: skip
    assert found is not None
    return found


def said(found: cold_load.Staged) -> list[str]:
    return [f"{one.kind} {one.device or one.text}" for one in found.steps]


def test_a_block_is_what_no_usable_switch_parts():
    stand = dead_feeder()
    head = stand.fitted.base.branch_index("CB1")
    every = cold_load.blocks_behind(stand, head, telemetered=False)
    assert next((one.above, one.customers, one.kw) for one in every) == (-1, 5, 5.0)
    assert sorted(one.customers for one in every) == [3, 4, 5, 6]
    remote = cold_load.blocks_behind(stand, head, telemetered=True)
    assert sorted(one.customers for one in remote) == [3, 5, 10]


def test_with_room_for_all_nothing_is_opened_first():
    assert said(staged(dead_feeder(), 1_000)) == ["close CB1"]


def test_stages_are_opened_while_all_is_dead_and_closed_as_earlier_ones_warm_up():
    """Of 23 kW the head takes 7.5, SW1 6 and SW2 9; SW3 wants 4.5, and finds room once the others take 15 again after two waits."""
    found = staged(dead_feeder(), 23.0)
    assert said(found) == ["open SW3", "close CB1", "wait 30 min", "close SW3"]
    assert found.worst_kw == pytest.approx(22.5)
    assert (found.left_out, found.by_hand) == ((), 0)
    assert not [one.problem for one in found.rehearsed.effects if one.problem]


def test_what_never_finds_room_is_left_open_and_told():
    found = staged(dead_feeder(), 14.0, pickup=FLAT)
    base = dead_feeder().fitted.base
    assert [base.branch_mrid_text(branch) for branch in found.left_out] == ["SW2"]
    assert sum(one.regained_customers for one in found.rehearsed.effects) == 12


def test_closing_what_brings_nothing_back_is_no_restoration():
    stand = dead_feeder()
    base = stand.fitted.base
    terms = {"dead_min": 60.0, "pickup": PICKUP, "wait_min": 15, "room_kw": 10.0, "telemetered": False}
    assert cold_load.staged(stand, base.branch_index("SW2"), base.branch_mrid_text, **terms) is None


loads = st.lists(st.tuples(st.floats(0, 50), st.integers(0, 40)), min_size=1, max_size=12)


@given(loads=loads, room=st.floats(1, 300), seed=st.randoms(use_true_random=False), wait=st.integers(1, 60))
def test_no_stage_takes_more_than_the_room_and_each_block_comes_after_the_one_before_it(loads, room, seed, wait):
    blocks = [
        Block(place, seed.randrange(place) if place else -1, kw, customers)
        for place, (kw, customers) in enumerate(loads)
    ]
    stages, left, worst = cold_load.packed(blocks, pickup=PICKUP, dead_min=60, wait_min=wait, room_kw=room)
    taken = [place for stage in stages for place in stage]
    assert sorted(taken + left) == list(range(len(blocks)))
    of = {place: number for number, stage in enumerate(stages) for place in stage}
    assert all(of[blocks[place].above] <= of[place] for place in taken if place)
    assert worst <= max(room, blocks[0].kw * PICKUP.factor(60)) + 1e-9
    assert len(stages) <= cold_load.MOST_STAGES


def test_load_comes_back_higher_and_warms_up_while_the_order_waits():
    stand = dead_feeder()
    size = stand.fitted.base.node_count
    steps = [Step("a", "close", "CB1"), Step("b", "wait", text="15 min"), Step("c", "wait", text="30 min")]
    stands = rehearsal.run(stand, steps).stands
    dead = np.full(size, 60.0)
    before, back, warmer, warm = cold_load.multiples(stands, dead, PICKUP)
    source = int(stand.fitted.base.source_node[0])
    assert before is None and warm is None
    assert back is not None and warmer is not None
    assert back[source] == 1.0
    others = [node for node in range(size) if back[node] != 1.0]
    assert others and {float(back[node]) for node in others} == {1.5}
    assert {float(warmer[node]) for node in others} == {1.25}


def test_what_an_order_opens_and_closes_again_comes_back_by_the_minutes_it_waited_between():
    stand = dead_feeder()
    closed = rehearsal.run(stand, [Step("0", "close", "CB1")]).stands[-1]
    steps = [Step("a", "open", "SW3"), Step("b", "wait", text="15 min"), Step("c", "close", "SW3")]
    stands = rehearsal.run(closed, steps).stands
    told = cold_load.multiples(stands, np.zeros(stand.fitted.base.node_count), PICKUP)
    assert told[:3] == [None, None, None]
    assert told[3] is not None and float(told[3].max()) == pytest.approx(1.2)


def test_the_room_is_what_the_tightest_rating_leaves_free():
    stand = dead_feeder()
    head = stand.fitted.base.branch_index("CB1")
    assert cold_load.room_kw(stand, head, {}) == float("inf")  # nothing is rated here
    assert cold_load.room_kw(stand, head, {head: 100.0}) == 95.0  # as a transformer is, in kVA
