"""In which order the switches of a plan move, so that whoever stops after any of them leaves the network safe.

1. The fault is held off: on dead parts, one switch after the other.
2. What must not be supplied, or from another side, is separated; dead parts that belong together are joined.
3. Supply is brought in, one switch at a time: what serves most by priority first.
4. What waits for a load transfer comes after it: a tie is closed between two feeders of one source, and the very next step opens the
   ring again at the other end of what moves.

Nothing is live before the fault is held off, so no prefix feeds it; each part is joined to one source only, so no prefix makes a loop
but the one of a transfer, which lasts for one step. `unsafe` proves it on the arrays, prefix by prefix, whatever made the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from network.domain import energisation as live
from network.domain import load_transfer
from network.domain.grid import Grid
from network.domain.grid.arrays import Byte, Int
from network.domain.phases import ABC
from network.domain.phrases import Phrase, phrase
from network.domain.restoration.blocks import OUTSIDE, Blocks, Edge
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
    """The steps of a plan; within a purpose remote ones first."""
    inner = [edge for edge in plan.close if edge.b != OUTSIDE]
    sources = [edge for edge in plan.close if edge.b == OUTSIDE]
    opened = {edge.branch for edge in (*plan.isolation.open, *plan.open)}
    gains = {edge.branch: weight(blocks, behind(blocks, edge, plan, opened)) for edge in sources}
    sources.sort(key=lambda edge: (not edge.is_remote, -gains[edge.branch], edge.branch))
    free = [edge for edge in sources if edge.branch not in plan.waiting]
    at_once = [edge for edge in free if edge.is_remote or plan.transfer is None]
    return [
        *(_move(edge, ISOLATE) for edge in _remote_first(plan.isolation.open)),
        *(_move(edge, SEPARATE) for edge in _remote_first(plan.open)),
        *(_move(edge, JOIN, close=True) for edge in _remote_first(inner)),
        *(_move(edge, RESTORE, close=True) for edge in at_once),
        *(handed_over(plan.transfer) if plan.transfer else ()),
        *(_move(edge, RESTORE, close=True) for edge in sources if edge.branch in plan.waiting),
        *(_move(edge, RESTORE, close=True) for edge in free if edge not in at_once),
    ]


def handed_over(one: Transfer) -> tuple[Move, Move]:
    """The two steps of a load transfer: joined, then parted."""
    return Move(one.tie, True, TRANSFER, one.is_remote), Move(one.part, False, TRANSFER, True)  # noqa: FBT003


def _remote_first(edges: Sequence[Edge]) -> list[Edge]:
    return sorted(edges, key=lambda edge: (not edge.is_remote, edge.branch))


def _move(edge: Edge, purpose: str, *, close: bool = False) -> Move:
    return Move(edge.branch, close, purpose, edge.is_remote)


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
