"""Floods, peaks and chattering against their definitions taken word for word."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adms.core import alarm_rates

moments = st.lists(st.integers(0, 4000), max_size=60).map(lambda some: np.array(sorted(some), float))


def flooded_at(times: np.ndarray, begins: int, ends: int) -> dict[int, bool]:
    """Second by second: a flood begins where more than `begins` lie within ten minutes, and ends where fewer than `ends` do."""
    state, found = False, {}
    for second in range(5200):
        count = int(((times > second - 600) & (times <= second)).sum())
        state = count >= ends if state else count > begins
        found[second] = state
    return found


@given(moments, st.integers(2, 6), st.integers(1, 2))
def test_floods_are_those_of_the_definition(times, begins, ends):
    wanted = flooded_at(times, begins, ends)
    found = alarm_rates.floods(times, 5199.0, begins=begins, ends=ends)
    inside = dict.fromkeys(wanted, False)
    for begin, end in found:
        for second in range(int(begin), int(5200 if end is None else end)):
            inside[second] = True
    assert inside == wanted


@given(moments)
def test_rates_count_every_alarm_once(times):
    told = alarm_rates.rates(times, 0.0, 4200.0)
    assert told.alarms == times.size
    assert told.per_10_min == pytest.approx(times.size / 7)
    assert told.peak == max(int(((times >= i * 600) & (times < (i + 1) * 600)).sum()) for i in range(7))


def test_a_period_must_have_a_length():
    with pytest.raises(ValueError, match="length"):
        alarm_rates.rates(np.array([]), 5.0, 5.0)


@given(moments, st.integers(2, 5))
def test_chatter_is_the_most_within_any_minute(times, least):
    most = max((int(((times >= one) & (times < one + 60)).sum()) for one in times), default=0)
    assert alarm_rates.chatter(times, least=least) == (most if most >= least else 0)
