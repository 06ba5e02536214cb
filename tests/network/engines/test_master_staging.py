"""OpenDSS masters as they come: names of files in another case, exports, and solutions that need more than fifteen iterations."""

from pathlib import Path

import pytest

from network.engines import opendss_master
from network.engines.opendss_staging import stage

CIRCUIT = "clear\nnew circuit.c basekv=20 bus1=a r1=0.1 x1=0.1\n"
LOAD = "new load.d bus1=a phases=3 kv=20 kw=100 kvar=0\n"


@pytest.mark.parametrize("written", ["loads.DSS", "Loads.dss", "LOADS.dss ! the loads", "(loads.dss)"])
def test_a_file_named_in_another_case_is_found(tmp_path: Path, written: str) -> None:
    (tmp_path / "Loads.dss").write_text(LOAD)
    (tmp_path / "master.dss").write_text(f"{CIRCUIT}redirect {written}\nsolve\n")
    assert opendss_master.solve(tmp_path / "master.dss").source_kw == pytest.approx(100.0, rel=1e-3)


def test_a_folder_named_in_another_case_is_found(tmp_path: Path) -> None:
    (tmp_path / "Parts").mkdir()
    (tmp_path / "Parts" / "Loads.dss").write_text(LOAD)
    (tmp_path / "master.dss").write_text(f"{CIRCUIT}redirect parts\\loads.dss\nsolve\n")
    assert opendss_master.solve(tmp_path / "master.dss").source_kw == pytest.approx(100.0, rel=1e-3)


def test_what_is_not_there_in_any_case_is_named(tmp_path: Path) -> None:
    (tmp_path / "master.dss").write_text(f"{CIRCUIT}redirect Nowhere.dss\nsolve\n")
    with pytest.raises(opendss_master.MasterRefused, match=r"Nowhere\.dss"):
        opendss_master.solve(tmp_path / "master.dss")


def test_names_for_an_export_and_reports_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "master.dss").write_text(f"{CIRCUIT}uuids file=nowhere.dss\n{LOAD}solve\nexport voltages\n")
    (tmp_path / "stage").mkdir()
    staged = stage(tmp_path / "home" / "master.dss", tmp_path / "stage").read_text()
    assert "uuids" not in staged
    assert "export" not in staged
    assert opendss_master.solve(tmp_path / "home" / "master.dss").converged


def test_a_master_that_allows_too_few_iterations_is_given_more(tmp_path: Path) -> None:
    (tmp_path / "master.dss").write_text(
        f"{CIRCUIT}new line.l bus1=a bus2=b r1=6 x1=12 r0=6 x0=12 length=1\n"
        "new load.d bus1=b phases=3 kv=20 kw=5000 kvar=1500 vminpu=0.1\nset maxiterations=2\n"
    )
    assert opendss_master.solve(tmp_path / "master.dss").converged
