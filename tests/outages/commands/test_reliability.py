"""manage.py reliability: figures of files, without a database or a server."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
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


def test_groups_can_be_of_several_columns_at_once(answer):
    found = answer(ROWS, "--by", "area,cause")
    assert [group["key"] for group in found["groups"]] == [
        "north / animal",
        "north / tree",
        "south / animal",
        "south / tree",
    ]
    assert (found["groups"][1]["area"], found["groups"][1]["cause"], found["groups"][1]["ci"]) == ("north", "tree", 200)
    assert sum(group["ci"] for group in found["groups"]) == found["ci"]
    months = answer(ROWS, "--by", "month", "--by", "area")["groups"]
    assert (months[0]["key"], months[0]["month"]) == ("2024-03 / north", "2024-03")
    assert months[0]["asai"] == 1 - 200 * 8.17 / (2000 * 31 * 24 * 60)
    assert "not by 'street'" in refusal(answer, ROWS, "--by", "street")


def test_an_interruption_over_a_change_of_clocks_lasts_as_long_as_it_was_dark(answer):
    spring = "id,off,on,customers\n1,2024-03-10T01:30,2024-03-10T03:30,10\n"
    autumn = "id,off,on,customers\n1,2024-11-03T00:30,2024-11-03T03:30,10\n"
    assert answer(spring, "--time-zone", "America/Vancouver")["cmi"] == 600
    assert answer(autumn, "--time-zone", "America/Vancouver")["cmi"] == 10 * 240


def test_an_interruption_over_the_end_of_the_year_belongs_to_the_year_it_began_in(answer):
    text = "id,off,on,customers\n1,2023-12-31T23:59:59,2024-01-01T02:00,10\n"
    assert answer(text, "--from", "2023-01-01", "--to", "2023-12-31")["ci"] == 10
    assert answer(text, "--from", "2024-01-01", "--to", "2024-12-31")["ci"] == 0
    assert answer(text, "--by", "month")["groups"][0]["key"] == "2023-12"


def test_five_minutes_to_the_microsecond_are_momentary_and_one_more_is_sustained(answer):
    text = "id,off,on,customers\n1,2024-07-06T23:57:30.000001,2024-07-07T00:02:30.00000{},10\n"
    assert (answer(text.format(1))["ci"], answer(text.format(1))["maifi"]) == (0, 10 / 2000)
    assert (answer(text.format(2))["ci"], answer(text.format(2))["maifi"]) == (10, 0)


def test_headers_in_capitals_and_semicolons_are_understood(answer):
    text = "ID;Off;Duration min;Customers;Remark\n1;2024-01-01;60;10;x\n"
    assert answer(text)["cmi"] == 600


def test_a_quoted_cell_with_a_line_break_does_not_shift_the_numbers_of_lines(answer):
    text = 'id,off,duration_min,customers,cause\n1,2024-01-01,60,10,"a\nb"\n2,2024-01-01,x,10,c\n'
    assert "line 4: duration_min 'x'" in refusal(answer, text)


def test_catastrophic_days_are_marked_beside_the_major_ones(answer, tmp_path):
    record = tmp_path / "daily.csv"
    minutes = [1000 if day % 2 else 4000 for day in range(365)]
    days = (dt.date(2023, 1, 1) + dt.timedelta(days=day) for day in range(365))
    record.write_text("date,customer_minutes\n" + "".join(f"{a},{b}\n" for a, b in zip(days, minutes, strict=True)))
    rows = "id,off,duration_min,customers\n1,2024-01-05,60,250\n2,2024-02-05,600,2000\n"
    found = answer(rows, "--daily-cmi", str(record), "--med-years", "1")
    assert (found["med_days"], found["catastrophic_days"]) == (["2024-01-05", "2024-02-05"], ["2024-02-05"])
    assert found["t_catastrophic_min"] == pytest.approx(
        math.exp(found["med"]["alpha"] + 4.15 * found["med"]["beta"]), rel=1e-12
    )
    assert (found["med"]["std"], found["med"]["multiplier"]) == ("sample (n - 1)", 2.5)
    moved = answer(rows, "--daily-cmi", str(record), "--med-years", "1", "--catastrophic-beta", "20")
    assert (moved["med_days"], moved["catastrophic_days"]) == (found["med_days"], [])


def test_a_reclosing_event_counts_once_and_not_for_those_it_locked_out(answer):
    text = (
        "id,off,on,customers\n"
        "1,2024-01-01T10:00:00,2024-01-01T10:00:30,2000\n"
        "1,2024-01-01T10:01:00,2024-01-01T10:01:30,2000\n"
        "1,2024-01-01T10:02:00,2024-01-01T12:02:00,100\n"
        "2,2024-01-02T10:00:00,2024-01-02T10:01:00,300\n"
    )
    found = answer(text)
    assert (found["maifi"], found["maifi_e"]) == (4300 / 2000, (1900 + 300) / 2000)


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
def test_the_months_of_an_indian_utility_come_out_as_printed(answer):
    """Customer interruptions and hours as printed, one row each: sustained ones of the average length, momentary ones of a minute."""
    for row in csv.DictReader((RELIABILITY / "india_pgvcl_urban_2010Q1.csv").read_text().splitlines()):
        sustained, hours = int(row["customer_interruptions_sustained"]), float(row["customer_hours_interrupted"])
        text = (
            "id,off,duration_min,customers\n"
            f"1,{row['month']}-03,{hours * 60 / sustained!r},{sustained}\n"
            f"2,{row['month']}-04,1,{row['customer_interruptions_momentary']}\n"
        )
        found = answer(text, served=row["customers_served"])
        assert f"{found['saifi']:.2f}" == row["SAIFI_printed"]
        assert f"{found['saidi_min'] / 60:.2f}" == row["SAIDI_h_printed"]
        assert f"{found['maifi']:.2f}" == row["MAIFI_printed"]


@needs_shared
def test_every_index_of_the_sample_comes_out_to_the_last_digit(answer):
    rows = list(csv.DictReader((RELIABILITY / "ieee1366_sample_events.csv").read_text().splitlines()))
    expected = json.loads((RELIABILITY / "ieee1366_sample_expected.json").read_text())
    lines = [
        f"{row['event']},2023-{row['date_mm_dd']}T{row['off']},{row['duration_min']},{row['customers']},{row['load_kVA']}"
        for row in rows
    ]
    found = answer("\n".join(["id,off,duration_min,customers,kva", *lines]), "--connected-kva", "4000", "--customers-affected", "1800")  # fmt: skip
    names = {"CI": "ci", "CMI": "cmi", "SAIFI": "saifi", "SAIDI_min": "saidi_min", "CAIDI_min": "caidi_min",
             "CTAIDI_min": "ctaidi_min", "CAIFI": "caifi", "ASAI": "asai", "ASIFI": "asifi", "ASIDI_min": "asidi_min",
             "MAIFI": "maifi", "MAIFIE": "maifi_e"}  # fmt: skip
    for theirs, ours in names.items():
        assert found[ours] == pytest.approx(expected[theirs], rel=1e-14), ours


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
        ("", "interruptions.csv: it is empty"),
        ("\n \n", "it is empty"),
        ("id,off,on,customers\n1,0001-01-01,2024-01-01,5\n", "line 2: off '0001-01-01' lies beyond the years"),
        ("id,off,duration_min,customers\n1,2024-01-01,1e300,5\n", "line 2: duration_min 1e+300 is longer"),
        ("id,off,duration_min,customers\n1,2024-01-01,5,1e30\n", "line 2: customers '1e30' are more than"),
        ("id,on\n1,2024-01-01\n", "no column 'off'"),
        ("id,off,duration_min,customers\n1,yesterday,5,5\n", "line 2: off 'yesterday'"),
        ("id,off,duration_min,customers\n1,2024-01-01,nan,5\n", "line 2: duration_min 'nan'"),
        ("id,off,duration_min,customers\n1,2024-01-01,-5,5\n", "line 2: duration_min '-5'"),
        ("id,off,duration_min,customers\n1,2024-01-01,5,2.5\n", "line 2: customers '2.5'"),
        ("id,off,duration_min,customers\n,2024-01-01,5,2\n", "line 2: id is empty"),
        (
            "id,off,on,customers\n1,2024-01-01T10:00,2024-01-01T09:00,5\n",
            "line 2: on '2024-01-01T09:00' is before off '2024-01-01T10:00'",
        ),
        ("id,off,on,customers\n1,2024-01-01T10:00,,5\n", "line 2: neither on nor duration_min"),
        ("id,off,duration_min\n1,2024-01-01,5\n", "line 2: neither customers nor customer_ids"),
        (
            "id,off,duration_min,customers,customer_ids\n1,2024-01-01,5,3,a;b\n",
            "customers says 3, customer_ids names 2",
        ),
        ("id,off,duration_min,customers,planned\n1,2024-01-01,5,3,maybe\n", "planned 'maybe'"),
        ("id,off,duration_min,customers\n1,2024-01-01,5,3,9,9\n", "line 2: more cells"),
        ("id,off,duration_min,customers\n1,2024-01-01,5,1_0\n", "line 2: customers '1_0' is no number"),
        (
            'id,off,duration_min,customers,cause\n1,2024-01-01,5,3,tree\n2,2024-01-01,5,3,"tree\n3,2024-01-01,5,3,tree\n',
            "line 3: a quotation mark is not closed",
        ),
        ('id,off,duration_min,customers,cause\n1,2024-01-01,5,3,"a"b\n', "line 2: ',' expected after '\"'"),
    ],
)
def test_bad_lines_are_named(answer, text, told):
    assert told in refusal(answer, text)


def test_what_somebody_may_not_have_meant_counts_and_is_remarked(answer):
    text = "id,off,duration_min,customers,weather\n1,2024-01-01,60,5,\n1,2024-01-01,60,5,\n2,2024-01-02,60,5000,\n"
    found = answer(text, served="1000")
    assert (found["ci"], found["events"]) == (5010, 2)
    columns, repeated, many = found["remarks"]
    assert columns == "column 'weather' is not used"
    assert repeated.startswith("1 x a step that stands in the file before")
    assert repeated.endswith("line 3")
    assert many == "1 x more customers out at once than are served, first in line 4"
    assert answer(ROWS)["remarks"] == []


def test_of_an_hour_that_the_clocks_repeat_the_second_one_is_taken_where_the_first_is_too_early(answer):
    text = "id,off,on,customers\n1,2024-10-27T02:50,2024-10-27T02:10,5\n2,2024-10-27T02:10,2024-10-27T02:50,5\n"
    assert answer(text, "--time-zone", "Europe/Berlin")["cmi"] == 5 * 20 + 5 * 40


def test_lines_before_the_header_may_be_empty(answer):
    assert answer("\n\n" + ROWS)["ci"] == answer(ROWS)["ci"]


def test_bad_options_are_named(answer):
    assert "time zone" in refusal(answer, ROWS, "--time-zone", "Mars/Base")
    assert "ISO 8601" in refusal(answer, ROWS, "--from", "spring")
    assert "not before" in refusal(answer, ROWS, "--from", "2024-05-01", "--to", "2024-04-01")
    assert "positive" in refusal(answer, ROWS, served="0")
    assert "positive" in refusal(answer, ROWS, served="nan")
    assert "positive" in refusal(answer, ROWS, "--connected-kva", "inf")
    assert "border" in refusal(answer, ROWS, "--momentary-minutes", "nan")
    assert "years" in refusal(answer, ROWS, "--med-years", "0")
    assert "beta" in refusal(answer, ROWS, "--beta", "nan")
    assert "not negative" in refusal(answer, ROWS, "--customers-affected", "-1")
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


def test_where_a_file_is_not_utf8_its_line_is_named(answer, tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes("id,off,duration_min,customers,area\n1,2024-01-01,5,3,Z\u00fcrich\n".encode("latin-1"))
    with pytest.raises(BadInput, match=r"latin\.csv: line 2: not UTF-8 text \(byte 53\)"):
        call_command("reliability", interruptions=path, customers_served=10)


def test_a_customer_who_is_out_twice_at_once_is_remarked(answer):
    head = "id,off,duration_min,customer_ids\n1,2024-01-01T10:00,60,a;b\n"
    assert answer(head + "2,2024-01-01T11:00,60,b;c\n")["remarks"] == []
    found = answer(head + "2,2024-01-01T10:59:59,60,b;c\n")
    assert (found["ci"], found["cmi"]) == (4, 240)
    assert found["remarks"] == [
        "1 x a step with a customer who is out already; his minutes count twice, first in line 3"
    ]


def test_an_id_that_is_used_again_is_remarked(answer):
    head = "id,off,duration_min,customers\n"
    steps = "1,2024-01-01T10:00,60,5\n1,2024-01-01T10:30,60,5\n2,2024-03-01,5000,5\n2,2024-03-04,60,5\n"
    assert answer(head + steps)["remarks"] == []
    again = answer(head + steps + "1,2025-06-01T10:00,60,5\n")["remarks"]
    assert again == [
        "1 x a step that begins more than a day after the others of its id had ended; they are one event, first in line 6"
    ]


def test_a_day_that_the_record_tells_twice_is_refused(answer, tmp_path):
    record = tmp_path / "daily.csv"
    record.write_text("date,customer_minutes\n2023-01-01,5\n2023-01-02,6\n2023-01-01,7\n")
    with pytest.raises(BadInput, match=r"daily\.csv: line 4: date 2023-01-01 is there twice"):
        answer("id,off,duration_min,customers\n1,2024-01-01,5,3\n", "--daily-cmi", str(record))
