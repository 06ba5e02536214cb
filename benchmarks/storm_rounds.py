"""What one event costs from the log to an outage while a storm grows, in processor time: a busy machine measures as an idle one does.

    python -m benchmarks.storm_rounds [--customers 250000] [--events 250000] [--seconds 600] [--step 2] [--engine rules] [--write]

The storm of storm.py (`_storm_plan`: 250,000 events in ten minutes on a quarter of a million customers is a quarter of the target) is
played in one process whose clock is the storm's own: every `--step` seconds of it what meters, callers and SCADA have said is stored by
the services the door calls, events are delivered to the outages, and what is due is predicted. Nothing else runs, so that a round is as
large as the step makes it, however fast the machine is. Told for every minute of the storm: outages that go on, reports that are open,
and the seconds of this process and of PostgreSQL's for it. The end has a digest of outages, evidence and ledger: two versions
of the product that should decide alike are held against each other by it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import _live, _storm_plan

BEGAN = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
CODES = ("26.0.85", "26.0.216")
BATCH, CALLS_PER_EVENT = 500, 42 * 600 / 1_000_000
_GOING = "SELECT count(*) FROM outages_outage WHERE state NOT IN ('restored', 'completed', 'cancelled')"
_OPEN = "SELECT count(*) FROM outages_evidence WHERE settled_at IS NULL AND kind NOT IN ('restore', 'ping_on')"
#: Without anything that hangs on this run: no ids, no times of ours.
_DECIDED = (
    """SELECT o.device_mrid, o.kind, o.state, o.confidence, o.phases, o.started_at, o.customers_affected, o.customers_out
    FROM outages_outage o ORDER BY 1, 2, 3, 4, 5, 6, 7, 8""",
    """SELECT e.kind, e.usage_point_id, e.occurred_at, e.settled_reason, o.device_mrid, o.started_at
    FROM outages_evidence e LEFT JOIN outages_outage o ON o.id = e.outage_id ORDER BY 1, 2, 3, 4, 5, 6""",
    """SELECT o.device_mrid, o.kind, i.began_at, i.ended_at, i.superseded_at IS NULL, i.usage_points
    FROM outages_interruption i JOIN outages_outage o ON o.id = i.outage_id ORDER BY 1, 2, 3, 4, 5, 6""",
)


def main() -> None:
    """Play, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=250_000)
    parser.add_argument("--events", type=int, default=250_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--step", type=float, default=2)
    parser.add_argument("--engine", default="rules", help="which engine acts: rules or likelihood")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    before = os.getloadavg()
    try:
        rows, digest = play(options.customers, options.events, options.seconds, options.step, options.engine)
    finally:
        _live.conftest.pytest_unconfigure()
    words = " ".join(f"--{name} {getattr(options, name):g}" for name in ("customers", "events", "seconds", "step"))
    words += f" --engine {options.engine}"
    head = f"# Rounds of prediction in a storm\n\n`python -m benchmarks.storm_rounds {words}`, {_live.machine(before)}.\n\n"
    columns = (
        "minute",
        "events, calls",
        "going on",
        "open reports",
        "prediction s",
        "PostgreSQL s",
        "ms an event",
        "longest round s",
    )
    text = head + _live.table(columns, rows) + f"\nDecided: {digest}\n"
    name = "storm_rounds.md" if options.engine == "rules" else f"storm_rounds_{options.engine}.md"
    _live.publish(text, name, write=options.write)


class Spent:
    """Processor seconds of this process, and of its connection's."""

    def __init__(self) -> None:
        import psutil

        self.server = psutil.Process(int(_one("SELECT pg_backend_pid()")))

    def now(self) -> tuple[float, float]:
        """So far."""
        times = self.server.cpu_times()
        return time.process_time(), times.user + times.system


def play(
    customers: int, events: int, seconds: float, step: float = 2.0, engine: str = "rules"
) -> tuple[list[tuple[str, ...]], str]:
    """Play a storm in a database of its own, which stays open; the rows of the table, and the digest of what was decided."""
    from django.core.management import call_command

    from adms import servers
    from adms.core import clock, sweeping
    from adms.core.services import backlog, dispatch
    from adms.core.subscriptions import subscribers

    servers.ensure()
    _create_database()
    call_command("migrate", verbosity=0)
    call_command("generate_network", "--customers", str(customers), "--seed", "1")
    storm = _storm_plan.make(customers, events, seconds, events * CALLS_PER_EVENT / seconds)
    _follow(engine)
    field, spent = _Field(storm), Spent()
    outages = [one for one in subscribers() if one.name == "outages"]
    dispatch.subscribers = backlog.subscribers = lambda: outages
    due = sweeping.sweeps()["predictions"]
    rows, moment = [], 0.0
    while moment < seconds:
        begun, used, longest = field.told, [0.0, 0.0], 0.0
        for _ in range(round(60 / step)):
            moment += step
            at = BEGAN + dt.timedelta(seconds=moment)
            clock.now = lambda at=at: at
            field.tell(moment, at)
            first = spent.now()
            dispatch.dispatch(clock=clock.now)
            due(at)
            took = [after - before for after, before in zip(spent.now(), first, strict=True)]
            used = [total + one for total, one in zip(used, took, strict=True)]
            longest = max(longest, sum(took))
        events = field.told - begun
        rows.append((
            f"{moment / 60:.0f}", f"{events:,}", f"{int(_one(_GOING)):,}", f"{int(_one(_OPEN)):,}", f"{used[0]:.1f}", f"{used[1]:.1f}",
            f"{1000 * sum(used) / max(1, events):.2f}", f"{longest:.2f}",
        ))  # fmt: skip
        _live.say(" ".join(rows[-1]))
    return rows, _digest()


def _follow(engine: str) -> None:
    """Let every area follow the normal rules, by this engine."""
    from adms.core import actors
    from outages.domain import rule_sets
    from outages.services import rule_sets as writing

    if engine != "rules":
        values = rule_sets.BUILT_IN["normal"] | {"engine": engine}
        writing.write(
            actor=actors.system("benchmark"), area=None, name="normal", values=values, reason="benchmark", at=BEGAN
        )


def _create_database() -> None:
    import psycopg
    from django.conf import settings

    place = settings.DATABASES["default"]
    with psycopg.connect(host=place["HOST"], user=place["USER"], dbname="postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{place["NAME"]}"')


class _Field:
    """What meters, callers and SCADA say, handed to the services behind the door."""

    def __init__(self, storm: Any) -> None:
        from adms.core import actors
        from metering.models import Meter
        from network.selectors import state

        self.storm, self.told = storm, 0
        known = {
            number: (pk, point) for number, pk, point in Meter.objects.values_list("number", "pk", "usage_point_id")
        }
        self.meters = [known[f"M{storm.number(customer)}"] for customer in range(storm.customers)]
        self.who, (self.model,) = actors.system("benchmark"), state.models()
        self.at = [0, 0, 0]  # of events, calls, positions: how many have been told

    def tell(self, moment: float, at: dt.datetime) -> None:
        """Everything up to this second of the storm."""
        from metering.services.device_events import DeviceEvent, record_events
        from network.services import positions
        from outages.services import calls

        storm = self.storm
        until = int(np.searchsorted(storm.at, moment, side="right"))
        for first in range(self.at[0], until, BATCH):
            part = range(first, min(first + BATCH, until))
            items = [
                DeviceEvent(self.meters[storm.customer[n]][0], CODES[storm.code[n]], _at(storm.occurred[n]), f"e{n}")
                for n in part
            ]
            record_events(source="HES", items=items, at=at)
        told = self._next(1, storm.calls, moment)
        reports = [
            calls.CallReport(self.meters[who][1], _at(when), mrid=f"{when}-{who}", source="IVR") for when, who in told
        ]
        if reports:
            calls.record_calls(reports=[(self.who, one) for one in reports], at=at)
        for when, mrid, is_closed in self._next(2, storm.positions, moment):
            report = positions.PositionReport(self.model, mrid, _at(when), is_closed, quality="good")
            positions.record_positions(actor=self.who, source="scada", reports=[report], at=at)
        self.told += until - self.at[0] + len(told)
        self.at[0] = until

    def _next(self, which: int, rows: list[Any], moment: float) -> list[Any]:
        first = last = self.at[which]
        while last < len(rows) and rows[last][0] <= moment:
            last += 1
        self.at[which] = last
        return rows[first:last]


def _at(seconds: float) -> dt.datetime:
    return BEGAN + dt.timedelta(seconds=float(seconds))


def _one(query: str) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def _digest() -> str:
    from django.db import connection

    found = []
    for query in _DECIDED:
        with connection.cursor() as cursor:
            cursor.execute(query)
            found.append(hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()[:16])
    return " ".join(found)


if __name__ == "__main__":
    main()
