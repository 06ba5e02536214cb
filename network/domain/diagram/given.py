"""A diagram as the model draws it: the positions of its DiagramObjects, scaled so that our symbols have room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from network.domain.diagram.cells import MARGIN, RIGHT
from network.domain.diagram.contents import Contents, leading_away
from network.domain.diagram.drawing import Drawing, Mark, Point, Symbol, Wire
from network.domain.diagram.spread import LINE, kind_of
from network.domain.draft import Drawn
from network.domain.grid import Grid

ROOM = 46.0  # pixels from symbol to symbol
LARGEST = 400.0  # scale: what stands alone must not fly apart


@dataclass(slots=True)
class _Found:
    """What of the contents the diagram has, in its own measure."""

    symbols: list[Symbol] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def points(self) -> list[Point]:
        places: list[Point] = [(one.x, one.y) for one in self.symbols]
        return places + [(one.x, one.y) for one in self.marks] + [point for wire in self.wires for point in wire.points]


def draw_given(grid: Grid, contents: Contents, objects: Sequence[Drawn]) -> Drawing | None:
    """The contents where a diagram of the model has them; None if it does not have all of them."""
    at: dict[str, Drawn] = {}
    ends: dict[tuple[str, str], Drawn] = {}
    for one in objects:
        if one.node:
            ends[one.mrid, one.node] = one
        else:
            at[one.mrid] = one
    found = _Found()
    for branch in contents.branches.tolist():
        if not _branch(grid, branch, at, ends, found):
            return None
    _nodes(grid, contents, at, ends, found)
    return _scaled(found)


def _branch(grid: Grid, branch: int, at: dict[str, Drawn], ends: dict[tuple[str, str], Drawn], found: _Found) -> bool:
    mrid, kind = grid.branch_mrid_text(branch), kind_of(grid, branch)
    placed = at.get(mrid)
    if placed is None:
        return False
    nodes = [int(grid.branch_from[branch]), int(grid.branch_to[branch])]
    leads = [ends.get((mrid, grid.node_mrid_text(node))) for node in nodes]
    for lead, node in zip(leads, nodes, strict=True):
        _lead(lead, node, None if kind == LINE else placed.points[0], found)
    if kind == LINE:
        course = placed.points if len(placed.points) > 1 else _between(placed.points[0], leads)
        found.wires.append(Wire(tuple(course), branch=branch))
    else:
        x, y = placed.points[0]
        found.symbols.append(Symbol(kind, x, y, branch, is_upright=_is_upright(placed, leads)))
    return True


def _lead(lead: Drawn | None, node: int, centre: Point | None, found: _Found) -> None:
    """The wire of a terminal, led on to the middle of its symbol: ours may be smaller than the one it was drawn for."""
    if lead is None or len(lead.points) < 2:
        return
    points = list(lead.points)
    if centre is not None:
        if _distance(points[0], centre) < _distance(points[-1], centre):
            points.reverse()
        points.append(centre)
    found.wires.append(Wire(tuple(points), node=node))


def _between(middle: Point, leads: list[Drawn | None]) -> list[Point]:
    """A line drawn as a point: from the wire of its one terminal to that of the other."""
    near = [min(lead.points, key=lambda point: _distance(point, middle)) for lead in leads if lead]
    return [near[0], middle, near[-1]] if near else [middle, middle]


def _is_upright(placed: Drawn, leads: list[Drawn | None]) -> bool:
    """By the wires of its terminals; else by its rotation."""
    x, y = placed.points[0]
    for lead in leads:
        if lead and len(lead.points) > 1:
            far = max(lead.points, key=lambda point: _distance(point, (x, y)))
            return abs(far[1] - y) >= abs(far[0] - x)
    return placed.rotation is None or placed.rotation % 180 == 0


def _nodes(
    grid: Grid, contents: Contents, at: dict[str, Drawn], ends: dict[tuple[str, str], Drawn], found: _Found
) -> None:
    """Bars, what hangs at nodes, and where the network goes on."""
    branches = contents.branches
    nodes = sorted({*grid.branch_from[branches].tolist(), *grid.branch_to[branches].tolist()})
    inside = set(nodes)
    for node in nodes:
        placed = at.get(grid.node_mrid_text(node))
        if placed and len(placed.points) > 1:
            found.wires.insert(0, Wire(tuple(placed.points), node=node, is_bus=True))
    for injection, node in enumerate(grid.injection_node.tolist()):
        mrid = bytes(grid.injection_mrid[injection]).decode()
        placed = at.get(mrid)
        if node not in inside or placed is None:
            continue
        lead = ends.get((mrid, grid.node_mrid_text(node)))
        _lead(lead, node, placed.points[0], found)
        is_source = grid.source_at[node] >= 0 and int(grid.source_injection[grid.source_at[node]]) == injection
        x, y = placed.points[0]
        found.symbols.append(
            Symbol("source" if is_source else "load", x, y, node=node, is_upright=_is_upright(placed, [lead]))
        )
    for node in nodes:
        for branch in leading_away(grid, node, branches):
            lead = ends.get((grid.branch_mrid_text(branch), grid.node_mrid_text(node)))
            _lead(lead, node, None, found)
            if lead:
                found.marks.append(Mark(*_outer(lead, at.get(lead.mrid)), node, branch))


def _outer(lead: Drawn, placed: Drawn | None) -> Point:
    """The end of a wire at the equipment it leads to."""
    first, last = lead.points[0], lead.points[-1]
    if placed is None:
        return last
    return min((first, last), key=lambda point: _distance(point, placed.points[0]))


def _distance(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _scaled(found: _Found) -> Drawing:
    """Moved to the upper left corner, and spread until the two nearest symbols have room."""
    places = found.points() or [(0.0, 0.0)]
    left, top = min(x for x, _ in places), min(y for _, y in places)
    scale = min(ROOM / _nearest([(one.x, one.y) for one in found.symbols]), LARGEST)

    def moved(point: Point) -> Point:
        return round((point[0] - left) * scale + MARGIN, 1), round((point[1] - top) * scale + MARGIN, 1)

    symbols = tuple(
        Symbol(one.kind, *moved((one.x, one.y)), one.branch, one.node, one.is_upright) for one in found.symbols
    )
    wires = tuple(Wire(tuple(map(moved, one.points)), one.branch, one.node, one.is_bus) for one in found.wires)
    marks = tuple(Mark(*moved((one.x, one.y)), one.node, one.branch, one.number, one.is_upright) for one in found.marks)
    right, bottom = moved((max(x for x, _ in places), max(y for _, y in places)))
    return Drawing(right + RIGHT, bottom + MARGIN, symbols, wires, marks, is_given=True)


def _nearest(places: list[Point]) -> float:
    """The least distance of two symbols, as the eye sees it: along the longer of its two directions."""
    ordered = sorted(places)
    apart = [max(abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in pairwise(ordered)]
    return min((one for one in apart if one > 0), default=ROOM)
