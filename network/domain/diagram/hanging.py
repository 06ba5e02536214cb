"""A station hanging from its sources: bars lie, bays stand below them, bars of one voltage in one row, couplers between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from network.domain.diagram.cells import Piece, Sheet, run
from network.domain.diagram.spread import LINE, Bay, Tree
from network.domain.grid import Grid

BAR = 3  # from so many bays on a node is drawn as a bar


@dataclass(slots=True)
class _Placed:
    """Bars by node, as row, first and last column; `coupled` are the branches that begin a coupler between two bars."""

    coupled: set[int]
    pieces: list[Piece] = field(default_factory=list)
    bars: dict[int, tuple[int, float, float]] = field(default_factory=dict)
    rings: list[tuple[int, Bay]] = field(default_factory=list)


def lay(grid: Grid, trees: list[Tree]) -> Sheet:
    """Trees side by side. Rows come first: bars of one voltage are moved down to the lowest of them.

    Any ring may be a coupler at first; those that find no free way between two bars of one row then hang like other bays.
    """
    rows = _rows(grid, trees)
    coupled = {bay.links[0].branch for tree in _all(trees) for bay in tree.bays if bay.links[-1].number}
    while True:
        placed = _place(trees, rows, coupled)
        free = _couple_all(placed)
        if free == coupled:
            break
        coupled = free
    _number(placed, trees)
    sheet = Sheet()
    sheet.take(placed.pieces)
    return sheet


def _place(trees: list[Tree], rows: dict[int, int], coupled: set[int]) -> _Placed:
    placed, column = _Placed(coupled), 0
    for tree in trees:
        column += _hang(tree, rows, column, placed) + 1
    return placed


def _rows(grid: Grid, trees: list[Tree]) -> dict[int, int]:
    """The row of every node where ways part."""
    least: dict[float, int] = defaultdict(int)
    while True:
        rows: dict[int, int] = {}
        for tree in trees:
            _descend(grid, tree, 1, least, rows, frozenset())
        lowest = dict(least)
        for tree in _all(trees):
            if _is_bar(tree) and _is_first(grid, tree, trees):
                volts = float(grid.node_nominal_v[tree.node])
                lowest[volts] = max(lowest.get(volts, 0), rows[tree.node])
        if lowest == dict(least):
            return rows
        least.update(lowest)


def _descend(
    grid: Grid, tree: Tree, row: int, least: dict[float, int], rows: dict[int, int], above: frozenset[float]
) -> None:
    volts = float(grid.node_nominal_v[tree.node])
    if _is_bar(tree) and volts not in above:
        row, above = max(row, least[volts]), above | {volts}
    rows[tree.node] = row
    for bay in tree.bays:
        if bay.end:
            _descend(grid, bay.end, row + _length(bay) + 1, least, rows, above)


def _is_first(grid: Grid, tree: Tree, trees: list[Tree]) -> bool:
    """Whether no bar of the same voltage lies above it."""
    return not any(
        tree is not upper and _is_bar(upper) and grid.node_nominal_v[upper.node] == grid.node_nominal_v[tree.node]
        and any(one is tree for one in _all([upper]))
        for upper in _all(trees)
    )  # fmt: skip


def _is_bar(tree: Tree) -> bool:
    """Ways in are bays too: a source, and a coupler that comes from another bar."""
    return len(tree.bays) + bool(tree.entry) + bool(tree.number) >= BAR


def _all(trees: list[Tree]) -> list[Tree]:
    found = list(trees)
    for tree in found:
        found += [bay.end for bay in tree.bays if bay.end]
    return found


def _length(bay: Bay) -> int:
    return run(bay.links, 1, 0)[1] - 1


def _hang(tree: Tree, rows: dict[int, int], column: int, placed: _Placed) -> int:
    """Place a tree from a column on; returns how many columns it takes."""
    row, first = rows[tree.node], column
    places: list[float] = []
    for bay in tree.bays:
        if bay.links[0].branch in placed.coupled:
            placed.rings.append((tree.node, bay))
            continue
        pieces, last, node = run(bay.links, row + 1, tree.node)
        width = _hang(bay.end, rows, column, placed) if bay.end else 1
        middle = _middle(placed, bay.end, column)
        placed.pieces += [piece.moved(middle, 0, is_turned=True) for piece in pieces]
        placed.pieces.append(Piece("node", (middle, row), (middle, row + 0.5), node=tree.node))
        if bay.end:
            placed.pieces.append(Piece("node", (middle, last - 0.5), (middle, rows[bay.end.node]), node=node))
        places.append(middle)
        column += width + (1 if bay.end else 0)  # room for a coupler to the next bar
    places = places or [float(column)]
    placed.bars[tree.node] = (row, places[0], places[-1])
    _bar(tree, row, places, placed)
    if tree.entry:
        _enter(tree, row, (places[0] + places[-1]) / 2, placed)
    return max(column - first, 1)


def _middle(placed: _Placed, end: Tree | None, column: int) -> float:
    if end is None:
        return float(column)
    _, first, last = placed.bars[end.node]
    return (first + last) / 2


def _bar(tree: Tree, row: int, places: list[float], placed: _Placed) -> None:
    is_bus = _is_bar(tree)
    reach = 0.3 if is_bus else 0.0
    if is_bus or places[0] != places[-1]:
        kind = "bus" if is_bus else "node"
        placed.pieces.append(Piece(kind, (places[0] - reach, row), (places[-1] + reach, row), node=tree.node))


def _enter(tree: Tree, row: int, column: float, placed: _Placed) -> None:
    """The source or the way in, above the node."""
    entry = tree.entry
    if entry is None:
        return
    placed.pieces.append(Piece("node", (column, row - 0.7), (column, row), node=tree.node))
    at = (column, row - 0.7)
    placed.pieces.append(Piece(entry.kind, at, at, branch=entry.branch, node=tree.node, is_along=False))


def _couple_all(placed: _Placed) -> set[int]:
    """Lay the couplers, one to a gap; returns those that found one."""
    laid: set[int] = set()
    taken: set[frozenset[int]] = set()
    for node, bay in placed.rings:
        other = bay.links[-1].node
        gap = _gap(placed, node, other)
        if gap and frozenset((node, other)) not in taken:
            taken.add(frozenset((node, other)))
            laid.add(bay.links[0].branch)
            _couple(placed, node, bay, *gap)
    return laid


def _number(placed: _Placed, trees: list[Tree]) -> None:
    """The other ends of rings that are no couplers."""
    bays = [bay for tree in _all(trees) for bay in tree.bays]
    ends = {bay.links[-1].node for bay in bays if bay.links[-1].number and bay.links[0].branch not in placed.coupled}
    for tree in _all(trees):
        if tree.node in ends:
            row, first, _ = placed.bars[tree.node]
            at = (first - 0.3, row)
            placed.pieces.append(Piece("mark", at, at, node=tree.node, number=tree.number))


def _gap(placed: _Placed, node: int, other: int) -> tuple[float, float, int] | None:
    """Where the bars of two nodes face each other with nothing between: from, to, and the row."""
    if node not in placed.bars or other not in placed.bars:
        return None
    (row, first, last), (row2, first2, last2) = placed.bars[node], placed.bars[other]
    if row != row2:
        return None
    start, end = (last, first2) if last < first2 else (last2, first)
    if start >= end:
        return None
    crossed = any(
        start < piece.start[0] < end
        and min(piece.start[1], piece.end[1]) <= row <= max(piece.start[1], piece.end[1])
        and piece.node not in (node, other)
        for piece in placed.pieces
    )
    return None if crossed else (start, end, row)


def _couple(placed: _Placed, node: int, bay: Bay, start: float, end: float, row: int) -> None:
    """The links of a coupler in a row between two bars."""
    links = bay.links if placed.bars[node][2] <= start else bay.links[::-1]
    left = node if links is bay.links else bay.links[-1].node
    step = (end - start) / (len(links) + 1)
    at = start
    for i, link in enumerate(links):
        middle = start + (i + 1) * step
        right = link.node if links is bay.links else (links[i + 1].node if i + 1 < len(links) else node)
        placed.pieces.append(Piece("node", (at, row), (middle, row), node=left))
        if link.kind == LINE:
            placed.pieces.append(Piece(LINE, (at, row), (middle, row), branch=link.branch))
        else:
            placed.pieces.append(Piece(link.kind, (middle, row), (middle, row), branch=link.branch))
        at, left = middle, right
    placed.pieces.append(Piece("node", (at, row), (end, row), node=left))
