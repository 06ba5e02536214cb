"""Allocating what a head measures: the power flow gives it back, balanced and phase by phase."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from adms.core.commands import BadInput
from integration.netfiles.reading import read_net
from network.engines.balanced import solve_net
from tests.paths import CIM, REFERENCE, needs_shared

FEEDER = [str(REFERENCE / "reconfiguration" / f"baran_wu_33_{kind}.csv") for kind in ("buses", "branches")]
HEAD = "branch,phase,p_kw,q_kvar\n"


def run(net: list[str], table: Path, *more: str) -> dict[str, Any]:
    out = StringIO()
    call_command("allocate_loads", *net, "--head", str(table), "--json", *more, stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def write(path: Path, rows: str) -> Path:
    (path / "head.csv").write_text(HEAD + rows)
    return path / "head.csv"


@needs_shared
def test_a_power_flow_of_the_allocated_loads_gives_the_head_back(tmp_path: Path) -> None:
    answer = run([*FEEDER, "--kv", "12.66"], write(tmp_path, "1-2,ABC,3000,1500\n"))
    assert answer["residual_percent"] < 0.1
    net = read_net(FEEDER, kv=12.66)
    given = {load["name"]: load for load in answer["loads"]}
    net.load["p_mw"] = [given[name]["p_kw"] / 1e3 for name in net.load["name"]]
    net.load["q_mvar"] = [given[name]["q_kvar"] / 1e3 for name in net.load["name"]]
    result = solve_net(net)
    assert result.source_kw == pytest.approx(3000.0, rel=1e-5)
    assert result.source_kvar == pytest.approx(1500.0, rel=1e-5)


@needs_shared
def test_a_meter_further_out_takes_its_part(tmp_path: Path) -> None:
    answer = run(
        [*FEEDER, "--kv", "12.66"],
        write(tmp_path, "1-2,A,1000,500\n1-2,B,1000,500\n1-2,C,1000,500\n6-26,ABC,900,400\n"),
    )
    far = sum(load["p_kw"] for load in answer["loads"] if int(load["name"]) in range(26, 34))
    assert answer["residual_percent"] < 0.1
    assert 880.0 < far < 900.0


@needs_shared
def test_weights_decide_the_shares(tmp_path: Path) -> None:
    weights = tmp_path / "weights.csv"
    weights.write_text("name,kwh\n2,100\n3,300\n")
    answer = run([*FEEDER, "--kv", "12.66"], write(tmp_path, "1-2,ABC,400,0\n"), "--weights", str(weights))
    kw = {load["name"]: load["p_kw"] for load in answer["loads"]}
    assert kw["3"] == pytest.approx(3 * kw["2"])
    assert kw["4"] == 0.0


@needs_shared
def test_an_unbalanced_feeder_is_allocated_phase_by_phase(tmp_path: Path) -> None:
    table = write(tmp_path, "650632,A,1300,720\n650632,B,900,300\n650632,C,1400,700\n")
    answer = run([str(CIM / "gridappsd" / "IEEE13.xml")], table)
    assert answer["converged"]
    assert answer["residual_percent"] < 0.1
    assert {load["phase"] for load in answer["loads"]} == {"A", "B", "C"}
    total = sum(load["p_kw"] for load in answer["loads"])
    assert 3600.0 + 335.0 - 150.0 < total < 3600.0 + 335.0 - 80.0  # generators of this model deliver 335 kW; losses


@needs_shared
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("1-9,ABC,1,1\n", "head.csv, line 2: no branch '1-9'"),
        ("1-2,D,1,1\n", "phase 'D' is none of A, B, C, ABC"),
        ("1-2,ABC,some,1\n", "p_kw 'some' is no number"),
        ("1-2,A,1,1\n1-2,A,1,1\n", "branch 1-2 phase A is there twice"),
        ("9-15,ABC,1,1\n", "branch 9-15 is open"),
        ("", "head.csv: no head"),
    ],
)
def test_bad_heads_are_refused_with_their_place(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(BadInput) as refusal:
        run([*FEEDER, "--kv", "12.66"], write(tmp_path, rows))
    assert said in str(refusal.value)
    assert refusal.value.returncode == 2


@needs_shared
def test_a_measurement_no_feeder_can_carry_is_an_answer_with_a_reason(tmp_path: Path) -> None:
    answer = run([*FEEDER, "--kv", "12.66"], write(tmp_path, "1-2,ABC,900000,1\n"))
    assert not answer["converged"]
    assert "no solution" in answer["reason"]
    assert answer["loads"] == []
