"""A feeder as a trunk with laterals, each in a box of its own: boxes never meet, so nothing crosses."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from network.domain.diagram.cells import Piece, run
from network.domain.diagram.spread import Bay, Tree

UNBROKEN = 1_000_000
WIDOW = 6  # links: so short a rest stays on the line


@dataclass(slots=True)
class Block:
    """Pieces around their way in at (0, 0), and how many cells they need along and across."""

    pieces: list[Piece]
    along: int
    across: int


def lay(tree: Tree, longest: int = UNBROKEN) -> Block:
    """A tree whose first junction is at (0, 0). The heaviest bay goes straight on, the others leave it a quarter turned.

    A trunk longer than `longest` cells goes on in a line below, as a text does.
    """
    trunk = _Trunk(longest)
    trunk.enter(tree)
    while True:
        ahead, aside = _parted(tree)
        trunk.part(tree, [_bay(bay, tree.node) for bay in aside], goes_on=ahead is not None)
        if ahead is None:
            return trunk.block()
        trunk.run(ahead, tree.node)
        if ahead.end is None:
            return trunk.block()
        tree = ahead.end


class _Trunk:
    """A trunk as it grows: where it has come to, how wide its line is, and the widest and all lines before."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.pieces: list[Piece] = []
        self.at, self.line, self.breadth, self.reach = 0, 0, 1, 0

    def put(self, kind: str, start: float, end: float, node: int, branch: int = -1, number: int = 0) -> None:
        """A piece on the trunk, from one place along it to another."""
        self.pieces.append(Piece(kind, (start, self.line), (end, self.line), branch, node, number))

    def enter(self, tree: Tree) -> None:
        """The source or bar that feeds it."""
        if tree.entry:
            self.put(tree.entry.kind, 0, 0, tree.node, branch=tree.entry.branch)
            self.put("node", 0, 1, tree.node)
            self.at = 1

    def part(self, tree: Tree, blocks: list[Block], *, goes_on: bool) -> None:
        """A junction, with what leaves it aside one after the other."""
        first, last = self.at, self.at
        for block in blocks:
            self.pieces += [piece.moved(self.at, self.line, is_turned=True) for piece in block.pieces]
            self.breadth = max(self.breadth, block.along)
            last, self.at = self.at, self.at + block.across
        self.at = max(self.at, first + 1)
        if tree.number:
            self.put("mark", first, first, tree.node, number=tree.number)
        self.put("node", first - 0.5, self.at - 0.5 if goes_on else last, tree.node)

    def run(self, bay: Bay, node: int) -> None:
        """On along the heaviest bay; in a new line where this one is full."""
        if self.at >= self.longest and bay.weight > WIDOW:
            self._break(node)
        straight, at, _ = run(bay.links, self.at, node)
        self.pieces += [piece.moved(0, self.line) for piece in straight]
        self.at = at

    def _break(self, node: int) -> None:
        end, below = self.at + 0.3, self.line + self.breadth + 1
        way = [
            (self.at - 0.5, self.line),
            (end, self.line),
            (end, below - 0.7),
            (0, below - 0.7),
            (0, below),
            (0.5, below),
        ]
        self.pieces += [Piece("node", start, stop, node=node) for start, stop in pairwise(way)]
        self.reach = max(self.reach, self.at)
        self.at, self.line, self.breadth = 1, below, 1

    def block(self) -> Block:
        """All of it."""
        return Block(self.pieces, max(self.reach, self.at), self.line + self.breadth)


def _bay(bay: Bay, node: int) -> Block:
    """A lateral: its links from cell 1 on, and what hangs behind them."""
    pieces, at, _ = run(bay.links, 1, node)
    lead = Piece("node", (0, 0), (0.5, 0), node=node)
    if bay.end is None:
        return Block([lead, *pieces], at, 1)
    rest = lay(bay.end)
    return Block([lead, *pieces, *(piece.moved(at, 0) for piece in rest.pieces)], at + rest.along, rest.across)


def _parted(tree: Tree) -> tuple[Bay | None, list[Bay]]:
    """The bay that goes straight on, and the others, the lightest first. A lone load, mark or tie hangs aside."""
    heaviest = max(tree.bays, key=lambda bay: bay.weight, default=None)
    if heaviest is None or (len(tree.bays) == 1 and heaviest.links[0].branch < 0):
        return None, list(tree.bays)
    return heaviest, sorted((bay for bay in tree.bays if bay is not heaviest), key=lambda bay: bay.weight)
