"""CIM messages per second that one web process accepts durably, against bare INSERT and COMMIT of the same bytes.

    python -m benchmarks.messages [--seconds 3] [--rounds 3] [--write]

A system of its own with the demo network and only the web process: every message is parsed, checked against its schema, matched to
meters and committed before it is answered, and nothing else runs meanwhile. Senders are threads with a connection each. After each
burst the same number of the same bodies goes into a bare table with the inbox's unique key by one psycopg connection, one COMMIT
each (A B A B); that is the floor. Afterwards the inbox is counted: as many rows as messages were answered, or the benchmark fails.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import statistics
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import _live

FLOOR_TABLE = (
    "CREATE TABLE floor_inbox (id bigserial PRIMARY KEY, source varchar(80), message_id varchar(120), body bytea,"
    " received_at timestamptz, UNIQUE (source, message_id))"
)
FLOOR_INSERT = "INSERT INTO floor_inbox (source, message_id, body, received_at) VALUES (%s, %s, %s, now())"


class Rate(NamedTuple):
    """One burst: messages per second, those of the floor, and milliseconds of the web's processor for each message."""

    ours: float
    floor: float
    processor_ms: float


@dataclass(frozen=True)
class Case:
    """So many events in each message, so many senders at once."""

    events: int
    senders: int


CASES = (Case(1, 1), Case(1, 8), Case(100, 1), Case(100, 8))


class Messages:
    """Bodies without end, each with an id of its own, about other meters each time."""

    def __init__(self, partner: Any, events: int) -> None:
        meters = itertools.cycle(meter["number"] for meter in partner.get("api/v1/simulation/world")["meters"])
        self.partner, self.events, self.meters = partner, events, meters
        self.lock = threading.Lock()
        self.payload = self._payload()

    def _payload(self) -> Iterator[str]:
        from adms.core import clock
        from tests.journeys.partners import power_events

        while True:
            yield power_events(list(itertools.islice(self.meters, self.events)), clock.now())

    def next(self) -> tuple[str, bytes]:
        """(MessageID, body)."""
        number = str(uuid.uuid4())
        with self.lock:
            payload = next(self.payload)
        told = self.partner._message("EventMessage", "created", "EndDeviceEvents", payload, number)  # noqa: SLF001
        return number, told.encode()


def burst(system: Any, messages: Messages, senders: int, seconds: float) -> tuple[float, list[tuple[str, bytes]]]:
    """(seconds it took, what was accepted)."""
    accepted: list[tuple[str, bytes]] = []
    began = time.perf_counter()
    until = began + seconds
    threads = [threading.Thread(target=send, args=(system, messages, until, accepted)) for _ in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, accepted


def send(system: Any, messages: Messages, until: float, accepted: list[tuple[str, bytes]]) -> None:
    """One sender: the next message as soon as the one before is answered."""
    line = http.client.HTTPConnection("127.0.0.1", system.port, timeout=30)
    headers = {"Authorization": f"Bearer {messages.partner.token}", "Content-Type": "application/xml"}
    while time.perf_counter() < until:
        number, body = messages.next()
        line.request("POST", "/cim/v1/messages", body, headers)
        answer = line.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {told[:500]!r}")
        accepted.append((number, body))
    line.close()


def processor_s(pid: int) -> float:
    """Seconds of the processor a process has used, where /proc tells."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def floor(connection: psycopg.Connection[Any], accepted: list[tuple[str, bytes]]) -> float:
    """Seconds for the same bodies in a bare table, one COMMIT each."""
    began = time.perf_counter()
    for number, body in accepted:
        connection.execute(FLOOR_INSERT, ["HES", number, body])
        connection.commit()
    return time.perf_counter() - began


def measure(seconds: float, rounds: int) -> tuple[dict[Case, list[Rate]], str]:
    """(the bursts of each case, what was counted afterwards)."""
    found: dict[Case, list[Rate]] = {case: [] for case in CASES}
    total = 0
    with _live.running("messages", processes=("web",)) as system:
        partner = _live.partner(system, "HES", "created EndDeviceEvents")
        sources = {case: Messages(partner, case.events) for case in CASES}
        with psycopg.connect(**system.database_parameters, dbname=system.database) as connection:
            connection.execute(FLOOR_TABLE)
            connection.commit()
            total += len(burst(system, sources[CASES[0]], 1, 1)[1])  # warms up
            for number, case in itertools.product(range(rounds), CASES):
                before = processor_s(system.pid("web"))
                took, accepted = burst(system, sources[case], case.senders, seconds)
                spent = (processor_s(system.pid("web")) - before) * 1000 / len(accepted)
                total += len(accepted)
                rate = Rate(len(accepted) / took, len(accepted) / floor(connection, accepted), spent)
                found[case].append(rate)
                _live.say(f"round {number + 1}, {case}: {rate}")
        [(stored,)] = system.rows("SELECT count(*) FROM integration_inboxmessage")
        [(events,)] = system.rows("SELECT sum(items - items_failed) FROM integration_inboxmessage")
        if stored != total:
            raise AssertionError(f"{total} messages were accepted, the inbox has {stored}")
        durable = ", ".join(f"{name} {system.rows(f'SHOW {name}')[0][0]}" for name in ("fsync", "synchronous_commit"))
        return found, f"{stored:,} messages with {events:,} events taken, all in the inbox afterwards; {durable}"


def report(found: dict[Case, list[Rate]], told: str, load: tuple[float, float, float]) -> str:
    """The table and what it was measured on."""
    rows = []
    for case, rates in found.items():
        ours, bare, spent = (statistics.median(values) for values in zip(*rates, strict=True))
        least, most = min(rate.ours for rate in rates), max(rate.ours for rate in rates)
        ratio = statistics.median(rate.floor / rate.ours for rate in rates)
        name = f"{case.events} event{'s' * (case.events > 1)}, {case.senders} sender{'s' * (case.senders > 1)}"
        figures = (f"{least:,.1f} to {most:,.1f}", f"{ours * case.events:,.0f}", f"{bare:,.0f}", f"{ratio:.1f}")
        rows.append([name, f"{ours:,.1f}", *figures, f"{spent:,.1f}"])
    head = (
        "each message",
        "messages/s",
        "over the rounds",
        "events/s",
        "floor, messages/s",
        "floor is faster by",
        "web's processor, ms/message",
    )
    return "\n".join([
        "# CIM messages accepted durably by one web process\n",
        f"`python -m benchmarks.messages`, median of {len(next(iter(found.values())))} rounds in turns; {_live.machine(load)}.\n",
        f"Senders, web process and PostgreSQL share the machine. {told}.\n",
        _live.table(head, rows),
    ])  # fmt: skip


def main() -> None:
    """Measure, print, and write if told to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3, help="of each burst")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/results")
    arguments = parser.parse_args()
    load = os.getloadavg()
    found, told = measure(arguments.seconds, arguments.rounds)
    _live.publish(report(found, told, load), "messages.md", write=arguments.write)


if __name__ == "__main__":
    main()
