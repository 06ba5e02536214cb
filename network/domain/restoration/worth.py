"""What a sequence is worth: customer-minutes that it saves, if everybody else waits for the repair.

    isolate 20 s, close CB1 20 s (300 customers), drive to TIE1 30 min (200 customers); repair in 2 h:
    300 x (120 - 0.7) + 200 x (120 - 30.7) minutes

Critical customers count as `CRITICAL` of the search do, so that a plan is not better for reaching many instead of a hospital.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from network.domain.restoration.blocks import Blocks
from network.domain.restoration.search import Candidate, weight
from network.domain.restoration.sequence import ISOLATE, Move, brought


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a step takes, in seconds, and how long those wait whom no step reaches."""

    remote_s: float = 20.0
    by_hand_s: float = 1_800.0
    repair_s: float = 7_200.0


@dataclass(frozen=True, slots=True)
class Gain:
    """One step that brings supply back: which one (from 0), after how long, to which blocks."""

    step: int
    after_s: float
    blocks: frozenset[int]


def gains(blocks: Blocks, plan: Candidate, moves: Sequence[Move], pace: Pace) -> list[Gain]:
    """The steps that bring supply back, in order."""
    found, after_s = [], 0.0
    for step, (move, served) in enumerate(zip(moves, brought(blocks, plan, moves), strict=True)):
        after_s += _takes(move, pace)
        if served:
            found.append(Gain(step, after_s, served))
    return found


def kept_alive(moves: Sequence[Move], islands: Sequence[frozenset[int]], pace: Pace) -> list[Gain]:
    """What islands of generation give: each has a step of its own, as soon as the fault is held off everywhere."""
    first = max((number for number, move in enumerate(moves, 1) if move.purpose == ISOLATE), default=0)
    after_s = sum(_takes(move, pace) for move in moves[:first])
    return [
        Gain(first + number, after_s + (number + 1) * pace.remote_s, blocks) for number, blocks in enumerate(islands)
    ]


def _takes(move: Move, pace: Pace) -> float:
    return pace.remote_s if move.is_remote else pace.by_hand_s


def customer_minutes(blocks: Blocks, found: Sequence[Gain], pace: Pace) -> float:
    """Saved against waiting for the repair."""
    return sum(
        float(blocks.customers[list(one.blocks)].sum()) * max(0.0, pace.repair_s - one.after_s) / 60.0 for one in found
    )


def value(blocks: Blocks, found: Sequence[Gain], pace: Pace) -> float:
    """By which plans are ranked: the same, weighed by how much it matters."""
    return sum(weight(blocks, one.blocks) * max(0.0, pace.repair_s - one.after_s) / 60.0 for one in found)
