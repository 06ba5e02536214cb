"""Load taken off a piece of equipment: every tie and switch that hand it over, on a ring of two feeders of one source.

S --CB1-- +-- T1 (5) --SW1-- +-- T2 (4) --SW2-- +-- T3 (6) --TIE/open-- +-- T4 (3) --CB2-- S
"""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from network.domain import temporary
from network.domain.draft import ModelDraft
from network.domain.energisation import energise
from network.domain.grid import compile_grid
from network.domain.phases import ABC
from network.domain.temporary import Overlay
from outages.domain.switching import transfers
from outages.domain.switching.rehearsal import Stand
from outages.domain.switching.transfers import Transfer
from tests.builders.network import NetworkBuilder
from tests.builders.random_networks import rings
from tests.cast import feeder
from tests.network.domain import oracle


def stand(draft: ModelDraft, tagged: frozenset[str] = frozenset()) -> Stand:
    grid = compile_grid(draft)
    positions = grid.initial_closed
    return Stand(temporary.fit(grid, Overlay()), positions, energise(grid, positions), tagged)


def ring() -> ModelDraft:
    return (
        NetworkBuilder("ring")
        .source("S").mark("bus")
        .breaker("CB1").line("L1").mark("a").transformer("T1").customers(5)
        .back_to("a").switch("SW1").telemetered().line("L2").mark("b").transformer("T2").customers(4)
        .back_to("b").switch("SW2").line("L3").mark("c").transformer("T3").customers(6)
        .back_to("bus").breaker("CB2").line("L4").mark("d").transformer("T4").customers(3)
        .back_to("c").switch("TIE", closed=False).telemetered().to("d")
        .draft()
    )  # fmt: skip


def ways(found: Stand, equipment: str) -> list[Transfer]:
    return transfers.singles(found, equipment, found.fitted.base.branch_mrid_text)


def said(one: Transfer) -> list[str]:
    return [f"{step.kind} {step.device}" for step in one.steps]


def test_a_feeder_is_joined_before_it_is_parted_where_both_sides_hang_on_one_source():
    found = ways(stand(ring()), "CB1")
    assert sorted(map(said, found)) == [["close TIE", f"open {switch}"] for switch in ("CB1", "SW1", "SW2")]
    assert {one.customers_interrupted for one in found} == {0}
    assert [one.moved_kw for one in found] == sorted((one.moved_kw for one in found), reverse=True)
    assert {said(one)[1]: one.by_hand for one in found}["open SW1"] == 0


def test_between_two_sources_it_is_parted_first_and_nobody_stays_without_supply():
    found = ways(stand(feeder()), "CB1")
    by_switch = {said(one)[0]: one for one in found}
    assert said(by_switch["open SW1"]) == ["open SW1", "close TIE"]
    assert by_switch["open SW1"].customers_interrupted == 11
    assert by_switch["open SW1"].rehearsed.effects[-1].customers_out == 0


@pytest.mark.parametrize(
    ("equipment", "opened"),
    [
        ("L2", {"SW1", "SW2"}),
        ("L3", {"SW2"}),
        ("T3 load", {"CB1", "SW1", "SW2"}),
        ("T1 load", {"CB1"}),
        ("T1", set()),
        ("CB2", {"CB2"}),
    ],
)
def test_what_is_opened_lies_between_the_tie_and_the_equipment_or_takes_the_consumer_along(equipment, opened):
    told = {step.device for one in ways(stand(ring()), equipment) for step in one.steps if step.kind == "open"}
    assert told == opened


def test_tagged_switches_are_left_alone_and_the_dead_have_nothing_to_move():
    assert ways(stand(ring(), frozenset({"TIE"})), "CB1") == []
    told = {step.device for one in ways(stand(ring(), frozenset({"SW1"})), "CB1") for step in one.steps}
    assert told == {"TIE", "CB1", "SW2"}
    assert ways(stand(ring()), "NOBODY") == []


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(rings(), st.integers(0, 30))
def test_on_any_network_two_sources_never_stand_side_by_side_and_within_one_nobody_loses_supply(
    draft: ModelDraft, place: int
) -> None:
    """Joined before it is parted within one source, else parted first: held against an oracle that shares no code."""
    start = stand(draft)
    grid = start.fitted.base
    assume(grid.branch_count > 0)
    positions = {grid.branch_mrid_text(one): int(bits) & ABC for one, bits in enumerate(start.positions)}
    live, forest = oracle.live_phases(draft, positions), oracle.forest(draft, positions)
    for way in ways(start, grid.branch_mrid_text(place % grid.branch_count)):
        ends = {grid.node_mrid_text(int(end[way.ties[0]])) for end in (grid.branch_from, grid.branch_to)}
        is_one_source = len({forest[end][1] for end in ends}) == 1
        assert [step.kind for step in way.steps] == (["close", "open"] if is_one_source else ["open", "close"])
        now = dict(positions)
        for step in way.steps:
            now[step.device] = draft.branches[step.device].phases & ABC if step.kind == "close" else 0
            then, held = oracle.live_phases(draft, now), oracle.forest(draft, now)
            if is_one_source:
                assert then == live
            joined = {frozenset({held[one.from_node][1], held[one.to_node][1]}) for mrid, one in draft.branches.items()
                      if now[mrid] and one.from_node in held and one.to_node in held}  # fmt: skip
            was = {frozenset({forest[one.from_node][1], forest[one.to_node][1]}) for mrid, one in draft.branches.items()
                   if positions[mrid] and one.from_node in forest and one.to_node in forest}  # fmt: skip
            assert {one for one in joined if len(one) > 1} <= {one for one in was if len(one) > 1}
        assert then == live
