"""Blocks, suspects, isolation, the search for supply, and the order of switches, on drawn feeders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pytest

from network.domain.draft import ModelDraft
from network.domain.energisation import energise, reenergise
from network.domain.grid import Grid, compile_grid
from network.domain.restoration import search, sequence, worth
from network.domain.restoration.blocks import Blocks, Terms, contract
from network.domain.restoration.location import Suspects, locate
from network.domain.restoration.search import Spare
from network.domain.restoration.worth import Pace
from tests.builders.network import NetworkBuilder


def feeder() -> ModelDraft:
    """CB1 feeds four sections in a row, the third has a recloser behind it; two ties end at other sources.

    S --CB1-- L1(5) --SW1-- L2(4) --SW2-- L3(6) --R1-- L4(2)
                                    +-- TIE1/open -- S2   +-- TIE2/open -- S3
    """
    return (
        NetworkBuilder("drawn")
        .source("S").breaker("CB1").line("L1").mark("one").transformer("T1").customers(5)
        .back_to("one").switch("SW1").telemetered().line("L2").mark("two").transformer("T2").customers(4)
        .back_to("two").switch("SW2").telemetered().line("L3").mark("three").transformer("T3").customers(6)
        .back_to("three").switch("TIE1", closed=False).telemetered().to("S2").source("S2")
        .back_to("three").recloser("R1").telemetered().line("L4").mark("four").transformer("T4").customers(2, critical="hospital")
        .back_to("four").switch("TIE2", closed=False).telemetered().to("S3").source("S3")
        .draft()
    )  # fmt: skip


class Scene:
    """The drawn feeder after CB1 has tripped."""

    def __init__(
        self, draft: ModelDraft | None = None, *, blocked: Mapping[str, str] | None = None, hospital: bool = False
    ) -> None:
        self.grid: Grid = compile_grid(draft or feeder())
        self.tripped = self.branch("CB1")
        before = energise(self.grid, self.grid.initial_closed)
        closed = self.grid.initial_closed.copy()
        closed[self.tripped] = 0
        self.now = reenergise(self.grid, before, closed, np.array([self.tripped], np.int32))
        area = np.flatnonzero(before.live & ~self.now.live).astype(np.int32)
        critical = {self.node("T4"): 2} if hospital else {}
        terms = Terms({self.branch(name): why for name, why in (blocked or {}).items()}, critical)
        self.blocks: Blocks = contract(self.grid, self.now.closed, self.now.live, area, terms)

    def branch(self, name: str) -> int:
        return self.grid.branch_index(name)

    def node(self, name: str) -> int:
        return self.grid.node_index(name)

    def block(self, name: str) -> int:
        return self.blocks.of_node(self.node(name))

    def locate(self, **operated: bool) -> Suspects:
        return locate(self.blocks, self.tripped, {self.branch(name): value for name, value in operated.items()})

    def names(self, edges: Iterable[search.Edge]) -> set[str]:
        return {self.grid.branch_mrid_text(edge.branch) for edge in edges}

    def candidates(self, suspected: str, spare: Mapping[str, float] | None = None) -> list[search.Candidate]:
        held = search.isolation(self.blocks, frozenset({self.block(suspected)}))
        branches = [self.branch(name) for name in ("CB1", "TIE1", "TIE2")]
        branches = [branch for branch in branches if branch >= 0]
        room = Spare(
            {branch: branch for branch in branches},
            {self.branch(name): kw for name, kw in (spare or {}).items()},
            {},
        )
        return search.candidates(self.blocks, held, room)


def test_blocks_are_what_hangs_together_without_a_switch() -> None:
    scene = Scene()
    assert scene.blocks.size == 4
    assert [int(scene.blocks.customers[scene.block(name)]) for name in ("L1", "L2", "L3", "L4")] == [5, 4, 6, 2]
    assert scene.names(edge for edge in scene.blocks.edges if edge.is_source) == {"CB1", "TIE1", "TIE2"}


def test_a_recloser_that_stayed_closed_clears_what_is_behind_it() -> None:
    scene = Scene()
    assert scene.locate().blocks == {scene.block(name) for name in ("L1", "L2", "L3")}


def test_indicators_narrow_the_fault_to_one_section() -> None:
    scene = Scene()
    found = scene.locate(SW1=True, SW2=False)
    assert found.blocks == {scene.block("L2")}
    assert found.sections == ((scene.branch("SW1"), (scene.branch("SW2"),)),)


def test_no_indicator_that_operated_means_before_the_first() -> None:
    scene = Scene()
    assert scene.locate(SW1=False, SW2=False).blocks == {scene.block("L1")}


def test_protection_is_believed_where_indicators_contradict_it() -> None:
    scene = Scene()
    found = scene.locate(SW1=True, SW2=True, R1=True)  # behind R1, which did not trip
    assert found.contradicts
    assert found.blocks == found.by_protection


def test_a_blocked_switch_leaves_the_next_section_dead_too() -> None:
    scene = Scene(blocked={"SW2": "tagged"})
    held = search.isolation(scene.blocks, frozenset({scene.block("L2")}))
    assert scene.names(held.open) == {"SW1", "R1"}
    assert held.added == {scene.block("L3")}


def test_both_sides_of_the_fault_come_back() -> None:
    scene = Scene()
    best = scene.candidates("L2")[0]
    assert scene.names(best.isolation.open) == {"SW1", "SW2"}
    assert "CB1" in scene.names(best.close)
    assert best.served == {scene.block(name) for name in ("L1", "L3", "L4")}
    assert best.method == "single"


def test_where_no_tie_carries_all_two_share_it_with_a_switch_open_between() -> None:
    scene = Scene()
    best = scene.candidates("L1", {"TIE1": 11.0, "TIE2": 3.0, "CB1": 0.0})[0]
    assert best.method == "search"
    assert scene.names(best.close) == {"TIE1", "TIE2"}
    assert scene.names(best.open) == {"R1"}
    assert not best.unserved


def test_critical_customers_are_shed_last() -> None:
    plain = Scene().candidates("L2", {"TIE1": 6.5, "TIE2": 6.5 - 4.4, "CB1": 0.0})[0]
    assert plain.served
    scene = Scene(hospital=True)
    best = scene.candidates("L2", {"TIE1": 2.1, "TIE2": 0.0, "CB1": 0.0})
    assert not best  # the hospital lies behind L3, which is too much for TIE1
    best = scene.candidates("L2", {"TIE1": 6.1, "TIE2": 2.1, "CB1": 0.0})
    assert scene.block("L4") in best[0].served


def test_every_prefix_of_a_sequence_is_safe_and_a_wrong_order_is_told() -> None:
    scene = Scene()
    best = scene.candidates("L2")[0]
    moves = sequence.order(scene.blocks, best)
    faulted = scene.blocks.nodes_of({scene.block("L2")})
    assert sequence.unsafe(scene.grid, scene.now, faulted, moves) == {}
    wrong = sequence.unsafe(scene.grid, scene.now, faulted, moves[::-1])
    assert wrong["code"] == "step_feeds_fault"
    both = [sequence.Move(scene.branch(name), True, sequence.RESTORE, True) for name in ("TIE1", "TIE2")]
    held_off = [sequence.Move(scene.branch(name), False, sequence.ISOLATE, True) for name in ("SW1", "SW2")]
    looped = sequence.unsafe(scene.grid, scene.now, faulted, [*held_off, *both])
    assert looped == {"code": "step_makes_loop", "step": 4}


def by_hand() -> ModelDraft:
    """A feeder on which what lies past the fault is joined to a neighbour and parted from another part by hand.

    S --CB1-- L1(5) --SW1-- L2(4) --SW2/hand-- L3(6) --TIE1/open-- S2
                                                 +--J1/open, hand-- L4(2) --SW4-- L2
    """
    return (
        NetworkBuilder("by hand")
        .source("S").breaker("CB1").line("L1").mark("one").transformer("T1").customers(5)
        .back_to("one").switch("SW1").telemetered().line("L2").mark("two").transformer("T2").customers(4)
        .back_to("two").switch("SW2").line("L3").mark("three").transformer("T3").customers(6)
        .back_to("three").switch("TIE1", closed=False).telemetered().to("S2").source("S2")
        .back_to("two").switch("SW4").telemetered().line("L4").mark("four").transformer("T4").customers(2)
        .back_to("four").switch("J1", closed=False).to("three")
        .draft()
    )  # fmt: skip


def test_nobody_waits_for_a_drive_to_a_switch_that_is_not_of_his_part() -> None:
    scene = Scene(by_hand())
    best = scene.candidates("L2")[0]
    moves = sequence.order(scene.blocks, best)
    assert [(scene.grid.branch_mrid_text(move.branch), move.close, move.purpose) for move in moves] == [
        ("SW1", False, sequence.ISOLATE),
        ("SW4", False, sequence.ISOLATE),
        ("CB1", True, sequence.RESTORE),
        ("SW2", False, sequence.ISOLATE),
        ("TIE1", True, sequence.RESTORE),
        ("J1", True, sequence.RESTORE),
    ]
    faulted = scene.blocks.nodes_of({scene.block("L2")})
    assert sequence.unsafe(scene.grid, scene.now, faulted, moves) == {}
    found = worth.gains(scene.blocks, best, moves, Pace(remote_s=20.0, by_hand_s=1_800.0))
    assert [(one.after_s, int(scene.blocks.customers[list(one.blocks)].sum())) for one in found] == [
        (60.0, 5), (1_880.0, 6), (3_680.0, 2),
    ]  # fmt: skip


def test_an_island_is_told_of_once_the_fault_is_held_off_everywhere() -> None:
    scene = Scene(by_hand())
    moves = sequence.order(scene.blocks, scene.candidates("L2")[0])
    (kept,) = worth.kept_alive(moves, [frozenset({0})], Pace(remote_s=20.0, by_hand_s=1_800.0))
    assert (kept.step, kept.after_s) == (4, 1_880.0)


def test_a_plan_is_worth_the_minutes_nobody_waits() -> None:
    scene = Scene()
    best = scene.candidates("L2")[0]
    moves = sequence.order(scene.blocks, best)
    pace = Pace(remote_s=60.0, by_hand_s=600.0, repair_s=3_600.0)
    found = worth.gains(scene.blocks, best, moves, pace)
    minutes = sum(int(scene.blocks.customers[list(one.blocks)].sum()) * (60 - one.after_s / 60) for one in found)
    assert worth.customer_minutes(scene.blocks, found, pace) == pytest.approx(minutes)
    assert {block for one in found for block in one.blocks} == best.served


@pytest.mark.parametrize("suspected", ["L1", "L2", "L3", "L4"])
def test_what_is_found_serves_no_faulted_block(suspected: str) -> None:
    scene = Scene()
    for one in scene.candidates(suspected):
        assert scene.block(suspected) not in one.served
        faulted = scene.blocks.nodes_of({scene.block(suspected)})
        assert sequence.unsafe(scene.grid, scene.now, faulted, sequence.order(scene.blocks, one)) == {}
