"""Short circuits of networks whose phases differ: the published IEEE 34 currents, IEC's formulas, and what a command must answer."""

from __future__ import annotations

import csv
import json
import math
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from adms.core.commands import BadInput
from integration.cim.models import reading
from network.selectors import state
from network.services import positions
from network.services.positions import PositionReport
from tests.builders.circuits import feeder
from tests.cast import GATEWAY, after, publish
from tests.paths import CIM, REFERENCE, needs_shared

# 69 kV system and 2,500 kVA substation of the IEEE 34 short-circuit study, per line code metre-free: kilofeet as in the table.
HEAD = """clear
new circuit.feeder basekv=69 pu=1 angle=30 r1=8.3741 x1=21.3901 r0=19.0068 x0=44.8784
new transformer.sub phases=3 windings=2 xhl=8 ppm=0 wdg=1 bus=sourcebus conn=delta kv=69 kva=2500 %r=0.5 wdg=2 bus=800 conn=wye kv=24.9 kva=2500 %r=0.5
new transformer.t phases=3 windings=2 xhl=4.08 ppm=0 wdg=1 bus=832 conn=wye kv=24.9 kva=500 %r=0.95 wdg=2 bus=888 conn=wye kv=4.16 kva=500 %r=0.95
new line.r1 bus1=814 bus2=850 r1=1e-5 x1=1e-5 r0=1e-5 x0=1e-5 c1=0 c0=0 length=1
new line.r2 bus1=852 bus2=832 r1=1e-5 x1=1e-5 r0=1e-5 x0=1e-5 c1=0 c0=0 length=1
new load.l bus1=890 phases=3 kv=4.16 kw=400 kvar=200
"""


def answered(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("short_circuit", *arguments, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def line(row: dict[str, str]) -> str:
    matrices = " ".join(
        f"{kind}matrix=({row[f'{letter}aa']}|{row[f'{letter}ab']} {row[f'{letter}bb']}|{row[f'{letter}ac']} {row[f'{letter}bc']} {row[f'{letter}cc']})"
        for kind, letter in (("r", "R"), ("x", "X"))
    )
    return f"new line.{row['line']} phases=3 bus1={row['bus1']} bus2={row['bus2']} length={row['length']} {matrices} cmatrix=(0|0 0|0 0 0)"


@needs_shared
def test_the_currents_of_the_ieee_34_study_are_met_on_a_master(tmp_path: Path) -> None:
    with (REFERENCE / "shortcircuit" / "ieee34_three_phase_lines.csv").open() as file:
        lines = [
            line(row)
            for row in csv.DictReader(file)
            if {row["bus1"], row["bus2"]} not in ({"814", "850"}, {"852", "832"})
        ]
    master = tmp_path / "ieee34.dss"
    master.write_text(HEAD + "\n".join(lines) + "\nset voltagebases=[69 24.9 4.16]\ncalcv\nsolve\n")
    found = {one["bus"]: one for one in answered(str(master))["results"]}
    with (REFERENCE / "shortcircuit" / "ieee34_all_phase_fault_currents.csv").open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for phase in "abc":
            amperes = found[row["node"]]["phases"][phase.upper()] * 1e3
            assert amperes == pytest.approx(float(row[f"published_I{phase}_A"]), rel=0.01), row["node"]


def circuit(tmp_path: Path, tail: str = "") -> Path:
    """20 kV behind 1 + j5 ohm (zero sequence 2 + j15), 10 km of line, and a single-phase lateral."""
    master = tmp_path / "even.dss"
    master.write_text(
        "clear\nnew circuit.c basekv=20 bus1=a r1=1 x1=5 r0=2 x0=15\n"
        "new line.l bus1=a bus2=b r1=0.3 x1=0.4 r0=0.6 x0=1.6 c1=0 c0=0 length=10\n"
        "new line.m phases=1 bus1=b.2 bus2=c.2 r1=0.3 x1=0.4 r0=0.3 x0=0.4 c1=0 c0=0 length=2\n"
        f"{tail}set voltagebases=[20]\ncalcv\nsolve\n"
    )
    return master


def test_balanced_impedances_give_what_the_sequence_formulas_give(tmp_path: Path) -> None:
    z1, z0, volts = complex(4, 9), complex(8, 31), 20.0 / math.sqrt(3.0)
    expected = {"3ph": volts / abs(z1), "2ph": 20.0 / abs(2 * z1), "1ph": 3 * volts / abs(2 * z1 + z0)}
    for fault, kiloampere in expected.items():
        rows = {one["bus"]: one for one in answered(str(circuit(tmp_path)), "--fault", fault)["results"]}
        assert rows["b"]["ikss_ka"] == pytest.approx(kiloampere, rel=1e-4)
        assert (
            set(rows["b"]["phases"])
            == {"3ph": {"A", "B", "C"}, "2ph": {"AB", "AC", "BC"}, "1ph": {"A", "B", "C"}}[fault]
        )
    kappa = 1.02 + 0.98 * math.exp(-3.0 * 16 / 49)  # of 2 Z1 + Z0
    assert rows["b"]["ip_ka"] == pytest.approx(kappa * math.sqrt(2) * expected["1ph"], rel=1e-4)


def test_a_lateral_of_one_phase_has_faults_of_one_phase_only(tmp_path: Path) -> None:
    single = {one["bus"]: one["phases"] for one in answered(str(circuit(tmp_path)), "--fault", "1ph")["results"]}
    assert set(single["c"]) == {"B"}
    document = answered(str(circuit(tmp_path)), "--fault", "3ph")
    assert [one["bus"] for one in document["results"]] == ["a", "b"]
    assert "1 buses have too few phases for this fault and are not listed" in document["assumptions"]


def test_loads_capacitors_and_earlier_faults_do_not_count(tmp_path: Path) -> None:
    bare = answered(str(circuit(tmp_path)))["results"]
    busy = (
        "new load.d bus1=b phases=3 kv=20 kw=3000 kvar=900\nnew capacitor.k bus1=b kvar=600 kv=20\n"
        "new fault.f bus1=b.1 phases=1 r=0.001\nnew generator.g bus1=b kv=20 kw=500\n"
    )
    loaded = answered(str(circuit(tmp_path, busy)))["results"]
    assert [one["ikss_ka"] for one in loaded] == pytest.approx([one["ikss_ka"] for one in bare])


@needs_shared
def test_a_cim_feeder_whose_phases_differ_is_answered_by_phases() -> None:
    file = str(CIM / "gridappsd" / "IEEE13.xml")
    hot, cold = (answered(file, "--fault", "1ph", "--case", case) for case in ("min", "max"))
    rows = [{one["bus"]: one for one in document["results"]} for document in (hot, cold)]
    assert set(rows[1]["645"]["phases"]) == {"B", "C"}
    assert rows[0]["645"]["ikss_ka"] == min(rows[0]["645"]["phases"].values()) < rows[1]["645"]["ikss_ka"]
    assert "generators and inverters left out" in " ".join(cold["assumptions"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.dss"], "nowhere.dss: no such file"),
        (["nowhere.xml"], "nowhere.xml"),
        (["a.dss", "b.dss"], "comes alone"),
        ([], "name a network file or a model"),
        (["nowhere.json", "--source-mva", "0"], "must be above zero"),
    ],
)
def test_bad_input_says_what_and_where(arguments: list[str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        answered(*arguments)


@pytest.mark.django_db
def test_an_unknown_model_is_named() -> None:
    with pytest.raises(BadInput, match="nosuch: no such model; published are none"):
        answered("nosuch")


@needs_shared
@pytest.mark.django_db(transaction=True)
def test_a_running_model_is_studied_with_its_switches_as_they_stand() -> None:
    state.forget()
    path = CIM / "gridappsd" / "IEEE13.xml"
    key = publish(reading.read_files([str(path)])).key
    of_model, of_file = answered(key), answered(str(path))
    assert [one["ikss_ka"] for one in of_model["results"]] == pytest.approx(
        [one["ikss_ka"] for one in of_file["results"]]
    )
    recloser = next(one.mrid for one in feeder("gridappsd/IEEE13.xml").switches if one.name == "rec1")
    report = PositionReport(key, recloser, after(90), is_closed=False)
    positions.record_positions(actor=GATEWAY, reports=[report], source="scada", at=after(91))
    assert "671" in {one["bus"] for one in of_model["results"]}
    assert "671" not in {one["bus"] for one in answered(key)["results"]}
