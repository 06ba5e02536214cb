"""Power flow by feeder group on a utility of a million customers: what it costs to publish, to cut, and to follow one switch.

`python -m benchmarks.power_flow_groups [--customers N] [--write]` checks each feeder's result against the solution of its whole island.
The peer is the same island (a substation with all its feeders) solved as one circuit by the same engine, in the same run.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from network.domain import generation, temporary
from network.domain.energisation import Energisation, energise
from network.domain.feeder_groups import Coupling, FeederGroup, FeederGroups, groups_of
from network.domain.feeder_groups.compact import CompactCircuits
from network.domain.generation import sheet
from network.domain.grid import Grid, assemble
from network.domain.grid.arrays import Text
from network.domain.physics.circuit import Circuit
from network.domain.physics.results import PowerFlowResult
from network.domain.warming import warm
from network.engines import port

RESULTS = Path(__file__).parent / "results" / "power_flow_groups.md"
_FEEDERS = 5
T = TypeVar("T")
_LOSS = 1e-3  # relative difference that is still the same


class Desk:
    """The utility with what it is cut into."""

    def __init__(self, customers: int) -> None:
        utility = generation.generate(customers, 1)
        columns = generation.columns(utility)
        self.rows: list[tuple[str, str]] = []
        self.grid: Grid = assemble(columns)
        made = self.timed(
            "sheet of impedances, made and packed when the model is published",
            lambda: packed(utility, columns.branch_mrid, self.grid),
        )
        self.tell("its size", f"{len(made) / 1e6:.2f} MB")
        self.circuits = CompactCircuits(sheet.from_bytes(made), self.grid, "benchmark", str)
        self.energisation: Energisation = energise(self.grid, self.grid.initial_closed)
        _ = self.energisation.parent_branch
        self.groups: FeederGroups = self.timed("cut into feeder groups", self.cut)
        self.timed("signatures of all groups", lambda: [self.groups.signature(g.number) for g in self.groups.groups])
        self.tell("groups", f"{len(self.groups.groups):,}")

    def cut(self) -> FeederGroups:
        """The groups of the state."""
        fitted = temporary.fit(self.grid, temporary.Overlay())
        return groups_of(self.circuits, fitted, self.energisation, self.energisation.closed)

    def timed(self, words: str, work: Callable[[], T]) -> T:
        """One row of the table."""
        began = time.perf_counter()
        found = work()
        self.tell(words, f"{(time.perf_counter() - began) * 1000:,.0f} ms")
        return found

    def tell(self, words: str, value: str) -> None:
        """A row."""
        self.rows.append((words, value))

    def coupling(self, kept: Coupling | None = None) -> Coupling:
        """Solved with what is kept."""
        buses = {g.number: self.grid.node_mrid_text(g.at) for g in self.groups.groups if g.at >= 0}
        results = kept.results if kept else {}
        return Coupling(self.groups.groups, buses, self.circuit_of, lambda _, circuit: port.solve(circuit), results)

    def circuit_of(self, number: int) -> Circuit:
        """The circuit of a group."""
        return self.circuits.circuit_of(self.groups, number)


def packed(utility: generation.Utility, mrids: Text, grid: Grid) -> bytes:
    """The sheet as a version keeps it."""
    return sheet.to_bytes(sheet.sheet_of(utility, grid.branch_indices(mrids)))


def island_of(desk: Desk, group: FeederGroup) -> Circuit:
    """A station with its feeders as one circuit."""
    numbers = [group.above, *(one.number for one in desk.groups.below(group.above))]
    parts = [desk.circuit_of(number) for number in numbers]
    whole = Circuit("island", parts[0].frequency_hz)
    for part in parts:
        whole.buses |= part.buses
        whole.line_codes |= part.line_codes
        for table in ("lines", "switches", "transformers", "loads", "sources"):
            getattr(whole, table).extend(getattr(part, table))
    return whole


def losses(coupling: Coupling, desk: Desk, above: int) -> float:
    """KW lost in an island."""
    keys = [desk.groups.groups[above].key, *(one.key for one in desk.groups.below(above))]
    return sum(coupling.results[key].result.loss_kw or 0.0 for key in keys)


def measure(desk: Desk) -> None:
    """Feeders of all sizes: made, settled, followed; and their islands as one."""
    feeders = sorted((g for g in desk.groups.groups if g.head >= 0), key=lambda g: desk.groups.nodes(g.number).size)
    chosen = [feeders[round(share * (len(feeders) - 1))] for share in np.linspace(0.1, 1.0, _FEEDERS)]
    times: dict[str, list[float]] = {"made": [], "again": [], "island": [], "solved": []}
    port.solve(desk.circuit_of(chosen[0].number))  # an engine's first solution loads it
    for group in chosen:
        began = time.perf_counter()
        desk.circuit_of(group.number)
        times["made"].append(time.perf_counter() - began)
        first = desk.coupling()
        first.settle([group.above, *(one.number for one in desk.groups.below(group.above))])
        began = time.perf_counter()
        again = desk.coupling(first)
        again.settle([group.number])
        times["again"].append(time.perf_counter() - began)
        times["solved"].append(sum(again.solved.values()))
        circuit = island_of(desk, group)
        began = time.perf_counter()
        whole: PowerFlowResult = port.solve(circuit)
        times["island"].append(time.perf_counter() - began)
        assert whole.converged, whole.reason
        assert whole.loss_kw is not None
        assert abs(losses(first, desk, group.above) - whole.loss_kw) < _LOSS * whole.loss_kw
    sizes = [desk.groups.nodes(group.number).size for group in chosen]
    desk.tell(f"nodes of the {_FEEDERS} feeders measured", ", ".join(f"{size:,}" for size in sizes))
    for words, key in (
        ("circuit of a feeder made, median", "made"),
        ("one feeder changed: it and its station solved until they agree, median", "again"),
        ("its whole island solved as one circuit, median", "island"),
    ):
        desk.tell(words, f"{statistics.median(times[key]) * 1000:,.0f} ms")
    desk.tell("solutions for it, median", f"{statistics.median(times['solved']):.0f}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    warm()
    before = os.getloadavg()[0]
    desk = Desk(options.customers)
    measure(desk)
    head = (
        f"{options.customers:,} customers, load average {before:.1f} before and {os.getloadavg()[0]:.1f} after, 2 cores"
    )
    lines = ["# Power flow by feeder group", "", head, "", "| what | |", "| --- | ---: |"]
    table = "\n".join([*lines, *(f"| {words} | {value} |" for words, value in desk.rows), ""])
    print(table)
    if options.write:
        RESULTS.write_text(table)


if __name__ == "__main__":
    main()
