"""Published estimates of a year of outages, as counted by others, and ours beside them."""

import datetime as dt
import json

import numpy as np
import pytest

from outages.domain.etr import accuracy
from outages.management import outage_years
from outages.management.commands import etr_study
from tests.paths import REFERENCE, needs_shared

FILE = REFERENCE / "datasets" / "bchydro_outages_2024.csv.gz"
EXPECTED = REFERENCE / "reliability" / "bchydro_2024_expected.json"
PLANNED = "Planned work being done on our equipment"


@needs_shared
def test_promises_of_the_year_score_as_published() -> None:
    year = outage_years.read(FILE)
    lasted = year.on - year.off
    cause, region = np.array(year.cause), np.array(year.region)
    for name, expected in json.loads(EXPECTED.read_text())["regions"].items():
        rows = (region == name) & (lasted < 30 * 1440.0)
        assert int(rows.sum()) == expected["outages"]
        unplanned = rows & (lasted > 5.0) & (cause != PLANNED)
        found = accuracy.score(year.etr[unplanned], year.on[unplanned])
        assert found.count / unplanned.sum() == pytest.approx(expected["etr_published_share"], abs=0.02)
        assert found.bias_min == pytest.approx(expected["etr_error_min_median"], abs=1.5)
        assert found.off_min == pytest.approx(expected["etr_abs_error_min_median"], abs=1.5)
        assert found.within == pytest.approx(expected["etr_within_30_min"], abs=0.01)


@needs_shared
def test_a_crew_that_says_when_it_comes_makes_ours_better() -> None:
    options = {
        "file": FILE, "split": "2024-09-01", "time_zone": "America/Vancouver", "without_cause": [PLANNED], "share": 0.5,
    }  # fmt: skip
    document = etr_study.Command().answer(**options)
    assert document["learned"] > 10_000
    assert document["scored"] > 10_000
    assert document["first_report"]["within"] < document["crew_sent"]["within"] < document["promised"]["within"]
    assert abs(document["first_report"]["bias_min"]) < 30.0


def test_a_record_is_read_by_outage_with_its_latest_words(tmp_path: object) -> None:
    path = tmp_path / "year.csv"  # type: ignore[operator]
    path.write_text(
        "id,regionName,cause,numCustomersOut,dateOff,dateOn,estDateOn\n"
        "7,North,unknown,10,2024-01-01T00:00:00Z,2024-01-01T01:00:00Z,\n"
        "7,North,tree,12,2024-01-01T00:05:00Z,2024-01-01T02:00:00Z,2024-01-01T01:30:00Z\n"
    )
    year = outage_years.read(path)
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC).timestamp() / 60.0
    assert (year.id, year.cause, year.customers.tolist()) == (["7"], ["tree"], [12])
    assert [year.off[0] - start, year.on[0] - start, year.etr[0] - start] == [0.0, 120.0, 90.0]
    assert np.isnan(year.eta[0])
