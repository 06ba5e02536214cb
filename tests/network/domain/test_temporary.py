"""Cuts, jumpers, grounds, mobile generation and commissioning: what is live, against full computation and a plain search."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.domain import temporary, trace
from network.domain.draft import Branch, Injection, ModelDraft, Node
from network.domain.energisation import Energisation, energise
from network.domain.extension import BLOCK, ExtendedGrid
from network.domain.grid import Grid, compile_grid
from network.domain.switchboard import Switchboard
from network.domain.temporary import Element, Fitted, Overlay, Place
from tests.builders import random_networks
from tests.builders.network import NetworkBuilder
from tests.network.domain import oracle

ARRAYS = ("live", "branch_live", "parent_branch", "parent_node", "source", "feeder", "order", "enter", "exit", "loops")


def story() -> ModelDraft:
    """
    S --CB1-- L1 --L2-- L3 (5)        S2 --CB2-- L4 --L5-- L6 (3)
    """
    return (
        NetworkBuilder("two feeders")
        .source("S").breaker("CB1").line("L1").line("L2").line("L3").customers(5)
        .source("S2").breaker("CB2").line("L4").line("L5").line("L6").customers(3)
        .draft()
    )  # fmt: skip


class Desk:
    """A grid, what lies over it, and the positions; each step is checked against full computation."""

    def __init__(self, draft: ModelDraft) -> None:
        self.draft = draft
        self.base: Grid = compile_grid(draft)
        self.positions = self.base.normal_closed
        self.overlay = Overlay()
        self.fitted: Fitted = temporary.fit(self.base, self.overlay)
        self.state: Energisation = energise(self.fitted.grid, self.fitted.conducting(self.positions))

    def to(self, overlay: Overlay, positions: np.ndarray | None = None) -> Desk:
        wanted = self.positions if positions is None else positions
        moved = np.flatnonzero(wanted != self.positions).astype(np.int32)
        fitted = temporary.fit(self.base, overlay)
        self.state = temporary.advance(self.state, self.fitted, fitted, wanted, moved)
        self.overlay, self.fitted, self.positions = overlay, fitted, wanted
        full = energise(fitted.grid, fitted.conducting(wanted))
        for name in ARRAYS:
            assert np.array_equal(getattr(self.state, name), getattr(full, name)), name
        return self

    def place(self, kind: str, where: str, terminal: int = 2, *, other: str = "", phases: int = 7) -> Desk:
        slot = self.overlay.free_slot() if kind in temporary.JOINING else -1
        mrid = f"{kind} {where} {len(self.overlay.elements)}"
        element = Element(mrid, kind, mrid, phases, Place(where, terminal), Place(other, 2), slot)
        return self.to(self.overlay.placed(element))

    def live(self, node: str) -> int:
        return int(self.state.live[self.base.node_index(node)])


def test_a_cut_takes_supply_from_what_lies_beyond_and_gives_it_back() -> None:
    desk = Desk(story()).place("cut", "L2")
    assert (desk.live("L1"), desk.live("L2"), desk.live("L3")) == (7, 0, 0)
    desk.to(desk.overlay.removed("cut L2 0"))
    assert desk.live("L3") == 7
    assert desk.fitted.grid is desk.base


def test_a_cut_of_one_phase_leaves_the_others() -> None:
    desk = Desk(story()).place("cut", "L2", phases=2)
    assert desk.live("L3") == 5


def test_a_jumper_feeds_across_and_customers_below_it_are_counted_by_traces() -> None:
    desk = Desk(story()).place("cut", "L2").place("jumper", "L3", other="L6")
    assert desk.live("L3") == 7
    head = desk.base.branch_index("CB2")
    nodes = trace.feeder(desk.state, head).nodes
    assert trace.customers_of(desk.fitted.grid, nodes) == 8
    jumper = desk.fitted.grid.branch_index("jumper L3 1")
    assert jumper in trace.upstream(desk.state, desk.base.node_index("L3")).branches
    assert desk.fitted.grid.branch_mrid_text(jumper) == "jumper L3 1"


def test_generation_feeds_what_is_cut_off_as_a_source_and_feeder_of_its_own() -> None:
    desk = Desk(story()).place("cut", "L2").place("generation", "L3")
    node = desk.base.node_index("L3")
    assert desk.live("L3") == desk.live("L2") == 7
    assert desk.fitted.grid.feeder_name(int(desk.state.feeder[node])) == "generation L3 1"
    assert desk.state.source[node] != desk.state.source[desk.base.node_index("L1")]


def test_generation_beside_the_network_is_a_parallel() -> None:
    desk = Desk(story()).place("generation", "L3")
    assert trace.parallels(desk.state).size == 1


def test_a_dead_part_joined_to_a_ground_is_earthed_and_a_live_one_is_a_conflict() -> None:
    desk = Desk(story()).place("cut", "L2").place("ground", "L3")
    earthed = temporary.earthed(desk.fitted, desk.state)
    named = {desk.base.node_mrid_text(int(node)) for node in np.flatnonzero(earthed)}
    assert named == {"L2", "L3"}
    assert temporary.live_grounds(desk.fitted, desk.state) == []
    desk.to(desk.overlay.removed("cut L2 0"))
    assert [one.kind for one in temporary.live_grounds(desk.fitted, desk.state)] == ["ground"]
    assert not temporary.earthed(desk.fitted, desk.state).any()


def test_what_is_not_commissioned_does_not_conduct_whatever_its_position() -> None:
    desk = Desk(story())
    desk.to(desk.overlay.commissioned("L2", is_commissioned=False))
    assert desk.live("L3") == 0
    assert desk.positions[desk.base.branch_index("L2")] == 7
    desk.to(desk.overlay.commissioned("L2", is_commissioned=True))
    assert desk.live("L3") == 7


def test_an_element_of_which_the_version_knows_no_place_is_said_to_be_missing() -> None:
    desk = Desk(story()).place("cut", "gone")
    assert [one.place.equipment for one in desk.fitted.missing] == ["gone"]
    assert desk.live("L3") == 7


def test_elements_come_back_from_the_journal_as_they_went_in() -> None:
    element = Element("m", "jumper", "J 1", 3, Place("L1", 1, "n"), Place("L2", 2, "o"), 4, 0.25)
    assert Element.heard(element.told()) == element


def test_room_grows_by_blocks_and_old_numbers_stay() -> None:
    desk = Desk(story())
    for _ in range(BLOCK + 1):
        desk.place("jumper", "L3", other="L6")
    assert isinstance(desk.fitted.grid, ExtendedGrid)
    assert desk.fitted.grid.slots == 2 * BLOCK
    assert desk.fitted.grid.branch_index("L5") == desk.base.branch_index("L5")


def test_a_switchboard_tries_switching_on_a_grid_with_temporary_elements() -> None:
    desk = Desk(story()).place("cut", "L2").place("jumper", "L3", other="L6")
    board = Switchboard(desk.state)
    breaker = desk.base.branch_index("CB2")
    for position in (0, 7):
        board.operate(breaker, position)
        closed = desk.fitted.conducting(desk.positions).copy()
        closed[breaker] = position
        assert np.array_equal(board.live, energise(desk.fitted.grid, closed).live)


@pytest.mark.parametrize("kind", ["jumper", "generation"])
def test_what_hung_on_an_emptied_slot_hangs_on_nothing_when_the_slot_is_filled_elsewhere(kind: str) -> None:
    desk = Desk(story()).place("cut", "L2").place(kind, "L3", other="L6").place("jumper", "L1", other="L4")
    desk.to(desk.overlay.removed(f"{kind} L3 1"))
    desk.place("jumper", "L1", other="L5")
    desk.place("jumper", "L3", other="L6")
    assert desk.live("L3") == 7


def drawn_as_built(draft: ModelDraft, desk: Desk) -> tuple[ModelDraft, oracle.Positions]:
    """The same network with every element built into it: what a plain search may look at."""
    built = copy.deepcopy(draft)
    positions = {mrid: int(desk.positions[desk.base.branch_index(mrid)]) for mrid in draft.branches}
    for mrid in desk.overlay.uncommissioned & positions.keys():
        positions[mrid] = 0
    for one in desk.overlay.elements:
        line = draft.branches[one.place.equipment]
        node = line.from_node if one.place.terminal == 1 else line.to_node
        if one.kind == "cut":
            positions[line.mrid] &= ~one.phases
        elif one.kind == "jumper":
            far = draft.branches[one.other.equipment].to_node
            built.branches[one.mrid] = Branch(one.mrid, "", "Jumper", node, far, 7, 7, 7)
            positions[one.mrid] = one.phases
        elif one.kind == "generation":
            built.nodes[one.mrid] = Node(one.mrid, "")
            built.injections[one.mrid] = Injection(one.mrid, "", "EnergySource", one.mrid, 7)
            built.branches[one.mrid] = Branch(one.mrid, "", "Switch", one.mrid, node, 7, 7, 7)
            positions[one.mrid] = one.phases
    return built, positions


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_sequence_gives_what_full_computation_and_a_plain_search_give(data: st.DataObject) -> None:
    draft = data.draw(random_networks.networks())
    if not draft.branches:
        return
    desk = Desk(draft)
    branches = sorted(draft.branches)
    for _ in range(data.draw(st.integers(1, 10))):
        step = data.draw(st.sampled_from(["operate", "place", "place", "remove", "commission"]))
        where = data.draw(st.sampled_from(branches))
        if step == "operate" and draft.branches[where].is_switch:
            wanted = desk.positions.copy()
            bits = draft.branches[where].phases
            wanted[desk.base.branch_index(where)] = data.draw(st.sampled_from([0, bits]))
            desk.to(desk.overlay, wanted)
        elif step == "place":
            kind = data.draw(st.sampled_from(temporary.KINDS))
            other = data.draw(st.sampled_from(branches))
            phases = data.draw(st.sampled_from([7, 7, 1, 6]))
            number = sum(1 for _ in desk.overlay.elements) + data.draw(st.integers(0, 1000))
            slot = desk.overlay.free_slot() if kind in temporary.JOINING else -1
            terminal = data.draw(st.sampled_from([1, 2]))
            element = Element(f"t{number}", kind, "", phases, Place(where, terminal), Place(other, 2), slot)
            if all(one.mrid != element.mrid for one in desk.overlay.elements):
                desk.to(desk.overlay.placed(element))
        elif step == "remove" and desk.overlay.elements:
            desk.to(desk.overlay.removed(data.draw(st.sampled_from(desk.overlay.elements)).mrid))
        elif step == "commission":
            is_commissioned = data.draw(st.booleans())
            desk.to(desk.overlay.commissioned(where, is_commissioned=is_commissioned))
        built, positions = drawn_as_built(draft, desk)
        live = oracle.live_phases(built, positions)
        for mrid in draft.nodes:
            assert desk.live(mrid) == live[mrid], mrid
