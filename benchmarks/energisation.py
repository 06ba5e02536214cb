"""Energisation after one switch operation: full and incremental, against networkx, scipy and one touch of the memory.

    python -m benchmarks.energisation [10000 100000 1000000] [--rounds 9] [--write]

Synthetic radial feeders of 2,000 nodes (trunk of 400, laterals of 8), ten to a source, a switch every eighth branch, two open ties
per feeder to the next one. All alternatives answer the same question after the same operation, which nodes are live, and are
asserted to agree; they take turns within a round (A B C, A B C, ...) and the median is shown. Node numbers are in our own order,
the best for everybody; the shuffled rows show scipy on numbers as a real file has them. `--write` keeps the table in
benchmarks/results/energisation.md.
"""

from __future__ import annotations

import argparse
import gc
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from network.domain import warming
from network.domain.energisation import Energisation, compare, energise, live_in_forest, reenergise
from network.domain.grid import BRANCH_CLASSES, Columns, Grid, assemble, from_blob, load, save, to_blob
from network.domain.switchboard import Switchboard

FEEDER, TRUNK, LATERAL, FEEDERS_PER_SOURCE, TIES_PER_FEEDER = 2_000, 400, 8, 10, 2
RESULTS = Path(__file__).parent / "results" / "energisation.md"
Row = tuple[str, ...]


class Operation(NamedTuple):
    """One switch and the node below it."""

    branch: int
    below: int
    size: int


# The network


def feeder_columns(size: int, rings: float, seed: int = 1) -> Columns:
    """Columns of a synthetic network of about `size` nodes; `rings` is the share of nodes on an extra closed branch."""
    rng = np.random.default_rng(seed)
    feeders = max(size // FEEDER, 2)
    sources = -(-feeders // FEEDERS_PER_SOURCE)
    start, end = _feeder_branches(rng, feeders, sources)
    nodes = sources + feeders * FEEDER
    breakers, lines = feeders, start.size - feeders
    ties = _ties(rng, feeders, sources)
    loops = rng.integers(0, feeders, int(nodes * rings)) * FEEDER + sources
    extra = np.stack([loops + rng.integers(0, FEEDER, loops.size), loops + rng.integers(0, FEEDER, loops.size)])
    switch, line = BRANCH_CLASSES.index("LoadBreakSwitch"), BRANCH_CLASSES.index("ACLineSegment")
    kinds = np.concatenate([
        np.full(breakers, BRANCH_CLASSES.index("Breaker")),
        np.where(np.arange(lines) % 8 == 0, switch, line),
        np.full(ties.shape[1], switch), np.full(extra.shape[1], line),
    ]).astype(np.uint8)  # fmt: skip
    closed = np.full(kinds.size, 7, np.uint8)
    closed[breakers + lines : breakers + lines + ties.shape[1]] = 0
    ends = np.concatenate([np.stack([start, end]), ties, extra], axis=1).astype(np.int32)
    return _columns(nodes, sources, ends, kinds, closed)


def _feeder_branches(rng: np.random.Generator, feeders: int, sources: int) -> tuple[np.ndarray, np.ndarray]:
    """Breakers first, then the branches within the feeders."""
    place = np.arange(FEEDER)
    parent = np.where(place < TRUNK, place - 1, np.where((place - TRUNK) % LATERAL, place - 1, -2))
    within = np.tile(parent, feeders).reshape(feeders, FEEDER)
    within = np.where(within == -2, rng.integers(0, TRUNK, within.shape), within)
    first = sources + np.arange(feeders)[:, None] * FEEDER
    start, end = (within + first)[:, 1:].ravel(), (place + first)[:, 1:].ravel()
    return np.concatenate([np.arange(feeders) // FEEDERS_PER_SOURCE, start]), np.concatenate([first.ravel(), end])


def _ties(rng: np.random.Generator, feeders: int, sources: int) -> np.ndarray:
    """Open switches from each feeder to the next."""
    one = np.repeat(np.arange(feeders), TIES_PER_FEEDER)
    other = (one + 1) % feeders
    picks = rng.integers(TRUNK // 2, FEEDER, (2, one.size))
    return np.stack([one, other]) * FEEDER + picks + sources


def _columns(nodes: int, sources: int, ends: np.ndarray, kinds: np.ndarray, closed: np.ndarray) -> Columns:
    branches = kinds.size
    nowhere = np.full(nodes, np.nan)
    return Columns(
        node_mrid=np.char.mod("n%08d", np.arange(nodes)).astype(np.bytes_), node_nominal_v=np.full(nodes, 20_000.0),
        node_x=nowhere, node_y=nowhere, node_container=np.full(nodes, -1, np.int32),
        branch_mrid=np.char.mod("b%08d", np.arange(branches)).astype(np.bytes_),
        branch_name=np.char.mod("b%08d", np.arange(branches)).astype(np.bytes_),
        branch_from=ends[0].copy(), branch_to=ends[1].copy(), branch_phases=np.full(branches, 7, np.uint8),
        branch_class=kinds, branch_rated_a=np.full(branches, np.nan), branch_container=np.full(branches, -1, np.int32),
        is_telemetered=np.zeros(branches, np.bool_), serves=np.zeros(branches, np.bool_),
        normal_closed=closed, initial_closed=closed, point_offsets=np.zeros(branches + 1, np.int64),
        points=np.empty((0, 2)), injection_mrid=np.char.mod("s%04d", np.arange(sources)).astype(np.bytes_),
        injection_node=np.arange(sources, dtype=np.int32), injection_kw=np.zeros(sources),
        injection_phases=np.full(sources, 7, np.uint8), is_source=np.ones(sources, np.bool_),
        is_consumer=np.zeros(sources, np.bool_), group_node=np.empty(0, np.int32), group_phases=np.empty(0, np.uint8),
        group_customers=np.empty(0, np.int32), container_mrid=np.empty(0, "S1"), container_name=np.empty(0, "S1"),
        container_class=np.empty(0, "S1"), container_parent=np.empty(0, np.int32),
    )  # fmt: skip


# The rivals: each keeps its own picture of the network, is told of an operation and says how many nodes are live


class Networkx:
    """A graph of the closed branches; the sources hang on one more node."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.graph = nx.Graph()
        self.root = grid.node_count
        self.graph.add_nodes_from(range(grid.node_count))
        closed = grid.normal_closed > 0
        self.graph.add_edges_from(zip(grid.branch_from[closed].tolist(), grid.branch_to[closed].tolist(), strict=True))
        self.graph.add_edges_from((self.root, node) for node in grid.source_node.tolist())

    def operate(self, branch: int, phases: int) -> None:
        """Add or remove the edge."""
        ends = int(self.grid.branch_from[branch]), int(self.grid.branch_to[branch])
        if phases:
            self.graph.add_edge(*ends)
        else:
            self.graph.remove_edge(*ends)

    def live(self) -> int:
        """The component of the sources."""
        return len(nx.node_connected_component(self.graph, self.root)) - 1

    def below(self, node: int) -> int:
        """What is cut off with a node."""
        return len(nx.node_connected_component(self.graph, node))


class Scipy:
    """A matrix with an entry per end of a branch; the sources hang on one more node.

    An operation patches two entries in place: that of an open branch points back to its own row.
    """

    def __init__(self, grid: Grid, numbers: np.ndarray) -> None:
        self.size = grid.node_count + 1
        root = np.full(grid.source_node.size, self.size - 1)
        self.start = numbers[np.concatenate([grid.branch_from, root])]
        self.end = numbers[np.concatenate([grid.branch_to, grid.source_node])]
        self.closed = np.append(grid.normal_closed > 0, np.ones(root.size, np.bool_))
        self.root = int(numbers[self.size - 1])
        rows = np.concatenate([self.start, self.end])
        order = np.argsort(rows, kind="stable")
        self.entry = np.empty(rows.size, np.int64)
        self.entry[order] = np.arange(rows.size)
        ends = np.concatenate([self.end, self.start])
        targets = np.where(np.concatenate([self.closed, self.closed]), ends, rows)[order].astype(np.int32)
        indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=self.size))]).astype(np.int32)
        self.matrix = csr_array((np.ones(rows.size), targets, indptr), (self.size, self.size))

    def operate(self, branch: int, phases: int) -> None:
        """Patch both entries."""
        self.closed[branch] = phases > 0
        start, end = self.start[branch], self.end[branch]
        forth, back = self.entry[branch], self.entry[branch + self.start.size]
        self.matrix.indices[forth], self.matrix.indices[back] = (end, start) if phases else (start, end)

    def live_by_components(self) -> int:
        """connected_components on the patched matrix."""
        _, labels = connected_components(self.matrix, directed=False)
        return int(np.count_nonzero(labels == labels[self.root])) - 1

    def live_by_search(self) -> int:
        """breadth_first_order on the patched matrix."""
        return int(breadth_first_order(self.matrix, self.root, directed=True, return_predecessors=False).size) - 1

    def live_rebuilt(self) -> int:
        """connected_components on a matrix made anew of the closed branches."""
        start, end = self.start[self.closed], self.end[self.closed]
        matrix = csr_array((np.ones(start.size), (start, end)), (self.size, self.size))
        _, labels = connected_components(matrix, directed=False)
        return int(np.count_nonzero(labels == labels[self.root])) - 1


class Ours:
    """The three ways of the product; they share the positions."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.closed = grid.normal_closed.copy()
        self.state = energise(grid, self.closed)

    def operate(self, branch: int, phases: int) -> None:
        """Note the position, as a follower of the journal does."""
        self.closed = self.closed.copy()
        self.closed[branch] = phases
        self.branch = np.array([branch], np.int32)

    def swept(self) -> int:
        """Live phases by one sweep: exact while nothing outside of the normal forest is closed."""
        return int(np.count_nonzero(live_in_forest(self.grid, self.closed)))

    def full(self) -> int:
        """All that an Energisation says, from nothing."""
        return int(np.count_nonzero(energise(self.grid, self.closed).live))

    def incremental(self) -> int:
        """A new immutable state from the one before."""
        self.renew()
        return int(np.count_nonzero(self.state.live))

    def renew(self) -> int:
        """The same, without counting."""
        self.state = reenergise(self.grid, self.state, self.closed, self.branch)
        return 0


# Measuring


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """(seconds of the processor, result): on a shared machine the clock on the wall says little."""
    begun = time.thread_time()
    result = work()
    return time.thread_time() - begun, result


def touch(grid: Grid, closed: np.ndarray, out: np.ndarray) -> int:
    """Read rows and positions once and write the result once: what no method can undercut."""
    total = int(grid.indptr.max()) + int(grid.adj_branch.max()) + int(grid.adj_node.max()) + int(closed.max())
    out.fill(1)
    return total


def full_recompute(grid: Grid, operations: list[Operation]) -> dict[str, float]:
    """Median seconds of each way to tell what is live after one operation, all asserted to agree."""
    ours, plain = Ours(grid), Scipy(grid, np.arange(grid.node_count + 1))
    shuffled = Scipy(grid, np.random.default_rng(2).permutation(grid.node_count + 1))
    graph = Networkx(grid)
    out = np.empty(grid.node_count, np.uint8)
    ways: dict[str, Callable[[], int]] = {
        "networkx node_connected_component": graph.live,
        "scipy connected_components, rebuilt": plain.live_rebuilt,
        "scipy connected_components, patched": plain.live_by_components,
        "scipy breadth_first_order, patched": plain.live_by_search,
        "scipy breadth_first_order, shuffled numbers": shuffled.live_by_search,
        "ours: energise (everything)": ours.full,
        "ours: reenergise (new state)": ours.incremental,
        "ours: live_in_forest (one sweep)": ours.swept,
    }
    seconds: dict[str, list[float]] = {name: [] for name in [*ways, "floor: rows, positions and result once"]}
    for operation in operations:
        for phases in (0, 7):
            for rival in (ours, plain, shuffled, graph):
                rival.operate(operation.branch, phases)
            counts = set()
            for name, way in ways.items():
                elapsed, count = timed(way)
                seconds[name].append(elapsed)
                counts.add(count)
            if len(counts) != 1:
                raise AssertionError(f"they disagree: {counts}")
            elapsed, _ = timed(lambda: touch(grid, ours.closed, out))
            seconds["floor: rows, positions and result once"].append(elapsed)
    return {name: statistics.median(values) for name, values in seconds.items()}


def count_overhead(grid: Grid) -> float:
    """What counting the live nodes costs, which every way of ours and none of the floor pays."""
    live = np.ones(grid.node_count, np.uint8)
    return statistics.median(timed(lambda: int(np.count_nonzero(live)))[0] for _ in range(20))


def chosen_operations(grid: Grid, state: Energisation, count: int, size: int = 0, seed: int = 3) -> list[Operation]:
    """Random closed switches; of a size, those whose subtree comes nearest to it."""
    sizes = state.exit - state.enter
    branch = state.parent_branch
    below = np.flatnonzero((branch >= 0) & grid.is_switch[branch])
    if size:
        below = below[np.argsort(np.abs(sizes[below] - size), kind="stable")[: max(count, 20)]]
    picks = np.random.default_rng(seed).choice(below, count, replace=below.size < count)
    return [Operation(int(branch[node]), int(node), int(sizes[node])) for node in picks]


def incremental(grid: Grid, operations: list[Operation], graph: Networkx | None) -> dict[str, float]:
    """Median over five rounds of the mean seconds per operation; each switch is opened and closed, the ways take turns."""
    board, ours = Switchboard(energise(grid, grid.normal_closed)), Ours(grid)
    changes = [(branch, below, phases) for branch, below, _ in operations for phases in (0, 7)]
    seconds: dict[str, list[float]] = {"switchboard": [], "reenergise": [], "compare": [], "networkx": []}
    for _ in range(5):
        seconds["switchboard"].append(timed(lambda: _on_board(board, changes))[0] / len(changes))
        renewed, compared = _renewed(ours, changes)
        seconds["reenergise"].append(renewed / len(changes))
        seconds["compare"].append(compared / len(changes))
        assert np.array_equal(board.live, ours.state.live)
        if graph is not None:
            seconds["networkx"].append(_cut_off(graph, operations) / len(operations))
    return {name: statistics.median(values) for name, values in seconds.items() if values}


def _on_board(board: Switchboard, changes: list[tuple[int, int, int]]) -> int:
    for branch, _, phases in changes:
        board.operate(branch, phases)
    return len(changes)


def _renewed(ours: Ours, changes: list[tuple[int, int, int]]) -> tuple[float, float]:
    """(seconds for new states, seconds to compare each with the one before)."""
    renewed = compared = 0.0
    for branch, _, phases in changes:
        ours.operate(branch, phases)
        before = ours.state
        renewed += timed(ours.renew)[0]
        compared += timed(lambda: compare(before, ours.state).lost_nodes.size)[0]  # noqa: B023
    return renewed, compared


def _cut_off(graph: Networkx, operations: list[Operation]) -> float:
    """Seconds to find what opening cuts off."""
    spent = 0.0
    for branch, below, _ in operations:
        graph.operate(branch, 0)
        spent += timed(lambda: graph.below(below))[0]  # noqa: B023
        graph.operate(branch, 7)
    return spent


def transfer(grid: Grid, count: int) -> dict[str, float]:
    """Median seconds to move half a feeder to the next one, and to make and break a ring, in place and as new states."""
    state = energise(grid, grid.normal_closed)
    board = Switchboard(state)
    seconds: dict[str, list[float]] = {"in place": [], "new state": [], "ring": []}
    for tie, sectionaliser in _transfers(grid, state, count):
        there = [(sectionaliser, 0, 0), (tie, 0, 7)]
        back = [(tie, 0, 0), (sectionaliser, 0, 7)]
        seconds["in place"] += [timed(lambda: _on_board(board, way))[0] for way in (there, back)]  # noqa: B023
        seconds["ring"].append(timed(lambda: _on_board(board, there[::-1]))[0])  # noqa: B023
        _on_board(board, back)
        assert np.array_equal(board.live, state.live)
        closed = grid.normal_closed.copy()
        closed[[sectionaliser, tie]] = 0, 7
        changed = np.array([sectionaliser, tie], np.int32)
        seconds["new state"].append(timed(lambda: reenergise(grid, state, closed, changed).live.size)[0])  # noqa: B023
    return {name: statistics.median(values) for name, values in seconds.items()}


def _transfers(grid: Grid, state: Energisation, count: int) -> list[tuple[int, int]]:
    """(tie, the sectionaliser nearest to half of the feeder's trunk) of some feeders."""
    found = []
    for tie in grid.off_forest[grid.is_switch[grid.off_forest]]:
        node, path = int(grid.branch_from[tie]), []
        while state.parent_branch[node] >= 0 and state.feeder[node] >= 0:
            path.append(int(state.parent_branch[node]))
            node = int(state.parent_node[node])
        switches = [branch for branch in path if grid.is_switch[branch] and not grid.is_feeder_head[branch]]
        if switches:
            found.append((int(tie), switches[len(switches) // 2]))
    picks = np.random.default_rng(4).permutation(len(found))[:count]
    return [found[pick] for pick in picks]


def cold_start(grid: Grid) -> dict[str, float]:
    """Median seconds to have a grid and its live state, from a file and from bytes."""
    blob = to_blob(grid)
    with tempfile.TemporaryDirectory() as folder:
        save(grid, Path(folder))
        mapped = [timed(lambda: energise(load(Path(folder)), grid.normal_closed).live.size)[0] for _ in range(5)]
    read = [timed(lambda: energise(from_blob(blob), grid.normal_closed).live.size)[0] for _ in range(5)]
    return {"map": statistics.median(mapped), "blob": statistics.median(read), "megabytes": len(blob) / 1e6}


# Reporting


def table(head: Row, rows: list[Row]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def report(sizes: list[int], rounds: int) -> str:
    """Measure everything and say it in Markdown."""
    full: dict[str, dict[int, float]] = {}
    lines, moves, starts = [], [], []
    for size in sizes:
        grid, build = _build(size, 0.0)
        state = energise(grid, grid.normal_closed)
        for name, value in full_recompute(grid, chosen_operations(grid, state, rounds)).items():
            full.setdefault(name, {})[size] = value
        full.setdefault("(of these, counting the live nodes)", {})[size] = count_overhead(grid)
        graph = Networkx(grid)
        lines += [_incremental_row(size, affected, grid, "radial", graph) for affected in (1, 10, 100, 1000)]
        found = transfer(grid, 20)
        moves.append((f"{size:,}", *(f"{value * 1e6:,.0f}" for value in found.values())))
        found = cold_start(grid)
        starts.append(
            (
                f"{size:,}",
                f"{build:.2f}",
                f"{found['map'] * 1e3:.1f}",
                f"{found['blob'] * 1e3:.1f}",
                f"{found['megabytes']:.0f}",
            )
        )
        ringed, _ = _build(size, 0.001)
        lines += [_incremental_row(size, affected, ringed, "0.1 % rings") for affected in (1, 100)]
    where = (
        f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}, networkx {nx.__version__}"
    )
    return "\n".join([
        "# Energisation\n",
        f"`python -m benchmarks.energisation`, {where}; median of {2 * rounds} operations, in turns; processor time.\n",
        "## What is live after one operation, whole network (ms)\n",
        _full_table(full, sizes),
        "## One switch, incrementally (µs)\n",
        "Switchboard works in place; reenergise makes a new immutable state; networkx finds what is cut off by an edge it removed.\n",
        table(("nodes", "network", "affected", "switchboard", "reenergise", "compare", "networkx"), lines),
        "## Half a feeder moved to the next one (µs)\n",
        table(("nodes", "break then make, in place", "both as one new state", "make before break, in place"), moves),
        "## Start of a process\n",
        table(("nodes", "assemble from columns, s", "map file and energise, ms", "from bytes and energise, ms", "size, MB"), starts),
    ])  # fmt: skip


def _build(size: int, rings: float) -> tuple[Grid, float]:
    columns = feeder_columns(size, rings)
    begun = time.perf_counter()
    return assemble(columns), time.perf_counter() - begun


def _incremental_row(size: int, affected: int, grid: Grid, kind: str, graph: Networkx | None = None) -> Row:
    operations = chosen_operations(grid, energise(grid, grid.normal_closed), 40, affected)
    found = incremental(grid, operations, graph)
    mean = statistics.mean(operation.size for operation in operations)
    cells = [f"{found[name] * 1e6:,.1f}" if name in found else "" for name in
             ("switchboard", "reenergise", "compare", "networkx")]  # fmt: skip
    return (f"{size:,}", kind, f"{mean:,.0f}", *cells)


def _full_table(full: dict[str, dict[int, float]], sizes: list[int]) -> str:
    floor = full["floor: rows, positions and result once"]
    best = full["scipy breadth_first_order, patched"]
    rows = []
    for name, values in full.items():
        ratios = (_ratio(values[sizes[-1]] / floor[sizes[-1]]), _ratio(best[sizes[-1]] / values[sizes[-1]]))
        rows.append((name, *(f"{values[size] * 1e3:,.3f}" for size in sizes), *ratios))
    largest = f"{sizes[-1]:,}"
    return table(
        ("way", *(f"{size:,}" for size in sizes), f"times the floor at {largest}", "times faster than scipy's search"),
        rows,
    )


def _ratio(value: float) -> str:
    return f"{value:,.1f}" if value >= 1 else f"{value:.3f}"


def main() -> None:
    """Measure, print, and write if told to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=7, help="operations, each opened and closed")
    parser.add_argument("--write", action="store_true", help=f"keep the table in {RESULTS.name}")
    arguments = parser.parse_args()
    warming.warm()
    gc.disable()
    text = report(arguments.sizes, arguments.rounds)
    print(text)
    if arguments.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text)


if __name__ == "__main__":
    main()
