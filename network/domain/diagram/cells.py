"""Pieces of a diagram in cells, and the sheet on which they become pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from network.domain.diagram.drawing import Drawing, Mark, Symbol, Wire
from network.domain.diagram.spread import LINE, Link

COLUMN, ROW = 104.0, 52.0  # pixels of a cell: a name fits beside a standing symbol
MARGIN, RIGHT = 60.0, 110.0  # names stand to the right
NEVER = -1

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Piece:
    """Something at a place, or from a place to another; `is_along` tells which way a symbol's terminals lie."""

    kind: str  # of a symbol; "line", "node", "bus", "mark"
    start: Place
    end: Place
    branch: int = NEVER
    node: int = NEVER
    number: int = 0
    is_along: bool = True

    def moved(self, along: float, across: float, *, is_turned: bool = False) -> Piece:
        """The same somewhere else, a quarter turned before that if asked."""
        first, last = (self.start, self.end) if not is_turned else (self.start[::-1], self.end[::-1])
        return Piece(
            self.kind, (first[0] + along, first[1] + across), (last[0] + along, last[1] + across), self.branch, self.node,
            self.number, self.is_along != is_turned,
        )  # fmt: skip


def run(links: list[Link], start: int, node: int) -> tuple[list[Piece], int, int]:
    """The links of a bay along the first axis, one cell each, lines that follow one another in one cell.

    Returns:
        The pieces, the cell behind the last, and the node there.
    """
    pieces: list[Piece] = []
    at, i = float(start), 0
    while i < len(links):
        link = links[i]
        lines = _lines(links, i)
        if lines:
            step = 1 / len(lines)
            for j, line in enumerate(lines):
                begin = at - 0.5 + j * step
                pieces.append(Piece(LINE, (begin, 0), (begin + step, 0), branch=line.branch))
        else:
            pieces += _symbol(link, at, node)
        i += max(len(lines), 1)
        node = links[i - 1].node
        at += 1
    return pieces, int(at), node


def _lines(links: list[Link], first: int) -> list[Link]:
    last = first
    while last < len(links) and links[last].kind == LINE and not links[last].number:
        last += 1
    return links[first:last]


def _symbol(link: Link, at: float, node: int) -> list[Piece]:
    """A symbol with the wires that lead to it and away from it; marks and loads end a way."""
    into = Piece("node", (at - 0.5, 0), (at, 0), node=node)
    if link.kind in ("load", "mark"):
        return [into, Piece(link.kind, (at, 0), (at, 0), branch=link.branch, node=link.node)]
    symbol = Piece(LINE if link.kind == LINE else link.kind, (at, 0), (at, 0), branch=link.branch)
    if link.kind == LINE:
        into, symbol = (
            Piece(LINE, (at - 0.5, 0), (at, 0), branch=link.branch),
            Piece("node", (at, 0), (at, 0), node=link.node),
        )
    if link.number:
        return [into, Piece("node", (at, 0), (at + 0.5, 0), node=link.node), symbol,
                Piece("mark", (at + 0.5, 0), (at + 0.5, 0), node=link.node, number=link.number)]  # fmt: skip
    return [into, Piece("node", (at, 0), (at + 0.5, 0), node=link.node), symbol]


@dataclass(slots=True)
class Sheet:
    """All pieces in cells from the upper left corner; columns first."""

    pieces: list[Piece] = field(default_factory=list)

    def take(self, pieces: Iterable[Piece], *, at: Place = (0.0, 0.0), is_turned: bool = False) -> None:
        """Put a block on the sheet; its first axis goes down if it is turned, else to the right."""
        self.pieces += [piece.moved(*at, is_turned=is_turned) for piece in pieces]

    @property
    def aspect(self) -> float:
        """Width to height."""
        width, height = self._extent()
        return width / height

    def _extent(self) -> tuple[float, float]:
        columns = max((max(one.start[0], one.end[0]) for one in self.pieces), default=0.0)
        rows = max((max(one.start[1], one.end[1]) for one in self.pieces), default=0.0)
        return columns * COLUMN + MARGIN + RIGHT, rows * ROW + 2 * MARGIN

    def drawing(self) -> Drawing:
        """In pixels. Wires come in the order of bars, joints, lines, so that what matters lies on top."""
        width, height = self._extent()
        wires, symbols, marks = [], [], []
        for one in self.pieces:
            start, end = _pixel(one.start), _pixel(one.end)
            if one.kind in ("node", "bus", LINE):
                if start != end:
                    wires.append(Wire((start, end), one.branch, one.node, is_bus=one.kind == "bus"))
            elif one.kind == "mark":
                marks.append(Mark(*start, one.node, one.branch, one.number, is_upright=not one.is_along))
            else:
                symbols.append(Symbol(one.kind, *start, one.branch, one.node, is_upright=not one.is_along))
        return Drawing(width, height, tuple(symbols), tuple(wires), tuple(marks))


def _pixel(place: Place) -> tuple[float, float]:
    return round(place[0] * COLUMN + MARGIN, 1), round(place[1] * ROW + MARGIN, 1)
