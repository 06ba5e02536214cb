"""Load shed in turns: the target always held, turns in a ring, what comes back cold counted, all of it closed again in reverse."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from outages.domain.switching import rotation
from outages.domain.switching.cold_load import Pickup
from outages.domain.switching.rotation import Feeder

FLAT = Pickup(((0.0, 1.0),), 30.0)
COLD = Pickup(((0.0, 1.0), (30.0, 1.5)), 30.0)


def feeder(name: str, group: int, kw: float, **other: Any) -> Feeder:
    return Feeder(name, name, group, kw, **other)


def names(turns: list[rotation.Turn]) -> list[str]:
    return ["".join(one.name for one in turn.feeders) for turn in turns]


def test_the_group_whose_turn_is_the_longest_ago_goes_first_and_critical_customers_last():
    ring = rotation.in_ring(
        [
            feeder("A", 1, 10, shed_min_ago=50),
            feeder("B", 2, 10),
            feeder("C", 2, 90, critical=1),
            feeder("D", 3, 10, shed_min_ago=500),
        ]
    )
    assert [one.name for one in ring] == ["B", "C", "D", "A"]


def test_the_next_turn_goes_on_where_the_last_ended():
    five = [feeder(name, 1, 100) for name in "ABCDE"]
    told = rotation.turns(five, target_kw=200, count=4, turn_min=30, pickup=FLAT)
    assert names(told) == ["AB", "CD", "EA", "BC"]


def test_a_turn_sheds_more_where_the_one_before_comes_back_cold():
    six = [feeder(name, 1, 100) for name in "ABCDEF"]
    told = rotation.turns(six, target_kw=200, count=2, turn_min=30, pickup=COLD)
    assert names(told) == ["AB", "CDE"]
    assert [one.relief_kw for one in told] == [200.0, 200.0]


def test_the_next_are_opened_before_the_last_are_closed_and_all_are_closed_in_reverse():
    five = [feeder(name, 1, 100) for name in "ABCDE"]
    told = rotation.turns(five, target_kw=200, count=2, turn_min=30, pickup=FLAT)
    steps = [f"{one.kind} {one.device or one.text}" for one in rotation.steps_of(told, 30)]
    assert steps == [
        "open A", "open B", "wait 30 min", "open C", "open D", "close B", "close A", "wait 30 min", "close D", "close C",
    ]  # fmt: skip


def test_a_feeder_that_has_two_turns_together_is_not_closed_between_them():
    three = [feeder(name, 1, 100) for name in "ABC"]
    told = rotation.turns(three, target_kw=200, count=2, turn_min=30, pickup=FLAT)
    steps = [f"{one.kind} {one.device or one.text}" for one in rotation.steps_of(told, 30)]
    assert steps == [
        "open A", "open B", "wait 30 min", "open C", "close B", "wait 30 min", "close A", "close C",
    ]  # fmt: skip


def test_who_goes_together_is_decided_by_the_load_of_the_turn_and_not_of_now():
    evening = feeder("A", 1, 100, expected_kw=(100.0, 40.0, 40.0))
    day = feeder("B", 2, 100, expected_kw=(100.0, 60.0, 60.0))
    night = feeder("C", 3, 100, expected_kw=(100.0, 100.0, 150.0))
    now = [feeder(name, group, 100) for name, group in (("A", 1), ("B", 2), ("C", 3))]
    assert names(rotation.turns(now, target_kw=100, count=3, turn_min=60, pickup=FLAT)) == ["A", "B", "C"]
    told = rotation.turns([night, day, evening], target_kw=100, count=3, turn_min=60, pickup=FLAT)
    assert names(told) == ["A", "BC", "AB"]
    assert [one.relief_kw for one in told] == [100.0, 160.0, 100.0]


def test_within_a_group_whoever_takes_most_by_then_goes_first():
    one, other = feeder("A", 1, 90, expected_kw=(50.0, 50.0)), feeder("B", 1, 80, expected_kw=(70.0, 10.0))
    assert [each.name for each in rotation.in_ring([one, other])] == ["B", "A"]
    assert [each.name for each in rotation.in_ring([one, other], 1)] == ["A", "B"]


feeders = st.lists(
    st.tuples(
        st.lists(st.floats(1, 500), max_size=8),
        st.integers(1, 4),
        st.floats(1, 500),
        st.one_of(st.none(), st.floats(0, 1e4)),
    ),
    min_size=1,
    max_size=12,
)


@given(drawn=feeders, target=st.floats(1, 2_000), count=st.integers(1, 8), cold=st.booleans())
def test_the_target_is_held_after_every_step_or_the_whole_ring_is_out_and_all_end_closed(drawn, target, count, cold):
    mine = [
        feeder(f"F{place}", group, kw, shed_min_ago=ago, expected_kw=tuple(expected))
        for place, (expected, group, kw, ago) in enumerate(drawn)
    ]
    pickup = COLD if cold else FLAT
    told = rotation.turns(mine, target_kw=target, count=count, turn_min=30, pickup=pickup)
    assert len(told) == count
    for turn in told:
        assert turn.relief_kw >= target or len(turn.feeders) == len(mine)
    by_mrid = {one.mrid: one for one in mine}
    out: set[str] = set()
    waits = 0
    for step in rotation.steps_of(told, 30):
        if step.kind == "wait":
            waits += 1
            assert out == {one.mrid for one in told[waits - 1].feeders}
        elif step.kind == "open":
            assert step.device not in out
            out.add(step.device)
        else:
            out.remove(step.device)
            relief = sum(by_mrid[mrid].kw_in(waits) for mrid in out)
            assert waits == count or relief >= min(target, sum(one.kw_in(waits) for one in mine)) - 1e-6
    assert not out
