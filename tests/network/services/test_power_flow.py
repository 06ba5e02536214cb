"""The power flow of the operated network: computed when something has changed, kept, shown."""

import datetime as dt

import numpy as np
import pytest

from integration.cim.models import reading
from integration.services import circuits
from network.domain import completion
from network.models import PowerFlow
from network.selectors import power_flow as shown
from network.selectors import state
from network.services import positions, power_flow
from network.services.positions import PositionReport
from tests.cast import GATEWAY, NOON, after, publish
from tests.paths import CIM, needs_shared
from tests.rest import Api

pytestmark = pytest.mark.django_db(transaction=True)
IEEE123 = CIM / "gridappsd" / "IEEE123.xml.gz"


@pytest.fixture
def model() -> str:
    """IEEE 123 with what completion adds: breakers, fuses, service transformers."""
    state.forget()
    draft = reading.read_files([str(IEEE123)])
    completion.complete(draft, 7)
    key = publish(draft).key
    assert circuits.build_missing() == 1
    return key


@needs_shared
def test_it_follows_the_switches_and_is_due_again_only_when_one_moves(model: str) -> None:
    assert power_flow.due(at=NOON) == [model]
    assert power_flow.run_due(at=NOON) == 1
    assert power_flow.due(at=after(60)) == []
    row = PowerFlow.objects.get()
    assert row.converged, row.reason
    # IEEE 123 takes 3,490 kW at its head (IEEE PES test feeder cases); the added service transformers lose a little more.
    assert 3_300 < row.figures["source_kw"] < 3_800
    assert 0.9 < row.figures["v_min_pu"] < row.figures["v_max_pu"] < 1.1

    present = state.present(model)
    breaker = next(b for b in range(present.grid.branch_count) if present.grid.branch_class_name(b) == "Breaker")
    mrid = present.grid.branch_mrid_text(breaker)
    report = PositionReport(model, mrid, after(90), is_closed=False)
    positions.record_positions(actor=GATEWAY, reports=[report], source="scada", at=after(91))
    assert power_flow.due(at=after(92)) == [model]
    power_flow.run_due(at=after(92))
    dark = shown.latest(model)
    assert dark is not None
    assert dark.figures["source_kw"] is None or dark.figures["source_kw"] < row.figures["source_kw"] / 2
    assert np.isfinite(shown.voltage(row)).sum() > np.isfinite(shown.voltage(dark)).sum()


@needs_shared
def test_it_is_due_again_when_it_is_old(model: str) -> None:
    power_flow.run_due(at=NOON)
    assert power_flow.due(at=NOON + dt.timedelta(minutes=14)) == []
    assert power_flow.due(at=NOON + dt.timedelta(minutes=16)) == [model]


@needs_shared
def test_the_page_the_map_and_the_door_tell_the_same_result(model: str) -> None:
    reader = Api("OPR")
    assert reader.get(f"network/{model}/power-flow").status_code == 404
    power_flow.run_due(at=NOON)
    told = reader.get(f"network/{model}/power-flow").json()
    row = PowerFlow.objects.get()
    assert told["loss_kw"] == row.figures["loss_kw"]
    assert told["is_current"] is True
    assert min(f["v_min_pu"] for f in told["feeders"]) == pytest.approx(row.figures["v_min_pu"], abs=2e-3)
    reader.client.force_login(reader.user)
    page = reader.client.get(f"/network/{model}/power-flow/")
    assert page.status_code == 200
    assert f"{row.figures['v_min_pu']:.3f}" in page.content.decode()
    painted = reader.client.get(f"/network/{model}/power-flow/voltage.bin")
    present = state.present(model)
    assert len(painted.content) == present.grid.branch_count
    lowest = min(byte for byte in painted.content if byte)
    assert 0.8 + (lowest - 1) / 254 * 0.4 == pytest.approx(row.figures["v_min_pu"], abs=2e-3)


def test_a_model_without_impedances_is_left_alone() -> None:
    state.forget()
    key = publish().key
    circuits.build_missing()
    assert shown.has_circuit(key) is False
    assert power_flow.due(at=NOON) == []
    assert shown.shown(key) is None
