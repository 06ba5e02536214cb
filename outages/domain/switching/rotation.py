"""Load shed in turns: some feeders are opened, after a while the next ones, and those before are closed again in reverse.

    open A B | wait | open C D, close B A | wait | open E A, close D C | wait | close A E

    1. The ring: feeders of the groups, the group whose turn is the longest ago first; within a group those with the fewest critical
       customers, then the largest. Feeders without a group, and protected ones, are not in it.
    2. A turn takes feeders along the ring until what it sheds reaches the target, and the next turn goes on where it ended.
    3. The next are opened before the last are closed, so that the relief never falls below the target in between.

What is closed again comes back colder than it went (`cold_load.Pickup`): a turn sheds so much more than the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outages.domain.switching.cold_load import Pickup
from outages.domain.switching.steps import Step


@dataclass(frozen=True, slots=True)
class Feeder:
    """A feeder that may be shed: its head (mRID and name), group, load now in kW, customers, and minutes since it was shed last."""

    mrid: str
    name: str
    group: int
    kw: float
    customers: int = 0
    critical: int = 0
    shed_min_ago: float | None = None  # None: never


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: who is out, and the relief in kW that is left when those before have come back cold."""

    feeders: tuple[Feeder, ...]
    relief_kw: float


def turns(feeders: Sequence[Feeder], *, target_kw: float, count: int, turn_min: int, pickup: Pickup) -> list[Turn]:
    """Who is out in which turn.

    Args:
        feeders: all that may be shed.
        target_kw: relief wanted at any time.
        count: turns.
        turn_min: minutes each lasts.
        pickup: how what is closed comes back.

    Returns:
        The turns; where the whole ring does not reach the target each has all of it.

    >>> flat = Pickup(((0.0, 1.0), (1.0, 1.0)), 1.0)
    >>> three = [Feeder(name, name, 1, 100.0) for name in "ABC"]
    >>> told = turns(three, target_kw=150, count=2, turn_min=30, pickup=flat)
    >>> [[one.name for one in turn.feeders] for turn in told], told[0].relief_kw
    ([['A', 'B'], ['C', 'A']], 200.0)
    """
    ring = in_ring(feeders)
    found: list[Turn] = []
    place, before = 0, tuple[Feeder, ...]()
    for _ in range(count if ring else 0):
        mine: list[Feeder] = []
        while _relief(mine, before, turn_min, pickup) < target_kw and len(mine) < len(ring):
            mine.append(ring[place % len(ring)])
            place += 1
        found.append(Turn(tuple(mine), _relief(mine, before, turn_min, pickup)))
        before = found[-1].feeders
    return found


def in_ring(feeders: Sequence[Feeder]) -> list[Feeder]:
    """The sequence in which feeders have their turn."""
    ago: dict[int, float] = {}
    for one in feeders:
        mine = float("inf") if one.shed_min_ago is None else one.shed_min_ago
        ago[one.group] = min(ago.get(one.group, float("inf")), mine)
    return sorted(feeders, key=lambda one: (-ago[one.group], one.group, one.critical, -one.kw, one.name))


def _relief(out: Sequence[Feeder], before: Sequence[Feeder], turn_min: int, pickup: Pickup) -> float:
    """What is shed, less what those of the turn before take more than they did, at the moment they are back."""
    colder = pickup.factor(turn_min) - 1.0
    back = [one for one in before if one not in out]
    return sum(one.kw for one in out) - colder * sum(one.kw for one in back)


def steps_of(told: Sequence[Turn], turn_min: int) -> list[Step]:
    """The steps: the next are opened, then the last are closed, the one opened last first."""
    found: list[Step] = []
    before: tuple[Feeder, ...] = ()
    for number, turn in enumerate(told, start=1):
        found += [_step("open", one, number) for one in turn.feeders if one not in before]
        found += [_step("close", one, number) for one in reversed(before) if one not in turn.feeders]
        found.append(Step(f"wait-{number}", "wait", text=f"{turn_min} min"))
        before = turn.feeders
    return found + [_step("close", one, len(told) + 1) for one in reversed(before)]


def _step(kind: str, feeder: Feeder, number: int) -> Step:
    return Step(f"{kind}-{number}-{feeder.mrid}"[:36], kind, feeder.mrid, feeder.name)
