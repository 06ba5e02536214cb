"""Load moved away from a feeder that picks up: on a drawn ring where it is the only way, and on random rings against every way there is."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.domain.draft import ModelDraft
from network.domain.energisation import energise, reenergise
from network.domain.grid import Grid, compile_grid
from network.domain.restoration import search, sequence, transfer
from network.domain.restoration.around import Around
from network.domain.restoration.blocks import Blocks, Terms, contract
from network.domain.restoration.search import Candidate, Isolation
from network.domain.restoration.sequence import RESTORE, TRANSFER, Move
from network.domain.restoration.transfer import Scope
from tests.builders.network import NetworkBuilder


@dataclass(frozen=True)
class Drawn:
    """Feeders in a row of sections with a switch before each but the first, and open ties between sections.

    Attributes:
        loads: kW, each of a customer of its own, by feeder and section.
        ties: name, section, section.
        apart: feeders that hang on a source of their own.
        by_hand: switches that do not go by remote control.
    """

    loads: Mapping[str, Sequence[int]]
    ties: Sequence[tuple[str, str, str]]
    apart: frozenset[str] = frozenset()
    by_hand: frozenset[str] = frozenset()

    def draft(self) -> ModelDraft:
        found = NetworkBuilder("drawn").source("S")
        for name in sorted(self.apart):
            found.source(f"S{name}")
        for name, loads in self.loads.items():
            found.back_to(f"S{name}" if name in self.apart else "S").in_container(f"feeder {name}")
            found.breaker(f"CB-{name}").line(f"{name}1").customers(loads[0])
            for number, kw in enumerate(loads[1:], 2):
                self._remote(found.switch(f"SW-{name}{number}"), f"SW-{name}{number}")
                found.line(f"{name}{number}").customers(kw)
        for tie, start, end in self.ties:
            self._remote(found.back_to(start).switch(tie, closed=False).to(end), tie)
        return found.draft()

    def _remote(self, found: NetworkBuilder, name: str) -> None:
        if name not in self.by_hand:
            found.telemetered(name)

    def load(self, feeder: str) -> int:
        return sum(self.loads[feeder])


#: A2 (300 kW) has lost its supply with A1, where the fault is. B carries 600 of 800 kW: 200 are too few. It can hand B3 (150) to C, which
#: carries 200 of 500; B2 and B3 (400) are too much for C.
#:
#:   S --CB-A-- A1 --SW-A2-- A2 --T1/open-- B1
#:     --CB-B-- B1 --SW-B2-- B2 --SW-B3-- B3 --T2/open-- C1 --CB-C-- S
RING = Drawn({"A": [100, 300], "B": [200, 250, 150], "C": [200]}, [("T1", "A2", "B1"), ("T2", "B3", "C1")])
LIMITS = {"CB-B": 800.0, "CB-C": 500.0}


class Scene:
    """What is left when CB-A has tripped for a fault in a section of A."""

    def __init__(self, drawn: Drawn, limits: Mapping[str, float], *, faulted: str = "A1", blocked: str = "") -> None:
        self.grid: Grid = compile_grid(drawn.draft())
        self.tripped = self.branch("CB-A")
        before = energise(self.grid, self.grid.initial_closed)
        closed = self.grid.initial_closed.copy()
        closed[self.tripped] = 0
        self.now = reenergise(self.grid, before, closed, np.array([self.tripped], np.int32))
        area = np.flatnonzero(before.live & ~self.now.live).astype(np.int32)
        self.blocks: Blocks = contract(self.grid, self.now.closed, self.now.live, area, Terms())
        self.faulted = self.blocks.of_node(self.grid.node_index(faulted))
        self.held: Isolation = search.isolation(self.blocks, frozenset({self.faulted}))
        self.around = self._around(drawn, limits)
        self.sources = [edge for edge in self.blocks.edges if edge.is_source]
        self.spare = self.around.spare(self.sources, self.tripped)
        self.may_move = self.grid.is_switch & ~self.grid.is_feeder_head
        if blocked:
            self.may_move[self.branch(blocked)] = False

    def _around(self, drawn: Drawn, limits: Mapping[str, float]) -> Around:
        limit_kw = np.full(self.grid.branch_count, np.inf)
        carried = {}
        for head, kw in limits.items():
            limit_kw[self.branch(head)], carried[self.branch(head)] = kw, float(drawn.load(head[-1]))
        return Around(self.grid, self.now, limit_kw, carried, np.asarray(self.grid.node_kw, np.float64))

    def branch(self, name: str) -> int:
        return self.grid.branch_index(name)

    def found(self, *, by_hand: bool = False, most: int = transfer.MOST) -> list[Candidate]:
        best = max((search.weight(self.blocks, one.served) for one in self.without()), default=0.0)
        scope = Scope(self.blocks, self.held, self.around, self.spare, self.tripped, better_than=best)
        givers = {self.around.key(edge.outside) for edge in scope.edges}
        ways = transfer.possible(self.around, givers, self.may_move, by_hand=by_hand)
        return transfer.candidates(scope, ways, most=most)

    def without(self) -> list[Candidate]:
        return search.candidates(self.blocks, self.held, self.spare)

    def unsafe(self, moves: Sequence[Move]) -> Mapping[str, object]:
        return sequence.unsafe(self.grid, self.now, self.blocks.nodes_of({self.faulted}), moves)

    def names(self, moves: Sequence[Move]) -> list[tuple[str, bool, str]]:
        return [(self.grid.branch_mrid_text(one.branch), one.close, one.purpose) for one in moves]


def test_load_is_handed_over_where_nothing_else_brings_the_healthy_back() -> None:
    scene = Scene(RING, LIMITS)
    assert scene.without() == []
    (plan,) = scene.found()
    moved = plan.transfer
    assert moved is not None and (moved.kw, moved.customers) == (150.0, 150)
    assert (moved.giver, moved.taker) == (scene.branch("CB-B"), scene.branch("CB-C"))
    assert plan.served == scene.held.healthy
    moves = sequence.order(scene.blocks, plan)
    assert scene.names(moves) == [
        ("SW-A2", False, "isolate"), ("T2", True, "transfer"), ("SW-B3", False, "transfer"), ("T1", True, "restore"),
    ]  # fmt: skip
    assert scene.unsafe(moves) == {}
    assert (plan.operations, plan.by_hand) == (4, 0)


def test_what_the_feeders_can_give_then_is_what_they_could_and_what_was_moved() -> None:
    scene = Scene(RING, LIMITS)
    (plan,) = scene.found()
    b = scene.branch("CB-B")
    assert scene.spare.by_key[b] == 200.0
    assert scene.around.spare(scene.sources, scene.tripped, plan.transfer).by_key[b] == 350.0


def test_nobody_is_moved_where_the_feeder_has_enough() -> None:
    scene = Scene(RING, {"CB-B": 900.0, "CB-C": 500.0})
    assert [one.served for one in scene.without()] == [scene.held.healthy]
    assert scene.found() == []


def test_what_a_power_flow_left_a_feeder_counts_more_than_its_ratings() -> None:
    scene = Scene(RING, {"CB-B": 5_000.0, "CB-C": 500.0})
    b = scene.branch("CB-B")
    scene.spare = scene.spare.scaled(b, 160.0)  # voltage, say
    assert [one.transfer.kw for one in scene.found() if one.transfer] == [150.0]
    scene.spare = scene.spare.scaled(b, 140.0)
    assert scene.found() == []


def test_a_dead_part_that_hangs_on_what_moves_goes_with_it() -> None:
    """T1 ends at B3: the load of A2 comes to C with it, B has nothing to give."""
    drawn = Drawn(RING.loads, [("T1", "A2", "B3"), ("T2", "B3", "C1")])
    tight = Scene(drawn, {"CB-B": 600.0, "CB-C": 640.0})
    assert tight.found() == []
    scene = Scene(drawn, {"CB-B": 600.0, "CB-C": 660.0})
    plan = scene.found()[0]
    assert plan.taken == ((scene.branch("CB-C"), 300.0),)
    moves = sequence.order(scene.blocks, plan)
    assert scene.names(moves)[1:] == [("T2", True, TRANSFER), ("SW-B3", False, TRANSFER), ("T1", True, RESTORE)]
    assert scene.unsafe(moves) == {}


@pytest.mark.parametrize(
    ("why", "drawn", "blocked"),
    [
        ("two sources", Drawn(RING.loads, RING.ties, apart=frozenset("C")), ""),
        ("the tie by hand", Drawn(RING.loads, RING.ties, by_hand=frozenset({"T2"})), ""),
        ("the other switch by hand", Drawn(RING.loads, RING.ties, by_hand=frozenset({"SW-B3"})), ""),
        ("a tag on the tie", RING, "T2"),
        ("a tag on the other switch", RING, "SW-B3"),
    ],
)
def test_load_stays_where_it_is(why: str, drawn: Drawn, blocked: str) -> None:
    assert Scene(drawn, LIMITS, blocked=blocked).found() == [], why


def test_a_tie_may_be_closed_by_hand_but_no_ring_waits_for_somebody_to_drive() -> None:
    (plan,) = Scene(Drawn(RING.loads, RING.ties, by_hand=frozenset({"T2"})), LIMITS).found(by_hand=True)
    assert plan.by_hand == 1
    assert Scene(Drawn(RING.loads, RING.ties, by_hand=frozenset({"SW-B3"})), LIMITS).found(by_hand=True) == []


def test_a_ring_lasts_for_one_step_and_joins_no_two_sources() -> None:
    scene = Scene(RING, LIMITS)
    (plan,) = scene.found()
    isolate, tie, part, restore = sequence.order(scene.blocks, plan)
    assert scene.unsafe([isolate, tie]) == {"code": "step_makes_loop", "step": 2}
    assert scene.unsafe([isolate, tie, restore, part]) == {"code": "step_makes_loop", "step": 2}
    assert scene.unsafe([isolate, part, tie]) == {"code": "step_takes_supply", "step": 2}
    elsewhere = Move(scene.branch("SW-A2"), False, TRANSFER, True)
    assert scene.unsafe([tie, elsewhere]) == {"code": "step_leaves_loop", "step": 2}
    apart = Scene(Drawn(RING.loads, RING.ties, apart=frozenset("C")), LIMITS)
    moves = [Move(apart.branch("T2"), True, TRANSFER, True), Move(apart.branch("SW-B3"), False, TRANSFER, True)]
    assert apart.unsafe(moves) == {"code": "step_makes_loop", "step": 1}


# Against every way there is


@dataclass
class Rings:
    """A drawn network and what its heads may carry."""

    drawn: Drawn
    limits: dict[str, float]
    faulted: str


@st.composite
def rings(draw: st.DrawFn) -> Rings:
    """Three or four feeders, A of which trips, with random loads, ties and room at the heads."""
    kw = st.integers(1, 9)
    loads = {"A": draw(st.lists(kw, min_size=2, max_size=3))}
    for name in "BCD"[: draw(st.integers(2, 3))]:
        loads[name] = draw(st.lists(kw, min_size=1, max_size=3))
    sections = {name: [f"{name}{n}" for n in range(1, len(found) + 1)] for name, found in loads.items()}
    live = [one for name in sections if name != "A" for one in sections[name]]
    ties = [
        (f"T{number}", draw(st.sampled_from(sections["A"])), draw(st.sampled_from(live)))
        for number in range(draw(st.integers(1, 3)))
    ]
    for number in range(draw(st.integers(1, 3))):
        start, end = draw(st.sampled_from(live)), draw(st.sampled_from(live))
        if start[0] != end[0]:
            ties.append((f"U{number}", start, end))
    limits = {f"CB-{name}": float(sum(loads[name]) + draw(st.integers(0, 12))) for name in loads if name != "A"}
    return Rings(Drawn(loads, ties), limits, draw(st.sampled_from(sections["A"])))


class Plain:
    """The same network in the plainest way: sections joined by switches, heads as roots."""

    def __init__(self, rings: Rings) -> None:
        self.drawn, self.limits, self.faulted = rings.drawn, rings.limits, rings.faulted
        self.load = {f"{name}{n}": kw for name, loads in self.drawn.loads.items() for n, kw in enumerate(loads, 1)}
        self.ends = {f"CB-{name}": ("S", f"{name}1") for name in self.drawn.loads}
        for name, loads in self.drawn.loads.items():
            self.ends |= {f"SW-{name}{n}": (f"{name}{n - 1}", f"{name}{n}") for n in range(2, len(loads) + 1)}
        self.closed = frozenset(self.ends) - {"CB-A"}
        self.ends |= {tie: (start, end) for tie, start, end in self.drawn.ties}
        self.live = set(self.served(self.closed) or {})

    def served(self, closed: frozenset[str]) -> dict[str, str] | None:
        """The head of every section with supply; None where something is fed twice."""
        found, waiting, used = dict[str, str](), [("S", "")], set[str]()
        while waiting:
            at, head = waiting.pop()
            for switch in sorted(closed - used):
                if at in self.ends[switch]:
                    used.add(switch)
                    start, end = self.ends[switch]
                    other = end if at == start else start
                    if other == "S" or other in found:
                        return None
                    found[other] = head or switch
                    waiting.append((other, found[other]))
        return found

    def best(self) -> int:
        """The most kW of A's healthy sections that any way brings back with at most one load transfer."""
        own = [one for one in self.ends if any(end[0] == "A" for end in self.ends[one])]
        held = [one for one in own if self.faulted in self.ends[one]]
        free = [one for one in own if one not in held]
        return max(
            self._worth(stands - set(own) | set(chosen))
            for stands in self._transferred()
            for count in range(len(free) + 1)
            for chosen in itertools.combinations(free, count)
        )

    def _transferred(self) -> list[frozenset[str]]:
        others = [tie for tie, start, end in self.drawn.ties if "A" not in (start[0], end[0])]
        parts = [one for one in self.closed if one.startswith("SW-") and one[3] != "A"]
        found = [self.closed]
        for tie, part in itertools.product(others, parts):
            after = self.closed - {part} | {tie}
            if set(self.served(after) or {}) == self.live:
                found.append(after)
        return found

    def _worth(self, closed: frozenset[str]) -> int:
        found = self.served(closed)
        if found is None or self.faulted in found or not self.live <= set(found):
            return 0
        for head, limit in self.limits.items():
            if sum(self.load[one] for one, on in found.items() if on == head) > limit:
                return 0
        return sum(self.load[one] for one in found if one[0] == "A")


@settings(max_examples=60, deadline=None)
@given(rings())
def test_no_way_with_one_transfer_brings_back_more_and_every_prefix_is_safe(rings: Rings) -> None:
    scene, plain = Scene(rings.drawn, rings.limits, faulted=rings.faulted), Plain(rings)
    plans = [*scene.without(), *scene.found(most=1_000)]
    served = max((float(scene.blocks.kw[list(one.served)].sum()) for one in plans), default=0.0)
    assert math.isclose(served, plain.best())
    for plan in plans:
        moves = sequence.order(scene.blocks, plan)
        assert scene.unsafe(moves) == {}
        closed = plain.closed
        for move in moves:
            mrid = scene.grid.branch_mrid_text(move.branch)
            closed = closed | {mrid} if move.close else closed - {mrid}
        found = plain.served(closed)
        assert found is not None and plain.live <= set(found) and rings.faulted not in found
        assert sum(plain.load[one] for one in found if one[0] == "A") == scene.blocks.kw[list(plan.served)].sum()
        _fits(plain, found)


def _fits(plain: Plain, found: Mapping[str, str]) -> None:
    for head, limit in plain.limits.items():
        assert sum(plain.load[one] for one, on in found.items() if on == head) <= limit + 1e-6
