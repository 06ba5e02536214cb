"""After warming up, no operator waits for the compiler."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from network.domain import grid as grids
from network.domain import impact, protection, trace, warming
from network.domain.energisation import compare, energise, reenergise
from network.domain.kernels import adjacency, compiler, devices, feeders, forest, loops, sweep, walks
from network.domain.switchboard import Switchboard
from tests.builders.network import NetworkBuilder

MODULES = (adjacency, devices, feeders, forest, loops, sweep, walks)


def compiled() -> dict[str, int]:
    """How many variants of each kernel that Python calls are compiled."""
    return {
        f"{module.__name__}.{name}": len(function.signatures)
        for module in MODULES
        for name, function in vars(module).items()
        if hasattr(function, "signatures") and not name.startswith("_")
    }


def test_all_kernels_are_compiled_by_warming_up(tmp_path: Path) -> None:
    warming.warm()
    ready = compiled()
    assert any(ready.values())  # not all: what only kernels call comes with them where they are kept on disk
    run_everything(tmp_path)
    assert compiled() == ready


def run_everything(folder: Path) -> None:
    """On a grid mapped from a file, as a server process has it."""
    draft = (
        NetworkBuilder().source("S").breaker("CB").line("L").transformer("T").customers(2)
        .back_to("L").switch("TIE", closed=False).to("P").source("P").draft()
    )  # fmt: skip
    grids.save(grids.compile_grid(draft), folder)
    grid = grids.load(folder)
    state = energise(grid, grid.initial_closed)
    tie = grid.branch_index("TIE")
    closed = grid.initial_closed.copy()
    closed[tie] = 7
    ringed = reenergise(grid, state, closed, [tie])
    compare(state, ringed)
    impact.look_ahead(grid, state.closed, state, grid.branch_index("CB"), 0)
    tree = protection.protection_tree(grid, ringed, closed)
    _ = tree.customers_below, tree.transformers_below, tree.exit, ringed.source_islands
    trace.downstream(state, np.int32(1))
    trace.section(state, 0, grid.is_telemetered)
    trace.next_downstream(state, 0, trace.open_switches(state))
    trace.path(ringed, 0, 3)
    board = Switchboard(ringed)
    board.operate(np.int32(tie), 0)
    board.operate_all([tie], [7])


def test_kernels_compile_where_nothing_can_be_kept_on_disk() -> None:
    """A function that no file holds cannot be cached, as in a read-only installation."""
    made: dict[str, Any] = {}
    exec("def double(value):\n    return 2 * value", made)
    assert compiler.kernel(made["double"])(21) == 42
