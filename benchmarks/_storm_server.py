"""What PostgreSQL did in a run of storm.py: which statements it worked at, for whom, and what was written.

The server brings no statistics of statements, so its sessions are looked at many times a second: a statement is found as often as it
takes time. Sessions that wait (for a lock, a disk, a client) are counted apart. What tables, indexes and the log grew by is the
difference of the server's own counters.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from typing import Any

import psycopg

from benchmarks import _live

_ACTIVE = """
SELECT coalesce(query_id, 0), query, application_name, backend_type, coalesce(wait_event_type || ':' || wait_event, ''),
       pid, query_start
FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
"""
_TABLES = """
SELECT relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del, seq_scan, seq_tup_read, coalesce(idx_scan, 0),
       coalesce(idx_tup_fetch, 0), autovacuum_count + autoanalyze_count
FROM pg_stat_user_tables
"""
_INDEXES = """
SELECT relname || '.' || indexrelname, idx_scan, pg_relation_size(indexrelid) FROM pg_stat_user_indexes
"""
_DATABASE = (
    "SELECT xact_commit, xact_rollback, deadlocks, temp_bytes FROM pg_stat_database WHERE datname = current_database()"
)
_WAL = "SELECT wal_records, wal_fpi, wal_bytes FROM pg_stat_wal"
_NAMES = ("inserted", "updated", "hot", "deleted", "scans", "read by scans", "look-ups", "rows looked up", "vacuumed")


class Server(threading.Thread):
    """Looks at the sessions until told to stop; tells what it saw beside the result."""

    def __init__(self, system: _live.LiveSystem, times_a_second: float) -> None:
        super().__init__(daemon=True)
        self.system, self.pause_s = system, 1 / times_a_second
        system.rows(f"ALTER DATABASE {system.database} SET compute_query_id = on")
        system.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        self.looks = 0
        self.by_statement: Counter[int] = Counter()
        self.by_client: Counter[str] = Counter()
        self.waits: Counter[str] = Counter()
        self.words: dict[int, tuple[str, Counter[str]]] = {}
        self.runs: dict[int, set[Any]] = {}
        self._done = threading.Event()
        self.before = self._counters()

    def run(self) -> None:
        with self.system._connect(self.system.database) as connection:  # noqa: SLF001
            while not self._done.wait(self.pause_s):
                try:
                    rows = connection.execute(_ACTIVE).fetchall()
                except psycopg.Error:
                    continue
                self.looks += 1
                for number, query, client, kind, wait, pid, began in rows:
                    if wait:
                        self.waits[wait] += 1
                        continue
                    who = client or kind
                    self.by_client[who] += 1
                    self.by_statement[number] += 1
                    self.words.setdefault(number, (query, Counter()))[1][who] += 1
                    self.runs.setdefault(number, set()).add((pid, began))

    def _counters(self) -> dict[str, Any]:
        rows = self.system.rows
        return {
            "at": time.monotonic(),
            "tables": {row[0]: row[1:] for row in rows(_TABLES)},
            "indexes": {row[0]: row[1:] for row in rows(_INDEXES)},
            "database": rows(_DATABASE)[0],
            "wal": rows(_WAL)[0],
        }

    def tell(self, events: int, most: int = 40) -> None:
        """Statements, clients, waits, tables, indexes nobody read."""
        self._done.set()
        self.join()
        after = self._counters()
        total = max(1, self.by_statement.total())
        _live.say(f"PostgreSQL: {self.looks} looks at its sessions, {total} statements found at work")
        _live.say("for " + ", ".join(f"{who} {found / total:.0%}" for who, found in self.by_client.most_common(12)))
        _live.say("waits " + ", ".join(f"{name} {found}" for name, found in self.waits.most_common(12)))
        for number, found in self.by_statement.most_common(most):
            query, clients = self.words[number]
            who = ", ".join(f"{name} {count}" for name, count in clients.most_common(3))
            words = re.sub(r"\s+", " ", query)[:420]
            _live.say(f"{found / total:6.1%} in {len(self.runs[number])} runs seen ({who}): {words}")
        self._tell_writes(after, events)

    def _tell_writes(self, after: dict[str, Any], events: int) -> None:
        took = after["at"] - self.before["at"]
        commits, rollbacks, deadlocks, temporary = self._grown("database", after)
        records, pages, size = self._grown("wal", after)
        _live.say(
            f"{commits / took:.0f} transactions a second, {rollbacks} rolled back, {deadlocks} deadlocks, {temporary / 1e6:.0f} MB"
            f" beside; log {records / events:.1f} records, {float(size) / events:.0f} bytes an event, {pages} whole pages"
        )
        rows = []
        for name, now in after["tables"].items():
            grown = [one - old for one, old in zip(now, self.before["tables"].get(name, (0,) * len(now)), strict=True)]
            if sum(grown[:5]):
                rows.append((sum(grown[:4]), name, grown))
        for _, name, grown in sorted(rows, reverse=True)[:40]:
            words = ", ".join(f"{label} {count:,}" for label, count in zip(_NAMES, grown, strict=True) if count)
            _live.say(f"{name}: {words}")
        unread = []
        for name, (scans, size) in after["indexes"].items():
            old_scans, old_size = self.before["indexes"].get(name, (0, 0))
            if size > old_size and scans - old_scans < 10:
                unread.append((size - old_size, name, scans - old_scans))
        for grown_by, name, scans in sorted(unread, reverse=True)[:25]:
            _live.say(f"index {name} grew by {grown_by / 1e6:.1f} MB and was read {scans} times")

    def _grown(self, what: str, after: dict[str, Any]) -> list[Any]:
        return [now - before for now, before in zip(after[what], self.before[what], strict=True)]
