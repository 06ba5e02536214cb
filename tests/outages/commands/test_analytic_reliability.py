"""manage.py analytic_reliability: load points and systems from rates and times, held against published networks."""

from __future__ import annotations

import csv
import json

import pytest
from django.core.management import call_command

from adms.core.commands import BadInput
from tests.paths import REFERENCE, needs_shared

RELIABILITY = REFERENCE / "reliability"
BUS2 = RELIABILITY / "rbts_bus2_sections.csv", RELIABILITY / "rbts_bus2_load_points.csv"
SECTION = (
    "section,from_node,to_node,length_km,line_failures_per_km_yr,line_repair_h,switching_h,fuse_or_breaker_at,"
    "disconnector_at_case_A,transformer_failures_yr,transformer_repair_h,transformer_replace_h\n"
)
LOAD_POINT = "load_point,node,average_load_MW,customers\n"
#: Energy not supplied as printed in the figure of results of Extended-RELRAD (RBTS_Bus_2_Base_A_to_F).
PRINTED_MWH = {"A": 37.75, "B": 231.26, "C": 43.82, "D": 67.29, "E": 8.84, "F": 149.19}
#: Billinton and Allan, chapter 7, as printed: SAIFI, SAIDI, CAIDI, ENS of the cases the reference file does not hold.
BOOK = {
    "2": (["--case", "C"], 1.15, 3.91, 3.39, 54.8),
    "4": (["--case", "A", "--no-alternative", "--fuse-success", "0.9"], 1.26, 2.63, 2.09, 35.9),
    "6": (["--case", "A", "--alternative-success", "0.6"], 1.15, 2.11, 1.83, 29.1),
}
FILED = {"1": ["--case", "B"], "3": ["--case", "A", "--no-alternative"], "5": ["--case", "A"]}


@pytest.fixture
def answer(capsys):
    """Run the command; what it answers."""

    def run(sections, load_points, *options):
        call_command(
            "analytic_reliability", "--sections", str(sections), "--load-points", str(load_points), "--json", *options
        )
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def files(tmp_path):
    """Two files with these lines."""

    def write(sections, load_points):
        paths = tmp_path / "sections.csv", tmp_path / "load_points.csv"
        paths[0].write_text(SECTION + sections)
        paths[1].write_text(LOAD_POINT + load_points)
        return paths

    return write


@pytest.fixture
def book(files):
    """The feeder of Billinton and Allan: four main sections in a row, a fused lateral with a load point at the end of each."""
    given = json.loads((RELIABILITY / "billinton_allan_ch7_inputs.json").read_text())
    rows = [
        f"M{one['section']},{i},{i + 1},1,{one['failures_yr']},{one['repair_h']},0.5,{'' if i else 'upstream'},"
        f"{'upstream' if i else ''},0,0,0"
        for i, one in enumerate(given["main_sections"])
    ]
    rows += [
        f"{one['load_point']},{i},{one['load_point']},1,{one['failures_yr']},{one['repair_h']},0.5,upstream,,0,0,0"
        for i, one in enumerate(given["laterals"], 1)
    ]
    points = [
        f"{one['load_point']},{one['load_point']},{one['avg_load_kW'] / 1000},{one['customers']}"
        for one in given["laterals"]
    ]
    return files("\n".join(rows), "\n".join(points))


def printed(text):
    """A printed figure as it is compared: eight digits at most are known of it."""
    return pytest.approx(float(text), rel=5.1e-8)


def rows_of(name):
    return list(csv.DictReader((RELIABILITY / name).read_text().splitlines()))


@needs_shared
@pytest.mark.parametrize("case", "ACE")
def test_the_load_points_of_the_rbts_come_out_as_printed(case, answer):
    found = {one["name"]: one for one in answer(*BUS2, "--case", case)["load_points"]}
    expected = [row for row in rows_of("rbts_bus2_expected_load_points.csv") if row["case"] == case]
    assert len(expected) == len(found) == 22
    for row in expected:
        one = found[row["load_point"]]
        assert one["failures_per_year"] == printed(row["failures_per_yr"])
        assert one["outage_h_per_year"] == printed(row["unavailability_h_per_yr"])
        assert one["average_outage_h"] == printed(row["mean_outage_h"])
        assert one["ens_mwh"] == printed(row["ENS_MWh_per_yr"])


@needs_shared
@pytest.mark.parametrize("case", "ACE")
def test_the_feeders_and_the_system_of_the_rbts_come_out_as_printed(case, answer):
    document = answer(*BUS2, "--case", case)
    found = {"SYSTEM": document} | {one["name"]: one for one in document["feeders"]}
    expected = [row for row in rows_of("rbts_bus2_expected_indices.csv") if row["case"] == case]
    assert len(expected) == len(found) == 5
    for row in expected:
        one = found[row["scope"]]
        assert (one["customers"], one["average_load_mw"]) == (int(row["customers"]), printed(row["avg_load_MW"]))
        assert one["saifi"] == printed(row["SAIFI_per_yr"])
        assert one["saidi_h"] == printed(row["SAIDI_h_per_yr"])
        assert one["caidi_h"] == printed(row["CAIDI_h"])
        assert one["asai"] == printed(row["ASAI"])
        assert one["ens_mwh"] == printed(row["ENS_MWh_per_yr"])
        assert one["aens_kwh"] == printed(row["AENS_kWh_per_cust_yr"])
        assert (one["asifi"], one["asidi_h"]) == (printed(row["ASIFI"]), printed(row["ASIDI_h"]))


@needs_shared
@pytest.mark.parametrize(("case", "mwh"), PRINTED_MWH.items())
def test_every_case_loses_the_energy_printed_elsewhere(case, mwh, answer):
    assert answer(*BUS2, "--case", case)["ens_mwh"] == pytest.approx(mwh, abs=0.006)


@needs_shared
def test_without_a_file_of_cases_the_supplies_are_found_in_the_sections(answer, tmp_path):
    copies = [tmp_path / path.name for path in BUS2]
    for copy, path in zip(copies, BUS2, strict=True):
        copy.write_text(path.read_text())
    found = answer(*copies, "--case", "A")
    assert (found["source_nodes"], found["alternative_supply_nodes"]) == (["24"], ["28", "30", "34", "38"])
    assert found["saifi"] == answer(*BUS2, "--case", "A")["saifi"]
    assert answer(*BUS2, "--case", "A")["supplies_by"] == "rbts_cases.json"


@needs_shared
@pytest.mark.parametrize(("number", "options"), FILED.items())
def test_the_feeder_of_the_textbook_comes_out_as_filed(number, options, answer, book):
    found = answer(*book, *options)
    (row,) = [row for row in rows_of("billinton_allan_ch7_expected.csv") if row["case"] == number]
    assert (found["saifi"], found["saidi_h"]) == (printed(row["SAIFI"]), printed(row["SAIDI_h"]))
    assert (found["caidi_h"], found["asai"]) == (printed(row["CAIDI_h"]), printed(row["ASAI"]))
    assert 1 - found["asai"] == pytest.approx(float(row["ASUI"]), rel=1e-7)
    assert (found["ens_mwh"], found["aens_kwh"]) == (printed(row["ENS_MWh"]), printed(row["AENS_kWh"]))
    points = {one["name"]: one for one in found["load_points"]}
    for row in [row for row in rows_of("billinton_allan_ch7_expected_load_points.csv") if row["case"] == number]:
        one = points[row["load_point"]]
        assert one["failures_per_year"] == printed(row["failures_per_yr"])
        assert one["average_outage_h"] == printed(row["mean_outage_h"])
        assert one["outage_h_per_year"] == printed(row["unavailability_h"])


@needs_shared
@pytest.mark.parametrize("number", BOOK)
def test_fuses_and_supplies_that_may_fail_come_out_as_in_the_textbook(number, answer, book):
    options, saifi, saidi, caidi, ens = BOOK[number]
    found = answer(*book, *options)
    assert found["saifi"] == pytest.approx(saifi, abs=0.005)
    assert found["saidi_h"] == pytest.approx(saidi, abs=0.005)
    assert found["caidi_h"] == pytest.approx(caidi, abs=0.005)
    assert found["ens_mwh"] == pytest.approx(ens, abs=0.06)


def test_a_disconnector_at_the_far_end_keeps_the_next_node_out_of_the_failed_zone(answer, files):
    sections = "M1,S,1,1,0.1,4,1,,downstream,0,0,0\nM2,1,2,1,0.2,4,1,,,0,0,0\nL,1,P,1,0.4,2,1,upstream,,0,0,0\n"
    paths = files(sections, "P,P,1,10")
    with_supply = answer(*paths, "--case", "A", "--alternative", "2")["load_points"][0]
    assert with_supply["outage_h_per_year"] == pytest.approx(0.1 * 1 + 0.2 * 4 + 0.4 * 2)
    without = answer(*paths, "--case", "F")["load_points"][0]
    assert without["outage_h_per_year"] == pytest.approx(0.1 * 4 + 0.2 * 4 + 0.4 * 2)


def test_a_transformer_that_is_replaced_is_out_as_long_as_that_takes(answer, files):
    paths = files("L,S,P,1,0,5,1,upstream,,0.02,200,10\n", "P,P,0.5,10")
    assert answer(*paths, "--case", "A")["load_points"][0]["outage_h_per_year"] == pytest.approx(0.02 * 200)
    assert answer(*paths, "--case", "E")["load_points"][0]["outage_h_per_year"] == pytest.approx(0.02 * 10)


def test_a_load_point_that_never_fails_has_no_average_and_no_division_by_zero(answer, files):
    found = answer(*files("L,S,P,1,0,5,1,upstream,,0,0,0\n", "P,P,0,0"), "--case", "A")
    assert found["load_points"][0]["average_outage_h"] is None
    assert (found["saifi"], found["caidi_h"], found["asai"], found["ens_mwh"]) == (None, None, None, 0)


@pytest.mark.parametrize(
    ("sections", "points", "said"),
    [
        ("L,S,P,1,x,5,1,,,0,0,0", "P,P,1,1", "sections.csv: line 2: line_failures_per_km_yr 'x' is no number"),
        ("L,S,P,1,,5,1,,,0,0,0", "P,P,1,1", "sections.csv: line 2: line_failures_per_km_yr is empty"),
        ("L,S,P,1,1,5,1,left,,0,0,0", "P,P,1,1", "fuse_or_breaker_at 'left' is none of upstream, downstream, both"),
        ("L,S,P,1,1,5,1,,,0,0,0", "P,P,1,2.5", "points.csv: line 2: customers '2.5' is no whole number"),
        ("L,S,P,1,1,5,1,,,0,0,0", "P,Q,1,1", "load point P: no section leads to its node Q"),
        ("L,S,P,1,1,5,1,,,0,0,0\nK,S,P,1,1,5,1,,,0,0,0", "P,P,1,1", "node P is fed by K and by L: the network is not"),
        ("L,S,P,1,1,5,1,,,0,0,0\nK,A,B,1,1,5,1,,,0,0,0\nJ,B,A,1,1,5,1,,,0,0,0", "P,P,1,1", "connected to no source"),
        ("L,S,P,1,1,5,1,,,0,0,0\nL,P,Q,1,1,5,1,,,0,0,0", "P,P,1,1", "line 3: section L is there twice"),
        ("", "P,P,1,1", "no sections"),
        ("L,S,P,1e308,1e308,5,1,,,0,0,0", "P,P,1,1", "load point P: inf h a year without supply"),
        ("L,S,P,1,1e5,5,1,,,0,0,0", "P,P,1,1", "load point P: 500000 h a year without supply"),
        ('"L,S,P,1,1,5,1,,,0,0,0', "P,P,1,1", "sections.csv: line 2: a quotation mark is not closed"),
    ],
)
def test_what_cannot_be_understood_is_named(sections, points, said, answer, files):
    with pytest.raises(BadInput) as caught:
        answer(*files(sections, points), "--case", "A")
    assert said in str(caught.value)
    assert caught.value.returncode == 2


def test_semicolons_and_names_in_capitals_are_understood(answer, files):
    sections, points = files("L,S,P,1,1,5,1,,,0,0,0", "P,P,1,1")
    plain = answer(sections, points, "--case", "A")
    for path in (sections, points):
        head, rest = path.read_text().split("\n", 1)
        path.write_text(f"{head.upper()}\n{rest}".replace(",", ";"))
    assert answer(sections, points, "--case", "A") == plain
