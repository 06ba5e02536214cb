"""manage.py reliability: figures of files, without a database or a server."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from adms.core.commands import BadInput
from tests.paths import REFERENCE, needs_shared

ROOT = Path(__file__).resolve().parents[3]
RELIABILITY = REFERENCE / "reliability"
ROWS = """id,off,on,duration_min,customers,kva,area,feeder,cause,planned,excluded
1,2024-03-17T12:12:20,2024-03-17T12:20:30,8.17,200,800,north,N1,tree,,
2,2024-04-15T18:23:56,2024-04-15T18:24:26,,400,1600,north,N1,animal,0,
3,2024-05-05T00:23:10,2024-05-05T01:34:28,,600,1800,south,S1,tree,1,
4,2024-06-12T23:17:00,2024-06-13T23:17:00,,25,75,south,S2,tree,0,flood
5,2024-07-06T09:30:00,2024-07-06T09:35:00,,2000,4000,south,S2,animal,0,
"""


@pytest.fixture
def answer(tmp_path, capsys):
    """Run the command on a file with this text; what it answers."""

    def run(text=ROWS, *options, served="2000"):
        path = tmp_path / "interruptions.csv"
        path.write_text(text)
        call_command("reliability", "--interruptions", str(path), "--customers-served", served, "--json", *options)
        return json.loads(capsys.readouterr().out)

    return run


def refusal(answer, text, *options, **more):
    with pytest.raises(BadInput) as caught:
        answer(text, *options, **more)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_duration_wins_over_times_and_exactly_five_minutes_are_momentary(answer):
    found = answer()
    assert (found["ci"], found["cmi"]) == (200, pytest.approx(200 * 8.17))
    assert found["maifi"] == (400 + 2000) / 2000
    assert (found["planned"]["ci"], found["with_planned"]["ci"]) == (600, 800)
    assert found["excluded"] == [{"reason": "flood", "events": 1, "ci": 25, "cmi": 25 * 1440.0}]


def test_every_key_of_the_contract_is_there(answer):
    keys = (
        "ci cmi saifi saidi_min caidi_min ctaidi_min caifi asai asifi asidi_min maifi maifi_e cemi cemi_or_more cemsmi celid_s "
        "celid_t t_med_min med_days without_med groups"
    )
    assert set(keys.split()) <= set(answer(ROWS, "--by", "area"))


@pytest.mark.parametrize(
    ("by", "keys"),
    [("area", ["north", "south"]), ("feeder", ["N1", "S1", "S2"]), ("cause", ["animal", "tree"]), ("month", ["2024-03", "2024-04", "2024-05", "2024-07"])],
)  # fmt: skip
def test_groups_carry_the_same_figures_and_add_up(answer, by, keys):
    found = answer(ROWS, "--by", by)
    assert [group["key"] for group in found["groups"]] == keys
    assert sum(group["ci"] for group in found["groups"]) == found["ci"]
    assert sum(group["maifi"] for group in found["groups"]) == pytest.approx(found["maifi"])


def test_the_momentary_border_can_be_moved(answer):
    assert answer(ROWS, "--momentary-minutes", "10")["ci"] == 0
    assert answer(ROWS, "--momentary-minutes", "3")["ci"] == 2200


def test_a_period_takes_whole_days_at_both_ends(answer):
    found = answer(ROWS, "--from", "2024-04-15", "--to", "2024-07-06")
    assert (found["ci"], found["maifi"]) == (0, 1.2)
    assert found["period"] == {"from": "2024-04-15", "to": "2024-07-06", "hours": 83 * 24.0}
    assert answer(ROWS, "--to", "2024-07-06T09:30:00")["maifi"] == 0.2
    assert answer(ROWS, "--from", "2024-04-01")["period"]["to"] == "2024-12-31"


def test_days_are_those_of_the_time_zone(answer):
    text = "id,off,duration_min,customers\n1,2024-01-01T03:00:00Z,60,10\n"
    assert answer(text, "--by", "month")["groups"][0]["key"] == "2024-01"
    assert answer(text, "--by", "month", "--time-zone", "America/Vancouver")["groups"][0]["key"] == "2023-12"


def test_the_steps_of_an_event_belong_to_the_day_it_began(answer):
    text = "id,off,on,customers\n7,2024-01-31T23:00,2024-02-01T01:00,10\n7,2024-02-01T00:10,2024-02-01T02:00,5\n"
    assert [group["key"] for group in answer(text, "--by", "month")["groups"]] == ["2024-01"]


def test_ids_of_customers_give_the_indices_of_customers(answer):
    text = "id,off,duration_min,customer_ids\n1,2024-01-01,60,a;b\n2,2024-02-01,90,a\n"
    found = answer(text, served="4")
    assert (found["ci"], found["caifi"], found["ctaidi_min"], found["cemi"]["1"]) == (3, 1.5, 105.0, 0.25)
    assert found["celid_t"]["2"] == 0.25


def test_an_empty_table_is_a_year_without_interruptions(answer):
    found = answer("id,off,duration_min,customers\n", "--from", "2024-01-01", "--to", "2024-12-31")
    assert (found["ci"], found["saidi_min"], found["asai"], found["caidi_min"]) == (0, 0, 1, None)


@needs_shared
def test_the_sample_of_the_standard_comes_out(answer):
    rows = list(csv.DictReader((RELIABILITY / "ieee1366_sample_events.csv").read_text().splitlines()))
    expected = json.loads((RELIABILITY / "ieee1366_sample_expected.json").read_text())
    lines = [
        f"{row['event']},2023-{row['date_mm_dd']}T{row['off']},,{row['duration_min']},{row['customers']},{row['load_kVA']}"
        for row in rows
    ]
    text = "\n".join(["id,off,on,duration_min,customers,kva", *lines])
    found = answer(text, "--connected-kva", "4000", "--customers-affected", "1800")
    assert found["saidi_min"] == pytest.approx(expected["SAIDI_min"], rel=1e-12)
    assert found["asai"] == pytest.approx(expected["ASAI"], rel=1e-12)
    assert found["asidi_min"] == pytest.approx(expected["ASIDI_min"], rel=1e-12)
    assert found["ctaidi_min"] == pytest.approx(expected["CTAIDI_min"], rel=1e-12)
    assert found["maifi_e"] == expected["MAIFIE"]


@needs_shared
def test_major_event_days_come_from_the_daily_record(answer):
    record = str(RELIABILITY / "med_daily_cmi_1998_2001.csv")
    expected = json.loads((RELIABILITY / "med_expected_2p5beta.json").read_text())["result"]
    whole = ("--daily-cmi", record, "--from", "1998-01-01", "--to", "2001-12-31")
    found = answer("id,off,duration_min,customers\n1,1999-06-01,60,800000\n", *whole, served="800000")
    assert found["t_med_min"] == pytest.approx(expected["T_MED_min"], abs=1e-6)
    assert found["med_days"] == expected["dates"]
    assert (found["ci"], found["without_med"]["ci"]) == (800000, 0)
    other = answer("id,off,duration_min,customers\n", *whole, "--std", "population", served="800000")
    assert other["t_med_min"] < found["t_med_min"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no column 'id'"),
        ("id,on\n1,2024-01-01\n", "no column 'off'"),
        ("id,off,duration_min,customers\n1,yesterday,5,5\n", "line 2: off 'yesterday'"),
        ("id,off,duration_min,customers\n1,2024-01-01,nan,5\n", "line 2: duration_min 'nan'"),
        ("id,off,duration_min,customers\n1,2024-01-01,-5,5\n", "line 2: duration_min '-5'"),
        ("id,off,duration_min,customers\n1,2024-01-01,5,2.5\n", "line 2: customers '2.5'"),
        ("id,off,duration_min,customers\n,2024-01-01,5,2\n", "line 2: id is empty"),
        ("id,off,on,customers\n1,2024-01-01T10:00,2024-01-01T09:00,5\n", "line 2: on is before off"),
        ("id,off,on,customers\n1,2024-01-01T10:00,,5\n", "line 2: neither on nor duration_min"),
        ("id,off,duration_min\n1,2024-01-01,5\n", "line 2: neither customers nor customer_ids"),
        (
            "id,off,duration_min,customers,customer_ids\n1,2024-01-01,5,3,a;b\n",
            "customers says 3, customer_ids names 2",
        ),
        ("id,off,duration_min,customers,planned\n1,2024-01-01,5,3,maybe\n", "planned 'maybe'"),
        ("id,off,duration_min,customers\n1,2024-01-01,5,3,9,9\n", "line 2: more cells"),
    ],
)
def test_bad_lines_are_named(answer, text, told):
    assert told in refusal(answer, text)


def test_bad_options_are_named(answer):
    assert "time zone" in refusal(answer, ROWS, "--time-zone", "Mars/Base")
    assert "ISO 8601" in refusal(answer, ROWS, "--from", "spring")
    assert "not before" in refusal(answer, ROWS, "--from", "2024-05-01", "--to", "2024-04-01")
    assert "positive" in refusal(answer, ROWS, served="0")
    assert "No such file" in refusal(answer, ROWS, "--daily-cmi", "/nowhere.csv")


def run(*arguments):
    """The command as a person types it, where no server can be started."""
    environment = {
        **os.environ,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_it_touches_no_server_and_prints_one_document(tmp_path):
    path = tmp_path / "interruptions.csv"
    path.write_text(ROWS)
    done = run("reliability", "--interruptions", str(path), "--customers-served", "2000", "--json")
    assert (done.returncode, json.loads(done.stdout)["ci"]) == (0, 200)


def test_bad_input_is_one_line_on_standard_error_and_exit_2(tmp_path):
    done = run("reliability", "--interruptions", str(tmp_path / "none.csv"), "--customers-served", "5", "--json")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr


def test_a_wrong_option_is_one_line_on_standard_error_and_exit_2(answer, capsys):
    with pytest.raises(SystemExit) as left:
        answer(ROWS, served="many")
    assert left.value.code == 2
    assert capsys.readouterr().err == "CommandError: argument --customers-served: invalid float value: 'many'\n"
