"""Major event days, periods, planned work, exclusions and groups."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import zoneinfo
from collections import defaultdict

import numpy as np
import pytest

from outages.domain import interruptions, major_events
from outages.domain.indices import Base, compute
from outages.domain.interruptions import Steps
from outages.domain.reliability import Daily, Period, report
from tests.paths import REFERENCE, needs_shared

RELIABILITY = REFERENCE / "reliability"


def daily_record():
    rows = list(csv.DictReader((RELIABILITY / "med_daily_cmi_1998_2001.csv").read_text().splitlines()))
    days = np.array([row["date"] for row in rows], "datetime64[D]")
    return Daily(days, np.array([float(row["customer_minutes_interrupted"]) for row in rows]))


@needs_shared
def test_the_major_event_days_of_the_exercise_come_out_as_expected():
    expected, record = json.loads((RELIABILITY / "med_expected_2p5beta.json").read_text())["result"], daily_record()
    steps = Steps.of(
        event=range(record.day.size),
        duration_min=record.customer_minutes,
        customers=[1] * record.day.size,
        day=record.day,
    )
    found = report(steps, Base(customers_served=800_000, momentary_min=0), daily=record)
    assert found["med"]["alpha"] == pytest.approx(expected["alpha"], abs=1e-6)
    assert found["med"]["beta"] == pytest.approx(expected["beta"], abs=1e-6)
    assert found["med"]["days"] == expected["days_in_set"]
    assert found["t_med_min"] == pytest.approx(expected["T_MED_min"], abs=1e-6)
    assert found["med_days"] == expected["dates"]
    assert found["saidi_min"] == pytest.approx(expected["SAIDI_total_all_days_min"], abs=1e-4)
    assert found["without_med"]["saidi_min"] == pytest.approx(expected["SAIDI_total_without_MED_min"], abs=1e-4)
    for year, of_year in expected["by_year"].items():
        period = Period(np.datetime64(f"{year}-01-01"), np.datetime64(f"{year}-12-31"))
        found = report(steps, Base(customers_served=800_000, momentary_min=0), daily=record, period=period)
        assert found["saidi_min"] == pytest.approx(of_year["SAIDI_all"], abs=1e-4)
        assert found["without_med"]["saidi_min"] == pytest.approx(of_year["SAIDI_without_MED"], abs=1e-4)
        assert len(found["med_days"]) == of_year["MEDs"]


@needs_shared
def test_a_year_of_real_outages_of_three_regions_comes_out_as_expected():
    """The rule is in the file: one row an id, earliest off, latest on, most customers, latest cause."""
    expected = json.loads((RELIABILITY / "bchydro_2024_expected.json").read_text())["regions"]
    regions = defaultdict(dict)
    with gzip.open(REFERENCE / "datasets" / "bchydro_outages_2024.csv.gz", "rt") as lines:
        for row in csv.DictReader(lines):
            if row["regionName"] in expected:
                regions[row["regionName"]].setdefault(row["id"], []).append(row)
    for name, of_region in expected.items():
        steps = bc_hydro_steps(list(regions[name].values()))
        unplanned = steps.take(~steps.is_planned)
        assert (steps.size, unplanned.size) == (of_region["outages"], of_region["unplanned"])
        whole, planned = compute(unplanned, Base(1)), compute(steps.take(steps.is_planned), Base(1))
        assert (whole.ci, planned.ci) == (of_region["CI_unplanned"], of_region["CI_planned"])
        assert whole.cmi == pytest.approx(of_region["CMI_unplanned"], abs=0.06)
        assert planned.cmi == pytest.approx(of_region["CMI_planned"], abs=0.06)
        assert whole.caidi_min == pytest.approx(of_region["CAIDI_unplanned_min"], abs=1e-4)
        sustained = unplanned.take(interruptions.is_sustained(unplanned.duration_min))
        days, row = np.unique(sustained.day, return_inverse=True)
        minutes = np.bincount(row, weights=sustained.customer_minutes())
        in_2024 = days.astype("datetime64[Y]") == np.datetime64("2024")
        limit = major_events.threshold(minutes[in_2024], 1)
        assert limit.days == of_region["days_with_unplanned"]
        assert limit.alpha == pytest.approx(of_region["alpha_ln_daily_CMI"], abs=1e-6)
        assert limit.beta == pytest.approx(of_region["beta"], abs=1e-5)
        assert limit.t_med_min == pytest.approx(of_region["T_MED_CMI"], rel=1e-6)
        period = Period(np.datetime64("2024-01-01"), np.datetime64("2024-12-31"))
        found = report(steps, Base(1), daily=Daily(days[in_2024], minutes[in_2024]), period=period)
        assert found["med_days"] == of_region["MED_days"]
        assert found["without_med"]["cmi"] == pytest.approx(of_region["CMI_unplanned_2024_without_MED"], abs=0.06)


def bc_hydro_steps(outages):
    zone = zoneinfo.ZoneInfo("America/Vancouver")
    durations, customers, days, planned = [], [], [], []
    for rows in outages:
        off = min(dt.datetime.fromisoformat(row["dateOff"]) for row in rows)
        on = max(dt.datetime.fromisoformat(row["dateOn"]) for row in rows)
        if on - off > dt.timedelta(days=30):
            continue
        durations.append(interruptions.minutes_between(off, on))
        customers.append(max(int(row["numCustomersOut"]) for row in rows))
        days.append(off.astimezone(zone).date())
        planned.append(rows[-1]["cause"] == "Planned work being done on our equipment")
    return Steps.of(event=range(len(days)), duration_min=durations, customers=customers, day=days, is_planned=planned)


def year_of_steps():
    return Steps.of(
        event=[1, 2, 3, 4],
        duration_min=[60.0, 120.0, 30.0, 600.0],
        customers=[100, 100, 100, 900],
        day=["2024-01-10", "2024-02-10", "2024-02-11", "2024-03-01"],
        is_planned=[0, 0, 1, 0],
    )


def test_planned_work_stands_apart():
    found = report(year_of_steps(), Base(1000))
    assert (found["ci"], found["planned"]["ci"], found["with_planned"]["ci"]) == (1100, 100, 1200)


def test_what_is_excluded_is_told_by_reason_and_counts_nowhere():
    found = report(year_of_steps(), Base(1000), excluded=["", "customer's own fault", "", ""])
    assert (found["ci"], found["events"]) == (1000, 3)
    assert found["excluded"] == [{"reason": "customer's own fault", "events": 1, "ci": 100, "cmi": 12000.0}]


def test_a_period_keeps_only_events_of_its_days_and_gives_the_hours():
    found = report(year_of_steps(), Base(1000), period=Period(np.datetime64("2024-02-01"), np.datetime64("2024-02-29")))
    assert (found["ci"], found["events"], found["period"]["hours"]) == (100, 2, 29 * 24)
    assert found["asai"] == 1 - 12 / (29 * 24 * 60)


def test_months_add_up_and_have_hours_of_their_own():
    months = ["2024-01", "2024-02", "2024-02", "2024-03"]
    found = report(year_of_steps(), Base(1000), keys=months, months=months)
    assert [group["key"] for group in found["groups"]] == ["2024-01", "2024-02", "2024-03"]
    assert sum(group["saidi_min"] for group in found["groups"]) == pytest.approx(found["saidi_min"])
    assert found["groups"][1]["asai"] == 1 - 12 / (29 * 24 * 60)


def test_a_day_beyond_the_threshold_is_left_out_of_the_second_set():
    history = np.arange(np.datetime64("2019-01-01"), np.datetime64("2024-01-01"))
    record = Daily(history, np.where(np.arange(history.size) % 2, 1000.0, 4000.0))
    found = report(year_of_steps(), Base(1000), daily=record)
    assert 1.0 < found["t_med_min"] < 540
    assert found["med_days"] == ["2024-02-10", "2024-03-01"]
    assert (found["ci"], found["without_med"]["ci"]) == (1100, 100)
    assert found["planned"]["ci"] == 100


def test_five_years_before_the_first_day_reported_make_the_threshold():
    history = np.arange(np.datetime64("2010-01-01"), np.datetime64("2025-01-01"))
    wild = history < np.datetime64("2019-01-01")
    minutes = np.where(wild, 1e6, np.where(np.arange(history.size) % 2, 1000.0, 4000.0))
    found = report(year_of_steps(), Base(1000), daily=Daily(history, minutes))
    assert found["med"]["days"] == 365 * 5 + 1
    assert found["t_med_min"] < 540


def test_the_deviation_of_the_population_is_the_smaller_one():
    minutes = np.array([100.0, 1000.0, 5000.0])
    assert major_events.threshold(minutes, 100, is_sample=False).beta < major_events.threshold(minutes, 100).beta


def test_too_short_a_record_gives_no_threshold():
    record = Daily(np.array(["2023-01-01"], "datetime64[D]"), np.array([5.0]))
    found = report(year_of_steps(), Base(1000), daily=record)
    assert (found["t_med_min"], found["med_days"], found["without_med"]) == (None, None, None)


def test_the_document_is_plain_json():
    text = json.dumps(report(year_of_steps(), Base(1000), keys=list("abba")), allow_nan=False)
    assert json.loads(text)["groups"][0]["key"] == "a"


def test_a_corrected_row_moves_the_figure():
    before = report(year_of_steps(), Base(1000))
    steps = year_of_steps()
    steps.duration_min[0] += 10
    assert report(steps, Base(1000))["saidi_min"] - before["saidi_min"] == pytest.approx(100 * 10 / 1000)
