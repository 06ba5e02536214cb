"""Versions of an order side by side: whatever was changed is told, nothing else, and both can be read from it."""

from hypothesis import given
from hypothesis import strategies as st

from outages.domain.switching.comparison import compare

KEYS = st.lists(st.sampled_from("abcdefgh"), unique=True)


def said(keys, **other):
    return [{"key": key, "kind": "open", "device": key, **other} for key in keys]


def test_what_came_went_was_moved_and_reads_differently_is_told():
    before = said("abcd")
    after = [*said("d"), *said("ab"), {"key": "x", "kind": "close", "device": "x"}]
    after[1]["crew"] = "c1"
    found = compare(before, after)
    assert [(one.what, (one.after or one.before)["key"]) for one in found] == [
        ("moved", "d"), ("changed", "a"), ("same", "b"), ("added", "x"), ("removed", "c"),
    ]  # fmt: skip
    assert found[1].fields == ("crew",)


@given(KEYS, KEYS)
def test_both_versions_can_be_read_from_the_comparison(one, other):
    found = compare(said(one), said(other))
    assert [line.after["key"] for line in found if line.after] == other
    assert sorted(line.before["key"] for line in found if line.before) == sorted(one)
    assert {line.before["key"] for line in found if line.what == "removed"} == set(one) - set(other)
    assert {line.after["key"] for line in found if line.what == "added"} == set(other) - set(one)


@given(KEYS)
def test_the_same_version_twice_is_all_the_same(keys):
    assert {line.what for line in compare(said(keys), said(keys))} <= {"same"}
