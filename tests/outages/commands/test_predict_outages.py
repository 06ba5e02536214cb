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
        ({"cases": []}, "no 'network'"),
        ({"network": NETWORK}, "no 'cases'"),
        (document({"reports": {"T9": 1}}), "case 'case 0': 'T9' is not in the network"),
        (document({"reports": {"F": 1}}), "'F' is no transformer"),
        (document({"reports": {"T1": "many"}}), "'T1' has 'many' reports"),
        (document({}, rule={"parameters": {"min_fraction": 7}}), "between 0 and 1"),
        (document({}, rule={"parameters": {"nonsense": 7}}), "nonsense"),
        (
            {"network": {"parent": {"A": "B", "B": "A"}, "customers_per_transformer": {}}, "cases": []},
            "under no source",
        ),
        ({"network": NETWORK, "cases": [{"name": "x"}]}, "case 'x': no 'input'"),
        ({"network": NETWORK, "cases": ["x"]}, "case 'x'"),
        ({"network": [], "cases": []}, "cases.json"),
        ({"network": NETWORK, "cases": 5}, "cases.json"),
    ],
)
def test_bad_files_are_refused_with_one_line(answer, content, told):
    with pytest.raises(BadInput, match=r"cases\.json") as caught:
        answer(content)
    assert caught.value.returncode == 2
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
