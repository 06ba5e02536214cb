"""A storm through the real interfaces against the real processes: does intake keep up, and is everything there afterwards?

    python -m benchmarks.storm [--customers 1000000] [--events 250000] [--seconds 150] [--calls 42] [--browsers 50] [--write]

That is the target's rate for 150 s, ten minutes with all that comes before; `--events 1000000 --seconds 600` is the target. The short
form for every day: `--customers 100000 --events 60000 --seconds 60 --browsers 10`.

A generated utility is published in a PostgreSQL of its own; web, sweeper and workers are the processes of `make run`. One more process
plays the storm (`_storm_plan`: faults with known truth; `_storm_sender`: CIM messages over HTTP in batches as a head-end sends them,
one call a message, SCADA positions) and one plays the people (`_storm_people`: open browsers that follow the websocket and fetch
what the page's script would fetch). It begins when the system has done what a new network asks of it (power flow of every feeder,
indices of past days): a storm comes to a utility in operation. Bounded: `--quiet` for that, the storm's seconds, `--overtime` for
what is late or was refused (503), and `--patience` to drain: what is not taken by then is counted, and the run ends all the same.
Hold times are the product's. The head-end answers questions to its meters as the storm left them (`_storm_head_end`).

Measured: the acknowledgement of every message; how long evidence waits to belong to an outage, beyond the hold time its group is
given; pages; queues every second; memory; processor time of each process, that of the load makers apart. Counted afterwards: every
accepted event is there once, nobody is out twice, every piece of evidence is held by an outage, settled, or explained by none.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks import _live, _storm_head_end, _storm_people, _storm_server, _storm_watch
from tests.live import free_port

MB = 1024 * 1024


def main() -> None:
    """Play, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=250_000)
    parser.add_argument("--seconds", type=float, default=150)
    parser.add_argument("--calls", type=float, default=42, help="a second")
    parser.add_argument("--batch", type=int, default=500, help="events in a message of the head-end")
    parser.add_argument("--senders", type=int, default=4, help="connections of the head-end")
    parser.add_argument("--browsers", type=int, default=50)
    parser.add_argument("--subscriber", action="store_true", help="a partner that wants every outage, and takes it")
    parser.add_argument("--overtime", type=float, default=60, help="seconds to go on sending what is late")
    parser.add_argument("--patience", type=float, default=45, help="seconds to drain afterwards")
    parser.add_argument(
        "--quiet", type=float, default=90, help="seconds at most to wait for the day's work to be done before"
    )
    parser.add_argument("--profile", type=Path, help="a program py-spy: profiles of the processes beside the run")
    parser.add_argument(
        "--slow", type=int, default=0, metavar="MS", help="tell the statements that took longer, and how often"
    )
    parser.add_argument(
        "--statements",
        type=float,
        default=0,
        metavar="HZ",
        help="look at PostgreSQL's sessions so often, tell what it did",
    )
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    before = os.getloadavg()
    system = _live.LiveSystem(
        database=f"bench_storm_{os.getpid()}", names=("web", "door", "sweeper", "control", "worker", "bulk")
    )
    try:
        rows = _play(system, options)
    finally:
        system.stop()
        _live.conftest.pytest_unconfigure()
    words = " ".join(
        f"--{name} {getattr(options, name):g}" for name in ("customers", "events", "seconds", "calls", "browsers")
    )
    head = f"# Storm\n\n`python -m benchmarks.storm {words}`, {_live.machine(before)}.\n\n"
    name = f"storm_{options.customers}_{options.seconds:g}s.md"
    _live.publish(head + _live.table(("what", "measured", "how"), rows), name, write=options.write)


def _play(system: _live.LiveSystem, options: argparse.Namespace) -> list[tuple[str, str, str]]:
    _live.say("starting servers and processes")
    system.start()
    _live.say(f"generating and publishing {options.customers} customers")
    system.manage("generate_network", "--customers", options.customers, "--seed", 1)
    system.rows("VACUUM ANALYZE")
    system.restart("control")  # each maps the grid now, as after a night's quiet
    job = _job(system, options)
    _storm_watch.wait_for_quiet(system, options.quiet)
    people = _people(system, options)
    for one in people:
        one.stdout.readline()
    sender = _process("benchmarks._storm_sender", job)
    ready = json.loads(sender.stdout.readline())
    _live.say(
        f"{ready['distinct']} distinct events, {len(ready['faults'])} lasting faults; playing {options.seconds:g} s"
    )
    watch = _storm_watch.Watch(system, sender.pid, *(one.pid for one in people))
    profilers = _profilers(system, options)
    slow = _storm_watch.Slow(system, options.slow)
    server = _storm_server.Server(system, options.statements) if options.statements else None
    if server is not None:
        server.start()
    Path(job["go"]).touch()
    watch.start()
    told = json.loads(sender.stdout.readline())
    unsent, refused = (sum(told[name].values()) for name in ("unsent", "refused"))
    _live.say(f"sent, but for {refused} items refused to the end and {unsent} that did not have their turn; draining")
    drained = _drain(watch, options.patience)
    watch.stop()
    told["head_end"] = json.loads(_ended(sender, 30))
    for one in profilers:
        one.wait(30)
    pages = _storm_people.together([json.loads(_ended(one, 90)) for one in people])
    _save_log(system)
    slow.tell()
    if server is not None:
        server.tell(sum(one[3] for one in told["events"]))
    return _report(system, ready, told, watch, pages, drained)


def _ended(process: subprocess.Popen[str], patience: float) -> str:
    """Tell a process that it is over; what it says then."""
    return process.communicate("\n", timeout=patience)[0]


def _job(system: _live.LiveSystem, options: argparse.Namespace) -> dict[str, Any]:
    allowed = {
        "callers": "create TroubleTickets",
        "scada": "changed MeasurementValues",
    }
    partners = {name: _live.partner(system, name.upper(), allow) for name, allow in allowed.items()}
    port = free_port()
    address = f"http://127.0.0.1:{port}{_storm_head_end.PATH}"
    asked = ("--allow", "created EndDeviceEvents", "--allow", "reply MeterReadings", "--subscribe", "MeterReadings")
    made = json.loads(system.manage("create_partner", "HEAD_END", *asked, "--endpoint", address, "--json").stdout)
    if options.subscriber:
        from tests.faults.listener import Listener

        address = Listener(refuse=0.0).url
        system.manage("create_partner", "CIS", "--subscribe", "UnplannedOutages", "--endpoint", address)
    words = {
        name: getattr(options, name)
        for name in ("customers", "events", "seconds", "batch", "senders", "overtime", "patience")
    }
    who = {name: (partner.source, partner.token) for name, partner in partners.items()}
    who["head_end"] = ("HEAD_END", made["token"])
    words["head_end_port"] = port
    go = tempfile.mktemp(prefix="tieline-storm-")
    return words | who | {"calls_per_s": options.calls, "port": system.port, "go": go}


def _people(system: _live.LiveSystem, options: argparse.Namespace) -> list[subprocess.Popen[str]]:
    system.manage("create_user", "storm", "--role", "SOP", TIELINE_PASSWORD="a stormy night out")
    jobs = _storm_people.jobs(system.base_url, options.browsers)
    return [_process("benchmarks._storm_people", job) for job in jobs]


def _process(module: str, job: dict[str, Any]) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", module]
    made = subprocess.Popen(words, cwd=_live.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert made.stdin is not None
    made.stdin.write(json.dumps(job) + "\n")
    made.stdin.flush()
    return made


def _profilers(system: _live.LiveSystem, options: argparse.Namespace) -> list[subprocess.Popen[bytes]]:
    if options.profile is None:
        return []
    made = []
    for name in ("web", "door", "control", "sweeper", "worker"):
        seconds = str(int(options.seconds))
        words = [
            options.profile,
            "record",
            "-s",
            "-t",
            "--nonblocking",
            "-f",
            "raw",
            "-r",
            "25",
            "-d",
            seconds,
            "-p",
            str(system.pid(name)),
        ]
        made.append(
            subprocess.Popen(
                [*words, "-o", str(Path(tempfile.gettempdir(), f"storm-{name}.raw"))], stderr=subprocess.DEVNULL
            )
        )
    return made


def _drain(watch: _storm_watch.Watch, patience: float) -> float | None:
    """Seconds until nothing waits; None if that did not come about."""
    began = time.monotonic()
    while time.monotonic() - began < patience:
        if watch.latest and watch.latest["events_waiting"] == 0 and watch.latest["age"] > 1:
            return time.monotonic() - began
        time.sleep(0.5)
    return None


def _save_log(system: _live.LiveSystem) -> None:
    Path(tempfile.gettempdir(), "storm.log").write_text("\n".join(system.log))


def _report(
    system: _live.LiveSystem,
    ready: dict[str, Any],
    told: dict[str, Any],
    watch: _storm_watch.Watch,
    pages: dict[str, Any],
    drained: float | None,
) -> list[tuple[str, str, str]]:
    took = told["ended"] - told["began"]
    events = sum(one[3] for one in told["events"])
    calls = len(told["calls"])
    ends = f"refused to the end {_listed(told['refused'])}, without a turn {_listed(told['unsent'])}"
    busy = f"{told['busy']} times 503, {told['broken']} broken off; {ends}"
    load = f"{events:,} events, {calls:,} calls, {len(told['positions'])} positions in {took:.0f} s"
    rows = [("load", load, f"{events / took:,.0f} events/s, {calls / took:.1f} calls/s; {busy}")]
    for name in ("events", "calls", "positions"):
        answers = [one[0] for one in told[name]]
        late = [one[1] for one in told[name]]
        if answers:
            p50, p95, p99 = (1000 * _live.percentile(answers, share) for share in (0.5, 0.95, 0.99))
            words = f"sent late by {_live.percentile(late, 0.95):.1f} s (p95), {max(late):.1f} s at most"
            rows.append((f"acknowledgement of {name}", f"p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} ms", words))
    rows += _storm_watch.lag(system, drained)
    asked = told["head_end"]
    rows.append((
        "questions to meters",
        f"{asked['asked']} with {asked['meters']:,} meters, {asked['answered']} answered",
        f"not taken {asked['not_taken']}",
    ))  # fmt: skip
    rows += watch.report()
    rows += _pages(pages, watch.began)
    rows.append(
        ("load maker's processor", f"{told['cpu_s']:.0f} s sender, {pages['cpu_s']:.0f} s browsers", f"in {took:.0f} s")
    )
    rows += _counted(system, ready, told)
    rows += _storm_watch.truth(system, ready["faults"])
    return rows


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "nothing"


def _pages(pages: dict[str, Any], storm_began: float) -> list[tuple[str, str, str]]:
    """What was asked for since the storm began: before it, fifty browsers open their pages at once."""
    rows = []
    for name, asked in pages["times"].items():
        times = [took for began, took in zip(pages["began"][name], asked, strict=True) if began >= storm_began]
        if times:
            p50, p95 = 1000 * _live.percentile(times, 0.5), 1000 * _live.percentile(times, 0.95)
            rows.append(
                (
                    f"page {name}",
                    f"p50 {p50:.0f}, p95 {p95:.0f} ms",
                    f"{len(times)} times, {1000 * max(times):.0f} ms at most",
                )
            )
    rows.append(
        (
            "websockets",
            f"{pages['frames']} frames to {pages['open']} browsers",
            f"closed {pages['closed']}; errors {Counter(pages['errors'])}",
        )
    )
    return rows


def _counted(system: _live.LiveSystem, ready: dict[str, Any], told: dict[str, Any]) -> list[tuple[str, str, str]]:
    one = lambda query: int(system.rows(query)[0][0])  # noqa: E731
    events = one("SELECT count(*) FROM metering_meterevent")
    calls = one("SELECT count(*) FROM outages_call")
    evidence = one("SELECT count(*) FROM outages_evidence WHERE kind IN ('gasp', 'restore')")
    doubled = one(
        "SELECT count(*) FROM (SELECT unnest(usage_points) AS p FROM outages_interruption WHERE superseded_at IS NULL"
        " AND ended_at IS NULL) AS open GROUP BY p HAVING count(*) > 1 UNION ALL SELECT 0 LIMIT 1"
    )
    failed = one("SELECT count(*) FROM core_failedevent")
    lost = max(0, told["distinct_taken"] - events) + max(0, len(told["calls"]) - calls)
    words = (
        f"{events:,} different meter events stored of {told['distinct_taken']:,} taken and {ready['distinct']:,} there were,"
        f" {evidence:,} pieces of evidence, {calls:,} calls"
    )
    return [
        (
            "lost, doubled",
            f"{lost} lost, {doubled} doubled, {failed} put aside",
            words + f"; partial {told['partial'][:2]}",
        )
    ]


if __name__ == "__main__":
    main()
