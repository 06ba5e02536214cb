"""Load shed in turns: some feeders are opened, after a while the next ones, and those before are closed again in reverse.

    open A B | wait | open C D, close B A | wait | open E A, close D C | wait | close A E

    1. In a round every feeder of the groups has one turn: the group whose turn is the longest ago first; within a group those with the
       fewest critical customers, then those that will take the most by then. Feeders without a group, and protected ones, have none.
    2. A turn takes feeders until what they will take while it lasts reaches the target; the next turn goes on where it ended. Where
       a round ends within a turn the next one begins, those last that were out in the turn before.
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
    """A feeder that may be shed.

    Attributes:
        mrid, name: of its head.
        group: of load shedding.
        kw: its load now.
        expected_kw: the least expected of it while each turn lasts; empty: as now. Later turns are as the last one told.
        customers, critical: who hangs on it.
        shed_min_ago: minutes since it was shed last; None: never.
    """

    mrid: str
    name: str
    group: int
    kw: float
    expected_kw: tuple[float, ...] = ()
    customers: int = 0
    critical: int = 0
    shed_min_ago: float | None = None

    def kw_in(self, turn: int) -> float:
        """What it takes at the least in a turn; the first is 0.

        >>> [Feeder("A", "A", 1, 90.0, (80.0, 70.0)).kw_in(turn) for turn in range(3)]
        [80.0, 70.0, 70.0]
        """
        return self.expected_kw[min(turn, len(self.expected_kw) - 1)] if self.expected_kw else self.kw


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
    found: list[Turn] = []
    before: tuple[Feeder, ...] = ()
    round_: list[Feeder] = []  # who has not had a turn in it yet
    for number in range(count if feeders else 0):
        mine: list[Feeder] = []
        while _relief(mine, before, number, turn_min, pickup) < target_kw and len(mine) < len(feeders):
            if not set(round_).difference(mine):
                round_ += feeders
            ring = sorted(in_ring(feeders, number), key=lambda one: one in before)
            mine.append(next(one for one in ring if one in round_ and one not in mine))
            round_.remove(mine[-1])
        found.append(Turn(tuple(mine), _relief(mine, before, number, turn_min, pickup)))
        before = found[-1].feeders
    return found


def in_ring(feeders: Sequence[Feeder], turn: int = 0) -> list[Feeder]:
    """The sequence in which feeders have their turn, by what they will take in one."""
    ago: dict[int, float] = {}
    for one in feeders:
        mine = float("inf") if one.shed_min_ago is None else one.shed_min_ago
        ago[one.group] = min(ago.get(one.group, float("inf")), mine)
    return sorted(feeders, key=lambda one: (-ago[one.group], one.group, one.critical, -one.kw_in(turn), one.name))


def _relief(out: Sequence[Feeder], before: Sequence[Feeder], turn: int, turn_min: int, pickup: Pickup) -> float:
    """What is shed in a turn, less what those of the turn before take more than they did, at the moment they are back."""
    colder = pickup.factor(turn_min) - 1.0
    back = [one for one in before if one not in out]
    return sum(one.kw_in(turn) for one in out) - colder * sum(one.kw_in(turn) for one in back)


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
