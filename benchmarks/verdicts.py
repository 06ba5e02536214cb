"""The second verdict of an outage in a storm on a large network: both engines over the tree of its source, in processor time.

    python -m benchmarks.verdicts [--customers 1000000] [--events 60000] [--seconds 120] [--asked 60] [--write]

The storm of storm_rounds.py is played; then outages that go on, spread over all of them, are asked about as their pages ask. The floor
is the outage's own row, read once more; the peer is a whole round of prediction in the same tree by the
engine that acts, which every message under that source costs. Seconds are those of this process and of PostgreSQL's for it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import _live, storm_rounds


def main() -> None:
    """Play, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--asked", type=int, default=60, help="outages that are asked about")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    before = os.getloadavg()
    try:
        storm_rounds.play(options.customers, options.events, options.seconds)
        words, rows = _ask(options.asked, storm_rounds.BEGAN + dt.timedelta(seconds=options.seconds))
    finally:
        _live.conftest.pytest_unconfigure()
    asked = " ".join(f"--{name} {getattr(options, name):g}" for name in ("customers", "events", "seconds", "asked"))
    head = f"# Second verdicts\n\n`python -m benchmarks.verdicts {asked}`, {_live.machine(before)}.\n\n{words}\n\n"
    columns = ("what", "median s", "p95 s", "most s", "times the row")
    _live.publish(head + _live.table(columns, rows), f"verdicts_{options.customers}.md", write=options.write)


def _ask(count: int, at: dt.datetime) -> tuple[str, list[tuple[str, ...]]]:
    from network.selectors import state
    from outages.domain import lifecycle
    from outages.models import Outage
    from outages.selectors import verdicts
    from outages.services import prediction

    (model,) = state.models()
    going = Outage.objects.filter(state__in=lifecycle.RUNNING).order_by("pk")
    ids = list(going.values_list("pk", flat=True))
    chosen = ids[:: max(1, len(ids) // count)][:count]
    spent, reports = storm_rounds.Spent(), []
    verdicts.of(Outage.objects.get(pk=chosen[0]), at)  # a process that serves pages has laid its trees, too

    def row(found: Outage) -> None:
        Outage.objects.get(pk=found.pk)

    def both(found: Outage) -> None:
        told = verdicts.of(found, at)
        if not told.nothing:
            assert len(told.all) == 2
            reports.append(told.reports)

    def a_round(found: Outage) -> None:
        prediction.run(model=model, at=at, nodes=[found.node])

    ways: dict[str, Callable[[Outage], None]] = {
        "the outage's row": row,
        "both verdicts": both,
        "a round in the same tree": a_round,
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for found in Outage.objects.filter(pk__in=chosen).order_by("pk"):
        for name, way in ways.items():
            first = spent.now()
            way(found)
            took[name].append(sum(spent.now()) - sum(first))
    floor = max(_live.percentile(took["the outage's row"], 0.5), 1e-4)
    words = f"{len(ids):,} outages go on, {len(chosen)} are asked about; {len(reports)} have open reports, {sum(reports):,} in all."
    return words, [
        (name, *_figures(found), f"{_live.percentile(found, 0.5) / floor:.0f}") for name, found in took.items()
    ]


def _figures(seconds: list[float]) -> tuple[Any, ...]:
    shares = (0.5, 0.95, 1.0)
    return tuple(f"{_live.percentile(seconds, share):.3f}" for share in shares)


if __name__ == "__main__":
    main()
