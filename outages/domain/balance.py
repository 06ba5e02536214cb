"""For and against: words of darkness and of life beside each other, and where they contradict.

>>> said = [Word(10.0, 7, "T1", 1, True, "call"), Word(20.0, 7, "T1", 7, False, "ping_on"), Word(5.0, 8, "T1", 7, True, "gasp")]
>>> [(one.dark.kind, one.live.kind, one.phases) for one in contradictions(said)]
[('call', 'ping_on', 1), ('gasp', 'ping_on', 7)]
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

#: A word of life within this time after the darkness contradicts it; later it may have come back.
WITHIN_S = 1800.0


class Word(NamedTuple):
    """Somebody says that a usage point (-1: the device itself) is dark, or live, on some phases, at a time (seconds)."""

    at: float
    usage_point: int
    place: str
    phases: int
    is_dark: bool
    kind: str
    id: int = -1


class Contradiction(NamedTuple):
    """Two words that cannot both be true, and on which phases."""

    dark: Word
    live: Word
    phases: int
    is_same_meter: bool


def contradictions(words: Iterable[Word], within_s: float = WITHIN_S) -> list[Contradiction]:
    """Of each usage point its latest darkness against its next word of life; then places where a neighbour is live."""
    by_point: dict[int, list[Word]] = defaultdict(list)
    for word in sorted(words, key=lambda word: (word.at, word.is_dark)):
        by_point[word.usage_point].append(word)
    found = [one for said in by_point.values() for one in _of_point(said, within_s)]
    return sorted([*found, *_of_places(by_point, within_s)], key=lambda one: -max(one.dark.at, one.live.at))


def _of_point(said: Sequence[Word], within_s: float) -> list[Contradiction]:
    found = []
    dark: Word | None = None
    for word in said:
        if word.is_dark:
            dark = word
        elif dark is not None and dark.kind in {"call", "ping_off"} and word.at - dark.at <= within_s:
            shared = dark.phases & word.phases & 7
            if shared and word.kind == "ping_on":
                found.append(Contradiction(dark, word, shared, is_same_meter=True))
            dark = None
    return found


def _of_places(by_point: dict[int, list[Word]], within_s: float) -> list[Contradiction]:
    """At one transformer somebody is dark and somebody else live: one of each is told."""
    latest: dict[str, dict[bool, list[Word]]] = defaultdict(lambda: {True: [], False: []})
    for said in by_point.values():
        last = said[-1]
        latest[last.place][last.is_dark].append(last)
    found = []
    for sides in latest.values():
        for dark in sides[True][:1]:
            against = [
                one for one in sides[False] if dark.phases & one.phases & 7 and abs(one.at - dark.at) <= within_s
            ]
            if against:
                found.append(
                    Contradiction(dark, against[-1], dark.phases & against[-1].phases & 7, is_same_meter=False)
                )
    return found


class Mark(NamedTuple):
    """Words of one kind close to each other in time, drawn as one."""

    x: int
    size: int
    first: int  # position of the first of them


def marks(times: Sequence[float], begin: float, end: float, width: int, step: int = 9, digit: int = 0) -> list[Mark]:
    """Where words of one lane are drawn: those that would cover each other, or each other's count, become one mark.

    A mark is `step` wide, each digit of the count beside it `digit`.

    >>> [(one.x, one.size) for one in marks([0, 0, 15, 90], begin=0, end=100, width=100, step=14, digit=7)]
    [(7, 3), (91, 1)]
    """
    span = max(end - begin, 1.0)
    bins: dict[int, list[int]] = defaultdict(list)
    for position, at in enumerate(times):
        share = min(max((at - begin) / span, 0.0), 1.0)
        bins[int(share * width) // step].append(position)
    found: list[Mark] = []
    for number, held in sorted(bins.items()):
        x = number * step + step // 2
        if found and x < found[-1].x + _room(found[-1].size, step, digit):
            found[-1] = found[-1]._replace(size=found[-1].size + len(held))
        else:
            found.append(Mark(x, len(held), held[0]))
    return found


def _room(size: int, step: int, digit: int) -> int:
    """How far right of a mark the next may stand: behind its count, where it has one."""
    return step + (digit * len(str(size)) if size > 1 else 0)


def with_ways_up(kept: Iterable[int], parent: Sequence[int] | NDArray[np.int32]) -> set[int]:
    """Some places of a tree, and every place between them and its root. `parent` of each place, -1 of a root.

    >>> sorted(with_ways_up({4, 2}, [-1, 0, 0, 1, 3]))
    [0, 1, 2, 3, 4]
    """
    found: set[int] = set()
    for one in kept:
        up = int(one)
        while up >= 0 and up not in found:
            found.add(up)
            up = int(parent[up])
    return found
