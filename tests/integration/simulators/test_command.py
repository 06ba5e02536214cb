"""`manage.py simulate` as a person or a script runs it, against a server that is not Tieline."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.core import management

from adms.core.commands import BadInput
from integration.management.commands import simulate as simulate_command
from integration.simulators import scenarios
from integration.simulators.client import Unreachable
from integration.simulators.simulation import Run, Simulation
from tests.integration.simulators.counterpart import Counterpart, running

ROOT = Path(__file__).resolve().parents[3]


def environment(tmp_path: Path) -> dict[str, str]:
    """No database: an address where there is none, so that touching it fails."""
    return os.environ | {
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SIM_PORT": "0",
        "SECRET_KEY": "simulators-need-none-0123456789-0123456789-0123456789",
    }


def simulate(tmp_path: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "simulate", *map(str, words)],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_scenario_against_a_failing_server_loses_nothing_and_says_so_in_one_document(tmp_path: Path) -> None:
    with running(Counterpart(failing=0.3, seed=2)) as server:
        result = simulate(
            tmp_path, "lateral", "--rate", 30, "--minutes", 0.2, "--against", server.url, "--token", "t", "--json"
        )
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["sent"] == report["accepted"] == len(server.bodies) > 3
    assert (report["refused"], report["waiting"]) == (0, 0)
    assert report["repeats"] >= sum(server.posts.values()) - len(server.bodies)
    assert server.changed == 0
    assert server.nouns()["EndDeviceEvents"] >= 2
    assert {source for source, _ in server.bodies} >= {"HES-SIM", "SCADA-SIM"}
    assert report["field"]["faults"][0]["device"] in {"F1", "F2"}
    assert report["field"]["mislinked_meter"]["number"].startswith("M-")


def test_one_system_alone_sends_at_the_rate_that_was_asked_for() -> None:
    with running(Counterpart()) as server:
        tokens = {"hes": "h", "scada": "s", "cis": "c"}
        report = Simulation(Run(server.url, tokens, scenarios.PARTNERS["ami"], rate=20, minutes=0.05)).run()
    assert report["sent"] == report["accepted"] == len(server.bodies) == 61
    assert report["partners"]["HES-SIM"]["items"] == 61 * 50, "25 meters, each lost and regained"
    assert server.nouns().keys() == {"EndDeviceEvents"}
    assert server.tokens.keys() == {"Bearer h"}


def test_a_business_system_by_its_name_tells_its_messages_and_what_it_knows(tmp_path: Path) -> None:
    with running(Counterpart()) as server:
        words = ("aggregator", "--rate", 20, "--minutes", 0.05, "--temper", "repeating=1", "--against", server.url)
        result = simulate(tmp_path, *words, "--token", "aggregator=t", "--json")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["sent"] == report["accepted"] == len(server.bodies) >= 1
    assert (report["refused"], report["waiting"], report["repeats"]) == (0, 0, report["sent"])
    assert report["knows"] == {"power_kw": 350.0, "dispatches": 0}
    assert server.tokens.keys() == {"Bearer t"}


def test_told_to_stop_it_reports_and_leaves_in_order(tmp_path: Path) -> None:
    with running(Counterpart()) as server:
        words = ["simulate", "scada", "--rate", "10", "--against", server.url, "--token", "t", "--json"]
        process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 60
        while len(server.bodies) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    report = json.loads(out)
    assert report["sent"] == report["accepted"] == len(server.bodies) >= 3


def test_a_business_system_says_in_words_what_it_did_on_purpose_and_knows(tmp_path: Path) -> None:
    with running(Counterpart(seed=2)) as server:
        words = ("aggregator", "--rate", 20, "--minutes", 0.05, "--temper", "repeating=1,garbled=1", "--offer")
        result = simulate(tmp_path, *words, "--against", server.url, "--token", "t")
    assert result.returncode == 0, result.stderr
    totals, *more = result.stdout.splitlines()
    assert totals.startswith("sent ")
    told = dict(line.strip().split(": ", 1) for line in more)
    assert re.fullmatch(r"sent broken \d+, sent twice \d+", told["on purpose"])
    assert told["knows"].startswith("power kw ")


def test_counts_of_a_part_are_told_and_of_what_is_kept_by_name_how_many() -> None:
    words = simulate_command.Command().words(
        {"sent": 1, "accepted": 1, "refused": 0, "repeats": 0, "waiting": 0}
        | {"temper": {"sent_broken": 0, "sent_twice": 0, "let_past": 0}, "received": {"kinds": {"created X": 2}}}
        | {
            "offered": {},
            "knows": {"tickets": {"open": 3, "closed": 0}, "orders": {"WO-1": {}}, "told": 0, "last": {"a": 1}},
        }
    )
    assert words.splitlines() == [
        "sent 1, accepted 1, refused 0, repeats 0, waiting 0",
        "  received: created X 2",
        "  knows: tickets (open 3, closed 0), orders 1",
    ]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nothing"], "invalid choice"),
        (["lateral"], "no token for hes, scada, cis"),
        (["lateral", "--token", "t", "--rate", "0"], "above 0"),
        (["lateral", "--token", "t", "--against", "ftp://x"], "http or https"),
        (["lateral", "--token", "t", "--temper", "slow=1"], "for one business system alone"),
        (["wfm"], "no token for wfm"),
        (["wfm", "--token", "t", "--temper", "rude=1"], "'rude' is none of"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    words: list[str], complaint: str, tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.VAR_DIR = tmp_path  # where nobody has written tokens
    text = ""
    try:
        management.call_command("simulate", *words)
    except management.CommandError as error:
        text, code = str(error), error.returncode
    except SystemExit as left:
        code = left.code
    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert complaint in text + said.err
    assert len((text + said.err).strip().splitlines()) == 1


def test_a_server_without_a_network_is_told_in_words() -> None:
    with running(Counterpart()) as server:
        server.document = {}
        with pytest.raises(BadInput, match="description of the network is not usable"):
            management.call_command("simulate", "lateral", "--against", server.url, "--token", "t")


def test_a_port_that_is_taken_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Counterpart()) as server:
        monkeypatch.setenv("SIM_PORT", server.url.rstrip("/").rpartition(":")[2])
        with pytest.raises(BadInput, match="SCADA cannot listen on port"):
            management.call_command("simulate", "lateral", "--against", server.url, "--token", "t")


def test_nobody_there_is_told_after_the_patience_is_over() -> None:
    tokens = dict.fromkeys(("hes", "scada", "cis"), "t")
    simulation = Simulation(Run("http://127.0.0.1:9/", tokens, scenarios.SCENARIOS["lateral"], patience_s=0))
    with pytest.raises(Unreachable):
        simulation.run()


def test_another_version_of_the_network_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integration.simulators.crews.EVERY_S", 0.1)
    tokens = dict.fromkeys(("hes", "scada", "cis"), "t")
    with running(Counterpart()) as server:
        simulation = Simulation(Run(server.url, tokens, scenarios.SCENARIOS["demo"], port=0))
        threading.Timer(0.5, server.document.update, kwargs={"version": 2}).start()
        report = simulation.run()
    assert report["ended"] == "another version of the network was published"
