"""Every switch goes back to where it stands as built, and nobody loses supply who need not."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from network.domain import temporary
from network.domain.draft import ModelDraft
from network.domain.energisation import energise
from network.domain.grid import compile_grid
from network.domain.phases import ABC
from network.domain.temporary import Overlay
from outages.domain.switching import normalising
from outages.domain.switching.normalising import Return
from outages.domain.switching.rehearsal import Stand
from outages.selectors import rehearsal_words
from tests.builders.network import NetworkBuilder
from tests.builders.random_networks import rings


def ring(*, sources: int = 1) -> ModelDraft:
    """S --CB1-- T1(5) --SW1-- T2(4) --SW2-- T3(6) --TIE/open-- T4(3) --CB2-- S, or another source."""
    one = (
        NetworkBuilder("ring")
        .source("S").mark("bus")
        .breaker("CB1").line("L1").mark("a").transformer("T1").customers(5)
        .back_to("a").switch("SW1").line("L2").mark("b").transformer("T2").customers(4)
        .back_to("b").switch("SW2").line("L3").mark("c").transformer("T3").customers(6)
    )  # fmt: skip
    one = one.back_to("bus") if sources == 1 else one.source("S2")
    return (
        one.breaker("CB2").line("L4").mark("d").transformer("T4").customers(3)
        .back_to("c").switch("TIE", closed=False).to("d").draft()
    )  # fmt: skip


def stand(draft: ModelDraft, moved: dict[str, bool], tagged: frozenset[str] = frozenset()) -> Stand:
    grid = compile_grid(draft)
    positions = grid.initial_closed.copy()
    for name, close in moved.items():
        branch = grid.branch_index(name)
        positions[branch] = int(grid.branch_phases[branch]) if close else 0
    return Stand(temporary.fit(grid, Overlay()), positions, energise(grid, positions), tagged)


def back(found: Stand, *, may_interrupt: bool = True) -> Return:
    base = found.fitted.base
    usual = energise(base, base.normal_closed)
    switches = normalising.together(found, usual, {base.branch_index("CB1")})
    return normalising.back(found, switches, usual, base.branch_mrid_text, may_interrupt=may_interrupt)


def said(one: Return) -> list[str]:
    return [f"{step.kind} {step.device}".strip() for step in one.steps]


RESTORED = {"SW1": False, "SW2": False, "TIE": True}


def test_after_a_restoration_the_repaired_section_first_and_then_joined_before_it_is_parted() -> None:
    one = back(stand(ring(), RESTORED))
    assert said(one) == ["verify", "close SW1", "close SW2", "open TIE"]
    assert "behind SW1 is repaired" in one.steps[0].text
    assert one.left == () and one.interrupts == 0


def test_between_two_sources_it_is_parted_first_or_left_where_nobody_may_be_interrupted() -> None:
    found = stand(ring(sources=2), RESTORED)
    whole, gentle = back(found), back(found, may_interrupt=False)
    assert said(whole) == ["verify", "close SW1", "open TIE", "close SW2"]
    assert whole.interrupts == 6 and not whole.left
    assert said(gentle) == ["verify", "close SW1"] and gentle.interrupts == 0
    base = found.fitted.base
    assert {branch: rehearsal_words.said(why) for branch, why in gentle.left} == {
        base.branch_index("SW2"): "closing it would join two sources",
        base.branch_index("TIE"): "opening it would take supply from 6 customers",
    }


def test_a_ring_is_opened_and_what_carries_a_tag_stays_with_the_reason() -> None:
    assert said(back(stand(ring(), {"TIE": True}))) == ["open TIE"]
    one = back(stand(ring(), RESTORED, frozenset({"SW2"})))
    assert said(one) == ["verify", "close SW1"]
    why = {one.rehearsed.stands[-1].fitted.base.branch_mrid_text(branch): why for branch, why in one.left}
    assert why["SW2"]["code"] == "tagged"


def test_feeders_that_have_nothing_to_do_with_it_are_left_alone() -> None:
    draft = ring()
    found = stand(draft, {"TIE": True})
    base = found.fitted.base
    assert normalising.together(found, energise(base, base.normal_closed), {base.branch_index("CB1")}) == [
        base.branch_index("TIE")
    ]
    assert normalising.together(found, energise(base, base.normal_closed), set()) == []


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(rings(), st.integers(0, 2**12 - 1), st.booleans())
def test_wherever_switches_stand_the_way_back_makes_no_lasting_ring_and_leaves_nobody(
    draft: ModelDraft, which: int, may_interrupt: bool
) -> None:
    grid = compile_grid(draft)
    switches = [place for place in range(grid.branch_count) if grid.is_switch[place]]
    moved = {
        grid.branch_mrid_text(place): not grid.normal_closed[place] & ABC
        for number, place in enumerate(switches)
        if which >> number % 12 & 1
    }
    found = stand(draft, moved)
    usual = energise(grid, grid.normal_closed)
    assume(not usual.loops.size)
    one = normalising.back(
        found, normalising.deviating(found).tolist(), usual, grid.branch_mrid_text, may_interrupt=may_interrupt
    )
    last = one.rehearsed.stands[-1]
    assert {branch for branch, _ in one.left} == set(normalising.deviating(last).tolist())
    assert last.energisation.loops.size <= found.energisation.loops.size
    assert not any(effect.problem or effect.parallels_sources for effect in one.rehearsed.effects)
    if one.rehearsed.effects:
        assert one.rehearsed.effects[-1].customers_out == 0
    assert may_interrupt or one.interrupts == 0
