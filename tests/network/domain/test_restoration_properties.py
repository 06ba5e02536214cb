"""FLISR's sequences on random radial networks: whatever trips and wherever the fault is, every prefix of every plan is safe (P02).

What is live is worked out by the plain oracle, which shares no code with the plans.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from network.domain.draft import ModelDraft
from network.domain.energisation import energise, reenergise
from network.domain.grid import compile_grid
from network.domain.phases import ABC
from network.domain.restoration import search, sequence
from network.domain.restoration.blocks import Blocks, Terms, contract
from network.domain.restoration.search import Candidate, Edge, Isolation, Spare
from tests.builders.random_networks import rings
from tests.network.domain import oracle
from tests.network.domain.oracle import Positions


@st.composite
def trips(draw: st.DrawFn) -> tuple[ModelDraft, str]:
    """A radial network with ties, and one of the four switches that take supply from the most nodes when they open."""
    draft = draw(rings())
    before = {
        mrid: one.closed_phases & one.phases if one.is_switch else one.phases for mrid, one in draft.branches.items()
    }
    live = oracle.live_phases(draft, before)
    cut = {
        mrid: sum(bits != now for bits, now in zip(live.values(), left.values(), strict=True))
        for mrid, one in sorted(draft.branches.items())
        if one.is_switch and before[mrid] & ABC
        if (left := oracle.live_phases(draft, before | {mrid: 0})) != live
    }
    assume(cut)
    most = sorted(cut, key=lambda mrid: (-cut[mrid], mrid))[:4]
    return draft, draw(st.sampled_from(most))


class Scene:
    """What a trip leaves, as the grid sees it."""

    def __init__(self, draft: ModelDraft, tripped: str, barred: frozenset[int], by_hand: int = 0) -> None:
        grid = compile_grid(draft)
        remote = np.array([not by_hand >> place % 8 & 1 for place in range(grid.branch_count)], np.bool_)
        self.draft, self.grid = draft, replace(grid, is_telemetered=remote)
        branch = self.grid.branch_index(tripped)
        before = energise(self.grid, self.grid.initial_closed)
        closed = self.grid.initial_closed.copy()
        closed[branch] = 0
        self.now = reenergise(self.grid, before, closed, np.array([branch], np.int32))
        area = np.flatnonzero(before.live & ~self.now.live).astype(np.int32)
        blocked = dict.fromkeys((one % self.grid.branch_count for one in barred), "tagged")
        self.blocks: Blocks = contract(self.grid, self.now.closed, self.now.live, area, Terms(blocked))
        self.partly = bool((self.now.live[area] & ABC).any())
        self.positions = self._positions(closed)

    def _positions(self, closed: np.ndarray) -> Positions:
        return {self.grid.branch_mrid_text(place): int(bits) & ABC for place, bits in enumerate(closed)}

    def mrids(self, nodes: np.ndarray) -> set[str]:
        return {self.grid.node_mrid_text(int(node)) for node in nodes}

    def plans(self, faulted: int, spare_kw: float) -> Iterator[tuple[Isolation, Candidate]]:
        heads = {edge.branch: edge.branch for edge in self.blocks.edges if edge.is_source}
        spare = Spare(heads, dict.fromkeys(heads, spare_kw), {})
        for may_use in (_is_even, _is_any):
            held = search.isolation(self.blocks, frozenset({faulted}), may_use)
            found = search.candidates(self.blocks, held, spare, may_use)
            for one in found:
                yield held, one
                for part in sequence.parts(self.blocks, one):
                    yield held, part


def _is_even(edge: Edge) -> bool:
    """Stands for what is remote-controlled."""
    return edge.branch % 2 == 0


def _is_any(_: Edge) -> bool:
    return True


def rings_of(draft: ModelDraft, positions: Positions) -> int:
    """Rings, and sources side by side, of each phase in the plainest way: conducting branches beyond what a forest needs."""
    surplus = 0
    for phase in (1, 2, 4):
        live = {node for node, bits in oracle.live_phases(draft, positions).items() if bits & phase}
        carrying = sum(
            1
            for mrid, one in draft.branches.items()
            if positions[mrid] & phase and one.from_node in live and one.to_node in live
        )
        held = {one.node for one in draft.injections.values() if one.is_source and one.phases & phase}
        surplus += carrying - (len(live) - len(held & live))
    return surplus


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(
    trips(), st.integers(0, 40), st.sampled_from([math.inf, 6.0, 2.0]), st.frozensets(st.integers(0, 20), max_size=2),
    st.integers(0, 255),
)  # fmt: skip
def test_every_prefix_of_every_plan_feeds_no_fault_closes_no_ring_and_takes_supply_from_nobody(
    trip: tuple[ModelDraft, str], place: int, spare_kw: float, barred: frozenset[int], by_hand: int
) -> None:
    draft, tripped = trip
    scene = Scene(draft, tripped, barred, by_hand)
    assume(not scene.partly)  # FLISR leaves single phases to people
    faulted = place % scene.blocks.size
    dead = scene.mrids(scene.blocks.nodes_of({faulted}))
    rings = rings_of(draft, scene.positions)
    for held, plan in scene.plans(faulted, spare_kw):
        moves = sequence.order(scene.blocks, plan)
        note(
            f"{tripped} tripped, fault in {sorted(dead)}: {[(scene.grid.branch_mrid_text(m.branch), m.close) for m in moves]}"
        )
        assert sequence.unsafe(scene.grid, scene.now, scene.blocks.nodes_of({faulted}), moves) == {}
        positions, live = dict(scene.positions), oracle.live_phases(draft, scene.positions)
        for move in moves:
            mrid = scene.grid.branch_mrid_text(move.branch)
            assert bool(positions[mrid]) != move.close, "a switch is moved to where it does not stand"
            positions[mrid] = draft.branches[mrid].phases & ABC if move.close else 0
            then = oracle.live_phases(draft, positions)
            assert not any(then[node] for node in dead), "the fault is fed"
            assert all(then[node] & bits == bits for node, bits in live.items()), "somebody loses supply"
            assert rings_of(draft, positions) <= rings, "a ring, or two sources side by side"
            live = then
        assert sorted(move.branch for move in moves) == sorted(
            edge.branch for edge in (*held.open, *plan.open, *plan.close)
        )
        assert frozenset().union(*sequence.brought(scene.blocks, plan, moves)) == plan.served
        _serves_what_it_says(scene, plan, live)
        assert not {edge.branch for edge in (*plan.open, *plan.close, *held.open) if edge.blocked}


def _serves_what_it_says(scene: Scene, plan: Candidate, live: dict[str, int]) -> None:
    """Who is counted as served is live at the end, and nobody else of the dead area."""
    served = scene.mrids(scene.blocks.nodes_of(plan.served))
    assert all(live[node] for node in served)
    rest = scene.mrids(scene.blocks.nodes) - served
    assert not any(live[node] for node in rest)
