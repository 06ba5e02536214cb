"""Keeps processes alive: starts them, passes on what they say, starts again what dies, stops all of it in order."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from adms.console.processes import Process

ROOT = Path(__file__).resolve().parents[2]
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STEADY_S = 30.0

Say = Callable[[str, str], None]


class Kept:
    """One process under supervision, with its history."""

    def __init__(self, process: Process, words: list[str]) -> None:
        self.process = process
        self.words = words
        self.running: subprocess.Popen[bytes] | None = None
        self.is_held = False
        self.starts = 0
        self.started_at = 0.0
        self.due_at = 0.0
        self.pause_s = FIRST_PAUSE_S

    @property
    def pid(self) -> int | None:
        """The living process, if there is one."""
        return self.running.pid if self.running is not None and self.running.poll() is None else None

    def start(self, environment: Mapping[str, str], say: Say) -> None:
        """Start it in a group of its own, so that Ctrl-C reaches only the supervisor, and on the leash."""
        self.running = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, "-m", "adms.leash", str(os.getpid()), *self.words],
            cwd=ROOT,
            env={"PGAPPNAME": f"tieline {self.process.name}", **environment, **self.process.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if self.process.nice:  # relative to ours: who starts all of it at a low rank gets the same order
            with contextlib.suppress(OSError):
                here = os.getpriority(os.PRIO_PROCESS, 0)
                os.setpriority(os.PRIO_PROCESS, self.running.pid, min(19, here + self.process.nice))
        self.starts += 1
        self.started_at = time.monotonic()
        threading.Thread(target=pass_on, args=(self.process.name, self.running, say), daemon=True).start()

    def note_end(self) -> float:
        """After its death: how long to wait before the next start, longer each time unless it had run steadily."""
        if time.monotonic() - self.started_at > STEADY_S:
            self.pause_s = FIRST_PAUSE_S
        pause = self.pause_s
        self.pause_s = min(2 * pause, LONGEST_PAUSE_S)
        self.due_at = time.monotonic() + pause
        self.running = None
        return pause

    def signal(self, number: int) -> None:
        """Send a signal: an ending one to the process alone, which ends its children; SIGKILL to its whole group."""
        if self.pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if number == signal.SIGKILL:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)


class Supervisor:
    """Several processes, kept alive together."""

    def __init__(
        self, processes: Iterable[Process], *, places: Mapping[str, str], environment: Mapping[str, str], say: Say
    ) -> None:
        self.kept: dict[str, Kept] = {}
        self.places = places
        self.environment = environment
        self.say = say
        self.add(processes)

    def add(self, processes: Iterable[Process]) -> None:
        """Take on more processes; those already kept stay as they are."""
        for process in processes:
            if process.name not in self.kept:
                self.kept[process.name] = Kept(process, process.filled(self.places))

    def start(self, *names: str) -> None:
        """Start the named processes, or all that do not run."""
        for kept in [self.kept[name] for name in names] or self.kept.values():
            if kept.pid is None:
                kept.is_held = False
                kept.start(self.environment, self.say)

    def look_after(self) -> None:
        """One round: notice what has died, start what is due. Processes never started are left alone."""
        now = time.monotonic()
        for kept in self.kept.values():
            if kept.running is not None and kept.running.poll() is not None:
                how = kept.running.returncode
                pause = kept.note_end()
                then = "held" if kept.is_held else f"starting it again in {pause:g} s"
                self.say("console", f"{kept.process.name} ended ({ending(how)}); {then}")
            elif kept.running is None and kept.starts and not kept.is_held and now >= kept.due_at:
                kept.start(self.environment, self.say)

    def pids(self) -> dict[str, int]:
        """The living processes."""
        return {name: kept.pid for name, kept in self.kept.items() if kept.pid is not None}

    def stop(self) -> None:
        """Stop all, the highest stage first; what does not end in its time is killed."""
        for stage in sorted({kept.process.stage for kept in self.kept.values()}, reverse=True):
            self._stop([kept for kept in self.kept.values() if kept.process.stage == stage])

    def _stop(self, several: list[Kept]) -> None:
        for kept in several:
            kept.is_held = True
            kept.signal(signal.SIGTERM)
        for kept in several:
            if kept.running is None:
                continue
            try:
                kept.running.wait(kept.process.patience_s)
            except subprocess.TimeoutExpired:
                self.say("console", f"{kept.process.name} did not end in {kept.process.patience_s:g} s: killed")
                kept.signal(signal.SIGKILL)
                kept.running.wait()
            kept.running = None


def pass_on(name: str, running: "subprocess.Popen[bytes]", say: Say) -> None:
    """Pass on what a process says, line by line, until it ends."""
    if running.stdout is None:
        return
    with running.stdout as lines:
        for line in lines:
            say(name, line.decode(errors="replace").rstrip("\n"))


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
