"""Orders the program suggests: isolate a piece of equipment, and bring back whoever another source can reach meanwhile.

    1. Points: the switches nearest to the equipment that part it from every source (and, as another way, the nearest telemetered ones).
    2. Open them, those that carry supply onward first, the feeding one last.
    3. Restoring, close the open switch that brings back the most customers, and again, until none brings back any. What had no supply
       before is left alone: somebody holds it off.
    4. Tag the points, test dead, ground; then the work; then all of it back, the latest first.

Every suggestion is rehearsed from the first step to the last before it is offered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from network.domain import temporary
from network.domain.phases import ABC
from network.domain.phrases import Phrase
from outages.domain.switching import isolation, rehearsal, steps
from outages.domain.switching.rehearsal import Rehearsed, Stand
from outages.domain.switching.steps import Step

#: So many ties are closed at most.
MOST_TIES = 8
Namer = Callable[[int], str]
IsOver = Callable[[], bool]


def never() -> bool:
    """For searches that may take as long as they need."""
    return False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to isolate: its points (branches), its steps, and how the rehearsal of them went."""

    points: tuple[int, ...]
    ties: tuple[int, ...]
    steps: tuple[Step, ...]
    rehearsed: Rehearsed
    by_hand: int  # movements of switches nobody commands

    @property
    def customers_lost(self) -> int:
        """The most who are out after any step, of those who had supply before."""
        return max((one.customers_out for one in self.rehearsed.effects), default=0)

    @property
    def customers_during_work(self) -> int:
        """Who is out while the work goes on."""
        at = next((i for i, one in enumerate(self.steps) if one.kind == "instruct"), len(self.steps) - 1)
        return self.rehearsed.effects[at].customers_out

    @property
    def problems(self) -> tuple[Phrase, ...]:
        """Why steps of it could not be done."""
        return tuple(one.problem for one in self.rehearsed.effects if one.problem)


def isolate(
    start: Stand,
    equipment: str,
    name: str,
    name_of: Namer,
    *,
    restore: bool,
    telemetered: bool = False,
    is_over: IsOver = never,
) -> Suggestion | None:
    """Isolate a piece of equipment for work, by the nearest switches, or by the nearest that are telemetered.

    Once `is_over` no further tie is looked for: whoever could be brought back by one stays out.

    Returns:
        The suggestion; None where nothing parts it from its sources, or the network does not know it.
    """
    base = start.fitted.base
    place = temporary.ends_of(start.fitted.base, equipment)
    usable = set(np.flatnonzero(base.is_switch & base.is_telemetered).tolist()) if telemetered else None
    points = isolation.points_of(start.fitted, place, usable)
    if not place or isolation.leaks(start.fitted, points, place):
        return None
    opened = [step_of("open", point, start, name_of) for point in _in_turn(start, points)]
    ties = _ties(start, opened, points, name_of, is_over) if restore else []
    tags = [step_of("tag", point, start, name_of) for point in points]
    work = [
        Step("test", "test_dead", equipment, name),
        Step("ground", "ground", equipment, name),
        Step("work", "instruct", text=f"Work at {name}"),
    ]
    there = [*opened, *ties, *tags, *work]
    whole = (*there, *(replace(one, is_go_back=False) for one in steps.lead_back(there)))
    return Suggestion(
        points=tuple(points),
        ties=tuple(base.branch_index(one.device) for one in ties),
        steps=whole,
        rehearsed=rehearsal.run(start, whole),
        by_hand=sum(one.kind in steps.SWITCHING and not is_remote(start, one) for one in whole),
    )


def enclosed(first: Sequence[Step], inner: Sequence[Step]) -> tuple[Step, ...]:
    """Steps, others once they are done, and the first taken back.

    >>> [one.kind for one in enclosed([Step("a", "close", "T1")], [Step("b", "note")])]
    ['close', 'note', 'open']
    """
    return (*first, *inner, *(replace(one, is_go_back=False) for one in steps.lead_back(first)))


def _in_turn(start: Stand, points: Sequence[int]) -> list[int]:
    """Points that are closed, those that the equipment feeds first: the last one opened carries the load of the equipment alone."""
    closed = [point for point in points if start.positions[point] & ABC]
    enter, base = start.energisation.enter, start.fitted.base
    first = {point: min(int(enter[base.branch_from[point]]), int(enter[base.branch_to[point]])) for point in closed}
    return sorted(closed, key=lambda point: (-first[point], point))


def _ties(start: Stand, opened: Sequence[Step], points: Collection[int], name_of: Namer, is_over: IsOver) -> list[Step]:
    """Open switches to close, each the one that brings back the most."""
    found: list[Step] = []
    stand = rehearsal.run(start, opened).stands[-1]
    while len(found) < MOST_TIES:
        best: tuple[int, Step, Stand] | None = None
        for branch in _between_live_and_dead(stand, points):
            if is_over():
                break
            step = step_of("close", branch, start, name_of)
            tried = rehearsal.run(stand, [step])
            gained = tried.effects[0].regained_customers
            if _reaches_beyond(start, tried.stands[-1]):
                continue
            if gained > 0 and (best is None or gained > best[0]):
                best = gained, step, tried.stands[-1]
        if best is None:
            break
        found.append(best[1])
        stand = best[2]
    return found


def _reaches_beyond(start: Stand, stand: Stand) -> bool:
    """Whether something has supply that had none at the start, on any phase: a fault may lie there."""
    return bool((stand.energisation.live & ~start.energisation.live & ABC).any())


def _between_live_and_dead(stand: Stand, points: Collection[int]) -> list[int]:
    """Open switches, none of the points and none tagged, with supply on one side and none on the other."""
    base, live = stand.fitted.base, stand.energisation.live
    sides = (live[base.branch_from] & ABC) != 0, (live[base.branch_to] & ABC) != 0
    is_between = base.is_switch & (stand.positions & ABC == 0) & (sides[0] != sides[1])
    found = [int(branch) for branch in np.flatnonzero(is_between) if int(branch) not in points]
    return [branch for branch in found if base.branch_mrid_text(branch) not in stand.tagged]


def step_of(kind: str, branch: int, start: Stand, name_of: Namer) -> Step:
    """A step at a branch of the version."""
    mrid = start.fitted.base.branch_mrid_text(branch)
    return Step(f"{kind}-{branch}", kind, mrid, name_of(branch))


def is_remote(start: Stand, step: Step) -> bool:
    """Whether the control room can do it by a command."""
    branch = start.fitted.base.branch_index(step.device)
    return branch >= 0 and bool(start.fitted.base.is_telemetered[branch])
