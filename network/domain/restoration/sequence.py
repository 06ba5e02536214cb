"""In which order the switches of a plan move, so that whoever stops after any of them leaves the network safe.

1. By remote control, on dead parts: the fault is held off, what must not be supplied from the same side is separated, what belongs
   together is joined.
2. Supply is brought in, one switch at a time, what serves most by priority first: to a part as soon as nothing closed leads from it to
   the fault or to another part. Nobody waits while somebody drives to a switch that is not of his part.
3. What needs somebody to drive comes then, the most served for the time on the road first: the switches that part it from others, and
   the one that brings supply in, from outside or from a neighbour that has it by now.
4. What waits for a load transfer comes after it: a tie is closed between two feeders of one source, and the very next step opens the
   ring again at the other end of what moves.

    fault --SW1-- [ ] --SW2/open, by hand-- [ ]       open SW1, close TIE1; only then somebody drives to SW2, for the rest
                   +-- TIE1/open -- live

No part is live before it is held off, so no prefix feeds the fault; each part is joined to one source only, so no prefix makes a loop
but the one of a transfer, which lasts for one step. `unsafe` proves it on the arrays, prefix by prefix, whatever made the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from network.domain import energisation as live
from network.domain import load_transfer
from network.domain.grid import Grid
from network.domain.grid.arrays import Byte, Int
from network.domain.phases import ABC
from network.domain.phrases import Phrase, phrase
from network.domain.restoration.blocks import OUTSIDE, Blocks, Edge
from network.domain.restoration.board import Board
from network.domain.restoration.search import Candidate, Transfer, weight

ISOLATE, SEPARATE, JOIN, RESTORE = "isolate", "separate", "join", "restore"
#: Both steps of a load transfer; and the one that opens its tie again where the second could not be done.
TRANSFER, UNDO = "transfer", "undo"
#: No switch: an island of generation, once the fault is held off, is known to have supply.
ISLAND = "island"


@dataclass(frozen=True, slots=True)
class Move:
    """One step: a switch to open or to close, and what for."""

    branch: int
    close: bool
    purpose: str
    is_remote: bool


def order(blocks: Blocks, plan: Candidate) -> list[Move]:
    """The steps of a plan: no prefix is unsafe, and who can have supply early has it early."""
    return _Sequencer(blocks, plan).moves()


def handed_over(one: Transfer) -> tuple[Move, Move]:
    """The two steps of a load transfer: joined, then parted."""
    return Move(one.tie, True, TRANSFER, one.is_remote), Move(one.part, False, TRANSFER, True)  # noqa: FBT003


def brought(blocks: Blocks, plan: Candidate, moves: Sequence[Move]) -> list[frozenset[int]]:
    """For each step of a plan, the blocks to which it brings supply."""
    board = Board(blocks)
    edges = {edge.branch: edge for edge in (*plan.isolation.open, *plan.open, *plan.close)}
    return [board.move(edges[move.branch], close=move.close) if move.branch in edges else frozenset() for move in moves]


@dataclass(frozen=True, slots=True)
class _Aim:
    """Supply for a part, or the load transfer (`edge` is None) for which others wait.

    Attributes:
        edge: the switch that brings it in.
        first: switches to open before.
        by_hand: somebody drives for it.
        rate: weight that it serves, or what may follow it, for the time that it takes.
    """

    edge: Edge | None
    first: tuple[Edge, ...]
    by_hand: bool
    rate: float


#: How long it takes to move a switch by remote control and by hand, one to the other.
_TAKES = {True: 1.0, False: 90.0}


class _Sequencer:
    """Puts the moves of one plan in order."""

    def __init__(self, blocks: Blocks, plan: Candidate) -> None:
        self._blocks, self._board, self._transfer = blocks, Board(blocks), plan.transfer
        self._waiting = plan.waiting if plan.transfer else frozenset[int]()
        self._opens = {edge.branch: (edge, ISOLATE) for edge in plan.isolation.open}
        self._opens |= {edge.branch: (edge, SEPARATE) for edge in plan.open}
        self._closes = {edge.branch: edge for edge in plan.close}
        self._found = list[Move]()

    def moves(self) -> list[Move]:
        """All of them: what nobody needs to get supply is opened last."""
        self._open(edge for edge, _ in self._opens.values() if edge.is_remote)
        for edge in sorted(self._closes.values(), key=lambda one: one.branch):
            if edge.is_remote and edge.b != OUTSIDE:
                self._close(edge)
        while (aim := self._best()) is not None:
            self._open(aim.first)
            if aim.edge is not None:
                self._close(aim.edge)
            elif self._transfer is not None:
                self._found += handed_over(self._transfer)
                self._transfer, self._waiting = None, frozenset()
        self._open(edge for edge, _ in self._opens.values())
        return self._found

    def _best(self) -> _Aim | None:
        aims = [self._aim(edge, start) for edge in self._closes.values() for start in self._starts(edge)]
        if self._transfer is not None:
            aims.append(self._handing(self._transfer))
        return min(aims, key=lambda aim: (aim.by_hand, -aim.rate, aim.edge.branch if aim.edge else -1), default=None)

    def _starts(self, edge: Edge) -> list[int]:
        """The block to which a switch would bring supply now, if any."""
        if edge.b == OUTSIDE:
            return [] if edge.branch in self._waiting else [edge.a]
        ends = {edge.a, edge.b}
        return list(ends - self._board.live) if ends & self._board.live else []

    def _aim(self, edge: Edge, start: int) -> _Aim:
        first = self._first(self._served(start))
        by_hand = not all(one.is_remote for one in (*first, edge))
        return _Aim(edge, first, by_hand, self._rate(edge, start))

    def _handing(self, one: Transfer) -> _Aim:
        """The transfer, for all that waits for it."""
        edges = [edge for edge in self._closes.values() if edge.branch in self._waiting]
        served = frozenset().union(*(self._served(edge.a) for edge in edges))
        moved = [*self._first(served), *edges]
        takes = _TAKES[one.is_remote] + _TAKES[True] + sum(_TAKES[edge.is_remote] for edge in moved)
        by_hand = not (one.is_remote and all(edge.is_remote for edge in moved))
        return _Aim(None, (), by_hand, weight(self._blocks, served) / takes)

    def _rate(self, edge: Edge, start: int, weighs: float = 0.0, takes: float = 0.0) -> float:
        """Of a switch, or of the best way on from what it serves."""
        served = self._served(start)
        weighs += weight(self._blocks, served)
        takes += sum(_TAKES[one.is_remote] for one in (*self._first(served), edge))
        on = [
            self._rate(other, end, weighs, takes)
            for other in self._closes.values()
            if other.b != OUTSIDE and other is not edge and len({other.a, other.b} & served) == 1
            for end in {other.a, other.b} - served
        ]
        return max([weighs / takes, *on])

    def _served(self, start: int) -> frozenset[int]:
        """What hangs together with a block once all is opened that is to be."""
        return self._board.reach(start, self._opens)

    def _first(self, served: frozenset[int]) -> tuple[Edge, ...]:
        return tuple(edge for edge, _ in self._opens.values() if {edge.a, edge.b} & served)

    def _open(self, edges: Iterable[Edge]) -> None:
        """What holds the fault off before what separates, by remote control before by hand."""
        wanted = [self._opens[edge.branch] for edge in edges]
        for edge, purpose in sorted(wanted, key=lambda one: (one[1] != ISOLATE, not one[0].is_remote, one[0].branch)):
            del self._opens[edge.branch]
            self._board.move(edge, close=False)
            self._found.append(Move(edge.branch, False, purpose, edge.is_remote))  # noqa: FBT003

    def _close(self, edge: Edge) -> None:
        del self._closes[edge.branch]
        purpose = RESTORE if self._board.move(edge, close=True) or edge.b == OUTSIDE else JOIN
        self._found.append(Move(edge.branch, True, purpose, edge.is_remote))  # noqa: FBT003


def behind(blocks: Blocks, source: Edge, plan: Candidate, opened: set[int]) -> frozenset[int]:
    """The blocks that closing a source brings back, once all that comes before it is done."""
    joined = {edge.branch for edge in plan.close if edge.b != OUTSIDE}
    found, waiting = set[int](), [source.a]
    while waiting:
        block = waiting.pop()
        found.add(block)
        for edge in blocks.edges_of(block):
            other = edge.other(block)
            carries = (edge.is_closed and edge.branch not in opened) or edge.branch in joined
            if carries and other >= 0 and other not in found:
                waiting.append(other)
    return frozenset(found)


def parts(blocks: Blocks, plan: Candidate) -> list[Candidate]:
    """What of a plan each of its switches to the outside would bring back alone."""
    opened = {edge.branch for edge in (*plan.isolation.open, *plan.open)}
    sources = [edge for edge in plan.close if edge.b == OUTSIDE]
    found = []
    for source in sources if len(sources) > 1 else ():
        served = behind(blocks, source, plan, opened)
        close = tuple(edge for edge in plan.close if edge is source or (edge.b != OUTSIDE and edge.a in served))
        found.append(replace(plan, close=close, served=served, taken=()))
    return found


def unsafe(grid: Grid, before: live.Energisation, faulted: Int, moves: Sequence[Move]) -> Phrase:
    """Why a sequence must not be carried out; empty where every prefix is safe.

    Args:
        grid: the network.
        before: what is live now.
        faulted: nodes that must stay dead.
        moves: the steps in order.
    """
    closed, now = before.closed.copy(), before
    for number, move in enumerate(moves, 1):
        branch = np.array([move.branch], np.int32)
        after = _moved(closed, move, int(grid.branch_phases[move.branch]))
        then, now = now, live.reenergise(grid, now, after, branch)
        if now.live[faulted].any():
            return phrase("step_feeds_fault", step=number)
        if not move.close and (then.live & ~now.live).any():
            return phrase("step_takes_supply", step=number)
        if move.close and now.loops.size > then.loops.size:
            is_pair = move.purpose == TRANSFER and [one.purpose for one in moves[number : number + 1]] == [TRANSFER]
            if not is_pair or not is_one_ring(grid, then, now, move.branch):
                return phrase("step_makes_loop", step=number)
        elif move.purpose in (TRANSFER, UNDO) and now.loops.size != then.loops.size - 1:
            return phrase("step_leaves_loop", step=number)
        closed = after
    return {}


def is_one_ring(grid: Grid, then: live.Energisation, now: live.Energisation, tie: int) -> bool:
    """Whether closing a tie has made one ring more, of nodes that one source fed before."""
    ends = int(grid.branch_from[tie]), int(grid.branch_to[tie])
    had = all(int(then.live[end]) & ABC for end in ends)
    return had and now.loops.size == then.loops.size + 1 and load_transfer.is_one_source(then, *ends)


def _moved(closed: Byte, move: Move, phases: int) -> Byte:
    after = closed.copy()
    after[move.branch] = phases if move.close else after[move.branch] & ~np.uint8(ABC)
    return after
