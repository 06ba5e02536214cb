"""Which incident each new prediction continues: a prediction that moves keeps its incident, its number and its history.

A fuse's incident 7 with two reports and a recloser's 9 with one, all of which (and a new report) one device explains now; and incident
7 whose reports fall apart:

>>> match([7, 9], owner=[7, 7, 9, -1], prediction=[0, 0, 0, 0], predictions=1)
Matching(continues=(7,), absorbs=((9,),), vacated=())
>>> match([7], owner=[7, 7], prediction=[0, 1], predictions=2)
Matching(continues=(7, None), absorbs=((), ()), vacated=())
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray


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


def match(incidents: Iterable[int], *, owner: ArrayLike, prediction: ArrayLike, predictions: int) -> Matching:
    """Continue incidents where the evidence is.

    1. Pairs of incident and prediction that share evidence are taken in order of how much they share, the older incident
       first; each side is taken once.
    2. An incident left over joins the prediction with which it shares most: merged.
    3. A prediction left over opens an incident: new, or split off.

    Args:
        incidents: ids of those the engine may still move; the smaller, the older.
        owner: for each report the id of the incident it belongs to; any other number: it belongs to none of them.
        prediction: for each report, in the same order, the position of the prediction that explains it, -1 for none.
        predictions: how many there are.
    """
    continues: list[int | None] = [None] * predictions
    absorbs: list[list[int]] = [[] for _ in range(predictions)]
    placed: set[int] = set()
    known = list(incidents)
    pairs = _shared(known, np.asarray(owner, np.int64), np.asarray(prediction, np.int64))
    for incident, position in pairs:
        if incident not in placed and continues[position] is None:
            continues[position] = incident
            placed.add(incident)
    for incident, position in pairs:
        if incident not in placed:
            absorbs[position].append(incident)
            placed.add(incident)
    vacated = tuple(incident for incident in known if incident not in placed)
    return Matching(tuple(continues), tuple(tuple(sorted(ids)) for ids in absorbs), vacated)


def _shared(incidents: list[int], owner: NDArray[np.int64], prediction: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Incidents and predictions that share reports; who shares most first, then the older incident, then the earlier prediction."""
    counts = np.isin(owner, np.array(incidents, np.int64)) & (prediction >= 0)
    if not counts.any():
        return []
    among = int(prediction.max()) + 1
    pairs, shared = np.unique(owner[counts] * among + prediction[counts], return_counts=True)
    order = np.argsort(-shared, kind="stable")
    return [divmod(pair, among) for pair in pairs[order].tolist()]
