"""manage.py predict_outages: cases of a file through the engine of the running system."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from adms.core.commands import BadInput
from tests.paths import REFERENCE, needs_shared

CASES = REFERENCE / "outage" / "prediction_cases.json"
NETWORK = {"parent": {"T1": "F", "T2": "F", "T3": "F"}, "customers_per_transformer": {"T1": 5, "T2": 6, "T3": 7}}


def document(*inputs, **more):
    return {
        "network": NETWORK,
        "cases": [{"name": f"case {i}", "input": given} for i, given in enumerate(inputs)],
        **more,
    }


@pytest.fixture
def answer(tmp_path, capsys):
    """Run the command on this document; what it answers."""

    def run(content, *options):
        path = tmp_path / "cases.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        call_command("predict_outages", "--file", str(path), "--json", *options)
        return json.loads(capsys.readouterr().out)["cases"]

    return run


@needs_shared
def test_the_reference_cases_come_out_as_written(capsys):
    call_command("predict_outages", "--file", str(CASES), "--json")
    found = json.loads(capsys.readouterr().out)["cases"]
    expected = json.loads(CASES.read_text())["cases"]
    assert [(case["name"], case["predicted"]) for case in found] == [
        (case["name"], case["expected"]) for case in expected
    ]


def test_every_prediction_has_its_explanation_with_names_and_words(answer):
    [case] = answer(document({"reports": {"T1": 1, "T2": 1}}))
    [why] = case["explanation"]
    assert (why["device"], why["words"][0]["text"]) == (
        "F",
        "F is predicted open: 18 customers at 3 transformers, from 2 reports.",
    )
    assert {line["key"] for line in why["words"]} >= {"verdict", "fraction", "branches"}


def test_parameters_of_the_file_change_the_rules(answer):
    reports = {"reports": {"T1": 1, "T2": 1}}
    strict = answer(document(reports, rule={"parameters": {"min_fraction": 0.9}}))
    assert [one["device"] for one in strict[0]["predicted"]] == ["service at T1", "service at T2"]


def test_a_case_may_have_parameters_of_its_own(answer):
    reports = {"reports": {"T1": 1, "T2": 1}}
    cases = [
        {"name": "usual", "input": reports},
        {"name": "strict", "input": reports, "parameters": {"min_fraction": 0.9}},
        {"name": "strict too", "input": reports, "rule": {"parameters": {"min_transformers": 3}}},
    ]
    found = answer({"network": NETWORK, "cases": cases})
    assert [len(case["predicted"]) for case in found] == [1, 2, 2]


def test_deeper_trees_with_open_and_live_devices_come_out_level_by_level(answer):
    parent = {"R": "CB", "F1": "R", "F2": "R", "L1": "F1", "L2": "F1"}
    parent |= {f"T{i}": above for i, above in enumerate(["L1", "L1", "L2", "L2", "F2", "F2"])}
    network = {"parent": parent, "customers_per_transformer": {f"T{i}": 10 for i in range(6)}}
    every = {f"T{i}": 1 for i in range(6)}
    inputs = [
        {"reports": every},
        {"reports": every, "confirmed_on": ["T4"]},
        {"reports": every, "confirmed_on": ["T4", "T0"]},
        {"reports": every, "confirmed_open": ["L1"]},  # the reports beside it ask for the recloser as well
        {"reports": every, "confirmed_open": ["L1", "F2"], "confirmed_on": ["T3"]},
        {"confirmed_open": ["R", "L1"]},
    ]
    found = answer({"network": network, "cases": [{"name": str(i), "input": one} for i, one in enumerate(inputs)]})
    assert [[one["device"] for one in case["predicted"]] for case in found] == [
        ["R"],
        ["F1", "service at T4", "service at T5"],
        ["L2", "service at T0", "service at T1", "service at T4", "service at T5"],
        ["R", "L1"],
        ["F2", "L1", "service at T2", "service at T3"],
        ["R"],
    ]


def test_the_likelihood_engine_answers_the_same_file(answer):
    [case] = answer(document({"reports": {"T1": 4, "T2": 4, "T3": 4}}), "--engine", "likelihood")
    assert [one["device"] for one in case["predicted"]] == ["F"]
    assert case["explanation"][0]["engine"] == "likelihood"


def test_a_device_confirmed_open_is_told_with_its_reports(answer):
    [case] = answer(document({"reports": {"T1": 1}, "confirmed_open": ["F"]}))
    assert case["predicted"] == [{"device": "F", "transformers": 3, "customers": 18}]
    assert case["explanation"][0]["confidence"] == "confirmed"


def test_without_json_it_says_it_in_words(tmp_path, capsys):
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(document({"reports": {"T1": 1}})))
    call_command("predict_outages", "--file", str(path))
    assert "A single service at T1 is predicted out, from 1 report." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "line 1: not JSON"),
        ("[]", "not an object"),
        ("[" * 100_000, "nested too deeply"),
        ("[" + "9" * 5000 + "]", "not JSON: Exceeds the limit"),
        ({"cases": []}, "no 'network'"),
        ({"network": NETWORK}, "no 'cases'"),
        (document({"reports": {"T9": 1}}), "case 1 ('case 0'): 'T9' is not in the network"),
        (document({}, {"reports": {"F": 1}}), "case 2 ('case 1'): 'F' is no transformer"),
        (document({"reports": {"T1": "many"}}), "'T1' has 'many' reports"),
        (document({"reports": {"T1": True}}), "'T1' has True reports"),
        (document({"reports": {"T1": -1}}), "'T1' has -1 reports"),
        (document({"reports": ["T1"]}), "'reports' is ['T1'], not an object"),
        (document({"confirmed_on": "T1"}), "'confirmed_on' is 'T1', not a list"),
        (document({"confirmed_open": ["X"]}), "'X' is not in the network"),
        (document({"reprots": {}}), "'input' has 'reprots'; it may have"),
        (document({}, rule={"parameters": {"min_fraction": 7}}), "between 0 and 1"),
        (document({}, rule={"parameters": {"min_fraction": "x"}}), "rule: min_fraction is 'x'"),
        (document({}, rule={"parameters": {"min_transformers": None}}), "rule: min_transformers is None"),
        (document({}, rule={"parameters": {"min_branches": -1}}), "rule: min_branches is -1"),
        (document({}, rule={"parameters": {"nonsense": 7}}), "no parameter 'nonsense'; there are"),
        (document({}, rule=[]), "'rule' is [], not an object"),
        (
            {"network": {"parent": {"A": "B", "B": "A"}, "customers_per_transformer": {}}, "cases": []},
            "under no source",
        ),
        ({"network": {"parent": {"A": 5}, "customers_per_transformer": {}}, "cases": []}, "parent of 'A' is 5"),
        (
            {"network": {"parent": {"A": "B"}, "customers_per_transformer": {"A": -1}}, "cases": []},
            "'A' has -1 customers",
        ),
        ({"network": {"parent": {"A": "B"}, "customers_per_transformer": {"B": 1}}, "cases": []}, "'B' has customers"),
        (
            {"network": {"parent": {"A": "B"}, "customers_per_transformer": {"C": 1}}, "cases": []},
            "C is under no source",
        ),
        ({"network": {"parent": {}, "customers_per_transformer": {}}, "cases": []}, "no device"),
        ({"network": {"parent": {}}, "cases": []}, "network: no 'customers_per_transformer'"),
        ({"network": NETWORK, "cases": [{"name": "x"}]}, "case 1 ('x'): no 'input'"),
        ({"network": NETWORK, "cases": [{"input": {}}]}, "case 1: no 'name'"),
        ({"network": NETWORK, "cases": ["x"]}, "case 1 is 'x'"),
        ({"network": [], "cases": []}, "'network' is [], not an object"),
        ({"network": NETWORK, "cases": 5}, "'cases' is 5, not a list"),
    ],
)
def test_bad_files_are_refused_with_one_line(answer, content, told):
    with pytest.raises(BadInput, match=r"cases\.json") as caught:
        answer(content)
    assert caught.value.returncode == 2
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
