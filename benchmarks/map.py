"""The map of a million customers in a browser: how soon it can be used, and how smoothly it moves while a thousand elements change.

    python -m benchmarks.map [--customers 1000000] [--write]

A utility is generated and published on a system of its own; a Chromium without a graphics card opens the control room. Twice is
measured, in turns, what the map does and what a floor does: a page's first byte until the map can be used against until an empty page
has painted; frames of a map that is panned and zoomed at every frame, whole and close up, against frames of a bare canvas of the same
size that is filled at every frame. Meanwhile another process opens and closes feeder breakers, so that about a thousand elements
change each second. `--write` keeps the table in benchmarks/results/map.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import _live

ROUNDS = 3
SECONDS = 8
PASSWORD = "correct-horse-battery"
MAP = "document.querySelector('[data-network-map]').networkMap"
PAINTED = "requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))"
FLOOR_PAINTED = f"() => new Promise((done) => {{ document.body.replaceChildren(); {PAINTED}; }})"
# Milliseconds since the navigation began: first byte, states there, and the frame that shows the base picture.
USABLE = f"""() => new Promise((done) => {{
  const first = performance.getEntriesByType("navigation")[0].responseStart;
  const look = () => {{
    const map = {MAP};
    if (map && "ready" in map.host.dataset && map.layer.near) requestAnimationFrame(() => done([first, performance.now()]));
    else requestAnimationFrame(look);
  }};
  look();
}})"""
FRAMES = f"""([seconds, floor]) => new Promise((done) => {{
  const map = {MAP}, screen = map.screen, intervals = [], end = performance.now() + seconds * 1000;
  const {{ clientWidth: width, clientHeight: height }} = screen;
  const bare = document.createElement("canvas"), context = bare.getContext("2d", {{ alpha: false }});
  if (floor) {{ bare.width = width; bare.height = height; bare.style = "position:absolute;inset:0"; screen.append(bare); }}
  const ways = ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"];
  let last = 0, turn = 0;
  const step = (now) => {{
    if (last) intervals.push(now - last);
    last = now;
    turn++;
    if (floor) {{ context.fillStyle = turn % 2 ? "#111" : "#222"; context.fillRect(0, 0, width, height); }}
    else if (turn % 3) screen.dispatchEvent(new KeyboardEvent("keydown", {{ key: ways[(turn >> 4) % 4] }}));
    else screen.dispatchEvent(new WheelEvent("wheel", {{ deltaY: (turn >> 5) % 2 ? 60 : -60, clientX: 700, clientY: 400 }}));
    if (now < end) requestAnimationFrame(step);
    else {{ bare.remove(); done([intervals, map.report().seq]); }}
  }};
  requestAnimationFrame(step);
}})"""
# Close up: where a feeder's switches and names are drawn.
CLOSER = f"""() => {{
  const map = {MAP}, at = map.network.place(map.network.branches >> 1);
  map.view.k = 0.25;
  map.view.centre(at.x, at.y);
}}"""


@contextmanager
def switching(system: Any) -> Iterator[None]:
    """Another process that opens and closes feeder breakers, one a second."""
    words = [sys.executable, "-m", "benchmarks._map_process"]
    with subprocess.Popen(words, env=system.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield
        other.communicate(timeout=30)


@contextmanager
def screen(system: Any) -> Iterator[Any]:
    """A signed-in page."""
    from playwright.sync_api import sync_playwright

    from tests import chromium

    flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=flags)
        page = browser.new_page(base_url=system.base_url, viewport={"width": 1440, "height": 900})
        page.set_default_timeout(120_000)
        page.goto("/login/")
        page.fill("[name=username]", "bench")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_selector(".map[data-ready]")
        page.wait_for_timeout(3000)
        yield page
        browser.close()


def opened(page: Any) -> tuple[float, float]:
    """Milliseconds from the first byte until the map shows the network with its states; and until an empty page has painted."""
    page.goto("/")
    first, usable = page.evaluate(USABLE)
    page.goto("/login/")
    began = page.evaluate("() => performance.getEntriesByType('navigation')[0].responseStart")
    return usable - first, page.evaluate(FLOOR_PAINTED) - began


def frames(page: Any, *, floor: bool) -> tuple[list[float], int]:
    """Milliseconds from frame to frame, and the number of the state at the end."""
    intervals, sequence = page.evaluate(FRAMES, [SECONDS, floor])
    return intervals, sequence


def measure(customers: int) -> list[tuple[str, str, str]]:
    """The rows of the table."""
    with _live.running("map", ("web",)) as system:
        _live.say(f"publishing {customers} customers")
        system.manage("generate_network", "--customers", str(customers), "--seed", "1")
        system.manage("create_user", "bench", "--role", "SOP", TIELINE_PASSWORD=PASSWORD)
        with screen(system) as page:
            times = [opened(page) for _ in range(ROUNDS)]
            page.goto("/")
            page.evaluate(USABLE)
            heap = page.evaluate("() => performance.memory.usedJSHeapSize") / 1e6
            before = page.evaluate(f"() => {MAP}.report().seq")
            with switching(system):
                whole = [(frames(page, floor=False), frames(page, floor=True)) for _ in range(ROUNDS)]
                page.evaluate(CLOSER)
                close = [(frames(page, floor=False), frames(page, floor=True)) for _ in range(ROUNDS)]
            changed = close[-1][1][1] - before
            size = page.evaluate(f"() => [{MAP}.network.branches, {MAP}.network.geometry.count]")
    usable, painted = (statistics.median(one) for one in zip(*times, strict=True))
    return [
        ("branches, segments of lines", f"{size[0]:,}", f"{size[1]:,}"),
        ("first byte until the map can be used, ms", f"{usable:,.0f}", f"empty page painted {painted:,.0f}"),
        ("JavaScript's own memory, MB", f"{heap:.0f}", ""),
        frame_row("the whole network", whole),
        frame_row("close up", close),
        ("state changes seen meanwhile", f"{changed}", ""),
    ]


def frame_row(what: str, turns: list[Any]) -> tuple[str, str, str]:
    """Median and 95 % of the frames of a view, and of the floor's."""
    ours, floor = ([one for turn in turns for one in turn[side][0]] for side in (0, 1))
    told = [f"{statistics.median(one):.0f}, 95 % within {_live.percentile(one, 0.95):.0f}" for one in (ours, floor)]
    return f"pan and zoom, {what}: ms from frame to frame", told[0], f"bare canvas {told[1]}"


def main() -> None:
    """Measure, print, and write if told to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/results")
    arguments = parser.parse_args()
    load = os.getloadavg()
    rows = measure(arguments.customers)
    head = f"# The map\n\n`python -m benchmarks.map --customers {arguments.customers}`, {_live.machine(load)}.\n\n"
    _live.publish(head + _live.table(("what", "measured", "floor"), rows), "map.md", write=arguments.write)


if __name__ == "__main__":
    main()
