"""Steps that may be done in any sequence, tried in every one: what some sequence does that the written one does not.

| close TIE      written: joined, then parted, nobody is interrupted
| open SW 1      the other way round everybody behind SW 1 is

Switches end up alike whichever moves first, so what has been done is a set and not a sequence, and each set is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from outages.domain.switching.rehearsal import Effect, Stand, do
from outages.domain.switching.steps import Step

#: Larger groups have too many sequences: only the written one is tried.
MOST = 6
_Does = Callable[[Effect], object]
#: What one sequence may do and another not, the gravest first.
_KINDS: tuple[tuple[str, _Does], ...] = (
    ("problem", lambda one: one.problem),
    ("parallel", lambda one: one.parallels_sources),
    ("lost", lambda one: one.lost_customers),
)


@dataclass(frozen=True, slots=True)
class Unlike:
    """What a step does after the others in `after`, and does not do where it is written; `kind` is problem, parallel or lost."""

    kind: str
    step: Step
    after: tuple[Step, ...]
    effect: Effect


def groups(steps: Sequence[Step]) -> Iterator[range]:
    """The places of steps of one group that follow each other, of groups of two or more.

    >>> [list(one) for one in groups([Step("a", "open"), Step("b", "open", group=1), Step("c", "open", group=1)])]
    [[1, 2]]
    """
    first = 0
    while first < len(steps):
        last = first + 1
        while steps[first].group and last < len(steps) and steps[last].group == steps[first].group:
            last += 1
        if last - first > 1:
            yield range(first, last)
        first = last


def unlike(steps: Sequence[Step], effects: Sequence[Effect], stands: Sequence[Stand]) -> list[Unlike]:
    """What is to be told of each step of a free group, each kind once, after the fewest others; `stands[i]` is before step i."""
    return [
        one
        for group in groups(steps)
        if len(group) <= MOST
        for one in _in_group([steps[at] for at in group], [effects[at] for at in group], stands[group.start])
    ]


def too_large(steps: Sequence[Step]) -> list[Step]:
    """The first step of each group of which not every sequence is tried."""
    return [steps[group.start] for group in groups(steps) if len(group) > MOST]


def _in_group(steps: Sequence[Step], written: Sequence[Effect], before: Stand) -> Iterator[Unlike]:
    known: set[tuple[int, str]] = set()
    done: dict[frozenset[int], Stand] = {frozenset(): before}
    while done:
        following: dict[frozenset[int], Stand] = {}
        for chosen, stand in done.items():
            for at in sorted(set(range(len(steps))) - chosen):
                stands_then, effect = do(stand, steps[at])
                following.setdefault(chosen | {at}, stands_then)
                for kind, does in _KINDS:
                    if does(effect) and not does(written[at]) and (at, kind) not in known:
                        known.add((at, kind))
                        yield Unlike(kind, steps[at], tuple(steps[one] for one in sorted(chosen)), effect)
        done = following
