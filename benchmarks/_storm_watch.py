"""What storm.py sees of the system beside the run: queues, memory and processor time, once a second; and the counts afterwards."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg
from django.conf import settings

from benchmarks import _live

_WAITING = """
SELECT (SELECT coalesce(sum(a.event_number), 0) - coalesce(sum(c.number), 0) FROM core_controlarea a
        LEFT JOIN core_checkpoint c ON c.area_id = a.id AND c.subscriber = 'outages'),
       (SELECT coalesce(sum(a.event_number), 0) - coalesce(sum(c.number), 0) FROM core_controlarea a
        LEFT JOIN core_checkpoint c ON c.area_id = a.id AND c.subscriber = 'integration.outage_messages'),
       (SELECT count(*) FROM outages_evidence WHERE outage_id IS NULL AND settled_at IS NULL),
       (SELECT count(*) FROM outages_outage WHERE state NOT IN ('restored', 'completed', 'cancelled')),
       (SELECT count(*) FROM integration_outboxmessage WHERE state = 'pending')
"""
WAITING = {
    "events_waiting": "events that wait for outages",
    "messages_waiting": "events that wait to be told to partners",
    "alone": "open evidence of no outage (hold times included)",
    "outages": "outages going on",
}
_GOING = "FROM outages_outage WHERE state NOT IN ('restored', 'completed', 'cancelled') AND kind"
#: Each piece, when it was recorded, and how long it then waited beyond the hold time its outage's group is given.
_LATE = """
WITH held AS (
    SELECT e.kind, e.recorded_at, e.joined_at, e.outage_id,
           min(e.occurred_at + CASE WHEN e.kind = 'call' THEN interval '120 s' ELSE interval '30 s' END)
               OVER (PARTITION BY e.outage_id) AS due_at
    FROM outages_evidence e WHERE e.joined_at IS NOT NULL AND e.kind IN ('gasp', 'call') AND e.outage_id IS NOT NULL
), late AS (
    SELECT h.kind, h.recorded_at, extract(epoch FROM h.joined_at - greatest(
        h.recorded_at, CASE WHEN o.confidence = 'confirmed' THEN h.recorded_at ELSE due_at END)) AS s
    FROM held h JOIN outages_outage o ON o.id = h.outage_id
)
"""
_LAG = f"""{_LATE}
SELECT kind, count(*), percentile_cont(ARRAY[0.5, 0.95, 0.99, 1.0]) WITHIN GROUP (ORDER BY s) FROM late GROUP BY kind ORDER BY kind
"""
_LAG_BY_MINUTE = f"""{_LATE}
SELECT floor(extract(epoch FROM recorded_at - (SELECT min(recorded_at) FROM late)) / 60) AS minute,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY s) FROM late GROUP BY minute ORDER BY minute
"""


class Watch(threading.Thread):
    """Samples until told to stop."""

    def __init__(self, system: _live.LiveSystem, *load_makers: int) -> None:
        super().__init__(daemon=True)
        self.system, self.load_makers = system, load_makers
        self.samples: list[dict[str, Any]] = []
        self.latest: dict[str, Any] = {}
        self._done = threading.Event()
        self.cpu_before = self.cpu()
        self.began = time.monotonic()

    def run(self) -> None:
        with self.system._connect(self.system.database) as connection:  # noqa: SLF001
            while not self._done.wait(1.0):
                at = time.monotonic()
                try:
                    waiting, messages, alone, outages, outbox = connection.execute(_WAITING).fetchone()
                except psycopg.Error:
                    continue
                sample = {
                    "events_waiting": int(waiting), "messages_waiting": int(messages), "alone": alone, "outages": outages,
                    "outbox": outbox, "memory": self.memory(), "age": 2.0, "at": at - self.began,
                }  # fmt: skip
                self.samples.append(sample)
                self.latest = sample
                if len(self.samples) % 10 == 0:
                    _live.say(" ".join(f"{k}={v}" for k, v in sample.items() if k != "memory"))

    def stop(self) -> None:
        """No more samples."""
        self._done.set()
        self.join()
        self.cpu_after = self.cpu()
        self.took = time.monotonic() - self.began

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Everything of the system by name, with children."""
        found = {}
        for name in (*self.system.names, "postgres", "redis"):
            try:
                first = psutil.Process(self.system.pid(name))
                found[name] = [first, *first.children(recursive=True)]
            except (psutil.Error, AssertionError):
                found[name] = []
        return found

    def cpu(self) -> dict[str, float]:
        """Seconds of the processor so far; those of children that ended count with their parent."""
        total: dict[str, float] = {}
        for name, processes in self.processes().items():
            total[name] = 0.0
            for process in processes:
                try:
                    times = process.cpu_times()
                except psutil.Error:
                    continue
                ended = times.children_user + times.children_system if process is processes[0] else 0.0
                total[name] += times.user + times.system + ended
        return total

    def memory(self) -> dict[str, float]:
        """MB that would be free without it (shared pages shared out), by name."""
        found = {}
        for name, processes in self.processes().items():
            total = 0.0
            for process in processes if len(self.samples) % 15 == 0 else ():
                try:
                    total += process.memory_full_info().pss / 1e6
                except psutil.Error:
                    continue
            found[name] = total
        return found

    def report(self) -> list[tuple[str, str, str]]:
        """Rows of the table."""
        rows = []
        for key, words in WAITING.items():
            values = [one[key] for one in self.samples] or [0]
            course = ", ".join(f"{one[key]:,}" for one in self.samples[:: max(1, len(self.samples) // 8)])
            rows.append((words, f"{max(values):,} at most, {values[-1]:,} at the end", course))
        spent = {name: self.cpu_after[name] - before for name, before in self.cpu_before.items()}
        words = ", ".join(f"{name} {seconds:.0f}" for name, seconds in spent.items())
        rows.append(("processor, s", f"{sum(spent.values()):.0f} of {2 * self.took:.0f}", words))
        peak = (
            {name: max(one["memory"].get(name, 0.0) for one in self.samples) for name in self.cpu_before}
            if self.samples
            else {}
        )
        rows.append(
            (
                "memory at most, MB",
                f"{sum(peak.values()):,.0f}",
                ", ".join(f"{name} {mb:.0f}" for name, mb in peak.items()),
            )
        )
        return rows


def wait_for_quiet(system: _live.LiveSystem, patience: float, every: float = 5.0) -> None:
    """Until all processes together take less than a fifth of one processor, or patience ends; said either way."""
    began, look = time.monotonic(), Watch(system)
    before = sum(look.cpu().values())
    while time.monotonic() - began < patience:
        time.sleep(every)
        now = sum(look.cpu().values())
        share, before = (now - before) / every, now
        _live.say(f"before the storm the system takes {share:.0%} of a processor")
        if share < 0.2:
            return
    _live.say(f"not quiet after {patience:g} s: the storm comes all the same")


class Slow:
    """The statements that took long, by their words: what the server logs of them from now on."""

    def __init__(self, system: _live.LiveSystem, border_ms: int) -> None:
        self.border_ms = border_ms
        self.log = Path(settings.VAR_DIR) / "postgres" / "server.log"
        if border_ms:
            system.rows(f"ALTER DATABASE {system.database} SET log_min_duration_statement = {border_ms}")
            system.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        self.began = self.log.stat().st_size

    def tell(self, most: int = 25) -> None:
        """The longest together first, beside the result."""
        if not self.border_ms:
            return
        total: dict[str, list[float]] = {}
        with self.log.open(errors="replace") as log:
            log.seek(self.began)
            for took, words in re.findall(r"duration: ([0-9.]+) ms  (?:statement|execute [^:]*): ([^\n]*)", log.read()):
                alike = re.sub(r"'[^']*'|\d+", "?", re.sub(r"\(\?(, ?\?)*\)", "(?)", words[:4000]))
                alike = re.sub(r"(\?, ?)+\?", "?", alike)[:300]
                total.setdefault(alike, []).append(float(took))
        for words, times in sorted(total.items(), key=lambda one: -sum(one[1]))[:most]:
            _live.say(f"{sum(times) / 1e3:8.1f} s, {len(times)} times, {max(times):.0f} ms at most: {words}")


def lag(system: _live.LiveSystem, drained: float | None) -> list[tuple[str, str, str]]:
    """How long evidence waited to be held by an outage, beyond the hold time its group is given."""
    rows = []
    for kind, count, found in system.rows(_LAG):
        p50, p95, p99, most = found
        rows.append(
            (
                f"evidence to outage, {kind}",
                f"p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} s",
                f"{count:,} pieces, {most:.1f} s at most",
            )
        )
    course = [f"{p95:.1f}" for _, p95 in system.rows(_LAG_BY_MINUTE)]
    rows.append(
        ("evidence to outage, p95 of each minute", f"{', '.join(course)} s", "by the minute it was recorded in")
    )
    rows.append(
        ("drained after the last message", "not within patience" if drained is None else f"{drained:.0f} s", "")
    )
    return rows


def truth(system: _live.LiveSystem, faults: dict[str, int]) -> list[tuple[str, str, str]]:
    """Faults that last against outages that go on."""
    going = dict(system.rows(f"SELECT device_mrid, customers_out {_GOING} <> 'single'"))
    single = system.rows(f"SELECT count(*) {_GOING} = 'single'")[0][0]
    hit = sum(1 for mrid in faults if mrid in going)
    customers = sum(size for mrid, size in faults.items() if mrid in going)
    out = f"{sum(going.values()):,} customers out; {sum(faults.values()):,} really"
    words = f"{len(going):,} outages and {single:,} single services go on, {out}"
    return [
        (
            "faults found at their device",
            f"{hit:,} of {len(faults):,}, with {customers / max(1, sum(faults.values())):.1%} of the customers",
            words,
        )
    ]
