"""Two versions of an order side by side: what came, what went, what was moved and what reads differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: What a person reads of a step, and so may find changed.
FIELDS = ("kind", "device", "name", "terminal", "other", "other_terminal", "phases", "crew", "text", "group")
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One line: `what` is same, added, removed, changed or moved; `fields` are the names of those that differ."""

    what: str
    before: Told | None
    after: Told | None
    fields: tuple[str, ...] = ()


def compare(before: Sequence[Told], after: Sequence[Told]) -> list[Difference]:
    """The steps of the later version in its sequence, with what was removed where it stood.

    A step counts as moved when the steps both versions share do not stand in the same sequence and it is among the fewest that
    would have to be moved.

    >>> [one.what for one in compare([{"key": "a"}, {"key": "b"}], [{"key": "b"}, {"key": "c"}])]
    ['removed', 'same', 'added']
    """
    old, new = {one["key"]: one for one in before}, {one["key"]: one for one in after}
    kept = _longest([one["key"] for one in before if one["key"] in new], [one["key"] for one in after])
    found: list[Difference] = []
    waiting = [one["key"] for one in before]
    for one in after:
        key = one["key"]
        while waiting and key in kept and waiting[0] != key:
            found += _removed(waiting.pop(0), old, new)
        if key in kept and waiting:
            waiting.pop(0)
        found.append(_line(old.get(key), one, is_moved=key in old and key not in kept))
    for key in waiting:
        found += _removed(key, old, new)
    return found


def _removed(key: str, old: Mapping[str, Told], new: Mapping[str, Told]) -> list[Difference]:
    return [] if key in new else [Difference("removed", old[key], None)]


def _line(before: Told | None, after: Told, *, is_moved: bool) -> Difference:
    if before is None:
        return Difference("added", None, after)
    fields = tuple(name for name in FIELDS if before.get(name) != after.get(name))
    what = "changed" if fields else "moved" if is_moved else "same"
    return Difference(what, before, after, fields)


def _longest(one: Sequence[str], other: Sequence[str]) -> frozenset[str]:
    """The keys of the longest sequence both have: those that were not moved."""
    place = {key: number for number, key in enumerate(other)}
    rows = [place[key] for key in one if key in place]
    best: list[list[int]] = []
    for number in rows:
        longest = max((chain for chain in best if chain[-1] < number), key=len, default=[])
        best.append([*longest, number])
    return frozenset(other[number] for number in max(best, key=len, default=[]))
