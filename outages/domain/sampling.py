"""Whom to ask: all, one at each transformer, a share, or nobody. The same customers give the same sample, whatever their order.

>>> houses = [("T1", 4), ("T1", 2), ("T2", 9), ("T2", 7), ("T2", 8)]
>>> choose(houses, "transformer"), choose(houses, 0.4), choose(houses, "none")
([2, 7], [2, 7, 8], [])
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from network.domain.phrases import Complaint, Phrase, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL, PER_TRANSFORMER, NONE = "all", "transformer", "none"
Rule = str | float


def choose(places: Iterable[tuple[str, int]], rule: Rule) -> list[int]:
    """The usage points to ask, of (transformer, usage point) pairs. A share takes at least one at each transformer, evenly."""
    by_transformer: dict[str, list[int]] = {}
    for mrid, point in sorted(set(places)):
        by_transformer.setdefault(mrid, []).append(point)
    chosen: list[int] = []
    for points in by_transformer.values():
        count = _count(len(points), rule)
        chosen += [points[(number * len(points)) // count] for number in range(count)]
    return sorted(chosen)


def read(value: object) -> str:
    """A rule as it is kept: all, transformer, none, or a share.

    >>> read("Transformer "), read(0.25)
    ('transformer', '0.25')

    Raises:
        Complaint: it is none of these.
    """
    text = str(value).strip().lower()
    if text in {ALL, PER_TRANSFORMER, NONE}:
        return text
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise Complaint("no_sample")
    return f"{share:g}"


def is_nobody(rule: Rule) -> bool:
    """Whether nobody is to be asked."""
    return rule == NONE or _share(rule) == 0


def told(rule: Rule) -> Phrase:
    """The rule for a person; its words are in `outages.services.asking`.

    >>> told("all"), told(0.25)
    ({'code': 'all'}, {'code': 'share', 'percent': 25})
    """
    if rule in {ALL, NONE}:
        return phrase(str(rule))
    share = _share(rule)
    return phrase("transformer") if share is None else phrase("share", percent=round(100 * share))


def _count(size: int, rule: Rule) -> int:
    if rule == ALL:
        return size
    if rule == NONE:
        return 0
    share = _share(rule)
    return 1 if share is None else min(size, math.ceil(size * share))


def _share(rule: Rule) -> float | None:
    """The share, None for a word. What is no rule at all counts as one at each transformer."""
    try:
        return min(1.0, max(0.0, float(rule)))
    except ValueError:
        return None
