"""A million customers: publish, load, energise, trace, replay, follow and search, on one small machine.

    python -m benchmarks.scale [--customers 1000000] [--write]

One synthetic utility (see docs/subsystems/scale.md) is generated and published in a PostgreSQL of its own, with fsync as shipped. What
has a peer is measured beside it in the same process, in turns: scipy's breadth-first search and one touch of the memory for
energisation, Django's bulk_create for publishing, Django's icontains for searching. Times are medians unless they say otherwise.
`--write` keeps the table in benchmarks/results/scale.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import _live, _scale_peers

ROUNDS, OPERATIONS = 9, 100_000
Rows = list[tuple[str, str, str]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    before = os.getloadavg()
    try:
        rows = _measure(options.customers)
    finally:
        _live.conftest.pytest_unconfigure()
    head = f"# Scale\n\n`python -m benchmarks.scale --customers {options.customers}`, {_live.machine(before)}.\n\n"
    _live.publish(head + _live.table(("what", "measured", "against"), rows), "scale.md", write=options.write)


def _measure(customers: int) -> Rows:
    from django.db import connection

    from network.domain import warming
    from network.selectors import state

    os.environ.pop("SERVERS_MIGRATE", None)  # a database of its own, made and migrated by the first connection
    connection.ensure_connection()
    warming.warm()
    rows, key = _publishing(customers)
    rows += _loading(key)
    present = state.present(key)
    rows += _energising(present)
    rows += _tracing(present)
    rows += _searching(present)
    rows += _following(present)
    rows += _replaying(present)
    return rows


def seconds(work: Callable[[], Any]) -> float:
    """How long it takes once."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_ms(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Median of some rounds."""
    return 1000 * statistics.median(seconds(work) for _ in range(rounds))


def _publishing(customers: int) -> tuple[Rows, str]:
    from adms.core import actors, clock
    from integration.services import utilities
    from network.domain import generation
    from network.domain.grid import assemble, to_blob

    _live.say(f"generating {customers} customers")
    began = time.perf_counter()
    utility = generation.generate(customers, 1)
    generated = time.perf_counter() - began
    grid = assemble(generation.columns(utility))
    compiled = time.perf_counter() - began - generated
    _live.say("publishing")
    began = time.perf_counter()
    published = utilities.publish(actor=actors.system("benchmark"), utility=utility, at=clock.now())
    took = time.perf_counter() - began
    count = grid.branch_count + grid.injection_node.size
    rate = _scale_peers.bulk_create_rate()
    size = f"{grid.node_count:,} nodes, {grid.branch_count:,} branches, {grid.injection_node.size:,} injections"
    return [
        ("the network", size, f"{int(grid.is_switch.sum()):,} switches, {utility.transformers:,} service transformers"),
        ("generate", f"{generated:.1f} s", ""),
        ("columns and grid", f"{compiled:.1f} s", f"{len(to_blob(grid)) / 1e6:.0f} MB"),
        (
            "publish everything, committed",
            f"{took:.0f} s",
            f"{(count + 3 * customers) / took:,.0f} rows/s; Django bulk_create of equipment {rate:,.0f} rows/s",
        ),
    ], published.key


def _loading(key: str) -> Rows:
    """Fresh processes: the first reads the grid from PostgreSQL and writes the files, the second maps them."""
    rows: Rows = []
    for what in ("first process: state from PostgreSQL", "next process: files mapped, state energised"):
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks._scale_process", "load", key], capture_output=True, text=True, check=True
        ).stdout.split()
        took, resident, own = (float(one) for one in told)
        rows.append((what, f"{took:.2f} s", f"memory {resident:.0f} MB, of it its own alone {own:.0f} MB"))
    return rows


def _energising(present: Any) -> Rows:
    from network.domain.energisation import compare, energise, reenergise

    _live.say("energising")
    grid, normal = present.grid, present.energisation
    feeders = np.flatnonzero(grid.is_feeder_head)
    peer = _scale_peers.Scipy(grid)
    floor = _scale_peers.touch(grid)
    times: dict[str, list[float]] = {name: [] for name in ("full", "scipy", "floor", "one", "compare")}
    for head in feeders[:ROUNDS].tolist():
        closed = grid.normal_closed.copy()
        closed[head] = 0
        changed = np.array([head], np.int32)
        times["full"].append(seconds(lambda closed=closed: energise(grid, closed)))
        matrix = peer.matrix(closed)
        times["scipy"].append(seconds(lambda matrix=matrix: peer.live(matrix)))
        times["floor"].append(seconds(floor))
        times["one"].append(seconds(lambda closed=closed, changed=changed: reenergise(grid, normal, closed, changed)))
        after = reenergise(grid, normal, closed, changed)
        assert int((after.live > 0).sum()) == peer.live(matrix)
        times["compare"].append(seconds(lambda after=after: compare(normal, after)))
    ms = {name: 1000 * statistics.median(found) for name, found in times.items()}
    nodes = np.random.default_rng(1).integers(0, grid.node_count, 10_000).tolist()
    normal.customers_below(0)
    lookup = seconds(lambda: [normal.customers_below(node) for node in nodes]) / len(nodes) * 1e6
    return [
        (
            "energise everything",
            f"{ms['full']:.2f} ms",
            f"scipy search {ms['scipy'] / ms['full']:.1f} times as long, floor {ms['floor']:.2f} ms",
        ),
        ("after opening a feeder breaker", f"{ms['one']:.2f} ms", f"scipy {ms['scipy'] / ms['one']:.0f} times as long"),
        ("who lost, who regained", f"{ms['compare']:.2f} ms", ""),
        ("customers below any device", f"{lookup:.2f} µs", "two look-ups, after the depth-first order is laid once"),
    ]


def _tracing(present: Any) -> Rows:
    from network.domain import trace
    from network.domain.energisation import energise
    from network.selectors import devices, traces

    _live.say("tracing")
    grid = present.grid
    phase = median_ms(lambda: energise(grid, present.closed & np.uint8(1)))
    ordered = median_ms(lambda: energise(grid, present.closed).order)
    heads = [int(head) for head in np.flatnonzero(grid.is_feeder_head)[:5]]
    rows = [devices.device(grid.branch_mrid_text(head)) for head in heads]
    traces.on_phase.cache_clear()
    first = 1000 * seconds(lambda: traces.trace(rows[0], direction="down"))
    down = 1000 * statistics.median(seconds(lambda row=row: traces.trace(row, direction="down")) for row in rows[1:])
    found = len(traces.trace(rows[1], direction="down").objects)
    leaf = devices.device(grid.branch_mrid_text(int(np.flatnonzero(grid.service_transformer)[-1])))
    up = median_ms(lambda: traces.trace(leaf, direction="up"))
    ties = np.flatnonzero(
        (grid.normal_closed == 0) & grid.is_switch & (np.arange(grid.branch_count) >= grid.off_forest[0])
    )
    closed = grid.normal_closed.copy()
    closed[ties] = grid.branch_phases[ties]
    meshed = 1000 * seconds(lambda: energise(grid, closed))
    all_closed = energise(grid, closed)
    loops = 1000 * seconds(lambda: all_closed.loops)
    parallel = 1000 * seconds(lambda: trace.parallels(all_closed))
    return [
        ("energise on one phase", f"{phase:.1f} ms", ""),
        ("depth-first order of all that is live", f"{ordered:.0f} ms", "once per state that is traced downstream"),
        (
            "trace down a feeder, three phases, with names",
            f"{down:.0f} ms",
            f"{found:,} objects; first after a change {first:.0f} ms",
        ),
        ("trace up from a service transformer", f"{up:.1f} ms", "three phases, with names"),
        (
            f"all {ties.size} ties closed: energise",
            f"{meshed:.0f} ms",
            f"{all_closed.loops.size} loops in {loops:.1f} ms, {trace.parallels(all_closed).size} parallels in {parallel:.1f} ms",
        ),
    ]


def _searching(present: Any) -> Rows:
    from network.selectors import search

    _live.say("searching")
    grid = present.grid
    mrid = grid.branch_mrid_text(grid.branch_count // 2)
    first = seconds(lambda: search.find("zz"))
    texts = (
        "zz",
        "AS",
        "1000345",
        "T1000345",
        "0345",
        "tie",
        "smith",
        "Emma Smith",
        "12 maple",
        "555-012",
        "street",
        mrid,
        mrid[:10],
    )
    times = {text: [1000 * seconds(lambda text=text: search.find(text, 20)) for _ in range(5)] for text in texts}
    middle = {text: statistics.median(found) for text, found in times.items()}
    slowest = max(middle, key=lambda text: middle[text])
    every = sorted(one for found in times.values() for one in found)
    peer = _scale_peers.icontains_ms("0345")
    return [
        ("names read for searching, once per machine", f"{first:.1f} s", ""),
        (
            f"search ({len(texts)} texts, equipment, feeders and customers)",
            f"{statistics.median(middle.values()):.0f} ms, 95 % within {_live.percentile(every, 0.95):.0f} ms",
            f"slowest {slowest!r} {middle[slowest]:.0f} ms; Django icontains over equipment {peer:.0f} ms",
        ),
    ]


def _following(present: Any) -> Rows:
    """Another process follows by number: how long after the commit it has the new state."""
    from adms.core import actors, clock
    from network.services import positions
    from network.services.positions import PositionReport

    _live.say("following")
    grid = present.grid
    other = subprocess.Popen(
        [sys.executable, "-m", "benchmarks._scale_process", "follow", present.model],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdin is not None
    other.stdout.readline()
    writes, seen = [], []
    reclosers = np.flatnonzero(grid.branch_class == 4)[:20].tolist()
    for branch in reclosers:
        report = PositionReport(present.model, grid.branch_mrid_text(branch), clock.now(), is_closed=False)
        began = time.perf_counter()
        positions.record_positions(actor=actors.system("benchmark"), source="scada", reports=[report], at=clock.now())
        committed = time.time()
        writes.append(1000 * (time.perf_counter() - began))
        seen.append(1000 * (float(other.stdout.readline()) - committed))
    other.stdin.close()
    other.wait(30)
    return [
        (
            "switch operation: checked, journalled, energised, committed",
            f"{statistics.median(writes):.0f} ms",
            f"95 % within {_live.percentile(writes, 0.95):.0f} ms",
        ),
        (
            "until another process that asks all the time has the new state",
            f"{statistics.median(seen):.0f} ms after the commit",
            f"95 % within {_live.percentile(seen, 0.95):.0f} ms",
        ),
    ]


def _replaying(present: Any) -> Rows:
    from adms.core import clock
    from network.selectors import past, state

    _live.say(f"replaying {OPERATIONS} operations")
    at = clock.now()
    wrote = seconds(lambda: _scale_peers.journal(present, OPERATIONS, at))
    then = at + dt.timedelta(days=1)
    replay = seconds(lambda: past.positions(present.model_id, present.fitted.base, then, "occurred_at", set()))
    whole = seconds(lambda: state.past_state(present.model, then, "recorded_at"))
    advanced = seconds(lambda: state.present(present.model))
    return [
        (
            f"journal of {OPERATIONS:,} operations: replay positions",
            f"{replay:.2f} s",
            f"written by COPY in {wrote:.1f} s",
        ),
        ("the same, with what was live then", f"{whole:.2f} s", ""),
        (f"a process that slept through {OPERATIONS:,} operations catches up", f"{advanced:.2f} s", ""),
    ]


if __name__ == "__main__":
    main()
