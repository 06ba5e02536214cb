"""The circuit out of CIM files: impedances, windings, controls, and bytes and back."""

from __future__ import annotations

import pytest

from network.domain.physics import packing
from network.domain.physics.circuit import Circuit
from network.domain.physics.line_constants import square
from tests.builders.circuits import MILE, feeder
from tests.paths import CIM, needs_shared

pytestmark = needs_shared

IEEE13, ASSETS = "gridappsd/IEEE13.xml", "gridappsd/IEEE13_Assets.xml"


def named(circuit: Circuit, table: str, name: str) -> object:
    return next(one for one in getattr(circuit, table) if one.name == name)


def test_lines_take_the_matrix_of_their_code_in_the_order_of_their_phases() -> None:
    circuit = feeder(IEEE13)
    line = named(circuit, "lines", "650632")
    assert (line.phases, line.length) == (("A", "B", "C"), pytest.approx(609.6))  # type: ignore[attr-defined]
    code = circuit.line_codes[line.code]  # type: ignore[attr-defined]
    assert square(code.r)[0, 0] * MILE == pytest.approx(0.3465, abs=1e-4)
    assert square(code.x)[1, 1] * MILE == pytest.approx(1.0478, abs=1e-4)


def test_wires_give_nearly_the_impedance_of_the_code() -> None:
    circuit = feeder(ASSETS)
    line = named(circuit, "lines", "650632")
    code = circuit.line_codes[line.code]  # type: ignore[attr-defined]
    assert square(code.r).diagonal() * MILE == pytest.approx([0.34, 0.34, 0.34], abs=0.02)
    cable = circuit.line_codes[named(circuit, "lines", "692675").code]  # type: ignore[attr-defined]
    assert square(cable.r).diagonal() * MILE == pytest.approx([0.8, 0.79, 0.8], abs=0.02)
    assert not circuit.findings


def test_a_tank_has_its_windings_test_impedance_and_no_load_loss() -> None:
    tank = named(feeder(IEEE13), "transformers", "tpoletop")
    assert [one.phases for one in tank.windings] == [("B", "N"), ("s1", "N"), ("N", "s2")]  # type: ignore[attr-defined]
    # 2.04 % of 2400 V and 5 kVA between primary and half secondary
    assert tank.leakage[0][2] == pytest.approx(0.0204 * 2400.0**2 / 5000.0, rel=1e-4)  # type: ignore[attr-defined]
    assert tank.core_g * 2400.0**2 == pytest.approx(10.0)  # type: ignore[attr-defined]


def test_a_regulator_knows_its_step_and_its_control() -> None:
    taps = named(feeder(IEEE13), "transformers", "reg3").windings[1].taps  # type: ignore[attr-defined]
    assert (taps.step, taps.low, taps.high, taps.step_percent) == (11, -16, 16, 0.625)
    control = taps.control
    assert (control.target_v, control.band_v, control.pt_ratio, control.ct_primary_a) == (122, 2, 20, 700)
    assert (control.ldc_r_v, control.ldc_x_v, control.phase) == (3, 9, "C")


def test_loads_keep_connection_and_response() -> None:
    circuit = feeder(IEEE13)
    between = named(circuit, "loads", "646")
    assert (between.connection, between.phases) == ("D", ("B", "C"))  # type: ignore[attr-defined]
    assert between.response.p_zip == (1.0, 0.0, 0.0)  # type: ignore[attr-defined]
    assert sum(sum(load.p_w) for load in circuit.loads) == pytest.approx(3_466_000 + 5_000)


def test_generators_produce_and_batteries_take() -> None:
    found = {(one.name, one.kind): sum(one.p_w) for one in feeder(IEEE13).generators}
    assert found["school", "PhotovoltaicUnit"] == pytest.approx(240_000)
    assert found["house", "BatteryUnit"] == pytest.approx(-5_000)


def test_capacitor_controls_of_the_8500_node_feeder_close_above_and_open_below() -> None:
    shunt = named(feeder("gridappsd/IEEE8500bal_derived.xml.gz"), "shunts", "capbank2a")
    control = shunt.control  # type: ignore[attr-defined]
    assert (control.mode, control.low, control.high) == ("reactivePower", -225_000, 150_000)


def test_the_regulating_machine_is_the_reference_of_minigrid() -> None:
    names = sorted(f"cgmes3_minigrid/{path.name}" for path in (CIM / "cgmes3_minigrid").glob("*.xml"))
    circuit = feeder(*names)
    first = min(circuit.sources, key=lambda one: one.rank)
    assert (first.name, first.voltage_v, first.is_stiff) == ("G2", 10_000.0, True)
    assert circuit.frequency_hz == 50.0


@pytest.mark.parametrize("name", [IEEE13, ASSETS, "gridappsd/IEEE34_derived.xml", "gridappsd/ACEP_PSIL.xml"])
def test_a_circuit_survives_its_bytes(name: str) -> None:
    circuit = feeder(name)
    assert packing.from_bytes(packing.to_bytes(circuit)) == circuit


def test_bytes_that_are_no_circuit_are_refused() -> None:
    with pytest.raises(ValueError, match="not a circuit"):
        packing.from_bytes(b"something else")
