"""Pages of outages and reliability with thousands of outages behind them, in time and processor time, against a page without any.

    python -m benchmarks.pages [--outages 5000] [--rows 40] [--rounds 20] [--write]

A system of its own: the demo network, so many outages that are over with so many ledger rows each, and as many that go on, each with a
call, a callback, evidence and a ping (`tests/builders/crowded.py`). One browser's session asks the pages in turns, the floor among
them: a dialog that looks nothing up but its settings. The first visit is shown apart: the process reads the year then. Processor
time is that of the web process and of PostgreSQL's processes; the rest of a request is waiting. Everything shares the machine.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import _live

FLOOR = "reliability/method/"
PAGES = (
    FLOOR,
    "reliability/?month={month}",
    "reliability/?month={year}&by=cause",
    "reliability/?month={month}&by=device&med=with",
    "reliability/feeder/?month={month}&by=cause&group=tree",
    "reliability/rows/?month={month}&index=saidi",
    "reliability/outages/table.csv?month={year}",
    "reliability/rows.csv?month={year}",
    "reliability/restated/?month={month}",
    "reliability/reports/",
    "reliability/restoration-times/",
    "outages/",
    "outages/?show=completed&page=7",
    "outages/?q=a",
    "outages/side/",
    "outages/kpis/",
    "storm/",
    "outages/{outage}/",
    "outages/{outage}/evidence/",
    "callbacks/",
    "critical/",
    "calls/",
    "pings/",
    "dispatch/",
    "dispatch/outages/",
)
FILL = (
    "from adms.core import clock; from tests.builders import crowded;"
    " crowded.fill(at=clock.now(), past={outages}, rows_each={rows}, going={outages})"
)
TICKS = os.sysconf("SC_CLK_TCK")


def session(system: Any) -> httpx.Client:
    """A manager who also operates, signed in."""
    client = httpx.Client(base_url=system.base_url, timeout=300, follow_redirects=True)
    form = client.get("login/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    if token is None:
        raise RuntimeError("no form to sign in with")
    fields = {"csrfmiddlewaretoken": token[1], "username": "operator", "password": "tieline-demo-2026"}
    client.post("login/", data=fields, headers={"Referer": system.base_url}).raise_for_status()
    return client


def spent(system: Any) -> float:
    """Seconds of processor time of the web process and PostgreSQL, children that ended included."""
    group = {system.pid("web"), system.pid("postgres")}
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        number, parent = int(stat.parent.name), int(words[1])
        if number in group or parent in group:
            total += int(words[11]) + int(words[12])
    return total / TICKS


def measured(client: httpx.Client, system: Any, page: str, headers: dict[str, str]) -> tuple[float, float, int]:
    """Milliseconds on the clock and of processors, and kilobytes."""
    cpu, began = spent(system), time.perf_counter()
    answer = client.get(page, headers=headers)
    took = time.perf_counter() - began
    answer.raise_for_status()
    return took * 1000, (spent(system) - cpu) * 1000, len(answer.content) // 1024


def table_of(system: Any, rounds: int) -> str:
    """Ask in turns, and tell it as a table."""
    client = session(system)
    year, month = time.strftime("%Y"), time.strftime("%Y-%m", time.localtime(time.time() - 31 * 86_400))
    (outage,) = system.rows("SELECT max(id) FROM outages_outage WHERE state = 'new'")[0]
    pages = [page.format(year=year, month=month, outage=outage) for page in PAGES]
    headers = {"HX-Request": "true"}
    first = {page: measured(client, system, page, headers if "reliability/feeder" in page else {}) for page in pages}
    found: dict[str, list[tuple[float, float, int]]] = {page: [] for page in pages}
    for _ in range(rounds):
        for page in pages:
            found[page].append(measured(client, system, page, {}))
    floor = statistics.median(took for took, _, _ in found[pages[0]])
    lines = []
    for page, answers in found.items():
        took = [one[0] for one in answers]
        lines.append((
            f"`/{page}`" + (" (floor)" if page == FLOOR else ""), f"{first[page][0]:.0f}", f"{statistics.median(took):.0f}",
            f"{_live.percentile(took, 0.95):.0f}", f"{statistics.median(took) / floor:.1f}",
            f"{statistics.median(one[1] for one in answers):.0f}", f"{answers[0][2]}",
        ))  # fmt: skip
    return _live.table(("page", "first ms", "median ms", "p95 ms", "to the floor", "processor ms", "KB"), lines)


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outages", type=int, default=5_000)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    before = os.getloadavg()
    with _live.running("pages", ("web",)) as system:
        _live.say(f"{options.outages} outages, {options.outages * options.rows} ledger rows")
        system.manage("shell", "-c", FILL.format(outages=options.outages, rows=options.rows))
        system.rows("ANALYZE")
        table = table_of(system, options.rounds)
    told = (
        f"# Pages with {options.outages:,} past and {options.outages:,} present outages,"
        f" {options.outages * options.rows:,} ledger rows\n\n"
        f"`python -m benchmarks.pages --outages {options.outages} --rows {options.rows} --rounds {options.rounds} --write`\n\n"
        f"{_live.machine(before)}. {options.rounds} rounds, pages in turns.\n\n{table}"
    )
    _live.publish(told, "pages.md", write=options.write)


if __name__ == "__main__":
    main()
