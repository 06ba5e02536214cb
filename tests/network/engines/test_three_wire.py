"""Networks without an earth of their own, and what a power flow says when there is nothing to find."""

from dataclasses import replace

import pytest

from network.domain.physics.circuit import ABC, Bus, Circuit, Line, LineCode, Load, Source, Transformer, Winding
from network.domain.physics.earthing import earthed_buses
from network.engines import opendss, port
from tests.builders.circuits import feeder
from tests.paths import CIM, needs_shared

CODE = LineCode((0.1, 0.0, 0.1, 0.0, 0.0, 0.1), (0.3, 0.0, 0.3, 0.0, 0.0, 0.3), (0.0,) * 6, (0.0,) * 6)


def small(low: Winding, watts: tuple[float, float, float] = (1e6, 1e6, 1e6)) -> Circuit:
    """20 kV --- transformer --- 10 kV line --- load between phase and neutral."""
    circuit = Circuit("small", 50.0)
    names = {"a": 20_000.0, "b": 10_000.0, "c": 10_000.0}
    circuit.buses = {name: Bus(name, name, volts / 3**0.5, ABC) for name, volts in names.items()}
    high = Winding("a", "Y", ABC, 20_000.0, 5e6, 0.2, grounded=False)
    circuit.transformers = [Transformer("t", "t", "t", (high, low), ((0, 1, 6.4, 6.4),))]
    circuit.line_codes = {"k": CODE}
    circuit.lines = [Line("l", "l", "b", "c", ABC, "k", 1.0)]
    circuit.loads = [Load("d", "d", "c", ABC, "Y", watts, (0.0, 0.0, 0.0))]
    circuit.sources = [Source("s", "s", "a", ABC, 20_000.0, 0.0, 0.0, 0.0, 0.0, 0.0, is_stiff=True)]
    return circuit


@pytest.mark.parametrize(
    ("low", "earthed"),
    [
        (Winding("b", "D", ABC, 10_000.0, 5e6, 0.0, clock=1, grounded=False), {"a"}),
        (Winding("b", "Y", ABC, 10_000.0, 5e6, 0.05, grounded=False), {"a"}),
        (Winding("b", "Y", ABC, 10_000.0, 5e6, 0.05), {"a", "b", "c"}),
    ],
)
def test_earth_reaches_as_far_as_lines_from_an_earthed_star(low, earthed):
    circuit = small(low)
    assert earthed_buses(circuit, circuit.sources) == earthed


@pytest.mark.parametrize("connection", ["D", "Y"])
def test_an_even_load_behind_no_earth_is_solved_as_in_a_balanced_engine(connection):
    circuit = small(
        Winding("b", connection, ABC, 10_000.0, 5e6, 0.05, clock=1 if connection == "D" else 0, grounded=False)
    )
    phases, balanced = opendss.solve(circuit), port.solve(circuit, engine="pandapower")
    assert phases.converged
    assert balanced.converged
    assert phases.loss_kw == pytest.approx(balanced.loss_kw, rel=1e-4)
    assert phases.v_min_pu == pytest.approx(balanced.v_min_pu, abs=1e-5)


@needs_shared
def test_opendss_solves_the_minigrid_with_its_isolated_star_points_too():
    circuit = feeder(*sorted(f"cgmes3_minigrid/{path.name}" for path in (CIM / "cgmes3_minigrid").glob("*.xml")))
    phases, balanced = opendss.solve(circuit, fix_taps=True), port.solve(circuit, fix_taps=True)
    found = {(one.mrid, one.phase): one.v_pu for one in phases.buses}
    assert len(balanced.buses) > 90
    for one in balanced.buses:
        assert found[one.mrid, "A"] == pytest.approx(one.v_pu, abs=5e-5)


def test_too_much_load_says_how_much_would_go_and_where_it_gives_way():
    circuit = small(Winding("b", "Y", ABC, 10_000.0, 5e6, 0.05), (5e7, 5e7, 5e7))
    result = port.solve(circuit, engine="pandapower")
    assert not result.converged
    assert "a solution exists up to " in result.reason
    assert "line l of 0.3162 ohm" in result.reason
    share = float(result.reason.partition("up to ")[2].partition("%")[0]) / 100.0
    less = replace(circuit, loads=[replace(circuit.loads[0], p_w=(5e7 * share * 0.99,) * 3)])
    assert port.solve(less, engine="pandapower").converged


@needs_shared
def test_the_line_that_keeps_maple10_from_a_solution_is_named():
    result = port.solve(feeder("gridappsd/maple10nodebreaker.xml"))
    assert (result.converged, result.v_min_pu) == (False, None)
    assert "line hv_line_1 of 2,127 ohm" in result.reason
