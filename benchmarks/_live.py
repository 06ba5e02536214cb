"""A running Tieline of its own for a benchmark: servers, database and processes are started for it and stopped after it."""

from __future__ import annotations

import json
import math
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that `python benchmarks/x.py` finds the product

from tests import conftest  # noqa: E402 - it sets the environment the settings are read from

conftest.pytest_configure()

from tests.live import DEFAULT, LiveSystem  # noqa: E402

if TYPE_CHECKING:
    from tests.journeys.partners import Partner

RESULTS = Path(__file__).parent / "results"


@contextmanager
def running(name: str, processes: Sequence[str] = DEFAULT) -> Iterator[LiveSystem]:
    """A system with the demo network; everything it started is stopped afterwards, also after Ctrl-C."""
    system = LiveSystem(database=f"bench_{name}_{os.getpid()}", names=processes)
    try:
        say("starting servers and processes")
        system.start()
        say("loading the demo network")
        system.manage("load_demo")
        yield system
    finally:
        system.stop()
        conftest.pytest_unconfigure()


def partner(system: LiveSystem, source: str, allowed: str) -> Partner:
    """An external system with its token."""
    from tests.journeys.partners import Partner

    told = json.loads(system.manage("create_partner", source, "--allow", allowed, "--json").stdout)
    return Partner(system.base_url, source, told["token"])


def say(what: str) -> None:
    """Progress, beside the result."""
    print(what, file=sys.stderr, flush=True)


def machine(before: tuple[float, float, float]) -> str:
    """What it was measured on, and how busy that was."""
    load = f"{before[0]:.1f} before and {os.getloadavg()[0]:.1f} after"
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; load average of the machine {load}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def publish(text: str, name: str, *, write: bool) -> None:
    """Print the result, and keep it if told to."""
    print(text)
    if write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / name).write_text(text.rstrip("\n") + "\n")
