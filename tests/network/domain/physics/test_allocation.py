"""Load allocation on numbers: shares, losses, and when there is no answer."""

import numpy as np
import pytest

from network.domain.physics.allocation import allocate, below


def lossy(channel: np.ndarray, count: int, loss: float = 0.05) -> object:
    """A feeder that loses a share of its load on the way to each head."""

    def flows(loads: np.ndarray) -> np.ndarray:
        sums = [loads[channel == number].sum() for number in range(count)]
        return np.array(sums) * (1.0 + loss)

    return flows


def test_loads_share_what_is_left_after_losses_by_weight() -> None:
    channel = np.array([0, 0, 1])
    found = allocate(
        np.array([105 + 21j, 210 + 0j]),
        channel,
        np.array([1.0, 3.0, 5.0]),
        np.zeros(3, dtype=complex),
        lossy(channel, 2),
    )
    assert found.converged
    assert found.loads == pytest.approx(np.array([25 + 5j, 75 + 15j, 200]), abs=1e-3)
    assert found.residual_percent is not None
    assert found.residual_percent < 1e-3


def test_loads_of_no_channel_stay() -> None:
    channel = np.array([0, -1])
    found = allocate(np.array([100 + 0j]), channel, np.ones(2), np.array([1.0, 7 + 2j]), lossy(channel, 1, 0.0))
    assert found.loads.tolist() == [100 + 0j, 7 + 2j]


def test_a_power_flow_without_solution_is_an_answer_with_a_reason() -> None:
    found = allocate(np.array([1e9 + 0j]), np.array([0]), np.ones(1), np.zeros(1, dtype=complex), lambda _: None)
    assert not found.converged
    assert "has no solution" in found.reason
    assert found.residual_percent is None


def test_a_head_that_never_fits_is_no_allocation() -> None:
    found = allocate(
        np.array([10 + 0j]), np.array([0]), np.ones(1), np.zeros(1, dtype=complex), lambda _: np.array([5 + 0j])
    )
    assert not found.converged
    assert found.residual_percent == pytest.approx(50.0)
    assert "differ by 50 %" in found.reason


@pytest.mark.parametrize("weights", [[0.0, 0.0], [-1.0, 2.0]])
def test_weights_that_say_nothing_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weight"):
        allocate(np.array([10 + 0j]), np.array([0, 0]), np.array(weights), np.zeros(2, dtype=complex), lambda _: None)


def test_what_is_fed_from_two_sides_is_below_nothing() -> None:
    assert not below(3, [(0, 1), (1, 2), (2, 0)], 1, [0]).any()
    assert below(3, [(0, 1), (1, 2)], 0, [0]).tolist() == [False, True, True]
