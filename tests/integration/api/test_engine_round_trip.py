"""A load-flow engine fetches the model, solves it and sends its result back: pandapower, with its own converter (P08)."""

import io
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest

from integration.cim.models.pandapower import read_pandapower
from integration.services import circuits
from network.domain.feeder_groups.coupling import SETTLED_PU
from network.selectors import state
from network.services import power_flow
from tests.cast import NOON, publish
from tests.rest import Api

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def solved(paths: list[Path]) -> Any:
    """By pandapower's own converter and power flow."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandapower
        from pandapower.converter.cim.cim2pp.from_cim import from_cim

        net = from_cim(file_list=[str(path) for path in paths])
        pandapower.runpp(net, calculate_voltage_angles=True)
    return net


def results(net: Any) -> dict[str, Any]:
    """What pandapower has computed, by the mRIDs it was given."""
    buses = [
        {"mrid": name, "v_pu": v.vm_pu, "angle_deg": v.va_degree}
        for name, v in zip(net.bus.origin_id, net.res_bus.itertuples(), strict=True)
    ]
    branches = [
        {"mrid": name, "i_a": flow.i_from_ka * 1000, "loading_percent": flow.loading_percent}
        for name, flow in zip(net.line.origin_id, net.res_line.itertuples(), strict=True)
    ]
    loss_kw = (net.res_line.pl_mw.sum() + net.res_trafo.pl_mw.sum()) * 1000
    return {"loss_kw": loss_kw, "buses": buses, "branches": branches}


def test_what_pandapower_makes_of_the_exported_network_agrees_with_ours(tmp_path: Path) -> None:
    state.forget()
    model = publish(read_pandapower("pandapower:mv_oberrhein")).key
    circuits.build_missing()
    assert power_flow.run_due(at=NOON) == 1
    engine = Api("INT")
    out = engine.client.get(f"/cim/v1/models/{model}/bus-branch")
    zipfile.ZipFile(io.BytesIO(out.getvalue())).extractall(tmp_path)
    body = results(solved(sorted(tmp_path.iterdir())))
    sequence = int(out["X-Tieline-Sequence"])
    head = {"engine": "pandapower", "computed_at": NOON.isoformat(), "sequence": sequence, "converged": True}
    told = engine.post(f"network/{model}/power-flow/results", head | body).json()
    assert told["unknown"]["buses"] == 0
    assert told["comparison"]["buses"] == len(body["buses"]) == 185
    assert told["comparison"]["verdict"] == "agrees"
    assert told["comparison"]["v_largest_pu"] < SETTLED_PU  # as well as the feeder groups settle
    assert abs(told["comparison"]["loss_kw"]) < 0.1
