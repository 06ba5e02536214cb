"""An installation of its own for one test: a fresh var/, and commands run on it as a person would."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from adms.console.supervisor import ROOT
from tests.live import free_port

SILENT = {
    "DJANGO_ALLOW_ASYNC_UNSAFE",
    "DATABASE_URL",
    "REDIS_URL",
    "SERVERS_MIGRATE",
    "SECRET_KEY",
    "DJANGO_SETTINGS_MODULE",
    "LOG_LEVEL",
}
COUNT_USERS = "from adms.core.models import User; print(User.objects.count())"
SELECT_ONE = "from django.db import connection as c; k = c.cursor(); k.execute('select 1'); print(k.fetchone())"
HOLD = "import time; from django.db import connection as c; c.ensure_connection(); print('held', flush=True); time.sleep(600)"
# Without loading the apps or making tables, where a test needs neither: much faster than a management command.
BARE = {"SERVERS_MIGRATE": "0", "DATABASE_NAME": "postgres", "DJANGO_SETTINGS_MODULE": "adms.settings"}


class Installation:
    """A var/ folder and what runs on it."""

    def __init__(self, var_dir: Path, **environment: str) -> None:
        self.var_dir = var_dir
        self.port = free_port()
        kept = {key: value for key, value in os.environ.items() if key not in SILENT}
        self.environment = kept | {"VAR_DIR": str(var_dir), "PORT": str(self.port), "DEMO": "0"} | environment
        self.started: list[subprocess.Popen[str]] = []

    def manage(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command to its end."""
        return self._run("manage.py", *words, **environment)

    def make_run(self, **environment: str) -> "subprocess.CompletedProcess[str]":
        """`make run` where it is expected to refuse."""
        return self._run("-m", "adms.console", **environment)

    def begin(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        """Start a Python program and leave it running."""
        program = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        self.started.append(program)
        return program

    def hold(self) -> None:
        """Leave a program running that is connected to the database."""
        program = self.begin("-c", HOLD, **BARE)
        assert program.stdout is not None
        assert program.stdout.readline().strip() == "held"

    def select_one(self) -> None:
        """Run a program that uses the database, to its end."""
        result = self._run("-c", SELECT_ONE, **BARE)
        assert (result.stdout.strip(), result.returncode) == ("(1,)", 0), result.stderr

    def _run(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            stdin=subprocess.DEVNULL,
        )

    def processes(self) -> list[psutil.Process]:
        """Everything alive that belongs to this installation."""
        found = []
        for process in psutil.process_iter():
            try:
                words = " ".join(process.cmdline())
                if str(self.var_dir) in words or process.environ().get("VAR_DIR") == str(self.var_dir):
                    found.append(process)
            except psutil.Error:
                continue
        return [process for process in found if process.pid != os.getpid()]

    def servers(self) -> list[str]:
        """The embedded servers that run, by name."""
        names = set()
        for process in self.processes():
            with contextlib.suppress(psutil.Error):  # it has ended since
                names.add(process.name())
        return sorted(names & {"postgres", "redis-server"})

    def end(self) -> None:
        """Leave nothing behind, whatever the test did."""
        for program in self.started:
            if program.poll() is None:
                program.send_signal(signal.SIGTERM)
        for program in self.started:
            try:
                program.wait(60)
            except subprocess.TimeoutExpired:
                program.kill()
            if program.stdout is not None:
                program.stdout.close()
        if self.servers():
            self.select_one()  # the last user stops them


def wait_until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.1)
    return value


def is_one_line(text: str) -> bool:
    """Whether a message is one a person can take in: one line, no trace of the stack."""
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text
