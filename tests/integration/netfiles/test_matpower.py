"""MATPOWER cases: the matrices, and the arithmetic at their end."""

import math
from pathlib import Path

import pytest

from integration.netfiles.reading import read_net
from integration.netfiles.refusals import NetFileRefused
from network.engines import balanced

CASE = """function mpc = case3
%CASE3 a line, a normally open tie, a transformer with 5 % and 30 degrees
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [ %% kW, converted below
\t1\t3\t0\t0\t0\t0\t1\t1\t0\t20\t1\t1.1\t0.9;
\t2\t1\t100\t60\t0\t0\t1\t1\t0\t20\t1\t1.1\t0.9;
\t3\t1\t90\t40\t0\t0.5\t1\t1\t0\t10\t1\t1.1\t0.9;
];
mpc.gen = [1 0 0 10 -10 1.02 100 1 10 0];
mpc.branch = [
\t1\t2\t0.4\t0.8\t0\t5\t0\t0\t0\t0\t1\t-360\t360;
\t2\t1\t4\t8\t0\t0\t0\t0\t0\t0\t0\t-360\t360;
\t2\t3\t0.04\t0.4\t0\t0\t0\t0\t1.05\t30\t1\t-360\t360;
];
mpc.bus_name = {'one'; 'two'; 'three'};
"""
CONVERSIONS = """
[PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, ...
    VA, BASE_KV, ZONE, VMAX, VMIN] = idx_bus;
[F_BUS, T_BUS, BR_R, BR_X] = idx_brch;
Vbase = mpc.bus(1, BASE_KV) * 1e3;      %% in Volts
Sbase = mpc.baseMVA * 1e6;              %% in VA
mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);
mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;
"""


def case(path: Path, text: str = CASE + CONVERSIONS) -> Path:
    (path / "case3.m").write_text(text)
    return path / "case3.m"


def test_ohms_and_kilowatts_are_converted_by_the_case_itself(tmp_path: Path) -> None:
    net = read_net([case(tmp_path)])
    assert list(net.line["name"]) == ["1-2", "2-1#2"]
    assert net.line["r_ohm_per_km"][0] == pytest.approx(0.4)
    assert net.line["x_ohm_per_km"][1] == pytest.approx(8.0)
    assert list(net.line["in_service"]) == [True, False]
    assert net.load["p_mw"].sum() == pytest.approx(0.19)
    assert net.line["max_i_ka"][0] == pytest.approx(5 / math.sqrt(3) / 20)


def test_a_ratio_makes_a_transformer_with_the_ratio_at_its_from_end(tmp_path: Path) -> None:
    net = read_net([case(tmp_path, CASE)])
    (row,) = net.trafo.itertuples()
    assert (row.name, row.hv_bus, row.lv_bus) == ("2-3", 1, 2)
    assert row.vn_hv_kv == pytest.approx(21.0)
    assert row.vkr_percent == pytest.approx(4.0)
    assert row.shift_degree == 30.0
    assert net.shunt["q_mvar"][0] == pytest.approx(-0.5)
    assert net.ext_grid["vm_pu"][0] == 1.02


def test_a_power_factor_statement_is_understood(tmp_path: Path) -> None:
    pf = "pf = 0.85;\nmpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf));\nmpc.bus(:, PD) = mpc.bus(:, PD) * pf;\n"
    net = read_net([case(tmp_path, CASE + CONVERSIONS + pf)])
    assert net.load["p_mw"][0] == pytest.approx(0.1 * 0.85)
    assert net.load["q_mvar"][0] == pytest.approx(0.1 * math.sin(math.acos(0.85)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CASE + "if fixed\nend\n", "case3.m, line 17: this statement is not understood: 'if fixed'"),
        (CASE + "system('rm x');", "case3.m, line 17: this statement is not understood"),
        (CASE + "mpc.bus(:, PD) = 3;", "'PD' is not known"),
        (CASE + "mpc.bus(:, 99) = 3;", "there is no such row or column"),
        (CASE + "mpc.bus = mpc.bus * mpc.branch;", "a product or quotient of matrices"),
        (CASE + "x = eval(1);", "'eval' is not known"),
        (CASE.replace("mpc.gen = ", "mpc.dcline = "), "no MATPOWER case: it has no gen"),
        (CASE.replace("\t1\t3\t0", "\t1\t1\t0"), "nothing feeds this network"),
        (CASE.replace("\t2\t3\t0.04", "\t2\t7\t0.04"), "a branch stands at bus 7, which is not there"),
        (CASE.replace("\t4\t8\t0", "\t0\t0\t0"), "branch 2-1 has no impedance"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(NetFileRefused) as refusal:
        read_net([case(tmp_path, text)])
    assert said in str(refusal.value)


def test_a_connection_of_next_to_no_impedance_does_not_keep_the_case_from_its_solution(tmp_path: Path) -> None:
    """As case16am has one: its rounding alone is above the usual tolerance."""
    tiny = CASE.replace("\t1\t2\t0.4\t0.8", "\t1\t2\t0\t1e-8")
    result = balanced.solve_net(read_net([case(tmp_path, tiny + CONVERSIONS)]))
    assert result.converged
    assert {one.name: one.v_pu for one in result.buses}["2"] == pytest.approx(1.02, abs=1e-6)


def test_newton_starts_where_the_case_says_as_matpower_does(tmp_path: Path) -> None:
    turned = CASE.replace("\t3\t1\t90\t40\t0\t0.5\t1\t1\t0\t", "\t3\t1\t90\t40\t0\t0.5\t1\t0.9\t-31\t")
    net = read_net([case(tmp_path, turned + CONVERSIONS)])
    assert [list(column) for column in net["start"]] == [[1.0, 1.0, 0.9], [0.0, 0.0, -31.0]]
    plain, started = balanced.solve_net(read_net([case(tmp_path)])), balanced.solve_net(net)
    assert started.converged
    assert started.loss_kw == pytest.approx(plain.loss_kw, abs=1e-6)
