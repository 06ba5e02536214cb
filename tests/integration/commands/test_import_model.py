"""`manage.py import_model`: one JSON document, one line for bad input, no database for a check."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from integration.services import sources
from tests.paths import CIM, needs_shared

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "tests" / "samples"
KEYS = [
    "model", "version", "published", "classes", "nodes", "branches", "switches", "customers", "skipped",
    "skipped_attributes", "findings",
]  # fmt: skip


def run(*arguments, capsys):
    call_command("import_model", *map(str, arguments))
    return capsys.readouterr()


def refused(*arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        call_command("import_model", *map(str, arguments))
    said = capsys.readouterr()
    assert (caught.value.code, said.out) == (2, "")
    return said.err.strip().splitlines()[-1]


def test_a_check_answers_with_the_keys_of_the_contract(capsys):
    said = run(SAMPLES / "feeder_with_defects.xml", "--check", "--json", capsys=capsys)
    report = json.loads(said.out)
    assert list(report) == KEYS
    assert (report["published"], report["version"]) == (False, None)
    assert (report["nodes"], report["branches"], report["switches"]) == (5, 3, 1)
    assert all(list(one) == ["severity", "class", "object", "line", "text"] for one in report["findings"])
    assert [one["line"] for one in report["findings"] if "-5" in one["text"]] == [31]
    assert "checking" in said.err


def test_a_check_completes_by_seed_and_number(capsys):
    said = run(
        SAMPLES / "feeder_with_defects.xml", "--check", "--json", "--complete", 3, "--customers", 50, capsys=capsys
    )
    assert json.loads(said.out)["customers"] == 50


def test_people_read_the_figures_and_the_worst_first(capsys):
    said = run(SAMPLES / "feeder_with_defects.xml", "--check", "--name", "Defects", capsys=capsys)
    lines = said.out.splitlines()
    assert lines[0] == "Defects: checked, nothing published"
    assert lines[2].startswith("error: line ")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"<rdf:RDF>\n<a>", "bad.xml, line 1: Namespace prefix rdf on RDF is not defined"),
        (b"mRID;name", f"bad.xml: neither XML nor gzip nor zip; known are {sources._KNOWN}"),
        (b"<!DOCTYPE x>\n<x/>", "bad.xml, line 1: a DOCTYPE is not allowed"),
        (b'{"a": 1}', "bad.xml: JSON, but no pandapower network"),
    ],
)
def test_bad_input_is_one_line_that_says_what_and_where(tmp_path, capsys, content, line):
    path = tmp_path / "bad.xml"
    path.write_bytes(content)
    assert refused(path, "--check", "--json", capsys=capsys) == f"import_model: {line}"


def test_an_unknown_path_and_a_number_without_a_seed_are_bad_input(capsys):
    assert refused("nowhere.xml", "--check", capsys=capsys) == "import_model: nowhere.xml: No such file or directory"
    assert "--customers needs --complete" in refused(
        SAMPLES / "feeder_with_defects.xml", "--customers", 5, capsys=capsys
    )


@needs_shared
def test_a_pandapower_network_is_no_part_of_a_cim_model(capsys):
    line = refused("pandapower:mv_oberrhein", CIM / "gridappsd" / "IEEE13.xml", "--check", capsys=capsys)
    assert line.startswith("import_model: pandapower:mv_oberrhein")


def test_a_check_needs_no_database_and_starts_no_server(tmp_path):
    """With a database that cannot be reached a check is still answered."""
    environment = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none", "VAR_DIR": str(tmp_path)}
    command = [
        sys.executable,
        "manage.py",
        "import_model",
        str(SAMPLES / "feeder_with_defects.xml"),
        "--check",
        "--json",
    ]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert list(json.loads(said.stdout)) == KEYS
    assert not (tmp_path / "postgres").exists()


@needs_shared
@pytest.mark.django_db
def test_a_model_imported_again_is_its_next_version(capsys):
    from network.models import ModelVersion

    path = CIM / "gridappsd" / "IEEE13.xml"
    versions = []
    for _ in range(2):
        report = json.loads(run(path, "--complete", 1, "--customers", 60, "--json", capsys=capsys).out)
        assert report["published"]
        versions.append(report["version"])
    assert versions == [1, 2]
    assert ModelVersion.objects.filter(state="published").count() == 1


@pytest.mark.django_db
def test_a_model_with_errors_is_refused_and_leaves_nothing_behind(capsys):
    from network.models import NetworkModel

    line = refused(SAMPLES / "feeder_with_defects.xml", "--json", capsys=capsys)
    assert "errors, the first:" in line
    assert NetworkModel.objects.count() == 0
