"""State estimation against a textbook and against another program's estimate of a noisy feeder."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from adms.core.commands import BadInput
from tests.paths import REFERENCE, needs_shared

FOLDER = REFERENCE / "estimation"
HEAD = "type,element_type,bus_or_branch_number_1_based,side,measured_pu_or_MW_Mvar,sigma\n"
FEEDER = [str(REFERENCE / "reconfiguration" / f"baran_wu_33_{kind}.csv") for kind in ("buses", "branches")]
NOISY = FOLDER / "case33bw_wls_seed1_measurements.csv"


def run(net: list[str], table: Path, *more: str) -> dict[str, Any]:
    out = StringIO()
    call_command("estimate_state", *net, "--measurements", str(table), "--json", *more, stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def three_bus(path: Path, case: dict[str, Any]) -> tuple[list[str], Path]:
    """The textbook's network at 1 kV and 1 MVA, where ohms are per unit."""
    (path / "buses.csv").write_text("bus,type,load_kW,load_kvar\n1,source,0,0\n2,load,0,0\n3,load,0,0\n")
    lines = [f"{n},{b['frm']},{b['to']},{b['r_pu']},{b['x_pu']},closed" for n, b in enumerate(case["branches"], 1)]
    (path / "branches.csv").write_text("\n".join(["branch,from_bus,to_bus,r_ohm,x_ohm,normally", *lines]))
    rows = []
    for one in case["measurements"]:
        kind, name = one["element"].split()[:2]
        side = "from" if kind == "line" else ""
        rows.append(f"{one['type']},{kind},{name},{side},{one['value_pu']},{one['sigma']}")
    (path / "readings.csv").write_text(HEAD + "\n".join(rows))
    return [str(path), "--kv", "1"], path / "readings.csv"


@needs_shared
def test_the_textbook_state_is_found(tmp_path: Path) -> None:
    case = json.loads((FOLDER / "three_bus_abur_exposito.json").read_text())
    answer = run(*three_bus(tmp_path, case))
    assert (answer["converged"], answer["pseudo_measurements"], answer["zero_injections"]) == (True, 0, 0)
    for bus, v_pu, angle in zip(
        answer["buses"], case["verified_here"]["v_pu"], case["verified_here"]["angle_deg"], strict=True
    ):
        assert bus["v_pu"] == pytest.approx(v_pu, abs=2e-6)
        assert bus["angle_deg"] == pytest.approx(angle, abs=2e-6)
    assert answer["degrees_of_freedom"] == 3


@needs_shared
def test_the_noisy_feeder_is_estimated_as_by_another_program() -> None:
    answer = run([*FEEDER, "--kv", "12.66"], NOISY)
    assert answer["chi_square_ok"] is True
    assert answer["suspects"] == []
    with (FOLDER / "case33bw_wls_seed1_expected.csv").open() as file:
        expected = {row["bus"]: row for row in csv.DictReader(file)}
    for bus in answer["buses"]:
        row = expected[bus["name"]]
        assert bus["v_pu"] == pytest.approx(float(row["v_est_pu"]), abs=1e-6)
        assert bus["angle_deg"] == pytest.approx(float(row["angle_est_deg"]), abs=1e-5)


def spoil(path: Path, line: int, error: float) -> tuple[Path, list[str]]:
    """The noisy readings with one of them wrong, and what that one is."""
    rows = NOISY.read_text().splitlines()
    spoilt = rows[line].split(",")
    spoilt[4] = str(float(spoilt[4]) + error)
    table = path / "readings.csv"
    table.write_text("\n".join([*rows[:line], ",".join(spoilt), *rows[line + 1 :]]))
    return table, spoilt[:3]


def names(suspects: list[dict[str, Any]]) -> list[list[str]]:
    return [[one["type"], one["element"], str(one["number"])] for one in suspects]


@needs_shared
@pytest.mark.parametrize(("line", "error"), [(1, 0.05), (3, -0.05), (5, 0.04)])
def test_a_gross_error_is_named_and_removed(tmp_path: Path, line: int, error: float) -> None:
    table, spoilt = spoil(tmp_path, line, error)
    answer = run([*FEEDER, "--kv", "12.66"], table, "--remove-bad")
    assert names(answer["suspects"]) == [spoilt]
    assert answer["suspects"][0]["normalised_residual"] > 10
    assert answer["chi_square_ok"] is True
    kept = run([*FEEDER, "--kv", "12.66"], table)
    assert kept["chi_square_ok"] is False
    assert kept["suspects"] == answer["suspects"]


@needs_shared
@pytest.mark.parametrize("line", [9, 20, 26, 40])
def test_readings_that_could_err_as_well_are_named_beside_the_suspect(tmp_path: Path, line: int) -> None:
    table, spoilt = spoil(tmp_path, line, 0.4)
    answer = run([*FEEDER, "--kv", "12.66"], table)
    assert spoilt in names(answer["suspects"])
    assert all("instead_of" in one for one in answer["suspects"][1:])


@needs_shared
def test_few_measurements_are_filled_up_by_the_loads(tmp_path: Path) -> None:
    table = tmp_path / "readings.csv"
    table.write_text(HEAD + "p,line,1,from,3.9,0.01\nq,line,1,from,2.4,0.01\nv,bus,1,,1.0,0.002\n")
    answer = run([*FEEDER, "--kv", "12.66"], table)
    assert answer["converged"]
    assert answer["pseudo_measurements"] == 64
    lowest = min(bus["v_pu"] for bus in answer["buses"])
    assert lowest == pytest.approx(0.9131, abs=2e-3)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("p,line,7,from,1,0.01\n", "there is no line 7"),
        ("p,line,A-9,from,1,0.01\n", "there is no line A-9"),
        ("w,line,1,from,1,0.01\n", "type 'w' of a line is none of p, q, i"),
        ("p,line,1,left,1,0.01\n", "side 'left' is neither from nor to"),
        ("p,line,1,from,1,0\n", "sigma 0 is not above zero"),
        ("p,line,1,from,much,1\n", "'much' is no number"),
        ("", "no measurement"),
    ],
)
def test_a_bad_row_is_refused_with_its_place(tmp_path: Path, rows: str, said: str) -> None:
    net = small(tmp_path)
    (tmp_path / "readings.csv").write_text(HEAD + rows)
    with pytest.raises(BadInput) as refusal:
        run(net, tmp_path / "readings.csv")
    assert said in str(refusal.value)
    assert refusal.value.returncode == 2


def small(path: Path) -> list[str]:
    """A --- 1 --- 2, 11 kV; nothing is drawn at 1."""
    (path / "buses.csv").write_text("bus,type,load_kW,load_kvar\nA,source,0,0\n1,load,0,0\n2,load,500,100\n")
    rows = "1,A,1,0.5,0.5,closed\n2,1,2,0.5,0.5,closed\n"
    (path / "branches.csv").write_text("branch,from_bus,to_bus,r_ohm,x_ohm,normally\n" + rows)
    return [str(path), "--kv", "11"]


def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "readings.csv").write_text("type,bus,value\nv,1,1.0\n")
    with pytest.raises(BadInput, match=r"no column element_type, .*\(there are: type, bus, value\)"):
        run(small(tmp_path), tmp_path / "readings.csv")


def test_a_network_that_says_no_loads_is_filled_up_too(tmp_path: Path) -> None:
    net = small(tmp_path)
    (tmp_path / "buses.csv").write_text("bus,type,load_kW,load_kvar\nA,source,0,0\n1,load,0,0\n2,load,0,0\n")
    (tmp_path / "readings.csv").write_text(HEAD + "v,bus,A,,1,0.01\np,line,A-1,from,0.5,0.01\nq,line,1,from,0.1,0.01\n")
    answer = run(net, tmp_path / "readings.csv")
    assert (answer["converged"], answer["pseudo_measurements"], answer["zero_injections"]) == (True, 4, 0)


def test_nothing_is_drawn_where_nothing_is_connected(tmp_path: Path) -> None:
    net = small(tmp_path)
    (tmp_path / "readings.csv").write_text(
        HEAD + "v,bus,A,,1,0.001\np,line,A-1,from,0.5,0.01\nq,line,A-1,from,0.1,0.01\ni,line,2,to,0.0268,0.001\n"
    )
    answer = run(net, tmp_path / "readings.csv")
    assert (answer["converged"], answer["zero_injections"], answer["pseudo_measurements"]) == (True, 1, 0)
    assert answer["buses"][1]["p_mw"] == pytest.approx(0.0, abs=1e-9)
