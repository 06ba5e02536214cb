"""CIM import: MB/s of read_model against bare lxml.iterparse over the same bytes, and the peak memory of each.

    python -m benchmarks.cim_import [FILE] [--rounds 5] [--write]

FILE is .xml or .xml.gz, by default the IEEE 8500-node feeder of the reference data (33 MB, 59,852 objects). iterparse does nothing
but clear each element, the least a streaming reader can do; read_model gives back a checked model. They take turns (A B A B ...)
and the median is shown; processor time beside the clock, for a machine that others use too. Peak memory is that of a process of
its own (VmHWM, so Linux only), less what the imports take. `--write` keeps the table in benchmarks/results/cim_import.md.
"""

from __future__ import annotations

import argparse
import gzip
import io
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from integration.cim.models import read_model
from network.domain import gate

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = ROOT.parent / "shared" / "data" / "cim" / "gridappsd" / "IEEE8500bal_derived.xml.gz"
RESULTS = Path(__file__).parent / "results" / "cim_import.md"
PEAK = """
import re, sys
from lxml import etree
from integration.cim.models import read_model
def used(): return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
before = used()
if sys.argv[1] == "iterparse":
    for _, element in etree.iterparse(sys.argv[2], events=("end",)):
        element.clear()
elif sys.argv[1] == "tree":
    etree.parse(sys.argv[2])
else:
    draft = read_model([sys.argv[2]])
print(used() - before)
"""


def iterparse(data: bytes) -> None:
    """The floor."""
    for _, element in etree.iterparse(io.BytesIO(data), events=("end",)):
        element.clear()


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of processor time."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - cpu


def speeds(data: bytes, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Every contender in turn, round by round."""
    packed = gzip.compress(data)
    contenders: dict[str, Callable[[], object]] = {
        "bare lxml.iterparse": lambda: iterparse(data),
        "read_model": lambda: read_model([("model.xml", data)]),
        "read_model, gzip'ed": lambda: read_model([("model.xml.gz", packed)]),
        "read_model + gate.check": lambda: gate.check(read_model([("model.xml", data)])),
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            seconds[name].append(timed(work))
    return seconds


def peak_mb(kind: str, path: Path) -> float:
    """What one reading adds to the memory of a process of its own."""
    command = [sys.executable, "-c", PEAK, kind, str(path)]
    return float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def table(data: bytes, rounds: int) -> list[str]:
    """The rows, as Markdown."""
    mega = len(data) / 1e6
    seconds = speeds(data, rounds)
    floor = statistics.median(cpu for _, cpu in seconds["bare lxml.iterparse"])
    lines = ["| | s | CPU s | MB/s of CPU | share of the floor's speed |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, pairs in seconds.items():
        clock, cpu = (statistics.median(values) for values in zip(*pairs, strict=True))
        lines.append(f"| {name} | {clock:.2f} | {cpu:.2f} | {mega / cpu:.1f} | {floor / cpu:.2f} |")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.xml"
        path.write_bytes(data)
        peaks = {kind: peak_mb(kind, path) for kind in ("iterparse", "tree", "read_model")}
    lines += ["", "| peak memory above the imports | MB |", "| --- | ---: |"]
    return lines + [f"| {kind} | {mb:.0f} |" for kind, mb in peaks.items()]


def main() -> None:
    """Print the table, and keep it if told to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if not options.file.exists():
        sys.exit(f"{options.file.name} is not here: give the path of a CIM file")
    opener = gzip.open if options.file.suffix == ".gz" else open
    with opener(options.file, "rb") as file:
        data = file.read()
    lines = table(data, options.rounds)
    print("\n".join(lines))
    if options.write:
        head = (
            f"# CIM import\n\n{options.file.name}, {len(data) / 1e6:.1f} MB; {options.rounds} rounds, median; Python "
        )
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(
            f"{head}{platform.python_version()}, lxml {etree.__version__}.\n\n" + "\n".join(lines) + "\n"
        )


if __name__ == "__main__":
    main()
