"""Short-circuit currents against IEC TR 60909-4 and against arithmetic by hand."""

import csv
import json
import math
import warnings
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from adms.core.commands import BadInput
from integration.netfiles.reading import read_net
from network.engines.short_circuit import Case, Fault, NoShortCircuitData, short_circuits
from tests.paths import REFERENCE, needs_shared

FILE = REFERENCE / "shortcircuit" / "iec60909_4_network.json"
#: Figures of the standard's network by PowerFactory, as published with pandapower (two- and single-phase, minimum case).
TWO_PHASE = {"B1": 35.1994, "B2": 27.5249, "B3": 17.0373, "B4": 14.0536, "B5": 28.7429, "B6": 32.5304, "B7": 22.1611}
TWO_PHASE |= {"B8": 11.7586, "HG1": 45.4177, "HG2": 69.7774}
SINGLE = {
    "B1": 24.6526,
    "B2": 15.9722,
    "B3": 10.4106,
    "B4": 9.0498,
    "B5": 17.0452,
    "B6": 0.06337,
    "B7": 0.0633,
    "B8": 0.0,
}
SINGLE_PEAK = {"B1": 60.9982, "B2": 40.5086, "B3": 24.2424, "B4": 20.5464, "B5": 42.8337}


def currents(net: Any, fault: Fault, case: Case = "max") -> dict[str, tuple[float, float | None]]:
    return {one.bus.split("_")[0]: (one.ikss_ka, one.ip_ka) for one in short_circuits(net, fault, case).results}


@needs_shared
def test_three_phase_currents_are_those_of_the_standard() -> None:
    found = {one.bus: one for one in short_circuits(read_net([FILE]), "3ph", "max").results}
    with (REFERENCE / "shortcircuit" / "iec60909_4_three_phase_max.csv").open() as file:
        for row in csv.DictReader(file):
            one = found[row["bus"]]
            assert one.ikss_ka == pytest.approx(float(row["ik_initial_kA"]), abs=1e-3)
            if row["ip_peak_kA"]:
                assert one.ip_ka == pytest.approx(float(row["ip_peak_kA"]), abs=1e-3)


@needs_shared
@pytest.mark.parametrize(("fault", "expected", "tolerance"), [("2ph", TWO_PHASE, 2e-4), ("1ph", SINGLE, 1e-4)])
def test_unsymmetrical_currents_are_the_published_ones(
    fault: Fault, expected: dict[str, float], tolerance: float
) -> None:
    found = currents(read_net([FILE]), fault)
    for bus, ka in expected.items():
        assert found[bus][0] == pytest.approx(ka, abs=tolerance), bus
    for bus, ka in SINGLE_PEAK.items() if fault == "1ph" else ():
        assert found[bus][1] == pytest.approx(ka, abs=1e-3), bus


def station(group: str, **trafo: Any) -> Any:
    """10 kV source --- 0.63 MVA 10/0.4 kV, 6 % --- 0.4 kV."""
    import pandapower

    net = pandapower.create_empty_network()
    high = pandapower.create_bus(net, 10.0, name="high")
    low = pandapower.create_bus(net, 0.4, name="low")
    pandapower.create_ext_grid(net, high, s_sc_max_mva=250.0, rx_max=0.1, x0x_max=1.0, r0x0_max=0.1)
    given = {"vk0_percent": 5.0, "vkr0_percent": 1.0, "mag0_percent": 10_000.0, "mag0_rx": 0.0, "si0_hv_partial": 0.5}
    pandapower.create_transformer_from_parameters(
        net, high, low, sn_mva=0.63, vn_hv_kv=10.0, vn_lv_kv=0.4, vk_percent=6.0, vkr_percent=1.0,
        pfe_kw=0.0, i0_percent=0.0, vector_group=group, name="T", **(given | trafo),
    )  # fmt: skip
    return net


def by_hand(z_neutral: complex = 0j) -> tuple[complex, complex, float]:
    """Z1 and Z0 of a Dyn station at 0.4 kV in ohm, and c."""
    c, z_base = 1.1, 0.4**2 / 0.63
    x_t = math.sqrt(0.06**2 - 0.01**2)
    k_t = 0.95 * c / (1 + 0.6 * x_t)
    z1 = complex(0.01, x_t) * z_base * k_t + complex(0.1, 1) / math.hypot(0.1, 1) * 1.1 * 0.4**2 / 250.0
    return z1, complex(0.01, math.sqrt(0.05**2 - 0.01**2)) * z_base * k_t + 3 * z_neutral, c


@pytest.mark.parametrize("neutral", [0.0, 0.01])
def test_a_station_earthed_at_its_low_side_follows_the_formula(neutral: float) -> None:
    z1, z0, c = by_hand(neutral * 1j)
    expected = math.sqrt(3) * c * 0.4 / abs(2 * z1 + z0)
    assert currents(station("Dyn5", xn_ohm=neutral), "1ph")["low"][0] == pytest.approx(expected, rel=1e-6)


def test_a_station_without_earth_has_no_single_phase_current() -> None:
    assert currents(station("Dd"), "1ph")["low"] == (0.0, 0.0)
    assert currents(station("Yzn5"), "1ph")["low"][0] > 0


def test_a_zigzag_at_the_low_side_earths_it_by_its_stated_impedance_and_says_that_nobody_published_one() -> None:
    z1, z0, c = by_hand()
    found = short_circuits(station("Yzn5"), "1ph", "max")
    assert found.results[1].ikss_ka == pytest.approx(math.sqrt(3) * c * 0.4 / abs(2 * z1 + z0), rel=1e-6)
    assert "no published reference" in found.assumptions[-1]
    assert short_circuits(station("Yzn5"), "3ph", "max").assumptions == []
    assert short_circuits(station("Dyn5"), "1ph", "max").assumptions == []


@pytest.mark.parametrize("group", ["YNd", "Dyn", "YNyn"])
@pytest.mark.parametrize("fault", ["2ph", "1ph"])
@pytest.mark.parametrize("case", ["max", "min"])
def test_two_and_single_phase_currents_are_those_of_pandapower_where_it_knows_the_group(
    group: str, fault: Fault, case: Case
) -> None:
    from pandapower.shortcircuit import calc_sc

    def weak_at_night() -> Any:
        net = station(group)
        net.ext_grid[["s_sc_min_mva", "rx_min", "x0x_min", "r0x0_min"]] = 120.0, 0.2, 1.3, 0.2
        return net

    theirs = weak_at_night()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own use of pandas
        calc_sc(theirs, fault=fault, case=case, ip=True, kappa_method="C", topology="auto")
    ours = [one.ikss_ka for one in short_circuits(weak_at_night(), fault, case).results]
    assert ours == pytest.approx(theirs.res_bus_sc["ikss_ka"].to_list(), rel=1e-9)


def test_a_star_star_station_lets_the_zero_sequence_of_the_source_through() -> None:
    z1, z0, c = by_hand()
    through = z0 + complex(0.1, 1) / math.hypot(0.1, 1) * 1.1 * 0.4**2 / 250.0
    expected = math.sqrt(3) * c * 0.4 / abs(2 * z1 + through)
    assert currents(station("YNyn0", mag0_percent=1e9), "1ph")["low"][0] == pytest.approx(expected, rel=1e-6)


def test_the_minimum_case_takes_no_transformer_factor_and_warm_conductors() -> None:
    net = station("Dyn5")
    bus = net.bus.index[1]
    import pandapower

    end = pandapower.create_bus(net, 0.4, name="end")
    pandapower.create_line_from_parameters(net, bus, end, 0.1, 0.3, 0.08, 0.0, 1.0, name="L")
    found = short_circuits(net, "3ph", "min")
    assert found.assumptions == [
        "sources as in the maximum case: their lowest short-circuit power is not said",
        "conductors at 80 °C where the file does not say it",
    ]
    z = complex(0.01, math.sqrt(0.06**2 - 0.01**2)) * 0.4**2 / 0.63
    z += complex(0.1, 1) / math.hypot(0.1, 1) * 1.0 * 0.4**2 / 250.0 + complex(0.03 * 1.24, 0.008)
    assert found.results[2].ikss_ka == pytest.approx(0.9 * 0.4 / math.sqrt(3) / abs(z), rel=1e-6)


#: 110 kV --- two of 25 MVA 110/20 kV --- 10 km --- 15 km; single-phase currents by PowerFactory, as published with pandapower.
UNEARTHED = [0.52209347337, 0.74400073149, 0.74563682772, 0.81607276962]  # what flows at 20 kV comes by capacitance
BY_GROUP = {
    "Yy": UNEARTHED,
    "Yd": UNEARTHED,
    "Dd": UNEARTHED,
    "Yyn": [0.52209347337, 2.5145986133, 1.6737892808, 1.1117955913],
    "YNy": [0.6291931171, *UNEARTHED[1:]],
    "YNyn": [0.62623661918, 2.9829679356, 1.8895041867, 1.2075537026],
    "YNd": [0.75701600162, *UNEARTHED[1:]],
    "Dyn": [0.52209347337, 3.5054043285, 2.1086590382, 1.2980120038],
}


@pytest.mark.parametrize("group", BY_GROUP)
def test_single_phase_currents_behind_every_vector_group_are_the_published_ones(group: str) -> None:
    import pandapower

    net = pandapower.create_empty_network()
    first, *others = (pandapower.create_bus(net, kv, name=str(n)) for n, kv in enumerate((110, 20, 20, 20)))
    pandapower.create_ext_grid(net, first, s_sc_max_mva=100.0, rx_max=0.35, r0x0_max=0.4, x0x_max=1.0)
    for start, end, km in ((others[0], others[1], 10.0), (others[1], others[2], 15.0)):
        pandapower.create_line_from_parameters(
            net,
            start,
            end,
            km,
            0.122,
            0.112,
            304.0,
            0.421,
            r0_ohm_per_km=0.244,
            x0_ohm_per_km=0.336,
            c0_nf_per_km=2000.0,
        )
    pandapower.create_transformer_from_parameters(
        net, first, others[0], sn_mva=25.0, vn_hv_kv=110.0, vn_lv_kv=20.0, vk_percent=11.2, vkr_percent=0.282, pfe_kw=29.0,
        i0_percent=0.071, vk0_percent=5.0, vkr0_percent=0.4, mag0_percent=1000.0, mag0_rx=0.4, si0_hv_partial=0.9,
        vector_group=group, parallel=2,
    )  # fmt: skip
    found = [one.ikss_ka for one in short_circuits(net, "1ph", "max").results]
    assert found == pytest.approx(BY_GROUP[group], rel=1e-5)


def with_generator(net: Any) -> None:
    import pandapower

    pandapower.create_gen(net, 1, p_mw=1.0, sn_mva=2.0)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda net: net.trafo.drop(columns="vector_group", inplace=True), "transformer T has no known vector group"),
        (lambda net: net.ext_grid.drop(columns="x0x_max", inplace=True), "the external grid at high has no s_sc"),
        (lambda net: net.ext_grid.drop(columns="s_sc_max_mva", inplace=True), "its short-circuit power must be said"),
        (lambda net: net.ext_grid.drop(index=0, inplace=True), "no source is in service"),
        (with_generator, "a generator (the first is at low) has no vn_kv, xdss_pu"),
    ],
)
def test_missing_data_is_named(spoil: Any, said: str) -> None:
    net = station("Dyn5")
    spoil(net)
    with pytest.raises(NoShortCircuitData) as refusal:
        short_circuits(net, "1ph", "max")
    assert said in str(refusal.value)


def test_buses_of_every_type_are_answered_but_no_open_winding() -> None:
    net = station("Dyn5")
    net.bus["type"] = ["n", "m"]
    assert list(currents(net, "3ph")) == ["high", "low"]


@needs_shared
def test_the_open_windings_of_the_standard_are_no_buses() -> None:
    assert not [bus for bus in currents(read_net([FILE]), "3ph") if "open" in bus]


def test_the_command_answers_on_a_file_and_asks_for_the_strength_of_the_source(tmp_path: Path) -> None:
    (tmp_path / "buses.csv").write_text("bus,type,load_kW,load_kvar\nA,source,0,0\n1,load,100,60\n")
    (tmp_path / "branches.csv").write_text("branch,from_bus,to_bus,r_ohm,x_ohm,normally\n1,A,1,0.1,0.2,closed\n")
    with pytest.raises(BadInput, match="--source-mva"):
        call_command("short_circuit", str(tmp_path), "--kv", "11")
    out = StringIO()
    call_command("short_circuit", str(tmp_path), "--kv", "11", "--source-mva", "100", "--json", stdout=out)
    first, second = json.loads(out.getvalue())["results"]
    assert (first["bus"], first["ikss_ka"]) == ("A", pytest.approx(100 / 11 / math.sqrt(3)))
    z = complex(0.1, 1) / math.hypot(0.1, 1) * 1.1 * 11**2 / 100 + complex(0.1, 0.2)
    assert second["ikss_ka"] == pytest.approx(1.1 * 11 / math.sqrt(3) / abs(z))
