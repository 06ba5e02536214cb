"""Runs every test in two runs side by side, then the few that failed a second time, each in a fresh system.

    python -m tests.everything

One run has what drives browsers and kills processes, the other all else: the first waits much, the second reckons much, each has servers
and a folder of its own, and two processors are used where one after the other leaves one idle.

A browser, ten processes and four servers share the machine with the tests; one late answer among thousands must not hide what a run
shows. More than `LIMIT` failures are no accident and are not repeated; what fails twice, fails. An unsteady test is a defect
of the product or of the test and gets mended: its name is printed last, where nobody overlooks it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

LIMIT = 6
CACHE = Path(".pytest_cache")
LIVE = ("tests/browser", "tests/environment", "tests/faults", "tests/js")
RUNS = {"live": LIVE, "other": ("tests", *(f"--ignore={folder}" for folder in LIVE))}
FAILED, NOTHING_FAILED = 1, 0


class Run:
    """One pytest of its own, whose lines are told with its name before them."""

    def __init__(self, name: str, arguments: Sequence[str]) -> None:
        self.cache = CACHE / name
        words = ("-o", f"cache_dir={self.cache}", "--cache-clear", *arguments)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._teller = threading.Thread(target=self._tell, args=(name,))
        self._teller.start()

    def _tell(self, name: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            sys.stdout.write(f"{name:5} | {line}")
            sys.stdout.flush()

    def wait(self) -> int:
        """Its exit status."""
        status = self.process.wait()
        self._teller.join()
        return status

    def failed(self) -> list[str]:
        """The tests that failed in it."""
        names = self.cache / "v/cache/lastfailed"
        return sorted(json.loads(names.read_text())) if names.exists() else []


def main() -> int:
    """Exit status: 0 when every test passed, or passed the second time."""
    running: list[Run] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        for run in running:
            run.process.send_signal(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, lambda *_: None)  # the terminal tells the runs itself
    statuses = []
    if (os.cpu_count() or 1) > 1:
        running += [Run(name, arguments) for name, arguments in RUNS.items()]
        statuses = [run.wait() for run in running]
    else:
        for name, arguments in RUNS.items():
            running.append(Run(name, arguments))
            statuses.append(running[-1].wait())
    worst = max(map(abs, statuses))
    if worst != FAILED:
        return worst
    return again([name for run in running for name in run.failed()])


def again(names: list[str]) -> int:
    """Exit status of the second run: 0 when every test that failed passes now."""
    if not 0 < len(names) <= LIMIT:
        return FAILED
    sys.stdout.write(f"\n{len(names)} failed; once more, by themselves:\n")
    sys.stdout.flush()
    words = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *names]
    status = subprocess.run(words, check=False).returncode
    if status == NOTHING_FAILED:
        sys.stdout.write("UNSTEADY, to be mended:\n" + "".join(f"  {name}\n" for name in names))
    return status


if __name__ == "__main__":
    sys.exit(main())
