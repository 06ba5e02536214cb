"""CIM messages per second that one web process accepts durably, against bare INSERT and COMMIT of the same bytes and lxml alone.

    python -m benchmarks.messages [--seconds 3] [--rounds 3] [--minutes 5] [--steady 20] [--deliveries 1000] [--write]

1. A system of its own with the demo network and only the web process: every message is parsed, checked against its schema, matched
   to meters and committed before it is answered, and nothing else runs meanwhile. Senders are threads with a connection each. After
   each burst the same number of the same bodies goes into a bare table with the inbox's unique key by one psycopg connection, one
   COMMIT each (A B A B), and through `lxml.etree.fromstring`; those are the floors. Afterwards the inbox is counted: as many rows as
   messages were answered, or the benchmark fails. After --minutes no further round begins, and the table says how many there were.
2. The same system while 1,700 events a second are sent by four connections, 100 events a message: how long an acknowledgement takes.
3. Messages lie ready for two partners that answer at once; from the start of the sweeper until the last is accepted.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import statistics
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from lxml import etree

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import _live

FLOOR_TABLE = (
    "CREATE TABLE floor_inbox (id bigserial PRIMARY KEY, source varchar(80), message_id varchar(120), body bytea,"
    " received_at timestamptz, UNIQUE (source, message_id))"
)
FLOOR_INSERT = "INSERT INTO floor_inbox (source, message_id, body, received_at) VALUES (%s, %s, %s, now())"


class Rate(NamedTuple):
    """One burst: messages per second, those of the floor; milliseconds of the processor for each message, of the web and of lxml."""

    ours: float
    floor: float
    processor_ms: float
    lxml_ms: float


@dataclass(frozen=True)
class Case:
    """So many events in each message, so many senders at once."""

    events: int
    senders: int


CASES = tuple(Case(events, senders) for events in (1, 10, 100, 1000) for senders in (1, 2, 4))
#: Events a second that flow while acknowledgements are timed, in messages of so many, by so many connections.
STEADY, STEADY_EVENTS, STEADY_SENDERS = 1_700, 100, 4
OUTBOX = (
    "INSERT INTO integration_outboxmessage (partner_id, message_id, cause, object_key, verb, noun, body, state, attempts,"
    " next_attempt_at, created_at, latest_error, reply) SELECT p.id, gen_random_uuid(), 'bench:' || n, 'bench:' || n, 'changed',"
    " 'UnplannedOutages', %s, 'pending', 0, now(), now(), '', '' FROM integration_partner p, generate_series(1, %s) n"
    " WHERE p.source LIKE 'LISTENER-%%'"
)
#: Whoever has not delivered its messages by then does not deliver them.
DELIVERY_S = 120
DELIVERED = "SELECT count(*), min(sent_at), max(sent_at) FROM integration_outboxmessage WHERE cause LIKE 'bench:%%' AND state = 'sent'"


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


def lxml_ms(accepted: Sequence[tuple[str, bytes]]) -> float:
    """Milliseconds of the processor to parse one of these bodies, and nothing more."""
    began = time.process_time()
    for _, body in accepted:
        etree.fromstring(body)
    return (time.process_time() - began) * 1000 / len(accepted)


def steady(system: Any, messages: Messages, seconds: float) -> tuple[float, list[float]]:
    """(events a second that flowed, seconds of each acknowledgement) at the pace of STEADY; who is late sends at once."""
    took: list[float] = []
    began, every = time.perf_counter(), STEADY_SENDERS * STEADY_EVENTS / STEADY
    threads = [
        threading.Thread(
            target=_pace, args=(system, messages, began + every * number / STEADY_SENDERS, every, seconds, took)
        )
        for number in range(STEADY_SENDERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(took) * STEADY_EVENTS / (time.perf_counter() - began), took


def _pace(system: Any, messages: Messages, first: float, every: float, seconds: float, took: list[float]) -> None:
    line = http.client.HTTPConnection("127.0.0.1", system.port, timeout=60)
    headers = {"Authorization": f"Bearer {messages.partner.token}", "Content-Type": "application/xml"}
    for number in range(round(seconds / every)):
        due = first + number * every
        time.sleep(max(0.0, due - time.perf_counter()))
        _, body = messages.next()
        line.request("POST", "/cim/v1/messages", body, headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(str(answer.status))
        took.append(time.perf_counter() - due)
    line.close()


class _Listener(BaseHTTPRequestHandler):
    """A partner that accepts everything at once."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Accept."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listening() -> Iterator[int]:
    """The port of a listener."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


def deliveries(system: Any, count: int) -> str:
    """How many messages a second reached two partners, and what of the sweeper's processor each took, in words."""
    body = b"<EventMessage xmlns='http://iec.ch/TC57/2011/schema/message'>" + b" " * 1500 + b"</EventMessage>"
    with listening() as port:
        for number in (1, 2):
            told = ("--subscribe", "UnplannedOutages", "--endpoint", f"http://127.0.0.1:{port}/", "--json")
            json.loads(system.manage("create_partner", f"LISTENER-{number}", *told).stdout)
        system.rows(OUTBOX, [body, count // 2])
        system.resume("sweeper")
        until = time.perf_counter() + DELIVERY_S
        while (row := system.rows(DELIVERED)[0])[0] < count:
            if time.perf_counter() > until:
                raise AssertionError(f"{row[0]} of {count} messages were delivered in {DELIVERY_S} s")
            time.sleep(0.2)
        spent = processor_s(system.pid("sweeper")) * 1000 / count
        rate = (count - 1) / (row[2] - row[1]).total_seconds()
    return (
        f"{count:,} messages to two partners that accept at once: {rate:,.0f} a second,"
        f" {spent:,.1f} ms of the sweeper's processor each, its start included"
    )


def measure(
    seconds: float, rounds: int, minutes: float, steady_s: float, sent: int
) -> tuple[dict[Case, list[Rate]], list[str]]:
    """(the bursts of each case; what was counted afterwards, how long acknowledgements took, what was delivered)."""
    found: dict[Case, list[Rate]] = {case: [] for case in CASES}
    total = 0
    with _live.running("messages", processes=("web", "sweeper")) as system:
        system.hold("sweeper")
        partner = _live.partner(system, "HES", "created EndDeviceEvents")
        sources = {case: Messages(partner, case.events) for case in CASES}
        with psycopg.connect(**system.database_parameters, dbname=system.database) as connection:
            connection.execute(FLOOR_TABLE)
            connection.commit()
            total += len(burst(system, sources[CASES[0]], 1, 1)[1])  # warms up
            until = time.perf_counter() + 60 * minutes
            for number, case in itertools.product(range(rounds), CASES):
                if case == CASES[0] and time.perf_counter() > until:
                    break
                before = processor_s(system.pid("web"))
                took, accepted = burst(system, sources[case], case.senders, seconds)
                spent = (processor_s(system.pid("web")) - before) * 1000 / len(accepted)
                total += len(accepted)
                bare = len(accepted) / floor(connection, accepted)
                rate = Rate(len(accepted) / took, bare, spent, lxml_ms(accepted))
                found[case].append(rate)
                _live.say(f"round {number + 1}, {case}: {rate}")
            flowed, acknowledged = steady(system, sources[Case(STEADY_EVENTS, STEADY_SENDERS)], steady_s)
            total += len(acknowledged)
        [(stored,)] = system.rows("SELECT count(*) FROM integration_inboxmessage")
        [(events,)] = system.rows("SELECT sum(items - items_failed) FROM integration_inboxmessage")
        if stored != total:
            raise AssertionError(f"{total} messages were accepted, the inbox has {stored}")
        durable = ", ".join(f"{name} {system.rows(f'SHOW {name}')[0][0]}" for name in ("fsync", "synchronous_commit"))
        ms = [one * 1000 for one in acknowledged]
        shares = ", ".join(
            f"{name} {_live.percentile(ms, share):,.0f} ms" for name, share in (("half", 0.5), ("p99", 0.99))
        )
        counted = f"{stored:,} messages with {events:,} events taken, all in the inbox afterwards; {durable}"
        timed = f"{flowed:,.0f} events/s of {STEADY:,} wanted flowed; acknowledgements took {shares}"
        return found, [counted, timed, deliveries(system, sent)]


def report(found: dict[Case, list[Rate]], told: Sequence[str], load: tuple[float, float, float]) -> str:
    """The table and what it was measured on."""
    rows = []
    for case, rates in found.items():
        ours, bare, spent, parsed = (statistics.median(values) for values in zip(*rates, strict=True))
        least, most = min(rate.ours for rate in rates), max(rate.ours for rate in rates)
        ratio = statistics.median(rate.floor / rate.ours for rate in rates)
        name = f"{case.events:,} event{'s' * (case.events > 1)}, {case.senders} connection{'s' * (case.senders > 1)}"
        figures = (f"{least:,.1f} to {most:,.1f}", f"{ours * case.events:,.0f}", f"{bare:,.0f}", f"{ratio:.1f}")
        processor = (f"{spent:,.1f}", f"{parsed:,.2f}", f"{spent / parsed:,.0f}")
        rows.append([name, f"{ours:,.1f}", *figures, *processor])
    head = (
        "each message",
        "messages/s",
        "over the rounds",
        "events/s",
        "floor, messages/s",
        "floor is faster by",
        "web's processor, ms/message",
        "lxml's, ms/message",
        "lxml is cheaper by",
    )
    return "\n".join([
        "# CIM messages accepted durably by one web process\n",
        f"`python -m benchmarks.messages`, median of {len(next(iter(found.values())))} rounds in turns; {_live.machine(load)}.\n",
        f"Senders, web process and PostgreSQL share the machine. {told[0]}.\n",
        _live.table(head, rows),
        "## Acknowledgements while 1,700 events a second flow\n",
        "100 events a message, four connections; counted from when a message was due, so that who is late counts as late.",
        f"{told[1]}.\n",
        "## Deliveries\n",
        f"{told[2]}.",
    ])  # fmt: skip


def main() -> None:
    """Measure, print, and write if told to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3, help="of each burst")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=5, help="after which no further round begins")
    parser.add_argument("--steady", type=float, default=20, help="seconds of 1,700 events a second")
    parser.add_argument("--deliveries", type=int, default=1_000)
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/results")
    arguments = parser.parse_args()
    load = os.getloadavg()
    found, told = measure(
        arguments.seconds, arguments.rounds, arguments.minutes, arguments.steady, arguments.deliveries
    )
    _live.publish(report(found, told, load), "messages.md", write=arguments.write)


if __name__ == "__main__":
    main()
