"""Learn from the first part of a record of outages, estimate the rest, and score that beside what was promised at the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outages.domain.etr import accuracy, busyness, history
from outages.domain.etr.accuracy import Accuracy

Float = NDArray[np.float64]

_SIZES = (2, 20, 100, 1_000)  # customers
_HOURS = 6  # of the day to a group


@dataclass(frozen=True, slots=True)
class Record:
    """Outages in the order of their beginning; moments in minutes from any origin, `hour` of the local day.

    `etr` is the latest promise that was given, `eta` when the crew was said to arrive; NaN where there was none.
    """

    region: NDArray[np.object_]
    cause: NDArray[np.object_]
    customers: NDArray[np.int64]
    hour: NDArray[np.int64]
    off: Float
    on: Float
    etr: Float
    eta: Float


@dataclass(frozen=True, slots=True)
class Study:
    """Scores on the outages that began after the split: what was promised, and ours with what is known at two moments.

    Attributes:
        learned, scored: outages on either side.
        promised: the latest published promise, mostly given by the crew on site.
        first_report: ours when the outage is first known: region, how busy the crews are, size and hour; no cause, no crew.
        crew_sent: ours when a crew has said when it will arrive, and the cause is known.
        by_region: the same per region.
    """

    learned: int
    scored: int
    promised: Accuracy
    first_report: Accuracy
    crew_sent: Accuracy
    by_region: dict[str, tuple[Accuracy, Accuracy, Accuracy]]


def study(record: Record, split: float, share: float = 0.5) -> Study:
    """Learn from outages that were over at the split, score those that began after it.

    Args:
        record: the outages.
        split: the moment that parts them.
        share: the quantile that is promised; the median errs early as often as late.

    Raises:
        ValueError: one of the parts is empty.
    """
    learn, test = record.on < split, record.off >= split
    if not learn.any() or not test.any():
        raise ValueError(
            f"{int(learn.sum())} outages to learn from and {int(test.sum())} to score: both parts are needed"
        )
    load = _load(record, learn)
    size = np.searchsorted(_SIZES, record.customers)
    first = _estimate([record.region, load, size, record.hour // _HOURS], record.on - record.off, learn, share)
    after_eta = record.on - record.eta
    work = _estimate(
        [record.cause, record.region, load, size], np.where(after_eta > 0.0, after_eta, np.nan), learn, share
    )
    estimates = (record.etr, record.off + first, record.eta + work)

    def scores(rows: NDArray[np.bool_]) -> tuple[Accuracy, Accuracy, Accuracy]:
        promised, reported, sent = (accuracy.score(one[rows], record.on[rows]) for one in estimates)
        return promised, reported, sent

    by_region = {str(region): scores(test & (record.region == region)) for region in sorted(set(record.region[test]))}
    return Study(int(learn.sum()), int(test.sum()), *scores(test), by_region)


def _estimate(keys: list[NDArray[np.generic]], minutes: Float, learn: NDArray[np.bool_], share: float) -> Float:
    """(outages) minutes promised, learned from some of them."""
    names = [[str(value) for value in column] for column in keys]
    learned = history.learn(
        minutes[learn], [[name for name, kept in zip(column, learn, strict=True) if kept] for column in names]
    )
    if learned.is_empty:
        return np.full(minutes.size, np.nan)
    return np.array([learned.of(*group).quantile(share) for group in zip(*names, strict=True)])


def _load(record: Record, learn: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How busy the region's crews are when an outage begins: 0 usual to 3 storm, by how many outages go on there."""
    level = np.zeros(record.off.size, np.int64)
    for region in set(record.region):
        rows = np.flatnonzero(record.region == region)
        counts = busyness.going(record.off[rows], record.on[rows], record.off[rows])
        level[rows] = busyness.level(counts, busyness.borders(counts[learn[rows]]))
    return level
