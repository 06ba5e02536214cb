"""`make run`: it comes up, tells what is wrong in one line, mends what dies, and leaves nothing behind."""

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import psutil
import pytest

from adms.console import guard, memory, processes, screen, supervisor
from tests.environment.installation import Installation, is_one_line, wait_until


def begin(installation: Installation, names: str) -> "subprocess.Popen[str]":
    """`make run` with some of its processes, until it says that all is up."""
    program = installation.begin("-m", "adms.console", PROCESSES=names)
    assert program.stdout is not None
    said = []
    for line in program.stdout:
        said.append(line)
        if "Tieline is up" in line:
            return program
    raise AssertionError("".join(said))


def state(installation: Installation) -> dict[str, int]:
    """The processes that run, by name, as the console writes them down."""
    found: dict[str, int] = guard.read_state(installation.var_dir).get("processes", {})
    return found


@pytest.mark.slow
def test_it_comes_up_mends_what_dies_and_leaves_nothing_behind(installation: Installation) -> None:
    program = begin(installation, "web,sweeper")
    url = f"http://127.0.0.1:{installation.port}/"
    assert httpx.get(f"{url}healthz").status_code < 500

    second = installation.make_run()
    assert second.returncode == 1
    assert is_one_line(second.stderr)
    assert url in second.stderr

    web = state(installation)["web"]
    os.kill(web, signal.SIGKILL)
    wait_until(lambda: state(installation).get("web", web) != web)

    postmaster = int((installation.var_dir / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    wait_until(lambda: "postgres" in installation.servers() and not _is_alive(postmaster))

    program.send_signal(signal.SIGINT)
    said, _ = program.communicate(timeout=60)
    assert program.returncode == 0, said
    assert "Traceback" not in said
    assert installation.processes() == []


@pytest.mark.slow
@pytest.mark.skipif(not psutil.LINUX, reason="only Linux tells a child of its parent's death")
def test_a_killed_console_takes_its_processes_with_it(installation: Installation) -> None:
    program = begin(installation, "sweeper")
    program.kill()
    program.wait()
    wait_until(lambda: {process.name() for process in installation.processes()} <= {"postgres", "redis-server"})
    installation.end()
    assert installation.processes() == []


def test_a_taken_port_is_named_with_who_holds_it(installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.port))
        taken.listen()
        result = installation.make_run()
    assert result.returncode == 1
    assert is_one_line(result.stderr)
    assert f"port {installation.port} is taken" in result.stderr
    assert f"process {os.getpid()}" in result.stderr
    assert installation.servers() == []


def test_a_stale_note_of_a_former_run_stops_nothing(folder: Path) -> None:
    (folder / "console.lock").touch()
    guard.write_state(folder, url="http://127.0.0.1:8000/", processes={"web": os.getpid()})
    guard.claim(folder).close()


def test_too_little_room_is_said_before_anything_starts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LEAST_FREE_BYTES", shutil.disk_usage(folder).free + 10**9)
    with pytest.raises(guard.NotAvailable, match="MB are free where"):
        guard.check_disk(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_disk_that_is_full_is_one_line_and_harms_nothing(folder: Path) -> None:
    small = folder / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m", "none", str(small)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine does not let root mount")
    try:
        installation = Installation(small / "var")
        for result in (installation.make_run(), installation.manage("migrate")):
            assert result.returncode == 1
            assert is_one_line(result.stderr.removeprefix("console  | starting PostgreSQL and Redis\n")), result.stderr
        assert not (small / "var" / "postgres").exists()
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "eight"), ("PORT", "99999"), ("DEMO", "maybe"), ("PROCESSES", "web,wbe")]
)
def test_a_wrong_variable_is_one_line(installation: Installation, name: str, value: str) -> None:
    result = installation.make_run(**{name: value})
    assert result.returncode == 1
    assert is_one_line(result.stderr)
    assert name in result.stderr


class TestProcesses:
    def test_the_demo_partners_run_only_in_a_demo(self) -> None:
        everything = processes.wanted({"sweeper", "simulate"}, demo=True)
        assert {process.name for process in everything} - {
            process.name for process in processes.wanted({"sweeper", "simulate"}, demo=False)
        } == {process.name for process in processes.PROCESSES if process.only_demo}

    def test_a_process_whose_command_is_missing_is_left_out(self) -> None:
        assert "sweeper" not in {process.name for process in processes.wanted(set(), demo=True)}

    def test_every_queue_has_a_worker(self) -> None:
        words = [word for process in processes.PROCESSES for word in process.words]
        queues = {queue for before, word in itertools.pairwise(words) if before == "-Q" for queue in word.split(",")}
        assert queues == {"control", "messages", "analysis", "bulk"}


class TestKept:
    def test_a_process_that_keeps_dying_waits_longer_each_time(self) -> None:
        kept = supervisor.Kept(processes.WEB, [])
        kept.started_at = float("inf")
        assert [kept.note_end() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]

    def test_a_process_that_ran_steadily_starts_soon_again(self) -> None:
        kept = supervisor.Kept(processes.WEB, [])
        kept.pause_s, kept.started_at = 16, float("-inf")
        assert kept.note_end() == 0.5


def test_what_nobody_waits_for_stands_back() -> None:
    names = ("web", "door", "sweeper", "control", "worker", "bulk")
    ranks = {one.name: one.nice for one in processes.PROCESSES if one.name in names}
    assert ranks == {"web": 0, "door": 0, "sweeper": 0, "control": 0, "worker": 10, "bulk": 15}
    behind = processes.Process("behind", (), nice=3)
    kept = supervisor.Kept(behind, [processes.PYTHON, "-c", "import time; time.sleep(60)"])
    kept.start(os.environ, lambda *_: None)
    try:
        assert kept.pid is not None
        assert psutil.Process(kept.pid).nice() == min(19, psutil.Process().nice() + 3)
    finally:
        kept.signal(signal.SIGKILL)
        assert kept.running is not None
        kept.running.wait()


def test_the_banner_has_the_address_and_the_logins() -> None:
    lines = screen.banner("http://127.0.0.1:8000/", [["anna", "secret", "Operator"]], seconds=4.2)
    assert any("http://127.0.0.1:8000/" in line for line in lines)
    assert any(line.split() == ["anna", "secret", "Operator"] for line in lines)


def _is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_the_state_is_written_whole(folder: Path) -> None:
    var_dir = folder / "var"
    var_dir.mkdir()
    guard.write_state(var_dir, url="x")
    assert json.loads((var_dir / "console.json").read_text()) == {"pid": os.getpid(), "url": "x"}
    assert [path.name for path in var_dir.iterdir()] == ["console.json"]


class TestMemory:
    def test_a_database_prepared_by_this_code_is_known(self, folder: Path) -> None:
        assert not memory.is_prepared(folder)
        memory.remember(folder)
        assert memory.is_prepared(folder)

    def test_one_prepared_by_other_migrations_is_not(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        memory.remember(folder)
        (folder / "requirements.lock").write_text("django==6.0\n")
        monkeypatch.setattr(memory, "ROOT", folder)
        assert not memory.is_prepared(folder)
