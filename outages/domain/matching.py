"""Which incident each new prediction continues: a prediction that moves keeps its incident, its number and its history.

>>> fuse, recloser = Incident(7, frozenset({1, 2})), Incident(9, frozenset({5}))
>>> match([fuse, recloser], [frozenset({1, 2, 5, 6})])
Matching(continues=(7,), absorbs=((9,),), vacated=())
>>> match([fuse], [frozenset({1}), frozenset({2})])
Matching(continues=(7, None), absorbs=((), ()), vacated=())
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident the engine may still move.

    Attributes:
        id: the smaller, the older.
        evidence: ids of its reports.
    """

    id: int
    evidence: AbstractSet[int]


@dataclass(frozen=True, slots=True)
class Matching:
    """What becomes of predictions and incidents.

    Attributes:
        continues: for each prediction the id of the incident it continues, None where it opens one.
        absorbs: for each prediction the ids of further incidents merged into it.
        vacated: incidents none of whose reports is in any prediction: withdrawn.
    """

    continues: tuple[int | None, ...]
    absorbs: tuple[tuple[int, ...], ...]
    vacated: tuple[int, ...]


def match(incidents: Sequence[Incident], predictions: Sequence[AbstractSet[int]]) -> Matching:
    """Continue incidents where the evidence is.

    1. Pairs of incident and prediction that share evidence are taken in order of how much they share, the older incident
       first; each side is taken once.
    2. An incident left over joins the prediction with which it shares most: merged.
    3. A prediction left over opens an incident: new, or split off.
    """
    continues: list[int | None] = [None] * len(predictions)
    absorbs: list[list[int]] = [[] for _ in predictions]
    placed: set[int] = set()
    pairs = sorted(_shared(incidents, predictions), key=lambda pair: (-pair[2], pair[0], pair[1]))
    for incident, prediction, _ in pairs:
        if incident not in placed and continues[prediction] is None:
            continues[prediction] = incident
            placed.add(incident)
    for incident, prediction, _ in pairs:
        if incident not in placed:
            absorbs[prediction].append(incident)
            placed.add(incident)
    vacated = tuple(incident.id for incident in incidents if incident.id not in placed)
    return Matching(tuple(continues), tuple(tuple(sorted(ids)) for ids in absorbs), vacated)


def _shared(incidents: Sequence[Incident], predictions: Sequence[AbstractSet[int]]) -> Iterator[tuple[int, int, int]]:
    """(incident id, prediction, how many reports they share), for those that share any."""
    holders: dict[int, list[int]] = {}
    for position, evidence in enumerate(predictions):
        for report in evidence:
            holders.setdefault(report, []).append(position)
    for incident in incidents:
        counts = Counter(itertools.chain.from_iterable(holders.get(report, ()) for report in incident.evidence))
        yield from ((incident.id, prediction, count) for prediction, count in counts.items())
