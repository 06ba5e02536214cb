"""Words for and against: marks in time that cover nothing, and the piece of network as a tree without holes."""

from itertools import pairwise

import pytest

from outages.domain import balance


def test_places_far_below_are_shown_with_every_place_between_them_and_the_root():
    chain = [-1, *range(300)]
    assert balance.with_ways_up({299, 7}, chain) == set(range(300))


def test_places_of_several_trees_keep_their_own_roots():
    assert balance.with_ways_up([3, 5], [-1, 0, -1, 2, 3, 4]) == {2, 3, 4, 5}


@pytest.mark.parametrize("counts", [[1, 1, 1], [2, 1, 1], [13, 14, 2], [101, 2, 1], [1, 1, 142]])
def test_no_mark_stands_on_the_count_of_the_one_before_it(counts):
    times = [float(x * 14) for x, count in enumerate(counts) for _ in range(count)]
    drawn = balance.marks(times, begin=0.0, end=1000.0, width=1000, step=14, digit=7)
    assert sum(mark.size for mark in drawn) == sum(counts)
    for before, after in pairwise(drawn):
        assert after.x >= before.x + 14 + (7 * len(str(before.size)) if before.size > 1 else 0)
