"""A control room with two hundred browsers: a switch that moves until it is seen, and a flood of alarms of which none may be lost.

    python -m benchmarks.control_room [--browsers 200] [--rounds 40] [--alarms 1000] [--write]

The demo network on a system of its own. A process plays the browsers: each holds its websocket and fetches the parts of its page
that change, as the page's script does; another walks through whole pages, whose times are taken. A real Chromium without a
graphics card has the control room open. Another process moves feeder breakers: measured is from before the report is recorded until
two frames after the map holds that state. Then it raises alarms within ten seconds while the frames of Chromium are timed;
afterwards the table of alarms, the journal and the figure in the top bar must all have every one. The floor of the frames is the
same page with nothing going on.
"""

from __future__ import annotations

import argparse
import bisect
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import _live, _storm_people

FLOOD_S = 10.0
BETWEEN_S = 0.4
WARM_MS = 10_000
PATIENCE_MS = 30_000
MAP = "document.querySelector('[data-network-map]').networkMap"
# Milliseconds since 1970 when the map holds a state, two frames later.
SEEN = f"""(sequence) => new Promise((done) => {{
  const end = performance.now() + {PATIENCE_MS};
  const look = () => {{
    const painted = () => done(performance.timeOrigin + performance.now());
    if ({MAP}.report().seq >= sequence) requestAnimationFrame(() => requestAnimationFrame(painted));
    else if (performance.now() > end) done(null);
    else requestAnimationFrame(look);
  }};
  look();
}})"""
FRAMES = """() => {
  window.intervals = [];
  let last = 0;
  window.timing = true;
  const step = (now) => { if (last) window.intervals.push(now - last); last = now; if (window.timing) requestAnimationFrame(step); };
  requestAnimationFrame(step);
}"""
TIMED = "() => { window.timing = false; return window.intervals; }"
UNSEEN = "SELECT count(*) FROM core_alarm WHERE closed_at IS NULL AND NOT is_acknowledged"
ALARMS = "SELECT count(*) FROM core_alarm WHERE starts_with(source, 'bench:')"
CAME = """SELECT count(*) FROM core_alarmevent e JOIN core_alarm a ON a.id = e.alarm_id
          WHERE e.kind = 'raised' AND starts_with(a.source, 'bench:')"""


class Other:
    """A process of the same system that answers each line with a line."""

    def __init__(self, system: Any, module: str, first: str = "") -> None:
        words = [sys.executable, "-m", module]
        self.process = subprocess.Popen(
            words, env=system.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.say(first) if first else None

    def say(self, line: str) -> None:
        """Tell it something."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """Its next answer."""
        assert self.process.stdout is not None
        return dict(json.loads(self.process.stdout.readline()))

    def end(self) -> None:
        """Close its input and wait."""
        self.process.communicate(timeout=60)


@contextmanager
def control_room(system: Any) -> Iterator[Any]:
    """A Chromium with the control room open and live."""
    from playwright.sync_api import sync_playwright

    from adms.core.demo import DEMO_PASSWORD
    from tests import chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        page = browser.new_page(base_url=system.base_url, viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.goto("/login/")
        page.fill("[name=username]", "operator")
        page.fill("[name=password]", DEMO_PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_selector("body[data-ws=open]")
        page.wait_for_selector(".map[data-ready]")
        yield page
        browser.close()


def frames(page: Any, seconds: float) -> list[float]:
    """Milliseconds from frame to frame."""
    page.evaluate(FRAMES)
    page.wait_for_timeout(seconds * 1000)
    return list(page.evaluate(TIMED))


def moved(page: Any, other: Other, rounds: int) -> list[float]:
    """Milliseconds from before a report is recorded until it is seen."""
    found = []
    for _ in range(rounds):
        other.say("switch")
        told = other.hear()
        seen = page.evaluate(SEEN, told["sequence"])
        if seen is None:
            raise RuntimeError(f"state {told['sequence']} was not seen within {PATIENCE_MS} ms")
        found.append(seen - told["began"] * 1000)
        time.sleep(BETWEEN_S)
    return found


def flooded(page: Any, other: Other, alarms: int) -> tuple[list[float], dict[str, Any]]:
    """Frames while alarms come, and what the raising process says."""
    other.say(f"flood {alarms} {FLOOD_S}")
    found = frames(page, FLOOD_S + 1)
    return found, other.hear()


def all_shown_after(page: Any, system: Any) -> float:
    """Seconds until the top bar counts every alarm that nobody has acknowledged."""
    began = time.monotonic()
    while time.monotonic() < began + PATIENCE_MS / 1000:
        wanted = int(system.rows(UNSEEN)[0][0])
        spoken = f"{wanted:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
        if page.locator(".control-bar .tag", has_text=f"{spoken} new").count():
            return time.monotonic() - began
        page.wait_for_timeout(100)
    raise RuntimeError(f"the top bar does not count {wanted} alarms within {PATIENCE_MS} ms")


def measure(browsers: int, rounds: int, alarms: int) -> list[tuple[str, str, str]]:
    """The rows of the table."""
    with _live.running("room") as system:
        system.manage("create_user", "storm", "--role", "SOP", TIELINE_PASSWORD="a stormy night out")
        people = [
            Other(system, "benchmarks._storm_people", json.dumps(job))
            for job in _storm_people.jobs(system.base_url, browsers)
        ]
        for one in people:
            one.hear()
        other = Other(system, "benchmarks._control_room_process")
        other.hear()
        with control_room(system) as page:
            phases = {f"{browsers} browsers connect": time.monotonic()}
            _live.say(f"{browsers} browsers open their sockets")
            page.wait_for_timeout(15_000)
            phases["nothing goes on"] = time.monotonic()
            idle = frames(page, FLOOD_S)
            phases["the first switches move"] = time.monotonic()
            moved(page, other, 4)
            page.wait_for_timeout(WARM_MS)  # everybody has fetched every part once
            _live.say(f"{rounds} movements")
            phases["switches move"] = time.monotonic()
            times = moved(page, other, rounds)
            _live.say(f"{alarms} alarms in {FLOOD_S:.0f} s")
            phases["alarms flood"] = time.monotonic()
            busy, told = flooded(page, other, alarms)
            shown = all_shown_after(page, system)
        other.end()
        for one in people:
            one.say("end")
        heard = _storm_people.together([one.hear() for one in people])
        for one in people:
            one.end()
        kept = [int(system.rows(query)[0][0]) for query in (ALARMS, CAME)]
    flood = {"alarms": alarms, "kept": kept, "told": told, "shown": shown}
    return [*rows(times, (idle, busy), heard, flood), *pages(heard, phases)]


def pages(heard: dict[str, Any], phases: dict[str, float]) -> list[tuple[str, str, str]]:
    """Whole pages and the parts that browsers fetched, by what went on when they were asked for."""
    asked = sorted(((sum(times), len(times), name) for name, times in heard["times"].items()), reverse=True)
    _live.say("waited for: " + ", ".join(f"{name} {count} times, {took:.0f} s" for took, count, name in asked[:12]))
    names, starts = list(phases), list(phases.values())
    taken: dict[tuple[str, bool], list[float]] = {}
    for name, times in heard["times"].items():
        if name == "/healthz":
            continue
        for began, took in zip(heard["began"][name], times, strict=True):
            phase = names[max(0, bisect.bisect_right(starts, began) - 1)]
            taken.setdefault((phase, name.startswith("/")), []).append(took * 1000)
    told = []
    for phase in names:
        whole, parts = (taken.get((phase, is_page), []) for is_page in (True, False))
        told.append((f"whole pages while {phase}, ms", _halves(whole), f"{len(parts)} parts fetched: {_halves(parts)}"))
    return told


def _halves(times: list[float]) -> str:
    if not times:
        return "none"
    return f"{statistics.median(times):,.0f}, 95 % within {_live.percentile(times, 0.95):,.0f} ({len(times)})"


def rows(
    times: list[float],
    timed: tuple[list[float], list[float]],
    heard: dict[str, Any],
    flood: dict[str, Any],
) -> list[tuple[str, str, str]]:
    """What was measured, in words."""
    if flood["kept"] != [flood["alarms"]] * 2 or flood["told"]["raised"] != flood["alarms"]:
        raise RuntimeError(f"alarms were lost: {flood}")
    told = [f"{statistics.median(one):.0f}, 95 % within {_live.percentile(one, 0.95):.0f}" for one in timed]
    return [
        (
            "browsers connected; sockets that broke; errors",
            f"{heard['open']:,}",
            f"{heard['closed']}; {len(heard['errors'])}",
        ),
        (
            "state change until painted, ms",
            f"{statistics.median(times):,.0f}, 95 % within {_live.percentile(times, 0.95):,.0f}",
            f"{len(times)} movements, longest {max(times):,.0f}",
        ),
        (
            f"{flood['alarms']:,} alarms in {flood['told']['ended'] - flood['told']['began']:.1f} s: written, in the journal",
            f"{flood['kept'][0]:,}, {flood['kept'][1]:,}",
            f"all in the top bar {flood['shown']:.1f} s after the frames were timed",
        ),
        ("ms from frame to frame meanwhile", told[1], f"nothing going on {told[0]}"),
    ]


def main() -> None:
    """Measure, print, and write if told to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--browsers", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--alarms", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/results")
    arguments = parser.parse_args()
    load = os.getloadavg()
    found = measure(arguments.browsers, arguments.rounds, arguments.alarms)
    words = f"`python -m benchmarks.control_room --browsers {arguments.browsers}`, {_live.machine(load)}."
    head = f"# A control room with {arguments.browsers} browsers\n\n{words}\n\n"
    _live.publish(
        head + _live.table(("what", "measured", "beside it"), found), "control_room.md", write=arguments.write
    )


if __name__ == "__main__":
    main()
