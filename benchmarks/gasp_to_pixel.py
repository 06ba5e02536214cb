"""From a meter's last gasp to the screen of somebody else: how long until it is accepted, an outage, and drawn.

    python -m benchmarks.gasp_to_pixel [--rounds 25] [--write]

The demo network on a system of its own, two browsers signed in; hold times are 0, so what is measured is the product and not the
patience of its rules. Each round posts one last gasp of another transformer over HTTP and takes three times from the start of the
post: its answer; the outage's row in the database (asked every 5 ms); and in the second browser the outage card, where a
MutationObserver sees it and a frame later it is painted. All processes and browsers share the machine, and its one clock.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import _live

RULES = '{"hold_time_gasps_s": 0, "hold_time_calls_s": 0}'
PATIENCE_S = 60.0
PAUSE_S = 0.7  # between rounds, so that none waits for the one before
# Times when cards appear, in milliseconds since 1970: seen in the document, and after the next frame.
OBSERVE = """() => {
  window.seen = {};
  const now = () => performance.timeOrigin + performance.now();
  const look = () => {
    for (const card of document.querySelectorAll(".outage-cards [data-row]")) {
      const id = card.dataset.row;
      if (id in window.seen) continue;
      const times = window.seen[id] = { inserted: now() };
      requestAnimationFrame(() => requestAnimationFrame(() => { times.painted = now(); }));
    }
  };
  look();
  new MutationObserver(look).observe(document.querySelector(".outages"), { childList: true, subtree: true });
}"""


@dataclass
class Round:
    """Milliseconds from the start of the post."""

    answered: float
    row: float
    inserted: float
    painted: float


class Watch:
    """Asks the database for the newest outage every 5 ms, from a thread of its own."""

    def __init__(self, system: Any) -> None:
        self.born: dict[int, float] = {}
        self._is_over = threading.Event()
        self._connection = psycopg.connect(**system.database_parameters, dbname=system.database, autocommit=True)
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        newest = 0
        while not self._is_over.wait(0.005):
            query = "SELECT id FROM outages_outage WHERE id > %s"
            for (number,) in self._connection.execute(query, [newest], prepare=True).fetchall():
                self.born[number] = time.time()
                newest = max(newest, number)

    def close(self) -> None:
        """Stop asking."""
        self._is_over.set()
        self._thread.join()
        self._connection.close()


@contextmanager
def screens(system: Any, usernames: tuple[str, ...]) -> Iterator[list[Any]]:
    """A browser each, signed in, in the control room."""
    from playwright.sync_api import sync_playwright

    from adms.core.demo import DEMO_PASSWORD
    from tests import chromium

    flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    with sync_playwright() as playwright:
        browsers = [playwright.chromium.launch(executable_path=chromium.find(), args=flags) for _ in usernames]
        pages = [browser.new_page(base_url=system.base_url) for browser in browsers]
        for page, username in zip(pages, usernames, strict=True):
            page.set_default_timeout(PATIENCE_S * 1000)
            page.goto("/login/")
            page.fill("[name=username]", username)
            page.fill("[name=password]", DEMO_PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_selector("body[data-ws=open]")
            page.wait_for_selector(".map[data-ready]")
        yield pages
        for browser in browsers:
            browser.close()


def meters_of_transformers(world: dict[str, Any]) -> list[str]:
    """One meter per node that has some, in an order of its own."""
    by_node = {meter["node"]: meter["number"] for meter in world["meters"]}
    numbers = list(by_node.values())
    random.Random(1).shuffle(numbers)
    return numbers


def one_round(partner: Any, meter: str, page: Any, watch: Watch, client: httpx.Client) -> Round:
    """Post one last gasp and wait for its card."""
    from adms.core import clock
    from tests.journeys.partners import power_events

    known = {*watch.born}
    message = partner._message(  # noqa: SLF001 - the envelope, without the second post a journey makes
        "EventMessage", "created", "EndDeviceEvents", power_events([meter], clock.now()), str(uuid.uuid4())
    )
    began = time.time()
    answer = client.post("cim/v1/messages", content=message.encode())
    answered = time.time()
    if answer.status_code != 200:
        raise RuntimeError(answer.text)
    number = wait(lambda: next(iter({*watch.born} - known), None), page)
    times = wait(lambda: painted(page, number), page)
    return Round(
        *((moment - began) * 1000 for moment in (answered, watch.born[number])),
        *(times[name] - began * 1000 for name in ("inserted", "painted")),
    )


def painted(page: Any, number: int) -> dict[str, float] | None:
    """The times of a card, once it is painted."""
    times = page.evaluate("number => window.seen[number]", str(number))
    return times if times and "painted" in times else None


def wait(condition: Any, page: Any) -> Any:
    """Wait without keeping the browser from its work."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := condition()) is None:
        if time.monotonic() > deadline:
            raise TimeoutError("nothing came of a last gasp")
        page.wait_for_timeout(10)
    return found


def measure(rounds: int) -> list[Round]:
    """All rounds but the first two, which warm up."""
    with _live.running("pixel") as system:
        system.rows(
            "INSERT INTO outages_rulesetversion (name, version, values, reason, reason_told, changed_by, changed_at)"
            " VALUES ('normal', 1, %s, 'benchmark', '{}', 'benchmark', now())",
            [RULES],
        )
        partner = _live.partner(system, "HES", "created EndDeviceEvents")
        meters = meters_of_transformers(partner.get("api/v1/simulation/world"))
        headers = {"Authorization": f"Bearer {partner.token}", "Content-Type": "application/xml"}
        watch = Watch(system)
        found = []
        try:
            with (
                screens(system, ("operator", "dispatcher")) as pages,
                httpx.Client(base_url=system.base_url, headers=headers, timeout=PATIENCE_S, trust_env=False) as client,
            ):
                pages[1].evaluate(OBSERVE)
                for meter in meters[: rounds + 2]:
                    found.append(one_round(partner, meter, pages[1], watch, client))
                    _live.say(f"{len(found)} of {rounds + 2}: {found[-1].painted:,.0f} ms")
                    pages[1].wait_for_timeout(PAUSE_S * 1000)
        finally:
            watch.close()
        return found[2:]


def report(rounds: list[Round], load: tuple[float, float, float]) -> str:
    """The table and what it was measured on."""
    names = {
        "answered": "post answered",
        "row": "outage row visible in the database",
        "inserted": "outage card in the second browser's document",
        "painted": "the frame after it painted",
    }
    rows = []
    for name, words in names.items():
        values = [getattr(one, name) for one in rounds]
        figures = (statistics.median(values), _live.percentile(values, 0.95), min(values), max(values))
        rows.append([words, *(f"{value:,.0f}" for value in figures)])
    return "\n".join(
        [
            "# From last gasp to pixel\n",
            f"`python -m benchmarks.gasp_to_pixel`, {len(rounds)} rounds, one last gasp each; {_live.machine(load)}.\n",
            "Demo network, hold times 0, milliseconds from the start of the post:\n",
            _live.table(("until", "median", "p95", "least", "most"), rows),
        ]
    )


def main() -> None:
    """Measure, print, and write if told to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/results")
    arguments = parser.parse_args()
    load = os.getloadavg()
    _live.publish(report(measure(arguments.rounds), load), "gasp_to_pixel.md", write=arguments.write)


if __name__ == "__main__":
    main()
