"""Another engine's power flow: the model goes out, the result comes back, and is laid beside ours (P08)."""

import io
import zipfile
from typing import Any

import numpy as np
import pytest

from integration.cim.models import reading
from integration.cim.models.reader import read_model
from integration.services import circuits
from network.domain.identity import derived_mrid
from network.models import PowerFlow
from network.selectors import power_flow as shown
from network.selectors import state
from network.services import positions, power_flow
from network.services.positions import PositionReport
from tests.cast import GATEWAY, NOON, after, publish
from tests.paths import CIM, needs_shared
from tests.rest import Api, error

pytestmark = pytest.mark.django_db
IEEE123 = CIM / "gridappsd" / "IEEE123.xml.gz"
RESULTS = "network/{}/power-flow/results"


@pytest.fixture
def model() -> str:
    """IEEE 123 with its power flow."""
    state.forget()
    key = publish(reading.read_files([str(IEEE123)])).key
    circuits.build_missing()
    assert power_flow.run_due(at=NOON) == 1
    return key


def ours(model: str, **changes: Any) -> dict[str, Any]:
    """Our own result as another engine would send it."""
    row = shown.latest(model)
    assert row is not None
    grid = state.present(model).fitted.base
    volts, loads = shown.voltage(row), shown.loading(row)
    buses = [
        {"mrid": grid.node_mrid_text(n), "v_pu": float(volts[n]), "angle_deg": 0.0}
        for n in np.flatnonzero(volts > 0).tolist()
    ]
    branches = [
        {"mrid": grid.branch_mrid_text(b), "loading_percent": float(loads[b]), "i_a": 1.0}
        for b in np.flatnonzero(np.isfinite(loads)).tolist()
    ]
    sent = {"engine": "newton", "computed_at": NOON.isoformat(), "sequence": row.sequence, "converged": True}
    return sent | {"loss_kw": row.figures["loss_kw"] + 2, "buses": buses, "branches": branches} | changes


@needs_shared
def test_the_model_goes_out_and_its_result_comes_back_by_the_buses_of_the_export(model: str, tmp_path: Any) -> None:
    engine = Api("INT")
    out = engine.client.get(f"/cim/v1/models/{model}/bus-branch", headers={"Accept": "application/zip"})
    assert out.status_code == 200, out.content
    assert out["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(out.getvalue()))
    archive.extractall(tmp_path)
    kept = read_model(sorted(tmp_path.iterdir())).kept
    exported = [record.id for _, record in kept.of_class("TopologicalNode")]
    grid = state.present(model).fitted.base
    names = {derived_mrid(grid.node_mrid_text(n), "bus"): n for n in range(grid.node_count)}
    assert len(exported) > 100
    row = PowerFlow.objects.get()
    volts = shown.voltage(row)
    of_bus = {bus: float(volts[names[bus.removeprefix("_")]]) for bus in exported}
    buses = [{"mrid": f"_{bus.removeprefix('_')}", "v_pu": v + 0.001} for bus, v in of_bus.items() if np.isfinite(v)]
    sequence = int(out["X-Tieline-Sequence"])
    body = ours(model, buses=buses, sequence=sequence, version=int(out["X-Tieline-Version"]), branches=[])
    told = engine.post(RESULTS.format(model), body)
    assert told.status_code == 201, told.content
    assert told.json()["unknown"] == {"buses": 0, "branches": 0, "listed": []}
    compared = told.json()["comparison"]
    assert compared["verdict"] == "agrees"
    assert compared["buses"] == len(buses)
    assert compared["v_largest_pu"] == pytest.approx(0.001, abs=1e-6)
    assert compared["loss_kw"] == pytest.approx(2)


@needs_shared
def test_a_difference_is_found_where_it_is_and_shown_beside_ours(model: str) -> None:
    engine = Api("INT")
    body = ours(model)
    body["buses"][7]["v_pu"] += 0.02
    body["branches"][3]["loading_percent"] += 30
    body["buses"].append({"mrid": "auxiliary", "v_pu": 1.0})
    body["branches"].append({"mrid": "elsewhere", "i_a": 3})
    told = engine.post(RESULTS.format(model), body).json()
    assert told["unknown"] == {"buses": 1, "branches": 1, "listed": ["auxiliary", "elsewhere"]}
    compared = told["comparison"]
    assert (compared["verdict"], compared["bus"]) == ("differs", body["buses"][7]["mrid"])
    assert compared["v_largest_pu"] == pytest.approx(0.02, abs=1e-6)
    assert (compared["branch"], compared["loading_largest"]) == (
        body["branches"][3]["mrid"],
        pytest.approx(30, abs=1e-3),
    )
    assert engine.get(RESULTS.format(model)).json()["results"] == [told]
    reader = Api("OPR")
    reader.client.force_login(reader.user)
    page = reader.client.get(f"/network/{model}/power-flow/").content.decode()
    assert "Compared with newton" in page
    assert "0.0200 pu" in page
    assert body["buses"][7]["mrid"] in page


@needs_shared
def test_ours_stays_ours(model: str) -> None:
    engine = Api("INT")
    before = shown.latest(model)
    assert engine.post(RESULTS.format(model), ours(model, computed_at=after(5).isoformat())).status_code == 201
    assert shown.latest(model) == before
    assert [row.source for row in shown.history(model)] == ["own"]
    assert shown.heat(model, "voltage")[0] == before
    assert power_flow.due(at=after(60)) == []


@needs_shared
def test_the_same_result_again_changes_nothing(model: str) -> None:
    engine = Api("INT")
    first = engine.post(RESULTS.format(model), ours(model))
    again = engine.post(RESULTS.format(model), ours(model, loss_kw=0.0))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert PowerFlow.objects.filter(source="external").count() == 1


@needs_shared
def test_a_result_of_the_state_before_is_said_to_be_of_then(model: str) -> None:
    present = state.present(model)
    switch = next(b for b in range(present.grid.branch_count) if present.grid.branch_class_name(b) == "LoadBreakSwitch")
    body = ours(model)
    report = PositionReport(model, present.grid.branch_mrid_text(switch), after(10), is_closed=False)
    positions.record_positions(actor=GATEWAY, reports=[report], source="scada", at=after(11))
    told = Api("INT").post(RESULTS.format(model), body).json()
    assert told["is_current"] is False
    assert told["comparison"]["verdict"] == "agrees"
    told = Api("INT").post(RESULTS.format(model), body | {"sequence": state.present(model).sequence}).json()
    assert (told["is_current"], told["comparison"]["verdict"]) == (True, "open")


@needs_shared
def test_no_solution_there_and_one_here_is_a_difference(model: str) -> None:
    body = ours(model, converged=False, reason="voltage collapsed", buses=[], branches=[])
    told = Api("INT").post(RESULTS.format(model), body).json()
    assert (told["comparison"]["verdict"], told["v_min_pu"]) == ("differs", None)


@needs_shared
def test_bad_results_are_refused_whole(model: str) -> None:
    engine = Api("INT")
    address = RESULTS.format(model)
    bus = ours(model)["buses"][0]
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"buses": [bus, {"mrid": bus["mrid"], "v_pu": "NaN"}]}, "buses.1.v_pu"),
        ({"buses": [bus, {"mrid": bus["mrid"]}]}, "buses.1.v_pu"),
        ({"buses": [bus | {"phase": "X"}]}, "buses.0.phase"),
        ({"buses": [bus | {"volts": 1}]}, "buses.0.volts"),
        ({"branches": [{"mrid": "x", "loading_percent": -1}]}, "branches.0.loading_percent"),
        ({"buses": []}, "buses"),
        ({"buses": [{"mrid": "nobody", "v_pu": 1}]}, "buses"),
        ({"converged": False}, "reason"),
        ({"sequence": 10**9}, "sequence"),
        ({"computed_at": "2200-01-01T00:00:00Z"}, "computed_at"),
        ({"engine": ""}, "engine"),
    ]
    for changes, field in wrong:
        assert error(engine.post(address, ours(model, **changes)), 422)["data"]["field"] == field
    assert error(engine.post(address, ours(model, version=9)), 409)["code"] == "other_version"
    error(engine.post(RESULTS.format("nobody"), ours(model)), 404)
    assert not PowerFlow.objects.filter(source="external").exists()


@needs_shared
def test_who_may_not_is_refused(model: str) -> None:
    assert error(Api("OPR").post(RESULTS.format(model), ours(model)), 403)["code"] == "no_access_authority"
    error(Api("").get(RESULTS.format(model)), 403)
    error(Api("CRW").get(f"/cim/v1/models/{model}/bus-branch"), 403)


def test_an_export_of_what_is_not_there_is_refused() -> None:
    error(Api("INT").get("/cim/v1/models/nobody/bus-branch"), 404)
    error(Api("INT").get(RESULTS.format("nobody")), 404)
    error(Api("INT").get("/cim/v1/models/nobody/bus-branch?feedr=x"), 422)
