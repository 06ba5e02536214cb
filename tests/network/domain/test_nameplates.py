"""Names and mRIDs of a million objects: found without a dictionary and without a database."""

import numpy as np
import pytest

from network.domain.grid import nameplates
from network.domain.grid.lookup import Lookup

NAMES = ["CB 12", "cb 1", "Feeder CB 12 north", "Überlingen", "", "CB 12"]
FIRST = np.array([False, False, False, False, False, True])


@pytest.fixture(params=["made", "mapped"])
def plates(request, tmp_path):
    made = nameplates.plates(NAMES, FIRST, 4)
    if request.param == "made":
        return made
    nameplates.save(made, tmp_path)
    return nameplates.load(tmp_path)


def test_exact_names_come_first_then_beginnings_then_the_rest_and_marked_rows_before_their_equals(plates):
    assert plates.search("cb 12", 10) == [(0, 5), (0, 0), (2, 2)]
    assert plates.search("CB 1", 10) == [(0, 1), (1, 5), (1, 0), (2, 2)]


def test_letters_of_any_case_fit_also_those_beyond_ascii(plates):
    assert plates.search("üBER", 10) == [(1, 3)]


def test_no_more_than_the_limit_is_found_and_nothing_for_nothing(plates):
    assert plates.search("cb", 2) == [(1, 5), (1, 0)]
    assert plates.search("", 5) == plates.search("no such name", 5) == []


def test_a_name_does_not_reach_into_the_next_one(plates):
    assert plates.search("12cb", 5) == []
    assert plates.search("12\ncb", 5) == []


def test_every_name_is_kept_as_written(plates):
    assert [plates.name(row) for row in range(len(NAMES))] == NAMES


def test_mrids_are_found_by_their_beginning():
    mrids = np.array([b"aa-1", b"AA-2", b"b", b"aa-3"])
    assert nameplates.beginning(mrids, "aa", 10) == [0, 3]
    assert nameplates.beginning(mrids, "AA", 10) == [1, 0, 3]
    assert nameplates.beginning(mrids, "aa-1-longer", 10) == []


def test_every_text_of_a_column_is_found_where_it_is_and_no_other():
    texts = np.array([f"{number:x}-{number * 7919 % 1000}".encode() for number in range(5_000)])
    table = Lookup(texts)
    assert table.all(texts).tolist() == list(range(5_000))
    assert [table.at(text.decode()) for text in texts[:50]] == list(range(50))
    assert table.all(["nothing", "0-0", "a much longer text than any of these"]).tolist() == [-1, 0, -1]
    assert table.at("") == -1


@pytest.mark.parametrize("texts", [np.empty(0, "S1"), np.array([b"one"])])
def test_small_columns_are_searched_too(texts):
    assert Lookup(texts).at("two") == -1
    assert Lookup(texts).all(["one"]).tolist() == [texts.size - 1]
