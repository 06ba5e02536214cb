"""One-line diagrams: everything once, nothing on top of anything, straight wires that do not cross where the network is radial."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.cim.models import read_model
from network.domain import diagram, generation
from network.domain.diagram import Contents, Drawing, Symbol, Wire
from network.domain.draft import Drawn, ModelDraft
from network.domain.grid import Grid, assemble, compile_grid
from tests.builders import random_networks
from tests.builders.network import NetworkBuilder
from tests.paths import CIM, needs_shared

EXAMPLES = settings(max_examples=120, deadline=None)
APART = 20.0  # pixels: a symbol is 16 wide


def whole(grid: Grid, *, is_station: bool) -> Contents:
    """Everything of a small network, read from its sources."""
    roots = np.sort(grid.source_node) if grid.source_node.size else np.zeros(1, np.int32)
    return Contents(np.arange(grid.branch_count, dtype=np.int32), roots, frozenset(), is_station=is_station)


def counted(drawing: Drawing) -> Counter[int]:
    """How often each branch is drawn: as a symbol, or as the wire of a line."""
    symbols = [one.branch for one in drawing.symbols if one.branch >= 0]
    return Counter(symbols + [one.branch for one in drawing.wires if one.branch >= 0])


def overlapping(drawing: Drawing) -> list[tuple[object, object]]:
    places = sorted([(one.x, one.y, one.branch, one.node) for one in drawing.symbols])
    return [(a, b) for a, b in combinations(places, 2) if abs(a[0] - b[0]) < APART and abs(a[1] - b[1]) < APART]


def is_straight(wire: Wire) -> bool:
    return all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(wire.points))


def crossings(drawing: Drawing) -> list[tuple[Wire, Wire]]:
    """Pairs of wires of different things that meet elsewhere than at their ends."""
    flat = [(one, *one.points) for one in drawing.wires]
    lying = [(one, min(a[0], b[0]), max(a[0], b[0]), a[1]) for one, a, b in flat if a[1] == b[1]]
    standing = [(one, min(a[1], b[1]), max(a[1], b[1]), a[0]) for one, a, b in flat if a[0] == b[0]]
    return [
        (one, other)
        for one, left, right, y in lying
        for other, top, bottom, x in standing
        if left < x < right and top < y < bottom and (one.node, one.branch) != (other.node, other.branch)
    ]


@EXAMPLES
@given(random_networks.networks(max_nodes=14), st.booleans())
def test_every_branch_is_drawn_once_and_no_symbol_on_another(draft: ModelDraft, is_station: bool) -> None:
    grid = compile_grid(draft)
    drawing = diagram.draw(grid, whole(grid, is_station=is_station))
    assert counted(drawing) == Counter(range(grid.branch_count))
    assert overlapping(drawing) == []
    assert all(is_straight(wire) for wire in drawing.wires)
    inside = [(one.x, one.y) for one in drawing.symbols]
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in inside)


@EXAMPLES
@given(random_networks.networks(max_nodes=16, radial=True), st.booleans())
def test_wires_of_a_radial_network_do_not_cross(draft: ModelDraft, is_station: bool) -> None:
    for tie in [one for one in draft.branches.values() if not one.normal_closed_phases]:
        del draft.branches[tie.mrid]
    grid = compile_grid(draft)
    assert crossings(diagram.draw(grid, whole(grid, is_station=is_station))) == []


@EXAMPLES
@given(random_networks.networks(max_nodes=12))
def test_a_switch_that_stands_elsewhere_does_not_move_the_drawing(draft: ModelDraft) -> None:
    before = compile_grid(draft)
    for branch in draft.branches.values():
        if branch.is_switch:
            branch.closed_phases = 0 if branch.closed_phases else branch.phases
    after = compile_grid(draft)
    assert diagram.draw(before, whole(before, is_station=False)) == diagram.draw(after, whole(after, is_station=False))


def two_bars() -> Grid:
    """
    GRID --CBA-- --TA-- --IA-- BAR A --+--FA1-- --LA1--      bar A and bar B in one row,
      +--CBB-- --TB-- --IB-- BAR B --+ |--FA2-- --LA2--      the coupler between them
                                     | +--COUPLER/open-- BAR B
                                     +--FB1-- --LB1--
                                     +--FB2-- --LB2--
    """
    build = NetworkBuilder(voltage=110_000.0).in_container("Station", "Substation").source("GRID")
    for bar in "AB":
        build.back_to("GRID").breaker(f"CB{bar}").transformer(f"T{bar}", voltage=20_000.0).breaker(f"I{bar}")
        for number in "12":
            build.back_to(f"I{bar}").breaker(f"F{bar}{number}").line(f"L{bar}{number}").load(100.0)
    return compile_grid(build.back_to("IA").breaker("COUPLER", closed=False).to("IB").draft())


def test_bars_of_a_station_stand_in_one_row_and_the_coupler_lies_between() -> None:
    grid = two_bars()
    drawing = diagram.draw(grid, whole(grid, is_station=True))
    buses = [wire for wire in drawing.wires if wire.is_bus]
    low = [wire for wire in buses if grid.node_nominal_v[wire.node] == 20_000.0]
    assert len(low) == 2
    rows = {y for wire in low for _, y in wire.points}
    coupler = next(one for one in drawing.symbols if one.branch == grid.branch_index("COUPLER"))
    assert rows == {coupler.y}
    assert not coupler.is_upright
    (left, right) = sorted(low, key=lambda wire: wire.points[0][0])
    assert left.points[1][0] < coupler.x < right.points[0][0]
    assert drawing.marks == ()


def test_a_transformer_stands_between_its_voltages_and_feeders_hang_below_their_bar() -> None:
    grid = two_bars()
    drawing = diagram.draw(grid, whole(grid, is_station=True))
    at = {grid.branch_mrid_text(one.branch): one for one in drawing.symbols if one.branch >= 0}
    source = next(one for one in drawing.symbols if one.kind == "source")
    assert source.y < at["TA"].y < at["IA"].y < at["FA1"].y == at["FB2"].y
    assert at["TA"].kind == "power"
    assert at["TA"].is_upright


def test_a_ring_within_a_diagram_is_told_by_number_at_both_ends() -> None:
    """S --CB-- --L1-- --L2-- L2 --RING/open-- L1."""
    draft = NetworkBuilder().source("S").breaker("CB").line("L1").line("L2").switch("RING", closed=False).to("L1")
    grid = compile_grid(draft.draft())
    drawing = diagram.draw(grid, whole(grid, is_station=False))
    numbers = [mark.number for mark in drawing.marks]
    assert numbers == [1, 1]
    assert len({mark.node for mark in drawing.marks}) == 1


@pytest.mark.parametrize("style", ["american", "european"])
def test_generated_feeders_and_stations_are_drawn_whole(style: str) -> None:
    grid = assemble(generation.columns(generation.generate(3_000, 1, style)))
    for label in range(grid.feeder_label_mrid.size):
        contents = diagram.feeder(grid, label, is_whole=True)
        own = np.flatnonzero(grid.branch_feeder_label == label)
        drawing = diagram.draw(grid, contents)
        assert set(own.tolist()) <= set(drawing.branches)
        assert set(counted(drawing).values()) == {1}
        assert overlapping(drawing) == []
        assert crossings(drawing) == []
    for container in np.flatnonzero(grid.container_class == b"Substation").tolist():
        contents = diagram.substation(grid, container)
        drawing = diagram.draw(grid, contents)
        assert drawing.branches == contents.branches.tolist()
        assert overlapping(drawing) == []
        names = {one.branch for one in drawing.marks}
        heads = contents.branches[grid.is_feeder_head[contents.branches]]
        assert len(names) >= heads.size > 0


def test_a_feeder_without_low_voltage_ends_at_its_service_transformers() -> None:
    """S --CB-- --L1-- --T-- --LV-- (4 customers)."""
    draft = NetworkBuilder().source("S").breaker("CB").line("L1").transformer("T").line("LV").customers(4).draft()
    grid = compile_grid(draft)
    label = int(grid.branch_feeder_label[grid.branch_index("T")])
    drawing = diagram.draw(grid, diagram.feeder(grid, label))
    assert grid.branch_index("LV") not in drawing.branches
    assert grid.branch_index("T") in drawing.branches
    assert [one.kind for one in drawing.symbols][-1] == "load"
    assert grid.branch_index("LV") in diagram.draw(grid, diagram.feeder(grid, label, is_whole=True)).branches


def test_a_feeder_of_low_voltage_is_drawn_whole() -> None:
    """S --CB-- --LV-- (4 customers), all at 400 V."""
    grid = compile_grid(NetworkBuilder(voltage=400.0).source("S").breaker("CB").line("LV").customers(4).draft())
    drawing = diagram.draw(grid, diagram.feeder(grid, int(grid.branch_feeder_label[0])))
    assert drawing.branches == [0, 1]


def test_positions_of_the_model_are_kept_up_to_scale() -> None:
    """S --CB-- --SW--, drawn by the model from left to right."""
    grid = compile_grid(NetworkBuilder().source("S").breaker("CB").switch("SW").draft())
    objects = [
        Drawn("S source", [(0.0, 5.0)]), Drawn("S source", [(1.0, 5.0), (2.0, 5.0)], node="S"),
        Drawn("CB", [(10.0, 5.0)], 90.0), Drawn("CB", [(12.0, 5.0), (15.0, 5.0)], node="CB"),
        Drawn("SW", [(20.0, 5.0)], 0.0),
    ]  # fmt: skip
    assert diagram.draw_given(grid, whole(grid, is_station=True), objects[:2]) is None  # not all of it: we lay it out
    drawing = diagram.draw_given(grid, whole(grid, is_station=True), objects)
    assert drawing is not None
    assert drawing.is_given
    at = {grid.branch_mrid_text(one.branch): one for one in drawing.symbols if one.branch >= 0}
    assert at["CB"].y == at["SW"].y
    assert not at["CB"].is_upright
    assert at["SW"].is_upright
    source = next(one for one in drawing.symbols if one.kind == "source")
    assert at["SW"].x - at["CB"].x == pytest.approx(at["CB"].x - source.x)


@needs_shared
def test_a_real_model_with_diagram_objects_is_drawn_where_it_draws_itself() -> None:
    draft = read_model(sorted((CIM / "cgmes3_minigrid").glob("*.xml")))
    grid = compile_grid(draft)
    drawn = {}
    for container in np.flatnonzero(grid.container_class == b"Substation").tolist():
        contents = diagram.substation(grid, container)
        found = [diagram.draw_given(grid, contents, objects) for objects in draft.diagrams.values()]
        drawn[bytes(grid.container_name[container]).decode()] = (contents, found[0])
    has_own = {name for name, (_, drawing) in drawn.items() if drawing is not None}
    assert has_own == {
        "Sub2",
        "Sub3",
        "Sub4",
        "Sub5",
    }  # Sub1 has transformers of three windings, which are no single object
    contents, drawing = drawn["Sub4"]
    assert drawing is not None
    assert drawing.branches == contents.branches.tolist()
    assert overlapping(drawing) == []
    assert any(wire.is_bus for wire in drawing.wires)


def test_names_give_way_to_more_important_ones() -> None:
    near = [Symbol("disconnector", 100.0 + 40 * i, 50.0, i, is_upright=False) for i in range(3)]
    symbols = [near[0], Symbol("breaker", near[1].x, 50.0, 1, is_upright=False), near[2]]
    assert diagram.with_room(symbols, ["Disconnector 1", "Breaker 1", "Disconnector 2"]) == [False, True, False]
