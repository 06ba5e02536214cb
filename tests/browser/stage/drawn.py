"""A station and a large feeder for the stage, laid out by the product's own code: two bars with a coupler, one feeder dead, one switch tagged."""

import functools

import numpy as np

from network.domain import diagram
from network.domain.diagram import Contents, Drawing
from network.domain.grid import Grid, compile_grid
from tests.browser.stage import world
from tests.builders.network import NetworkBuilder

#: Branches of the stage's network that are open from the beginning: what a test opens is another.
OPEN_FIRST = frozenset(np.flatnonzero(world.net.state & 8).tolist())
DEAD, OPEN_ABNORMAL, BAD, TAGGED = 1, 24, 32, 64


@functools.cache
def _grid() -> Grid:
    build = NetworkBuilder(voltage=110_000.0).in_container("S", "Substation").source("110 kV grid")
    for bar in "AB":
        build.back_to("110 kV grid").device("Disconnector", f"Q1{bar}").breaker(f"CB {bar}").transformer(
            f"T{bar}", voltage=20_000.0
        ).breaker(f"Infeed {bar}")
        for number in "123":
            build.back_to(f"Infeed {bar}").breaker(f"Feeder {bar}{number}").line(f"Line {bar}{number}").load(800.0)
    return compile_grid(build.back_to("Infeed A").breaker("Coupler", closed=False).to("Infeed B").draft())


def _layout(grid: Grid, drawing: Drawing) -> dict[str, object]:
    def name(one: diagram.Symbol) -> str:
        if one.branch >= 0:
            return grid.branch_mrid_text(one.branch)
        return "110 kV grid" if one.kind == "source" else "800 kW"

    return {
        "width": drawing.width,
        "height": drawing.height,
        "is_given": False,
        "symbols": [
            {"kind": one.kind, "x": one.x, "y": one.y, "is_upright": one.is_upright, "branch": one.branch,
             "node": one.node, "has_room": True, "name": name(one), "word": one.kind.capitalize()}
            for one in drawing.symbols
        ],
        "wires": [
            {"points": one.points, "branch": one.branch, "node": one.node, "is_bus": one.is_bus,
             "name": grid.branch_mrid_text(one.branch) if one.branch >= 0 else ""}
            for one in drawing.wires
        ],
        "marks": [],
    }  # fmt: skip


@functools.cache
def _large() -> Grid:
    """A feeder of a trunk with laterals: more than a thousand symbols."""
    build = NetworkBuilder(voltage=20_000.0).in_container("L").source("Bus").breaker("CB L")
    for section in range(60):
        build.line(f"Section {section}").mark("here")
        for number in range(6):
            name = f"{section}-{number}"
            build.back_to("here").fuse(f"F {name}").transformer(f"T {name}").load(40.0)
        build.back_to("here")
    return compile_grid(build.draft())


def large():
    """The same of a feeder whose diagram is drawn on a canvas; F 30-3 is open, what lies behind it dead."""
    grid = _large()
    contents = Contents(
        np.arange(grid.branch_count, dtype=np.int32), np.sort(grid.source_node), frozenset(), is_station=False
    )
    drawing = diagram.draw(grid, contents)
    fuse, behind = grid.branch_index("F 30-3"), grid.branch_index("T 30-3")
    states = dict.fromkeys(range(grid.branch_count), 0) | {fuse: OPEN_ABNORMAL, behind: DEAD}
    dead = [int(grid.branch_to[one]) for one in (fuse, behind)]
    shared = context() | {"subject": {"kind": "feeder", "mrid": "L", "name": "Feeder L"}, "branch": None, "feeders": []}
    return shared | {
        "is_large": True,
        "layout": _layout(grid, drawing),
        "live": shared["live"] | {"branches": states, "nodes": dict.fromkeys(range(grid.node_count), 0) | dict.fromkeys(dead, 1), "values": {}},
        "live_url": "/network/demo/one-line/L/live.json",
        "switches": [{"branch": fuse, "name": "F 30-3", "state": OPEN_ABNORMAL}],
    }  # fmt: skip


def context():
    """What network/one_line.html needs."""
    grid = _grid()
    contents = Contents(
        np.arange(grid.branch_count, dtype=np.int32), np.sort(grid.source_node), frozenset(), is_station=True
    )
    drawing = diagram.draw(grid, contents)
    states = dict.fromkeys(range(grid.branch_count), 0)
    states[grid.branch_index("Coupler")] = 8
    states[grid.branch_index("Feeder A1")] = OPEN_ABNORMAL
    states[grid.branch_index("Line A1")] = DEAD
    states[grid.branch_index("Feeder B2")] = TAGGED | BAD
    opened = [b for b in states if int(world.net.state[b]) & 8 and b not in OPEN_FIRST]
    states |= {branch: int(world.net.state[branch]) for branch in opened}
    dead = int(grid.branch_to[grid.branch_index("Feeder A1")])

    return {
        "model": "demo",
        "version": 1,
        "subject": {"kind": "station", "mrid": "S", "name": "Northgate"},
        "layout": _layout(grid, drawing),
        "is_large": False,
        "is_whole": False,
        "live": {
            "version": 1,
            "sequence": world.net.seq,
            "branches": states,
            "nodes": dict.fromkeys(range(grid.node_count), 0) | {dead: 1, int(grid.branch_to[grid.branch_index("Line A1")]): 1},
            "values": {grid.branch_index("TA"): [{"text": "214 A", "quality": "good", "is_bad": False}]},
        },
        "live_url": "/network/demo/one-line/S/live.json",
        "switches": [{"branch": grid.branch_index(one), "name": one, "state": 0} for one in ("CB A", "CB B", "Coupler")],
        "station": None,
        "feeders": [{"mrid": "A1", "name": "Feeder A1"}, {"mrid": "A2", "name": "Feeder A2"}],
        "branch": grid.branch_index("Feeder A1"),
    }  # fmt: skip
