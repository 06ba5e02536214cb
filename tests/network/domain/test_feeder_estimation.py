"""State estimation in the space of loads: what readings move, what they must not, and the one that errs."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from network.domain.physics import feeder_estimation
from network.domain.physics.circuit import ABC, Bus, Circuit, Line, LineCode, Load, Source
from network.domain.physics.feeder_estimation import ACTIVE, CURRENT, REACTIVE, VOLTAGE, Reading
from network.domain.physics.feeder_order import FeederOrder
from network.domain.physics.results import PowerFlowResult
from network.engines import port
from tests.builders.circuits import feeder
from tests.paths import needs_shared


def solve(circuit: Circuit) -> PowerFlowResult:
    return port.solve(circuit, fix_taps=True)


def scaled(circuit: Circuit, factors: list[float]) -> Circuit:
    loads = [
        dataclasses.replace(load, p_w=tuple(w * f for w in load.p_w), q_var=tuple(v * f for v in load.q_var))
        for load, f in zip(circuit.loads, factors, strict=True)
    ]
    return dataclasses.replace(circuit, loads=loads)


def readings(
    result: PowerFlowResult, elements: list[str], kind: str = CURRENT, wrong: dict[str, float] | None = None
) -> list[Reading]:
    """Exact readings of every phase of some branches; those named `wrong` (element phase) are multiplied."""
    found = []
    for flow in result.branches:
        if flow.mrid not in elements:
            continue
        value = {CURRENT: flow.i_a, ACTIVE: flow.p_kw, REACTIVE: flow.q_kvar}[kind]
        assert value is not None
        name = f"{flow.mrid} {flow.phase}"
        phases = tuple(flow.phase)
        value *= (wrong or {}).get(name, 1.0)
        found.append(Reading(name, flow.mrid, kind, phases, value, max(0.01 * abs(value), 0.05)))
    return found


@pytest.fixture
def ieee123() -> Circuit:
    return feeder("gridappsd/IEEE123.xml.gz")


@pytest.fixture
def small() -> Circuit:
    """S --AB-- b --BC-- c          10 kV, a load on each phase of b and c"""
    code = LineCode((0.3, 0.05, 0.3, 0.05, 0.05, 0.3), (0.4, 0.1, 0.4, 0.1, 0.1, 0.4), (0.0,) * 6, (0.0,) * 6)
    circuit = Circuit("small", 50.0, line_codes={"code": code})
    circuit.buses = {name: Bus(name, name, 10e3 / 3**0.5, ABC) for name in "Sbc"}
    circuit.lines = [Line("AB", "AB", "S", "b", ABC, "code", 2.0), Line("BC", "BC", "b", "c", ABC, "code", 2.0)]
    circuit.loads = [Load(f"load {bus}", bus, bus, ABC, "Y", (80e3, 90e3, 100e3), (20e3, 20e3, 20e3)) for bus in "bc"]
    circuit.sources = [Source("S", "S", "S", ABC, 10e3, 0.0, 0.0, 0.01, 0.0, 0.01)]
    return circuit


def by_reach(circuit: Circuit, result: PowerFlowResult) -> list[str]:
    """Branches by how many loads they feed, most first."""
    order = FeederOrder(circuit)
    reach = {one.mrid: int(below.sum()) for one in result.branches if (below := order.below(one.mrid)) is not None}
    return sorted((mrid for mrid in reach if reach[mrid]), key=lambda mrid: -reach[mrid])


def rms_of_currents(one: PowerFlowResult, other: PowerFlowResult) -> float:
    known = {(flow.mrid, flow.phase): flow.i_a for flow in other.branches}
    return float(np.sqrt(np.mean([(known[flow.mrid, flow.phase] - flow.i_a) ** 2 for flow in one.branches])))


@needs_shared
class TestOfAPublishedFeeder:
    """IEEE 123 with loads of 40 to 140 % of what the model expects."""

    @pytest.fixture
    def case(self, ieee123: Circuit) -> tuple[Circuit, PowerFlowResult, list[str]]:
        factors = np.random.default_rng(3).uniform(0.4, 1.4, len(ieee123.loads)).tolist()
        true = solve(scaled(ieee123, factors))
        assert true.converged
        return ieee123, true, by_reach(ieee123, true)

    def test_the_head_alone_gives_its_readings_back_to_a_tenth_of_a_percent(self, case) -> None:
        circuit, true, branches = case
        found = feeder_estimation.estimate(circuit, readings(true, branches[:1]), solve)
        assert found.result.converged
        assert found.quality.residual_percent is not None
        assert found.quality.residual_percent < 0.1
        assert rms_of_currents(true, found.result) < 0.5 * rms_of_currents(true, solve(circuit))

    def test_readings_within_the_feeder_bring_it_nearer(self, case) -> None:
        circuit, true, branches = case
        inner = [branches[0], branches[len(branches) // 8], branches[len(branches) // 4], branches[len(branches) // 2]]
        head = feeder_estimation.estimate(circuit, readings(true, inner[:1]), solve)
        more = feeder_estimation.estimate(circuit, readings(true, inner), solve)
        assert more.quality.suspects == []
        assert more.quality.fits
        assert rms_of_currents(true, more.result) < 0.8 * rms_of_currents(true, head.result)

    def test_the_reading_that_errs_is_named_and_left_out(self, case) -> None:
        circuit, true, branches = case
        inner = [branches[0], branches[len(branches) // 8], branches[len(branches) // 4]]
        given = readings(true, inner)
        wrong = given[-1].mrid
        found = feeder_estimation.estimate(circuit, readings(true, inner, wrong={wrong: 1.8}), solve)
        assert [mrid for mrid, _ in found.quality.suspects] == [wrong]
        assert found.quality.used == len(given) - 1

    def test_powers_settle_what_currents_leave_open(self, case) -> None:
        circuit, true, branches = case
        head = branches[:1]
        given = readings(true, head, ACTIVE) + readings(true, head, REACTIVE)
        found = feeder_estimation.estimate(circuit, given, solve)
        assert found.result.source_kw == pytest.approx(true.source_kw, rel=2e-3)
        assert found.result.source_kvar == pytest.approx(true.source_kvar, rel=2e-2)


class TestOfASmallFeeder:
    """Two loads in a row."""

    def test_without_readings_the_loads_are_those_expected(self, small: Circuit) -> None:
        circuit = small
        found = feeder_estimation.estimate(circuit, [], solve)
        assert found.circuit.loads == circuit.loads
        assert found.quality.fits is None

    def test_known_loads_stay_as_they_are(self, small: Circuit) -> None:
        circuit = small
        true = solve(scaled(circuit, [1.5] * len(circuit.loads)))
        branches = by_reach(circuit, true)
        kept = circuit.loads[0]
        found = feeder_estimation.estimate(circuit, readings(true, branches[:1]), solve, fixed=frozenset({kept.mrid}))
        assert found.circuit.loads[0] == kept

    def test_what_cannot_be_used_says_why(self, small: Circuit) -> None:
        circuit = small
        found = feeder_estimation.estimate(circuit, [Reading("p", "elsewhere", CURRENT, ("A",), 3.0, 0.1)], solve)
        assert found.quality.unused == [("p", "not on this feeder, or part of a ring")]

    def test_a_voltage_is_compared_and_suspected_when_it_is_far_off(self, small: Circuit) -> None:
        circuit = small
        bus = solve(circuit).buses[-1]
        given = [
            Reading(name, bus.mrid, VOLTAGE, tuple(bus.phase), bus.v_pu * by, 0.005)
            for name, by in (("good", 1.0), ("bad", 0.9))
        ]
        found = feeder_estimation.estimate(circuit, given, solve)
        assert [mrid for mrid, *_ in found.quality.checked] == ["good", "bad"]
        assert [mrid for mrid, _ in found.quality.suspects] == ["bad"]
