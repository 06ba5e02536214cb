"""Temporary elements on a utility of a million customers: what placing and removing costs every process that follows.

`python -m benchmarks.temporary [--customers N]` asserts that each state agrees with full computation, and prints a table.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from network.domain import generation, temporary
from network.domain.energisation import Energisation, energise
from network.domain.grid import Grid, assemble
from network.domain.temporary import Element, Fitted, Overlay, Place
from network.domain.warming import warm


class Desk:
    """A process that follows."""

    def __init__(self, grid: Grid) -> None:
        self.base, self.overlay = grid, Overlay()
        self.fitted: Fitted = temporary.fit(grid, self.overlay)
        self.state: Energisation = energise(grid, grid.normal_closed)
        self.rows: list[tuple[str, float]] = []

    def to(self, words: str, overlay: Overlay) -> None:
        """Take another overlay, timed and checked."""
        began = time.perf_counter()
        fitted = temporary.fit(self.base, overlay)
        nothing = np.empty(0, np.int32)
        self.state = temporary.advance(self.state, self.fitted, fitted, self.base.normal_closed, nothing)
        self.rows.append((words, time.perf_counter() - began))
        self.overlay, self.fitted = overlay, fitted
        full = energise(fitted.grid, fitted.conducting(self.base.normal_closed))
        assert np.array_equal(full.live, self.state.live), words

    def place(self, kind: str, branch: int, other: int = 0, words: str = "") -> None:
        """Place one element."""
        mrids = [self.base.branch_mrid_text(one) for one in (branch, other)]
        slot = self.overlay.free_slot() if kind in temporary.JOINING else -1
        element = Element(f"{kind} {branch}", kind, "", 7, Place(mrids[0], 2), Place(mrids[1], 2), slot)
        self.to(words or f"{kind} placed", self.overlay.placed(element))


def timed(rows: list[tuple[str, float]], words: str, work: Callable[[], object]) -> None:
    """One row of the table."""
    began = time.perf_counter()
    work()
    rows.append((words, time.perf_counter() - began))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    customers = parser.parse_args().customers
    warm()
    grid = assemble(generation.columns(generation.generate(customers, 1)))
    lines = np.flatnonzero(~grid.is_switch & ~grid.is_transformer).astype(np.int64)
    one, two = (int(lines[int(lines.size * part)]) for part in (0.31, 0.62))
    desk = Desk(grid)
    grid.branch_index("")
    desk.place("cut", one)
    desk.place("generation", one, words="generation placed, the first to need room")
    desk.place("jumper", one, two, words="jumper placed, room is there")
    desk.place("ground", two)
    desk.to("jumper removed", desk.overlay.removed(f"jumper {one}"))
    desk.to("cut removed", desk.overlay.removed(f"cut {one}"))
    timed(desk.rows, "energise in full", lambda: energise(desk.fitted.grid, desk.state.closed))
    print(f"{customers:,} customers, {grid.node_count:,} nodes, {grid.branch_count:,} branches\n")
    print("| step | ms |\n| --- | ---: |")
    for words, seconds in desk.rows:
        print(f"| {words} | {seconds * 1e3:.0f} |")


if __name__ == "__main__":
    main()
