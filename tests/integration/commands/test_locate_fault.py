"""manage.py locate_fault: indicators of a feeder, and phasors of its head."""

from __future__ import annotations

import csv
import json

import pytest
from django.core.management import call_command

from adms.core.commands import BadInput
from tests.paths import REFERENCE, needs_shared

CASES = REFERENCE / "outage" / "fpi_cases.json"
LINES = REFERENCE / "shortcircuit" / "ieee34_three_phase_lines.csv"
PHASORS = REFERENCE / "shortcircuit" / "ieee34_fault_location_shared.csv"
PARENT = {"A": "SRC", "B": "A", "C": "B", "D": "A"}
LINE_HEAD = "line,bus1,bus2,length,unit_code_opendss,Raa,Rab,Rac,Rbb,Rbc,Rcc,Xaa,Xab,Xac,Xbb,Xbc,Xcc"
PHASOR_HEAD = "fault_type,Va_mag,Va_deg,Vb_mag,Vb_deg,Vc_mag,Vc_deg,Ia_mag,Ia_deg,Ib_mag,Ib_deg,Ic_mag,Ic_deg"
ONE_OHM = "0.6,0,0,0.6,0,0.6,0.8,0,0,0.8,0,0.8"


def ask(capsys, *options):
    """What the command answers."""
    call_command("locate_fault", "--json", *(str(option) for option in options))
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def indicated(tmp_path, capsys):
    """The answer to one case of indicators."""

    def run(**state):
        path = tmp_path / "cases.json"
        path.write_text(json.dumps({"parent": PARENT, "cases": [{"name": "one", "state": state}]}))
        [case] = ask(capsys, "--file", path)["cases"]
        return case

    return run


@pytest.fixture
def located(tmp_path, capsys):
    """The answer to one fault on these lines."""

    def run(lines, fault, *options):
        for name, head, rows in (("lines", LINE_HEAD, lines), ("phasors", PHASOR_HEAD, [fault])):
            (tmp_path / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n")
        files = ("--lines", tmp_path / "lines.csv", "--phasors", tmp_path / "phasors.csv")
        return ask(capsys, *files, *options)

    return run


@needs_shared
def test_the_reference_cases_of_indicators_come_out_as_written(capsys):
    found = ask(capsys, "--file", CASES)["cases"]
    for case, expected in zip(found, json.loads(CASES.read_text())["cases"], strict=True):
        assert {key: case[key] for key in ("sections", "inconsistent")} == expected["expected"], case["name"]


@needs_shared
def test_the_true_place_is_among_the_candidates_of_every_reference_fault(capsys):
    found = ask(capsys, "--lines", LINES, "--phasors", PHASORS)
    with PHASORS.open() as file:
        truth = list(csv.DictReader(file))
    assert (found["head"], found["not_reached"], len(found["faults"])) == ("800", ["888-890"], 65)
    for fault, true in zip(found["faults"], truth, strict=True):
        at_km = float(true["distance_from_800_km"])
        there = [
            one
            for one in fault["candidates"]
            if true["fault_bus"] in {one["from_bus"], one["to_bus"]}
            and one["nearest_km"] - 1e-4 <= at_km <= one["farthest_km"] + 1e-4
        ]
        assert there, true
        assert min(abs(one["distance_km"] - at_km) for one in there) < 0.1
        assert fault["count"] == len(fault["candidates"]) <= 6


def test_two_branches_that_operated_are_two_places(indicated):
    assert indicated(A="operated", B="operated", C="not", D="operated")["sections"] == [
        "after B and before C",
        "after D to the end of the line",
    ]


def test_an_indicator_that_says_nothing_is_looked_through(indicated):
    assert indicated(A="operated", B="unknown", C="not", D="not")["sections"] == ["after A and before C / D"]
    assert indicated(A="operated", C="operated", D="not")["sections"] == ["after C to the end of the line"]


def test_the_other_reading_of_a_contradiction_is_told(indicated):
    case = indicated(A="operated", B="not", C="operated", D="not")
    assert (case["sections"], case["inconsistent"]) == (["after A and before B / D"], ["C"])
    assert case["otherwise"] == {"failed": ["B"], "sections": ["after C to the end of the line"]}


def test_the_distance_of_a_fault_on_a_plain_line_is_exact_whatever_its_resistance(located):
    # 1 km of 0.6 + j0.8 ohm per km and phase; 0.25 km away with 0.4 ohm: 1000 V drive 1000 / |0.55 + j0.2| A
    line = f"l1,S,E,1,3,{ONE_OHM}"
    ampere, angle = 1000 / abs(0.55 + 0.2j), -19.98310652
    fault = f"AG,1000,0,1000,-120,1000,120,{ampere},{angle},0,0,0,0"
    [one] = located([line], fault)["faults"][0]["candidates"]
    assert (one["from_bus"], one["to_bus"]) == ("S", "E")
    assert one["distance_km"] == pytest.approx(0.25, abs=1e-6)
    assert one["fault_ohm"] == pytest.approx(0.4, abs=1e-6)


def test_a_fault_behind_a_junction_may_lie_on_either_branch_but_not_on_another_path(located):
    lines = [f"l1,S,J,0.2,3,{ONE_OHM}", f"l2,J,E,1,3,{ONE_OHM}", f"l3,F,J,1,3,{ONE_OHM}", f"l4,J,G,0.05,3,{ONE_OHM}"]
    ampere, angle = 1000 / abs(0.3 + 0.4j), -53.13010235
    fault = f"ABC,1000,0,1000,-120,1000,120,{ampere},{angle},{ampere},{angle - 120},{ampere},{angle + 120}"
    found = located(lines, fault, "--head", "S")["faults"][0]["candidates"]
    assert {(one["from_bus"], one["to_bus"]) for one in found} == {("J", "E"), ("J", "F")}
    assert all(one["distance_km"] == pytest.approx(0.5, abs=1e-6) for one in found)


def test_a_fault_farther_away_than_the_lines_go_has_no_candidate(located):
    fault = "AG,1000,0,1000,-120,1000,120,100,-53,0,0,0,0"
    [answer] = located([f"l1,S,E,1,3,{ONE_OHM}"], fault)["faults"]
    assert (answer["count"], answer["candidates"]) == (0, [])


LINE, FAULT = f"l1,S,E,1,3,{ONE_OHM}", "AG,1000,0,1000,-120,1000,120,100,-53,0,0,0,0"


@pytest.mark.parametrize(
    ("lines", "fault", "told"),
    [
        ([LINE.replace("0.6", "x", 1)], FAULT, "lines.csv, line 2: Raa 'x' is no number"),
        ([LINE.replace(",1,3,", ",0,3,")], FAULT, "lines.csv, line 2: length is 0"),
        ([LINE.replace(",1,3,", ",1,9,")], FAULT, "unit_code_opendss '9'"),
        ([LINE, LINE.replace("l1", "l2")], FAULT, "circle at S-E"),
        ([], FAULT, "lines.csv: no line"),
        ([LINE], FAULT.replace("AG", "XY"), "phasors.csv, line 2: fault_type 'XY'"),
        ([LINE], FAULT.replace(",100,", ",0,"), "phasors.csv, line 2: no current flows"),
        ([LINE], FAULT.replace("1000", "nan", 1), "phasors.csv, line 2: Va_mag is nan"),
    ],
)
def test_bad_tables_are_refused_with_one_line(located, lines, fault, told):
    with pytest.raises(BadInput) as caught:
        located(lines, fault)
    assert (caught.value.returncode, told in str(caught.value)) == (2, True), str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "line 1: not JSON"),
        ("[]", "not an object"),
        ({"cases": []}, "'parent'"),
        ({"parent": {}, "cases": []}, "no indicator"),
        ({"parent": {"A": "B", "B": "A"}, "cases": []}, "circle"),
        ({"parent": PARENT}, "'cases'"),
        ({"parent": PARENT, "cases": ["x"]}, "case 1: no 'name'"),
        ({"parent": PARENT, "cases": [{"name": "x"}]}, "case 1 ('x'): no 'state'"),
        ({"parent": PARENT, "cases": [{"name": "x", "state": {"Z": "not"}}]}, "'Z' is no indicator"),
        ({"parent": PARENT, "cases": [{"name": "x", "state": {"A": "perhaps"}}]}, "A is 'perhaps'"),
    ],
)
def test_bad_cases_are_refused_with_one_line(tmp_path, capsys, content, told):
    path = tmp_path / "cases.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(BadInput) as caught:
        ask(capsys, "--file", path)
    assert caught.value.returncode == 2
    assert told in str(caught.value)


def test_it_asks_for_one_kind_of_input(capsys):
    with pytest.raises(BadInput, match="give --file"):
        ask(capsys)
