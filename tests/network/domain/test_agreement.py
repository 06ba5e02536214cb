"""Two power flows laid side by side."""

import numpy as np
import pytest

from network.domain import agreement
from network.domain.charted import Floats

NAN = np.nan


def floats(*values: float) -> Floats:
    return np.array(values, np.float32)


def test_the_largest_difference_is_found_among_what_both_know() -> None:
    found = agreement.compare(floats(1.0, 0.9, NAN, 0.95), floats(1.01, 0.93, NAN, NAN), floats(10, NAN), floats(4, 50))
    assert (found.voltage.count, found.voltage.at) == (2, 1)
    assert (found.voltage.largest, found.voltage.mean) == pytest.approx((0.03, 0.02), abs=1e-6)
    assert (found.loading.largest, found.loading.at) == (6.0, 0)
    assert found.within(0.0301)
    assert not found.within(0.0299)


def test_what_is_live_there_and_dead_here_is_no_agreement() -> None:
    found = agreement.compare(floats(1.0, NAN), floats(1.0, 0.98), floats(), floats())
    assert found.live_only_there == 1
    assert not found.within(0.005)


def test_results_that_share_nothing_do_not_agree() -> None:
    found = agreement.compare(floats(1.0, NAN), floats(NAN, NAN), floats(), floats())
    assert found == agreement.NOTHING
    assert not found.within(1.0)
