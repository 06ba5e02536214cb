"""Orders rehearsed on the story feeder, and on random networks against the energisation computed in full.

S --CB1-- L1 --+-- F1 --+-- T1 (5), T2 (4)
               +-- SW1 -- L2 --+-- F2 --+-- T3 (6), T4 (3)
                               +-- T5 (2)
                               +-- TIE/open -- S2
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.domain import temporary
from network.domain.energisation import energise
from network.domain.grid import compile_grid
from network.domain.temporary import Element, Overlay, Place
from outages.domain.switching import conflicts, free_groups, isolation, rehearsal
from outages.domain.switching.conflicts import Document, Facts, Other
from outages.domain.switching.rehearsal import Stand
from outages.domain.switching.steps import Step
from outages.selectors.rehearsal_words import said
from tests.cast import feeder

GRID = compile_grid(feeder())


def stand(*, closed=None, tagged=()):
    positions = GRID.initial_closed if closed is None else closed
    return Stand(temporary.fit(GRID, Overlay()), positions, energise(GRID, positions), frozenset(tagged))


def steps(*told: str) -> list[Step]:
    """ "open SW1" and the like, the place of a ground as "ground L2 2"."""
    found = []
    for number, words in enumerate(told):
        kind, device, *terminal = words.split()
        found.append(Step(str(number), kind, device, device, int(terminal[0]) if terminal else 1))
    return found


ISOLATE = steps(
    "open SW1", "tag SW1", "tag TIE", "test_dead L2", "ground L2", "unground L2", "untag TIE", "untag SW1", "close SW1"
)


def test_each_step_tells_who_loses_and_who_regains_supply():
    done = rehearsal.run(stand(), ISOLATE)
    assert [(one.lost_customers, one.regained_customers, one.customers_out) for one in done.effects] == [
        (11, 0, 11), *[(0, 0, 11)] * 7, (0, 11, 0),
    ]  # fmt: skip
    assert not any(one.problem for one in done.effects)
    assert done.effects[0].isolated_nodes > 0


def test_two_sources_in_parallel_are_told_and_a_transfer_loses_nobody():
    done = rehearsal.run(stand(), steps("close TIE", "open SW1"))
    assert [one.parallels_sources for one in done.effects] == [True, False]
    assert [one.lost_customers for one in done.effects] == [0, 0]


@pytest.mark.parametrize(
    ("before", "step", "words"),
    [
        ((), "ground L2", "what is live is not earthed"),
        ((), "test_dead L2", "would not find it dead"),
        (("open SW1", "ground L2"), "close TIE", "energise onto"),
        (("tag SW1",), "open SW1", "carries a tag"),
        ((), "open L2", "is no switch"),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(before, step, words):
    done = rehearsal.run(stand(), steps(*before, step))
    assert words in said(done.effects[-1].problem)
    assert (done.stands[-1].energisation.live == done.stands[-2].energisation.live).all()


def test_an_island_of_generation_is_joined_with_no_source_before_its_machine_is_parted():
    positions = stand(closed=None).positions.copy()
    positions[GRID.branch_index("SW1")] = 0
    truck = Element("g", "generation", "Truck", 7, Place("T5", 1), slot=0)
    fitted = temporary.fit(GRID, Overlay((truck,)))
    start = Stand(fitted, positions, energise(fitted.grid, fitted.conducting(positions)))
    assert start.energisation.live[GRID.node_index("T5")] == 7
    done = rehearsal.run(start, steps("close TIE", "close SW1"))
    assert [said(one.problem) for one in done.effects] == [
        "it would join what Truck keeps alive with another source, out of step: part Truck first"
    ] * 2
    assert done.stands[-1].positions is start.positions


def test_a_rehearsal_leaves_the_state_it_is_given_as_it_was():
    start = stand()
    positions, live = start.positions.copy(), start.energisation.live.copy()
    rehearsal.run(start, ISOLATE[:5])
    assert (start.positions == positions).all()
    assert (start.energisation.live == live).all()
    assert start.fitted.overlay == Overlay()


def codes(planned, **facts):
    done = rehearsal.run(stand(), planned)
    return [(one.severity, one.code) for one in conflicts.find(Facts("emergency", planned, **facts), done)]


def test_a_ground_without_a_test_dead_is_an_error_also_when_something_was_closed_in_between():
    assert ("error", "ground_untested") in codes(steps("open SW1", "ground L2"))
    assert ("error", "ground_untested") in codes(
        steps("open SW1", "test_dead L2", "close SW1", "open SW1", "ground L2")
    )
    assert ("error", "ground_untested") not in codes(ISOLATE)


def test_other_orders_at_the_same_device_are_errors_once_they_stand_and_notes_elsewhere():
    standing, drafted = Other("SO-1", "approved", {"SW1": "SW1"}), Other("SO-2", "draft", {"SW1": "SW1"})
    elsewhere = Other("SO-3", "approved", {"F1": "F1"})
    assert ("error", "shared_device") in codes(ISOLATE, others=[standing])
    assert ("warning", "shared_device") in codes(ISOLATE, others=[drafted])
    assert ("note", "same_time") in codes(ISOLATE, others=[elsewhere])


def test_a_document_that_can_be_issued_at_no_step_is_an_error():
    points = {"SW1": "SW1", "TIE": "TIE"}
    assert ("error", "document") not in codes(ISOLATE, documents=[Document("SD-1", "permit", points)])
    without_tag = steps("open SW1", "tag SW1", "test_dead L2", "ground L2")
    assert ("error", "document") in codes(without_tag, documents=[Document("SD-1", "permit", points)])


def test_a_document_whose_points_do_not_part_what_is_worked_on_is_an_error_before_anybody_is_in_the_field():
    """The tie could feed L2: with SW1 alone as its point nobody may work, however it is tagged, tested and grounded."""
    alone = Document("SD-1", "permit", {"SW1": "SW1"}, "L2", "L2")
    assert ("error", "document") in codes(ISOLATE, documents=[alone])
    both = Document("SD-1", "permit", {"SW1": "SW1", "TIE": "TIE"}, "L2", "L2")
    assert ("error", "document") not in codes(ISOLATE, documents=[both])


def test_a_ground_elsewhere_is_none_of_what_is_worked_on():
    elsewhere = steps("open SW1", "tag SW1", "tag TIE", "test_dead L2", "open F2", "ground T2")
    points = {"SW1": "SW1", "TIE": "TIE"}
    assert ("error", "document") in codes(elsewhere, documents=[Document("SD-1", "permit", points, "L2", "L2")])


def test_an_order_without_steps_and_a_planned_one_without_a_window_are_errors():
    assert codes([]) == [("error", "empty")]
    done = rehearsal.run(stand(), ISOLATE)
    found = {one.code for one in conflicts.find(Facts("planned", ISOLATE), done)}
    assert "no_window" in found


def branches(*names):
    return [GRID.branch_index(name) for name in names]


def test_isolation_needs_every_switch_from_which_supply_could_come():
    fitted = temporary.fit(GRID, Overlay())
    place = temporary.ends_of(fitted.base, "L2")
    assert isolation.leaks(fitted, branches("SW1"), place)
    assert not isolation.leaks(fitted, branches("SW1", "TIE"), place)
    assert isolation.points_of(fitted, place) == sorted(branches("SW1", "TIE"))
    assert isolation.points_of(fitted, place, branches("CB1", "TIE")) == sorted(branches("CB1", "TIE"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["CB1", "F1", "SW1", "F2", "TIE"]), st.booleans()), max_size=12))
def test_after_every_prefix_the_state_is_that_of_the_positions_alone(moves):
    planned = [Step(str(n), "close" if close else "open", name, name) for n, (name, close) in enumerate(moves)]
    done = rehearsal.run(stand(), planned)
    for one in done.stands:
        assert (one.energisation.live == energise(GRID, one.positions).live).all()
    out = [one.customers_out for one in done.effects]
    full = [
        int(GRID.node_customers[(done.stands[0].energisation.live != 0) & (one.energisation.live == 0)].sum())
        for one in done.stands[1:]
    ]
    assert out == full
    assert np.array_equal(done.stands[0].positions, GRID.initial_closed)


def group(*told: str) -> list[Step]:
    return [replace(one, group=1) for one in steps(*told)]


def found(order: list[Step]) -> list[tuple[str, str, str]]:
    told = conflicts.find(Facts("emergency", order), rehearsal.run(stand(), order))
    return [(one.severity, one.step, said(one.told)) for one in told if one.code.startswith("group")]


def test_a_free_group_is_tried_in_every_sequence():
    assert found(group("close TIE", "open SW1")) == [("warning", "1", "done first: 11 customers lose supply")]
    assert found(group("open SW1", "close TIE")) == [("warning", "1", "done first: TIE joins two sources")]
    assert found(steps("close TIE", "open SW1")) == []
    wrong = found(group("open SW1", "tag SW1"))
    assert [one[:2] for one in wrong] == [("error", "0")]
    assert wrong[0][2].startswith("after Place tag SW1: SW1 carries a tag")


def test_of_a_large_free_group_it_is_told_that_not_every_sequence_was_tried():
    order = group(*(f"verify D{number}" for number in range(free_groups.MOST + 1)))
    assert [one[:2] for one in found(order)] == [("note", "0")]
    assert found(order[:-1]) == []
    assert [list(one) for one in free_groups.groups([*order[:2], *steps("open F1", "open F2"), *order[2:4]])] == [
        [0, 1],
        [4, 5],
    ]
