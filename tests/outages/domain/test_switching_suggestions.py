"""Suggested isolation on the story feeder: by the nearest switches, by the telemetered ones, with and without bringing others back.

S --CB1-- L1 --+-- F1 --+-- T1 (5), T2 (4)
               +-- SW1 -- L2 --+-- F2 --+-- T3 (6), T4 (3)
                               +-- T5 (2)
                               +-- TIE/open -- S2          CB1, SW1 and TIE are telemetered
"""

import numpy as np
import pytest

from network.domain import temporary
from network.domain.energisation import energise
from network.domain.grid import compile_grid
from network.domain.temporary import Overlay
from outages.domain.switching import isolation, suggestions
from outages.domain.switching.rehearsal import Stand
from tests.builders.network import NetworkBuilder
from tests.cast import feeder


def stand(draft) -> Stand:
    grid = compile_grid(draft)
    positions = grid.initial_closed
    return Stand(temporary.fit(grid, Overlay()), positions, energise(grid, positions))


def names(found: Stand, branches) -> list[str]:
    return [found.fitted.base.branch_mrid_text(one) for one in branches]


def suggest(found: Stand, equipment: str, **ways: bool) -> suggestions.Suggestion:
    base = found.fitted.base
    told = suggestions.isolate(
        found, equipment, equipment, base.branch_mrid_text, restore=ways.get("restore", True),
        telemetered=ways.get("telemetered", False),
    )  # fmt: skip
    assert told is not None
    return told


def test_the_first_line_is_isolated_and_the_rest_is_fed_by_the_tie():
    found = stand(feeder())
    one = suggest(found, "L1")
    assert names(found, one.points) == ["CB1", "SW1"]
    assert names(found, one.ties) == ["TIE"]
    assert [(step.kind, step.device) for step in one.steps[:3]] == [("open", "SW1"), ("open", "CB1"), ("close", "TIE")]
    assert (one.customers_lost, one.customers_during_work, one.problems) == (20, 9, ())
    assert one.rehearsed.effects[-1].customers_out == 0


def test_fuses_behind_which_no_source_lies_are_no_points():
    found = stand(feeder())
    assert "F1" not in names(found, suggest(found, "L1").points)
    assert names(found, suggest(found, "L2").points) == ["SW1", "TIE"]


def test_what_had_no_supply_before_is_left_alone_by_whoever_brings_others_back():
    found = stand(feeder())
    base = found.fitted.base
    positions = found.positions.copy()
    positions[base.branch_index("SW1")] = 0  # L2, T3, T4, T5 are dead: a fault is held off by SW1
    held_off = Stand(found.fitted, positions, energise(base, positions))
    one = suggest(held_off, "T1")
    assert names(held_off, one.ties) == []
    assert suggest(held_off, "L1").ties == ()  # TIE would feed L2


def test_without_bringing_back_everybody_below_waits():
    one = suggest(stand(feeder()), "L1", restore=False)
    assert (one.ties, one.customers_during_work) == ((), 20)


@pytest.mark.parametrize("equipment", ["L1", "L2", "T1", "T3"])
@pytest.mark.parametrize("telemetered", [False, True])
def test_a_suggestion_really_isolates_and_ends_as_it_began(equipment, telemetered):
    found = stand(feeder())
    one = suggest(found, equipment, telemetered=telemetered)
    assert not isolation.leaks(found.fitted, one.points, temporary.ends_of(found.fitted.base, equipment))
    if telemetered:
        assert found.fitted.base.is_telemetered[list(one.points)].all()
    assert one.problems == ()
    end = one.rehearsed.stands[-1]
    assert np.array_equal(end.positions, found.positions)
    assert end.tagged == found.tagged
    assert end.fitted.overlay == found.fitted.overlay


def test_equipment_that_no_switch_parts_from_its_source_has_no_suggestion():
    found = stand(NetworkBuilder("bare").source("S").line("L1").transformer("T1").customers(3).draft())
    base = found.fitted.base
    assert suggestions.isolate(found, "L1", "L1", base.branch_mrid_text, restore=True) is None
    assert suggestions.isolate(found, "NOTHING", "x", base.branch_mrid_text, restore=True) is None
