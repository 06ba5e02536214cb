"""The piece of network beside the words for and against: a tree without holes."""

from outages.domain import balance


def test_places_far_below_are_shown_with_every_place_between_them_and_the_root():
    chain = [-1, *range(300)]
    assert balance.with_ways_up({299, 7}, chain) == set(range(300))


def test_places_of_several_trees_keep_their_own_roots():
    assert balance.with_ways_up([3, 5], [-1, 0, -1, 2, 3, 4]) == {2, 3, 4, 5}
