"""Whose interruption ends when a switch moves.

CB --- n1 --- S1 --- n2 --- F (blown, nobody knows) --- n3
"""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from outages.domain import restoration
from outages.domain.restoration import Piece, Points, Supply, never_back, newly_dark, pieces, settle


def test_a_group_comes_back_whole_when_its_node_does():
    points = Points.of([1, 1], [10, 11], [2, 2], [7, 7])
    assert pieces(points, settle(points, Supply.of([2], [7]))) == [Piece(1, (10, 11), 0, True, False)]


def test_what_lies_behind_an_open_point_stays_as_it_was():
    points = Points.of([1, 2], [10, 20], [2, 3], [7, 7])
    assert pieces(points, settle(points, Supply.of([2], [7]))) == [
        Piece(1, (10,), 0, True, False),
        Piece(2, (20,), 7, False, False),
    ]


def test_whoever_is_still_dark_at_a_live_node_is_nested_and_splits_its_group():
    points = Points.of([1, 1, 1], [10, 11, 12], [3, 3, 3], [7, 7, 7])
    assert pieces(points, settle(points, Supply.of([3], [7]), still_dark=[12])) == [
        Piece(1, (10, 11), 0, True, False),
        Piece(1, (12,), 7, False, True),
    ]


def test_a_customer_is_back_only_when_every_phase_it_missed_is():
    points = Points.of([1, 2, 3], [10, 20, 30], [2, 2, 2], [7, 1, 6])
    settled = settle(points, Supply.of([2], [1]))
    assert settled.is_back.tolist() == [False, True, False]
    assert settled.phases.tolist() == [6, 0, 6]


def test_the_neutral_and_missing_phases_do_not_hold_anybody_back():
    points = Points.of([1, 2], [10, 20], [2, 2], [9, 0])
    assert settle(points, Supply.of([2], [7])).is_back.all()


def test_a_node_named_twice_joins_its_phases():
    assert Supply.of([5, 5, 4], [1, 2, 4]).at(np.array([4, 5, 6])).tolist() == [4, 3, 0]


def test_nothing_regained_changes_nothing():
    points = Points.of([1], [10], [2], [7])
    assert pieces(points, settle(points, Supply.of([], []))) == [Piece(1, (10,), 7, False, False)]


def test_only_those_on_a_lost_phase_become_dark():
    points = Points.of([-1, -1, -1], [10, 20, 30], [2, 2, 3], [1, 2, 7])
    assert newly_dark(points, Supply.of([2], [1])).tolist() == [1, 0, 0]


def test_an_interruption_closed_too_early_goes_on_only_while_nothing_says_otherwise():
    ended = np.full(4, 1000.0)
    dark = np.array([1060.0, 1060.0, 1000.0, 1000.0 + 3601])
    live = np.array([-np.inf, 1000.0, -np.inf, -np.inf])
    assert never_back(ended, dark, live).tolist() == [True, False, False, False]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 7)), max_size=10),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 7)), max_size=4),
)
def test_losing_what_was_regained_leaves_nobody_in_between(customers, change):
    node, phases = [one[0] for one in customers], [one[1] for one in customers]
    points = Points.of(range(len(customers)), range(len(customers)), node, phases)
    supply = Supply.of([one[0] for one in change], [one[1] for one in change])
    settled = settle(points, supply)
    dark = newly_dark(points, supply)
    assert (settled.phases | dark == restoration._own(points.phases)).all()
    assert (settled.is_back == (settled.phases == 0)).all()
