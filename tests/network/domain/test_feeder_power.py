"""Power at a feeder's head out of what is read there."""

import math

import numpy as np
import pytest

from network.domain import feeder_power
from network.domain.feeder_power import HeadReading
from network.domain.phases import ABC, A, B, C


def test_power_is_believed_before_current_and_phases_add_up() -> None:
    three = [HeadReading("current", ABC, 100.0), HeadReading("active_power", ABC, 700.0)]
    assert feeder_power.head_kw(three, ABC, 11_000.0) == 700.0
    single = [HeadReading("active_power", one, kw) for one, kw in ((A, 100.0), (B, 150.0), (C, 250.0))]
    assert feeder_power.head_kw(single, ABC, 11_000.0) == 500.0


def test_current_stands_for_power_at_the_nominal_voltage() -> None:
    told = [HeadReading("current", ABC, 100.0)]
    assert feeder_power.head_kw(told, ABC, 11_000.0) == pytest.approx(
        math.sqrt(3.0) * 1_100.0 * feeder_power.POWER_FACTOR
    )
    apart = [HeadReading("current", one, 100.0) for one in (A, B, C)]
    assert feeder_power.head_kw(apart, ABC, 11_000.0) == pytest.approx(feeder_power.head_kw(told, ABC, 11_000.0))


@pytest.mark.parametrize(
    "told",
    [
        [],
        [HeadReading("active_power", A, 100.0)],
        [HeadReading("active_power", ABC, math.nan)],
        [HeadReading("active_power", ABC, 100.0), HeadReading("active_power", A, 40.0)],
    ],
    ids=["nothing", "a phase is missing", "no number", "a phase is told twice"],
)
def test_what_does_not_speak_of_all_phases_once_says_nothing(told: list[HeadReading]) -> None:
    assert feeder_power.head_kw(told, ABC, 11_000.0) is None


def test_nodes_take_the_multiple_of_their_head_and_dead_ones_none() -> None:
    feeder, live = np.array([-1, 3, 3, 7, 9], np.int32), np.array([7, 7, 0, 7, 7], np.uint8)
    assert feeder_power.by_node(feeder, live, {3: 0.5, 9: 2.0}) == pytest.approx(
        [math.nan, 0.5, math.nan, math.nan, 2.0], nan_ok=True
    )
