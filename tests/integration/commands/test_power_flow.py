"""`manage.py power_flow`: the keys of the contract, exit codes, and nothing else on standard output."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pandapower
import pandapower.networks
import pytest
from django.core.management import CommandError, call_command

from integration.cim.models import reading
from network.selectors import state
from network.services import positions
from network.services.positions import PositionReport
from tests.builders.circuits import feeder
from tests.cast import GATEWAY, after, publish
from tests.paths import CIM, REFERENCE, needs_shared

KEYS = {
    "engine", "converged", "reason", "iterations", "loss_kw", "loss_kvar", "source_kw", "source_kvar", "v_min_pu", "v_max_pu",
    "buses", "branches", "violations",
}  # fmt: skip


def solved(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("power_flow", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


@needs_shared
def test_a_cim_feeder_answers_with_the_keys_of_the_contract() -> None:
    document = solved("--file", str(CIM / "gridappsd" / "IEEE13.xml"), "--fix-taps")
    assert set(document) == KEYS
    assert document["engine"] == "opendss"
    assert set(document["buses"][0]) == {"name", "phase", "v_pu", "angle_deg"}  # type: ignore[index]
    assert set(document["branches"][0]) == {"name", "phase", "i_a", "loading_percent"}  # type: ignore[index]
    assert set(document["violations"][0]) == {"kind", "name", "phase", "value", "limit"}  # type: ignore[index]


@needs_shared
def test_tables_are_solved_balanced() -> None:
    folder = REFERENCE / "reconfiguration"
    files = [str(folder / f"baran_wu_33_{kind}.csv") for kind in ("buses", "branches")]
    document = solved("--file", *files, "--kv", "12.66")
    assert document["engine"] == "pandapower"
    assert document["loss_kw"] == pytest.approx(202.68, abs=0.01)


def european(tmp_path: Path, **lines: float) -> tuple[Any, str]:
    """IEEE's European low voltage feeder, whose customers hang on one phase each, and its file."""
    net = pandapower.networks.ieee_european_lv_asymmetric("on_peak_566")
    for column, value in lines.items():
        net.line[column] = value
    path = tmp_path / "european.json"
    pandapower.to_json(net, str(path))
    return net, str(path)


def test_loads_that_differ_by_phase_are_solved_by_phase(tmp_path: Path) -> None:
    net, path = european(tmp_path)
    answer = solved("--file", path)
    pandapower.runpp_3ph(
        net, numba=False, tolerance_mva=1e-10
    )  # by default it leaves 16 W of 59 kW unbalanced, and 3e-6 pu
    found = {(bus["name"], bus["phase"]): bus["v_pu"] for bus in answer["buses"]}
    for phase in "ABC":
        expected = dict(zip(net.bus["name"], net.res_bus_3ph[f"vm_{phase.lower()}_pu"], strict=True))
        assert {name: found[name, phase] for name in expected} == pytest.approx(expected, abs=1e-6)
    taken = 1e3 * sum(net.asymmetric_load[f"p_{phase}_mw"].sum() for phase in "abc")
    assert answer["source_kw"] == pytest.approx(taken + answer["loss_kw"], abs=1e-3)
    assert {one["phase"] for one in answer["branches"]} == {"A", "B", "C"}


def test_without_its_zero_sequence_such_a_net_is_solved_balanced_and_it_is_said(tmp_path: Path, capsys: Any) -> None:
    _, path = european(tmp_path, r0_ohm_per_km=float("nan"))
    assert {bus["phase"] for bus in solved("--file", path)["buses"]} == {"ABC"}
    assert "shared evenly here: line without r0_ohm_per_km" in capsys.readouterr().err


def test_an_opendss_master_is_solved_by_itself(tmp_path: Path) -> None:
    master = tmp_path / "small.dss"
    master.write_text("clear\nnew circuit.c basekv=20 bus1=a\nnew load.d bus1=a phases=3 kv=20 kw=100 kvar=0\nsolve\n")
    document = solved("--file", str(master))
    assert document["source_kw"] == pytest.approx(100.0, rel=1e-3)
    assert {bus["phase"] for bus in document["buses"]} == {"A", "B", "C"}  # type: ignore[attr-defined, index]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--file", "nowhere.xml"], "nowhere.xml"),
        (["--file", "nowhere.dss"], "nowhere.dss: no such file"),
        ([], "either files"),
        (["--file", "a.dss", "b.dss"], "comes alone"),
    ],
)
def test_bad_input_says_what_and_where(arguments: list[str], text: str) -> None:
    with pytest.raises(CommandError, match=text) as refusal:
        call_command("power_flow", *arguments)
    assert refusal.value.returncode == 2


@needs_shared
def test_a_balanced_engine_on_an_unbalanced_feeder_is_bad_input() -> None:
    with pytest.raises(CommandError, match="balanced networks only"):
        call_command("power_flow", "--file", str(CIM / "gridappsd" / "IEEE13.xml"), "--engine", "pandapower")


@needs_shared
@pytest.mark.django_db(transaction=True)
def test_a_running_model_is_solved_with_its_switches_as_they_stand() -> None:
    state.forget()
    path = CIM / "gridappsd" / "IEEE13.xml"
    key = publish(reading.read_files([str(path)])).key
    of_model, of_file = solved(key), solved("--file", str(path))
    assert of_model["source_kw"] == pytest.approx(of_file["source_kw"], rel=1e-6)
    recloser = next(one.mrid for one in feeder("gridappsd/IEEE13.xml").switches if one.name == "rec1")
    report = PositionReport(key, recloser, after(90), is_closed=False)
    positions.record_positions(actor=GATEWAY, reports=[report], source="scada", at=after(91))
    opened = solved(key)
    assert opened["source_kw"] < of_model["source_kw"] / 2  # type: ignore[operator]
    assert "671" not in {bus["name"] for bus in opened["buses"]}  # type: ignore[attr-defined, index]


@pytest.mark.django_db
def test_an_unknown_model_is_named() -> None:
    with pytest.raises(CommandError, match="nosuch: no such model"):
        call_command("power_flow", "nosuch")


@needs_shared
def test_a_path_without_the_option_wins_over_a_model() -> None:
    assert solved(str(CIM / "gridappsd" / "ACEP_PSIL.xml"))["engine"] == "pandapower"
