"""What closed switches carry by a balanced power flow: as OpenDSS, which solves each switch as a branch of its own, says."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.domain.physics.circuit import (
    ABC,
    Bus,
    Circuit,
    Generator,
    Line,
    LineCode,
    Load,
    Response,
    Shunt,
    Source,
    Switch,
)
from network.domain.physics.results import BranchFlow, PowerFlowResult
from network.engines import port

BALANCED: tuple[port.Engine, ...] = ("pandapower", "pgm")
CODE = LineCode((0.2, 0.0, 0.2, 0.0, 0.0, 0.2), (0.3, 0.0, 0.3, 0.0, 0.0, 0.3), (0.0,) * 6, (0.0,) * 6)


def empty(*buses: str) -> Circuit:
    """A stiff source of 20 kV at the first bus."""
    circuit = Circuit("switches", 50.0, line_codes={"code": CODE})
    circuit.buses = {name: Bus(name, name, 11_547.0, ABC) for name in buses}
    circuit.sources = [Source("source", "source", buses[0], ABC, 20_000.0, 0.0, 0.0, 0.001, 0.0, 0.001, is_stiff=True)]
    return circuit


def line(circuit: Circuit, start: str, end: str, km: float = 1.0) -> None:
    name = f"{start}-{end}"
    circuit.lines.append(Line(name, name, start, end, ABC, "code", km))


def switch(circuit: Circuit, start: str, end: str, rated_a: float | None = None) -> None:
    name = f"{start}/{end}"
    circuit.switches.append(Switch(name, name, start, end, ABC, ABC, rated_a))


def load(circuit: Circuit, bus: str, kw: float, kvar: float = 0.0) -> None:
    name = f"load {len(circuit.loads)}"
    circuit.loads.append(Load(name, name, bus, ABC, "Y", (kw * 1e3 / 3,) * 3, (kvar * 1e3 / 3,) * 3))


def of(result: PowerFlowResult) -> dict[str, BranchFlow]:
    """By name of the switch, one phase where they are told apart."""
    assert result.converged
    return {one.name: one for one in result.branches if "/" in one.name and one.phase in {"ABC", "A"}}


def grown(seed: int) -> Circuit:
    """A tree of lines and switches, either way round, with loads, generation and a capacitor here and there."""
    dice = random.Random(seed)
    names = [f"b{number}" for number in range(dice.randint(3, 14))]
    circuit = empty(*names)
    for number, name in enumerate(names[1:], start=1):
        ends = [names[dice.randrange(number)], name]
        dice.shuffle(ends)
        if dice.random() < 0.55:
            switch(circuit, ends[0], ends[1])
        else:
            line(circuit, ends[0], ends[1], dice.uniform(0.1, 4.0))
        if dice.random() < 0.7:
            load(circuit, name, dice.uniform(10.0, 400.0), dice.uniform(-50.0, 150.0))
        if dice.random() < 0.2:
            made = dice.uniform(10.0, 900.0) * 1e3 / 3
            circuit.generators.append(Generator(name, name, name, ABC, "inverter", (made,) * 3, (0.0,) * 3))
    shunt_at = dice.choice(names)
    circuit.shunts.append(Shunt("c", "c", shunt_at, ABC, "Y", 20_000.0, 0.0, 2e-4))
    return circuit


@settings(max_examples=60)
@given(seed=st.integers(0, 100_000))
def test_they_carry_what_a_solver_says_that_knows_them_as_branches(seed: int) -> None:
    circuit = grown(seed)
    told = of(port.solve(circuit, engine="opendss", fix_taps=True))
    for engine in BALANCED:
        found = of(port.solve(circuit, engine=engine, fix_taps=True))
        assert found.keys() == told.keys()
        for name, flow in found.items():
            assert flow.i_a == pytest.approx(told[name].i_a, rel=2e-3, abs=0.02)
            assert (flow.p_kw or 0.0) == pytest.approx(3.0 * (told[name].p_kw or 0.0), rel=2e-3, abs=0.7)


@pytest.mark.parametrize("engine", BALANCED)
def test_a_switch_above_its_own_rating_is_a_violation(engine: port.Engine) -> None:
    circuit = empty("a", "b", "c")
    line(circuit, "a", "b")
    switch(circuit, "b", "c", rated_a=50.0)
    load(circuit, "c", 3_000.0)
    result = port.solve(circuit, engine=engine)
    ((kind, name, percent),) = [(one.kind, one.name, one.value) for one in result.violations]
    assert (kind, name) == ("overload", "b/c")
    assert percent == pytest.approx(2.0 * of(result)["b/c"].i_a)
    assert of(result)["b/c"].i_a == pytest.approx(3_000.0 / 20.0 / 3**0.5, rel=0.02)


@pytest.mark.parametrize("response", [Response((0.3, 0.3, 0.4), (0.5, 0.5, 0.0)), Response(exponents=(1.5, 2.0))])
def test_loads_that_follow_the_voltage_are_taken_as_they_are_there(response: Response) -> None:
    circuit = empty("a", "b", "c")
    line(circuit, "a", "b", 20.0)
    switch(circuit, "b", "c")
    circuit.loads = [Load("l", "l", "c", ABC, "Y", (4e5,) * 3, (1e5,) * 3, response)]
    found, told = (of(port.solve(circuit, engine=engine))["b/c"] for engine in ("pandapower", "opendss"))
    assert found.i_a == pytest.approx(told.i_a, rel=2e-3)
    assert found.q_kvar is not None and found.q_kvar < 295.0, "not as at nominal voltage"


@pytest.mark.parametrize("engine", BALANCED)
def test_where_nothing_tells_how_two_share_nothing_is_told(engine: port.Engine) -> None:
    """Two switches side by side; the one before them carries the sum."""
    circuit = empty("a", "b", "c", "d", "e")
    line(circuit, "a", "b")
    switch(circuit, "b", "c")
    switch(circuit, "c", "d", rated_a=1.0)
    circuit.switches.append(Switch("twin", "c/d twin", "c", "d", ABC, ABC))
    switch(circuit, "d", "e")
    load(circuit, "d", 500.0)
    load(circuit, "e", 300.0)
    found = of(port.solve(circuit, engine=engine))
    assert {name: flow.p_kw for name, flow in found.items()} == pytest.approx({"b/c": 800.0, "d/e": 300.0})


@pytest.mark.parametrize("engine", BALANCED)
def test_an_open_switch_carries_nothing_and_is_not_told(engine: port.Engine) -> None:
    circuit = empty("a", "b", "c", "d")
    line(circuit, "a", "b")
    switch(circuit, "b", "c")
    line(circuit, "b", "d")
    switch(circuit, "d", "c")
    load(circuit, "c", 500.0)
    found = of(port.solve(circuit, engine=engine, closed={"d/c": 0}))
    assert found.keys() == {"b/c"}
    assert found["b/c"].p_kw == pytest.approx(500.0)
