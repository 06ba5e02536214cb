"""Back to normal: every switch that stands otherwise than built goes back, so that nobody loses supply who need not.

    SW-A2/open, was closed   T1/closed, was open      a fault at A2 was held off, its feeder fed by T1
    1. verify that what is dead behind SW-A2 is repaired     2. close SW-A2: it has supply     3. close SW-A3, open T1

One movement after the other, each the first of these that can be done:

    1. Open what interrupts nobody: a ring is opened, or nothing hangs on it.
    2. Close what brings supply to what is dead, the most customers first; somebody says before that it may be energised.
    3. Close one and open another: joined before it is parted where both sides hang on one source. Else parted first, which interrupts
       whoever hangs on it for the time between, the fewest first; a way that interrupts nobody leaves that out.

What cannot be moved, or not without a ring, two sources in parallel or somebody left without supply, stays as it is and is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from network.domain.energisation import Energisation
from network.domain.grid.arrays import Int
from network.domain.phases import ABC
from network.domain.phrases import Phrase, phrase
from outages.domain.switching import rehearsal, suggestions, transfers
from outages.domain.switching.rehearsal import Effect, Rehearsed, Stand
from outages.domain.switching.steps import Step
from outages.domain.switching.suggestions import IsOver, Namer, never


@dataclass(frozen=True, slots=True)
class Return:
    """The steps, how they went, and which switches (branches) stay otherwise than built, with the reason."""

    steps: tuple[Step, ...]
    rehearsed: Rehearsed
    left: tuple[tuple[int, Phrase], ...]

    @property
    def interrupts(self) -> int:
        """The most customers who are out after any step."""
        return max((one.customers_out for one in self.rehearsed.effects), default=0)


def deviating(stand: Stand) -> Int:
    """Switches of the version that do not stand as built, on any phase."""
    base = stand.fitted.base
    differs = base.is_switch & (((stand.positions ^ base.normal_closed) & base.branch_phases & ABC) != 0)
    return np.flatnonzero(differs).astype(np.int32)


def together(stand: Stand, usual: Energisation, heads: Collection[int]) -> list[int]:
    """Deviating switches of some feeders, and of every feeder that they and these have to do with, now or as built.

    Args:
        stand: the network now.
        usual: what is live as built.
        heads: heads of feeders (branches).
    """
    found, known, left = list[int](), set(heads), deviating(stand).tolist()
    while mine := [one for one in left if _feeders(stand, usual, one) & known]:
        found += mine
        left = [one for one in left if one not in mine]
        known |= set[int]().union(*(_feeders(stand, usual, one) for one in mine))
    return sorted(found)


def _feeders(stand: Stand, usual: Energisation, branch: int) -> set[int]:
    base = stand.fitted.base
    ends = int(base.branch_from[branch]), int(base.branch_to[branch])
    return {branch, *(int(one.feeder[end]) for one in (stand.energisation, usual) for end in ends)} - {-1}


def back(
    stand: Stand, switches: Collection[int], usual: Energisation, name_of: Namer, *, may_interrupt: bool = True,
    is_over: IsOver = never,
) -> Return:  # fmt: skip
    """The way back of some switches; once `is_over` the rest stays as it is."""
    return _Back(stand, set(switches), usual, name_of, may_interrupt=may_interrupt).done(is_over)


@dataclass(frozen=True, slots=True)
class _Try:
    steps: tuple[Step, ...]
    moved: frozenset[int]
    rehearsed: Rehearsed

    @property
    def last(self) -> Effect:
        return self.rehearsed.effects[-1]

    @property
    def out(self) -> int:
        return max(one.customers_out for one in self.rehearsed.effects)


class _Back:
    def __init__(
        self, stand: Stand, left: set[int], usual: Energisation, name_of: Namer, *, may_interrupt: bool
    ) -> None:
        self._start = self._stand = stand
        self._left, self._name_of, self._may_interrupt = left, name_of, may_interrupt
        self._rings = int(usual.loops.size)
        self._steps = list[Step]()

    def done(self, is_over: IsOver) -> Return:
        while not is_over() and (one := self._next()) is not None:
            self._steps += one.steps
            self._left -= one.moved
            self._stand = one.rehearsed.stands[-1]
        why = tuple((branch, self._why(branch)) for branch in sorted(self._left))
        return Return(tuple(self._steps), rehearsal.run(self._start, self._steps), why)

    def _next(self) -> _Try | None:
        opens, closes = self._sides()
        for branch in opens:
            one = self._try([self._step("open", branch)])
            if one is not None and not one.last.isolated_nodes and not one.last.lost_customers:
                return one
        alone = [one for branch in closes if (one := self._energise(branch)) is not None]
        if alone:
            return max(alone, key=lambda one: (one.last.regained_customers, -min(one.moved)))
        pairs = [one for one in self._pairs(opens, closes) if self._may_interrupt or not one.out]
        return min(pairs, key=lambda one: (one.out, sorted(one.moved)), default=None)

    def _sides(self) -> tuple[list[int], list[int]]:
        """What has to be opened, and what has to be closed."""
        normal = self._stand.fitted.base.normal_closed
        opens = [one for one in sorted(self._left) if not int(normal[one]) & ABC]
        return opens, [one for one in sorted(self._left) if int(normal[one]) & ABC]

    def _energise(self, branch: int) -> _Try | None:
        """Close a switch that makes no ring beyond those as built."""
        one = self._try([self._step("close", branch)])
        if one is None:
            return None
        base = self._stand.fitted.base
        live = self._stand.energisation.live
        dead = [end for end in (base.branch_from[branch], base.branch_to[branch]) if not int(live[end]) & ABC]
        if len(dead) != 1:
            return one
        name = self._name_of(branch)
        asked = Step(
            f"clear-{branch}", "verify",
            text=f"What is dead behind {name} is repaired, clear of people and grounds, and may be energised",
        )  # fmt: skip
        return self._try([asked, *one.steps])

    def _pairs(self, opens: list[int], closes: list[int]) -> Iterator[_Try]:
        for close in closes:
            for open_ in opens:
                steps = transfers.exchange(self._stand, close, open_, self._name_of)
                one = self._try(steps)
                if one is not None and not one.last.customers_out:
                    yield one

    def _try(self, steps: list[Step]) -> _Try | None:
        """The steps as they go now; None where one cannot be done, joins two sources or leaves another ring than those as built."""
        rehearsed = rehearsal.run(self._stand, steps)
        if any(one.problem or one.parallels_sources for one in rehearsed.effects):
            return None
        rings = rehearsed.stands[-1].energisation.loops.size
        if rings > max(self._stand.energisation.loops.size, self._rings):
            return None
        branches = frozenset(self._stand.fitted.base.branch_index(one.device) for one in steps if one.device)
        return _Try(tuple(steps), branches, rehearsed)

    def _step(self, kind: str, branch: int) -> Step:
        return suggestions.step_of(kind, branch, self._stand, self._name_of)

    def _why(self, branch: int) -> Phrase:
        """What is in the way of a switch that stays."""
        kind = "close" if int(self._stand.fitted.base.normal_closed[branch]) & ABC else "open"
        effect = rehearsal.run(self._stand, [self._step(kind, branch)]).effects[0]
        if effect.problem:
            return effect.problem
        if effect.parallels_sources:
            return phrase("would_join")
        if effect.makes_loop:
            return phrase("would_ring")
        if effect.lost_customers:
            return phrase("would_take", customers=effect.lost_customers)
        return phrase("time_over")
