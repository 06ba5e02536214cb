"""Who is told what of a planned outage, in which messages, and whether in good time: arithmetic on plain values.

>>> verbs(told={1, 2}, scope={2, 3}, is_changed=False)
{1: 'canceled', 3: 'created'}
>>> verbs(told={1, 2}, scope={2, 3}, is_changed=True)
{1: 'canceled', 2: 'changed', 3: 'created'}
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

CREATED, CHANGED, CANCELED = "created", "changed", "canceled"


def verbs(*, told: Collection[int], scope: Collection[int], is_changed: bool) -> dict[int, str]:
    """What each customer is to hear, by usage point; who knows all that is true already is left out.

    `told` are those who count on an interruption, `scope` those who will have one; `is_changed` says that it is another
    interruption than the told ones know of (its window moved).
    """
    known, wanted = set(told), set(scope)
    found = dict.fromkeys(known - wanted, CANCELED) | dict.fromkeys(wanted - known, CREATED)
    if is_changed:
        found |= dict.fromkeys(known & wanted, CHANGED)
    return dict(sorted(found.items()))


def chunks(members: Sequence[tuple[int, str, bool]], size: int) -> Iterator[tuple[int, list[tuple[int, str, bool]]]]:
    """Numbered parts of (usage point, verb, is critical) of at most `size`: one verb in each, critical customers in the first.

    >>> [(n, [m[0] for m in part]) for n, part in chunks([(1, "created", False), (2, "created", True), (3, "created", False)], 2)]
    [(1, [2]), (2, [1, 3])]
    """
    number = 0
    for is_critical in (True, False):
        for verb in (CREATED, CHANGED, CANCELED):
            part = [one for one in members if one[2] is is_critical and one[1] == verb]
            for start in range(0, len(part), max(size, 1)):
                number += 1
                yield number, part[start : start + max(size, 1)]


def notice_due_at(begins_at: dt.datetime, days: float) -> dt.datetime:
    """Until when customers must have been told.

    >>> notice_due_at(dt.datetime(2026, 3, 12, 8), 2)
    datetime.datetime(2026, 3, 10, 8, 0)
    """
    return begins_at - dt.timedelta(days=days)


def beyond_each(together: Iterable[int], *alone: Iterable[int]) -> set[int]:
    """Who loses supply only because several planned outages happen at once: both feeds of a ring are taken.

    >>> beyond_each([1, 2, 3], [1], [2])
    {3}
    """
    return set(together).difference(*alone)
