"""State estimation on arrays: derivatives, observability."""

import numpy as np

from network.domain.physics import estimation_equations as equations
from network.domain.physics.estimation import Measurements, Problem, estimate
from network.domain.physics.pi_network import PiNetwork


def chain() -> PiNetwork:
    """0 --- 1 --(1.02, 30 degrees)-- 2"""
    count = 2
    return PiNetwork(
        base_mva=1.0,
        base_kv=np.ones(3),
        from_bus=np.array([0, 1]),
        to_bus=np.array([1, 2]),
        r=np.array([0.01, 0.02]),
        x=np.array([0.03, 0.05]),
        g=np.zeros(count),
        b=np.array([0.02, 0.0]),
        ratio=np.array([1.0, 1.02]),
        shift_deg=np.array([0.0, 30.0]),
        closed=np.ones(count, dtype=bool),
        shunt=np.array([0.0, 0.01j, 0.0]),
        live=np.ones(3, dtype=bool),
    )


def test_the_derivatives_are_those_of_the_values() -> None:
    stack = equations.Equations.of(chain())
    state = np.array([0.0, -0.05, -0.6, 1.01, 0.98, 0.95])
    exact = stack.jacobian(*np.split(state, 2)).toarray()
    step = 1e-6
    for column in range(6):
        moved = np.zeros(6)
        moved[column] = step
        change = stack.values(*np.split(state + moved, 2)) - stack.values(*np.split(state - moved, 2))
        assert np.allclose(exact[:, column], change / (2 * step), atol=1e-6)


def test_exact_readings_give_back_the_state_across_a_phase_shift() -> None:
    network = chain()
    stack = equations.Equations.of(network)
    angle, size = np.array([0.0, -0.01, -0.55]), np.array([1.0, 0.99, 0.97])
    values = stack.values(angle, size)
    kinds = np.array([equations.BUS_V] + [kind for kind in (equations.FROM_P, equations.FROM_Q) for _ in range(2)])
    places = np.array([0, 0, 1, 0, 1])
    rows = [stack.row(kind, place) for kind, place in zip(kinds, places, strict=True)]
    readings = Measurements(kinds, places, values[rows], np.full(5, 0.01))
    found = estimate(Problem(network, np.array([0]), np.zeros(1), readings, np.zeros(0, dtype=np.int64)))
    assert found.converged, found.reason
    assert np.allclose(found.angle, angle, atol=1e-9)
    assert np.allclose(found.magnitude, size, atol=1e-9)
    assert found.chi_square_ok is None
    assert np.isnan(found.residuals).all()


def test_a_bus_no_reading_reaches_is_named() -> None:
    kinds = np.array([equations.BUS_V, equations.FROM_P, equations.FROM_Q])
    readings = Measurements(kinds, np.array([0, 0, 0]), np.array([1.0, 0.1, 0.0]), np.full(3, 0.01))
    found = estimate(Problem(chain(), np.array([0]), np.zeros(1), readings, np.zeros(0, dtype=np.int64)))
    assert not found.converged
    assert found.unobservable == [2]
    assert "do not determine" in found.reason
