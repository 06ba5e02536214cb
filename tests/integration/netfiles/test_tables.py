"""Networks written as two tables."""

from pathlib import Path

import pytest

from integration.netfiles.branches import find_branch
from integration.netfiles.reading import read_net
from integration.netfiles.refusals import NetFileRefused

BUSES = "bus,type,load_kW,load_kvar\nA,source,0,0\n1,load,100,60\n2,load,90,40\n"
BRANCHES = (
    "branch,from_bus,to_bus,r_ohm,x_ohm,normally\n1,A,1,0.1,0.2,closed\n2,1,2,0.3,0.4,closed\n3,2,1,0.5,0.6,open\n"
)


def folder(path: Path, buses: str = BUSES, branches: str = BRANCHES) -> Path:
    (path / "buses.csv").write_text(buses)
    (path / "branches.csv").write_text(branches)
    return path


def test_a_folder_becomes_a_net_with_its_own_names(tmp_path: Path) -> None:
    net = read_net([folder(tmp_path)], kv=11.0, source_pu=1.02)
    assert list(net.bus["name"]) == ["A", "1", "2"]
    assert list(net.line["name"]) == ["A-1", "1-2", "2-1#2"]
    assert list(net.line["in_service"]) == [True, True, False]
    assert net.load["p_mw"].sum() == pytest.approx(0.19)
    assert list(net.ext_grid["vm_pu"]) == [1.02]
    assert set(net.bus["vn_kv"]) == {11.0}


def test_an_open_branch_is_found_by_its_pair_either_way_round(tmp_path: Path) -> None:
    net = read_net([folder(tmp_path)], kv=11.0)
    assert find_branch(net, "2-1#2") == find_branch(net, "1-2#2") == ("line", 2)
    with pytest.raises(NetFileRefused, match="no branch '1-9'"):
        find_branch(net, "1-9")


def test_a_pair_of_files_is_taken_in_either_order(tmp_path: Path) -> None:
    (tmp_path / "x_buses.csv").write_text(BUSES)
    (tmp_path / "x_branches.csv").write_text(BRANCHES)
    net = read_net([tmp_path / "x_branches.csv", tmp_path / "x_buses.csv"], kv=11.0)
    assert len(net.bus) == 3
    assert net["name"] == "x"


def test_the_voltage_may_stand_in_the_table(tmp_path: Path) -> None:
    buses = "bus,type,load_kW,load_kvar,kv,v_pu\nA,source,0,0,20,1.05\n1,load,100,60,20,\n2,load,90,40,20,\n"
    net = read_net([folder(tmp_path, buses)])
    assert set(net.bus["vn_kv"]) == {20.0}
    assert list(net.ext_grid["vm_pu"]) == [1.05]


@pytest.mark.parametrize(
    ("buses", "branches", "said"),
    [
        (BUSES.replace("load_kW", "kW"), BRANCHES, "buses.csv: no column load_kW"),
        (BUSES.replace("source", "load"), BRANCHES, "nothing feeds this network"),
        (BUSES.replace("100", "many"), BRANCHES, "buses.csv, line 3: load_kW 'many' is no number"),
        (BUSES.replace("100", "nan"), BRANCHES, "buses.csv, line 3: load_kW is nan"),
        (BUSES.replace("\n2,", "\n1,"), BRANCHES, "buses.csv, line 4: bus '1' is there twice"),
        (BUSES.replace("load,100", "meter,100"), BRANCHES, "type 'meter' is neither source nor load"),
        (BUSES, BRANCHES.replace("1,2,0.3", "1,9,0.3"), "branches.csv, line 3: branch 1-9 ends at '9'"),
        (BUSES, BRANCHES.replace("1,2,0.3", "1,1,0.3"), "joins a bus with itself"),
        (BUSES, BRANCHES.replace("0.3,0.4", "0,0"), "has the impedance"),
        (BUSES, BRANCHES.replace("open", "ajar"), "normally 'ajar' is neither closed nor open"),
    ],
)
def test_a_defect_is_refused_with_its_place(tmp_path: Path, buses: str, branches: str, said: str) -> None:
    with pytest.raises(NetFileRefused) as refusal:
        read_net([folder(tmp_path, buses, branches)], kv=11.0)
    assert said in str(refusal.value)


def test_a_missing_voltage_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(NetFileRefused, match="give --kv"):
        read_net([folder(tmp_path)])


@pytest.mark.parametrize(
    ("name", "said"),
    [("net.docx", "unknown kind .docx"), ("buses.csv", "tables come in two"), ("gone.m", "no such file")],
)
def test_an_unknown_kind_is_named(tmp_path: Path, name: str, said: str) -> None:
    if name != "gone.m":
        (tmp_path / name).write_text("")
    with pytest.raises(NetFileRefused) as refusal:
        read_net([tmp_path / name])
    assert said in str(refusal.value)
