"""Indices of a million interruptions, against pandas groupby on the same arrays in the same run.

    python -m benchmarks.reliability [1000000] [--rounds 5] [--write]

A synthetic year: events of one to three steps, durations log-normal (a tenth momentary), 2,000 feeders, 12 causes. Both answer the same
question and are asserted to agree: the indices of the whole (SAIFI, SAIDI, CAIDI, MAIFI), customer minutes of every day with the 2.5
beta threshold, and SAIFI and SAIDI of every feeder. Ours also answers what pandas is not asked: MAIFI-E, ASIFI, ASIDI, planned apart,
every group without major event days. They take turns within a round and the median is shown. The last row is the whole command on a
CSV file of the same interruptions, reading included. `--write` keeps the table in benchmarks/results/reliability.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from outages.domain import file_report, interruption_csv
from outages.domain.file_report import Asked
from outages.domain.indices import Base
from outages.domain.interruptions import MOMENTARY_MIN, Steps
from outages.domain.reliability import Daily, report

SERVED, FEEDERS, CAUSES, YEAR = 1_000_000, 2_000, 12, np.datetime64("2024-01-01")
RESULTS = Path(__file__).parent / "results" / "reliability.md"


def synthetic(size: int, seed: int = 1) -> tuple[Steps, np.ndarray[Any, np.dtype[np.object_]]]:
    """Steps of a year and the feeder of each."""
    rng = np.random.default_rng(seed)
    event = np.sort(rng.integers(0, max(size // 2, 1), size))
    began = rng.integers(0, 366 * 86_400, size // 2 + 1)[event]
    minutes = np.round(rng.lognormal(3.9, 1.3, size), 4)
    brief = rng.random(size) < 0.1
    minutes[brief] = np.round(rng.uniform(0.1, MOMENTARY_MIN, int(brief.sum())), 4)
    steps = Steps.of(
        event=event,
        duration_min=minutes,
        customers=rng.integers(1, 200, size),
        kva=rng.integers(10, 500, size),
        began_at=began + 1_704_067_200 + rng.integers(0, 600, size),
        day=YEAR + (began // 86_400).astype("timedelta64[D]"),
        is_planned=rng.random(size) < 0.05,
    )
    names = np.array([f"F{number:04}" for number in range(FEEDERS)], object)
    return steps, names[event % FEEDERS]


def ours(steps: Steps, feeder: np.ndarray[Any, np.dtype[np.object_]], daily: Daily) -> dict[str, Any]:
    """The report."""
    return report(steps, Base(customers_served=SERVED, connected_kva=5e6), daily=daily, keys=feeder)


def whole(steps: Steps, daily: Daily) -> dict[str, Any]:
    """The report without groups."""
    return report(steps, Base(customers_served=SERVED, connected_kva=5e6), daily=daily)


def theirs(frame: pd.DataFrame, daily: Daily) -> dict[str, Any]:
    """The same with groupby."""
    unplanned = frame[~frame.planned]
    sustained = unplanned[unplanned.minutes > MOMENTARY_MIN].copy()
    sustained["cmi"] = sustained.customers * sustained.minutes
    logs = np.log(daily.customer_minutes[daily.customer_minutes > 0] / SERVED)
    t_med = float(np.exp(logs.mean() + 2.5 * logs.std(ddof=1)))
    by_day = sustained.groupby("day").cmi.sum() / SERVED
    by_feeder = sustained.groupby("feeder").agg(ci=("customers", "sum"), cmi=("cmi", "sum"))
    ci, cmi = int(sustained.customers.sum()), float(sustained.cmi.sum())
    brief = unplanned.customers[unplanned.minutes <= MOMENTARY_MIN].sum() / SERVED
    return {
        "saifi": ci / SERVED,
        "saidi_min": cmi / SERVED,
        "caidi_min": cmi / ci,
        "maifi": float(brief),
        "t_med_min": t_med,
        "med_days": [str(day.date()) for day in by_day.index[by_day > t_med]],
        "groups": by_feeder,
    }


def agree(found: dict[str, Any], other: dict[str, Any]) -> None:
    """Both must say the same."""
    for name in ("saifi", "saidi_min", "caidi_min", "maifi", "t_med_min"):
        np.testing.assert_allclose(found[name], other[name], rtol=1e-9)
    if found["med_days"] != other["med_days"]:
        raise AssertionError("major event days differ")
    groups = {group["key"]: (group["ci"], group["cmi"]) for group in found["groups"] if group["ci"]}
    np.testing.assert_allclose(
        [groups[key] for key in other["groups"].index], other["groups"][["ci", "cmi"]].to_numpy(), rtol=1e-9
    )


def as_csv(steps: Steps, feeder: np.ndarray[Any, np.dtype[np.object_]], path: Path) -> None:
    """The same interruptions as a file."""
    off = (steps.began_at * 1e6).astype("datetime64[us]")
    frame = pd.DataFrame(
        {
            "id": steps.event,
            "off": np.datetime_as_string(off, unit="s"),
            "duration_min": steps.duration_min,
            "customers": steps.customers,
            "kva": steps.kva,
            "feeder": feeder,
            "planned": steps.is_planned.astype(int),
        }
    )
    frame.to_csv(path, index=False)


def timed(function: Any, *arguments: Any) -> tuple[float, Any]:
    """Seconds and answer."""
    began = time.perf_counter()
    answer = function(*arguments)
    return time.perf_counter() - began, answer


def of_file(path: Path, daily: Daily) -> dict[str, Any]:
    """What the command and the page of uploads do with a file."""
    table = interruption_csv.read(path.read_text(), dt.UTC)
    return file_report.of_table(table, Asked(zone=dt.UTC, customers_served=SERVED, by=("feeder",)), daily)


def table_of(size: int, rounds: int) -> str:
    """Measure, and tell it as a table."""
    steps, feeder = synthetic(size)
    past = np.arange(np.datetime64("2019-01-01"), YEAR)
    daily = Daily(past, np.random.default_rng(2).lognormal(14.0, 1.2, past.size))
    frame = pd.DataFrame(
        {
            "minutes": steps.duration_min,
            "customers": steps.customers,
            "day": steps.day.astype("datetime64[s]"),
            "feeder": feeder,
            "planned": steps.is_planned,
        }
    )
    seconds: dict[str, list[float]] = {"ours": [], "whole": [], "pandas": []}
    for _ in range(rounds):
        took, found = timed(ours, steps, feeder, daily)
        seconds["ours"].append(took)
        seconds["whole"].append(timed(whole, steps, daily)[0])
        took, other = timed(theirs, frame, daily)
        seconds["pandas"].append(took)
        agree(found, other)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "interruptions.csv"
        as_csv(steps, feeder, path)
        megabytes = path.stat().st_size / 1e6
        from_file, read = timed(of_file, path, daily)
    np.testing.assert_allclose(read["saidi_min"], found["saidi_min"], rtol=1e-9)
    middle = {name: statistics.median(taken) for name, taken in seconds.items()}
    rows = [
        f"| every index, unplanned, planned and both, with and without major event days | {middle['whole']:.2f} |",
        f"| the same and for each of {FEEDERS:,} feeders, with and without major event days | {middle['ours']:.2f} |",
        f"| pandas groupby: SAIFI, SAIDI, CAIDI, MAIFI, days; two indices of {FEEDERS:,} feeders | {middle['pandas']:.2f} |",
        f"| the command on a CSV file of {megabytes:.0f} MB, by feeder, reading included | {from_file:.2f} |",
    ]
    return "\n".join([f"| {size:,} interruption steps | seconds |", "| --- | --- |", *rows])


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    table = table_of(options.size, options.rounds)
    print(table)
    if options.write:
        machine = (
            f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} when it ended"
        )
        head = "# Reliability indices of a million interruptions\n\n`python -m benchmarks.reliability --write`\n\n"
        RESULTS.write_text(
            f"{head}{machine}. Median of {options.rounds} rounds; both answers asserted to agree.\n\n{table}\n"
        )


if __name__ == "__main__":
    main()
