"""Suggested switching on a large network: how long each goal takes to the end, and what is told when its time is over before.

    python -m benchmarks.suggestions [--customers 30000] [--seconds 120] [--write]

A generated utility is published in a PostgreSQL of its own. At the feeder with the most nodes its load is taken off, its head is
isolated, and the transformer above it is taken out: once without a limit of time, once within the given seconds. Told are seconds of
the clock and of the processor, the ways, and how many of them had their power flow.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import _live

if TYPE_CHECKING:
    from network.selectors.state import NetworkState

Rows = list[tuple[str, ...]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=30_000)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    before = os.getloadavg()
    try:
        rows = _measure(options.customers, options.seconds)
    finally:
        _live.conftest.pytest_unconfigure()
    words = f"--customers {options.customers} --seconds {options.seconds:g}"
    head = f"# Suggested switching\n\n`python -m benchmarks.suggestions {words}`, {_live.machine(before)}.\n\n"
    columns = ("goal", "limit s", "clock s", "processor s", "ways", "with power flow", "all looked at")
    _live.publish(head + _live.table(columns, rows), "suggestions.md", write=options.write)


def _measure(customers: int, seconds: float) -> Rows:
    from django.db import connection

    from adms.core import actors, clock
    from integration.services import utilities
    from network.domain import generation
    from network.selectors import state
    from network.services import solver_warming
    from outages.services.switching import suggesting
    from outages.services.switching.proposals import Limit
    from outages.services.switching.suggesting import Wanted

    os.environ.pop("SERVERS_MIGRATE", None)  # a database of its own, made and migrated by the first connection
    connection.ensure_connection()
    system = actors.system("benchmark")
    _live.say(f"generating and publishing {customers} customers")
    key = utilities.publish(actor=system, utility=generation.generate(customers, 1), at=clock.now()).key
    solver_warming.warm()
    head, transformer = _places(state.present(key))
    rows: Rows = []
    for goal, mrid in (("isolate", head), ("unload", head), ("take_out", transformer)):
        for allowed in ("none", f"{seconds:g}"):
            limit = Limit() if allowed == "none" else Limit.of_seconds(seconds)
            began = time.perf_counter(), time.process_time()
            told = suggesting.ways(actor=system, wanted=Wanted(key, goal, mrid), at=clock.now(), limit=limit)
            took = time.perf_counter() - began[0], time.process_time() - began[1]
            solved = sum(one["is_checked"] for one in told)
            whole = "no" if limit.was_over else "yes"
            rows.append((goal, allowed, f"{took[0]:.1f}", f"{took[1]:.1f}", str(len(told)), str(solved), whole))
            _live.say(" ".join(rows[-1]))
    return rows


def _places(present: NetworkState) -> tuple[str, str]:
    """The head of the feeder with the most nodes, and the transformer it hangs on."""
    from network.domain.grid import BRANCH_CLASSES

    grid, energisation = present.grid, present.energisation
    heads = energisation.feeder[energisation.feeder >= 0]
    head = int(np.bincount(heads, minlength=grid.branch_count).argmax())
    ends = int(grid.branch_from[head]), int(grid.branch_to[head])
    node = ends[0] if energisation.parent_branch[ends[1]] == head else ends[1]
    while BRANCH_CLASSES[grid.branch_class[above := int(energisation.parent_branch[node])]] != "PowerTransformer":
        node = int(energisation.parent_node[node])
    return grid.branch_mrid_text(head), grid.branch_mrid_text(above)


if __name__ == "__main__":
    main()
