"""Which engine solves what, and that balanced models agree between engines and with their own state variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.cim import xml
from integration.cim.models import store
from network.domain.findings import Findings
from network.engines import port
from tests.builders.circuits import feeder
from tests.paths import CIM, needs_shared

pytestmark = needs_shared

MINIGRID = sorted(f"cgmes3_minigrid/{path.name}" for path in (CIM / "cgmes3_minigrid").glob("*.xml"))


def state_variables(files: list[str]) -> dict[str, float]:
    """Kilovolts of SvVoltage by mRID of the ConnectivityNode."""
    found = store.load(xml.open_model_files([Path(CIM / name) for name in files]), Findings())
    volts = {
        one.refs["SvVoltage.TopologicalNode"]: one.number("SvVoltage.v") or 0.0
        for _, one in found.of_class("SvVoltage")
    }
    nodes = {}
    for _, node in found.of_class("ConnectivityNode"):
        topological = node.refs.get("ConnectivityNode.TopologicalNode", "")
        if volts.get(topological):
            nodes[node.id] = volts[topological]
    return nodes


def test_what_has_phases_of_its_own_goes_to_opendss() -> None:
    assert port.solve(feeder("gridappsd/IEEE13.xml")).engine == "opendss"


def test_a_balanced_engine_refuses_it_with_the_reason() -> None:
    with pytest.raises(port.Unsuitable, match="balanced networks only"):
        port.solve(feeder("gridappsd/IEEE13.xml"), engine="pgm")


@pytest.mark.parametrize("engine", ["auto", "pgm"])
def test_minigrid_has_the_voltages_of_its_state_variables(engine: port.Engine) -> None:
    circuit = feeder(*MINIGRID)
    result = port.solve(circuit, engine=engine, fix_taps=True)
    assert result.converged
    assert result.engine == ("pandapower" if engine == "auto" else "power-grid-model")
    expected = state_variables(MINIGRID)
    found = {bus.mrid: bus.v_pu * circuit.buses[bus.mrid].nominal_v * 3**0.5 / 1000.0 for bus in result.buses}
    compared = expected.keys() & found.keys()
    assert len(compared) > 90
    for mrid in compared:
        assert found[mrid] == pytest.approx(expected[mrid], rel=1e-5)


def test_a_balanced_circuit_is_the_same_to_both_kinds_of_engine() -> None:
    circuit = feeder("gridappsd/ACEP_PSIL.xml")
    balanced, unbalanced = (port.solve(circuit, engine=engine) for engine in ("pandapower", "opendss"))
    assert balanced.source_kw == pytest.approx(unbalanced.source_kw, rel=1e-3)
    assert balanced.loss_kw == pytest.approx(unbalanced.loss_kw, rel=1e-2)
    volts = {bus.mrid: bus.v_pu for bus in unbalanced.buses if bus.phase == "A"}
    assert {bus.mrid: bus.v_pu for bus in balanced.buses} == pytest.approx(volts, abs=1e-3)


def test_violations_follow_the_band() -> None:
    circuit = feeder("gridappsd/IEEE13.xml")
    wide = port.solve(circuit, fix_taps=True)
    narrow = port.solve(circuit, fix_taps=True, band=(0.97, 1.05))
    assert not [one for one in wide.violations if one.kind.startswith("voltage")]
    assert {one.kind for one in narrow.violations} >= {"voltage_low", "voltage_high", "overload"}
