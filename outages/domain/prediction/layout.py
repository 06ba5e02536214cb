"""The evidence laid out for the likelihood engine: over the devices that have any at or below them, parents before children."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from network.domain import phases as ph
from outages.domain.prediction import weighing
from outages.domain.prediction.ages import Ages
from outages.domain.prediction.evidence import CREW, GASP, PING_OFF, UNIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from outages.domain.prediction.evidence import Indicators
    from outages.domain.prediction.hazards import Hazards
    from outages.domain.prediction.scores import Scores
    from outages.domain.prediction.sources import Asked

#: Columns beside calls and gasps by age: crews, unanswered pings, usage points with anything.
OTHERS = 3


class Frame(NamedTuple):
    """What holds for all trees alike, whichever of them are looked at.

    Attributes:
        since: when the oldest report was made, seconds since 1970; None: time says nothing.
        tells: whether anybody called, whether any meter gasped.
        hazard: how often the average device opens, as `DeviceTree.mean_hazard` has it.
    """

    since: float | None
    tells: tuple[bool, bool]
    hazard: float

    @classmethod
    def of(cls, counted: Scores, hazards: Hazards) -> Frame:
        """That of what was counted."""
        evidence = counted.evidence
        since = float(evidence.at.min()) if counted.at is not None and evidence.size else None
        gasped = bool((evidence.kind == GASP).any())
        called = bool(np.isin(evidence.kind, (GASP, CREW, PING_OFF), invert=True).any())
        return cls(since, (called, gasped), counted.tree.mean_hazard(hazards))


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Arrays over the devices concerned.

    Attributes:
        counted: where it comes from.
        frame: what holds for all trees alike.
        ages: bins of age of the reports.
        device: index of each device in the tree.
        parent: position of the next one towards the source, -1 at a source.
        laid: the reports and customers below them.
        bonus: what it is worth, by the fault indicators, that anything at or below is open.
        hazard: logarithm of how much oftener than the average each opens.
        reports: usage points that called, that gasped.
        everybody: customers of the whole tree, and those of them whose meters gasp.
        trust: how far fault indicators are believed.
    """

    counted: Scores
    frame: Frame
    ages: Ages
    device: NDArray[np.int64]
    parent: NDArray[np.int64]
    laid: weighing.Laid
    bonus: NDArray[np.float64]
    hazard: NDArray[np.float64]
    reports: tuple[float, float]
    everybody: tuple[float, float]
    trust: Asked

    @classmethod
    def of(cls, counted: Scores, indicator: Asked, hazards: Hazards, frame: Frame | None = None) -> Layout:
        """Lay out what was counted; `indicator` says how far fault indicators are believed, `hazards` how often which device opens.

        `frame` is that of all trees, where these are a part of them; None: these are all.
        """
        tree, evidence = counted.tree, counted.evidence
        frame = frame or Frame.of(counted, hazards)
        device, place = _concerned(counted)
        parent = place[tree.parent[device]]
        ages = Ages.of(_oldest_s(counted, frame))
        masks, sums = _poured(counted, ages, place, device.size)
        weighing.sum_up(parent, sums)
        customers, metered = tree.customers_by_phases, tree.metered_by_phases
        laid = weighing.Laid(
            sums, masks, customers.sums[device], metered.sums[device], customers.masks, counted.phases[device]
        )
        told, bins, sources = sums[parent < 0].sum((0, 1)) / UNIT, ages.count, np.flatnonzero(tree.parent < 0)
        return cls(
            counted, frame, ages, device, parent, laid, _bonus(evidence.indicators, indicator, place, device.size),
            tree.log_hazard(hazards, frame.hazard)[device],
            (float(told[:bins].sum()), float(told[bins : 2 * bins].sum())),
            (float(customers.sums[sources].sum()), float(metered.sums[sources].sum())),
            indicator,
        )  # fmt: skip

    @property
    def size(self) -> int:
        """How many devices."""
        return int(self.device.size)

    def position(self, device: int) -> int:
        """Where a device of the tree is; -1: nothing is known at or below it."""
        i = int(np.searchsorted(self.device, device))
        return i if i < self.size and self.device[i] == device else -1

    def indicated(self, i: int, *, operated: bool) -> tuple[float, list[int]]:
        """What the indicators at or above a device (by position) that operated, or did not, add to its being open; where they stand."""
        states = self.counted.evidence.indicators
        above = {int(self.device[i]), *self.counted.tree.above(int(self.device[i]))}
        found = [int(one) for one in states.device[states.operated == operated] if int(one) in above]
        yes, no = _words(self.trust)
        return (yes if operated else no) * len(found), sorted(found)


def _oldest_s(counted: Scores, frame: Frame) -> float | None:
    """The age of the oldest report of all trees."""
    if counted.at is None or frame.since is None or not counted.evidence.size:
        return None
    return max(counted.at - min(frame.since, float(counted.evidence.at.min())), 0.0)


def _concerned(counted: Scores) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The devices with evidence at or below them, and for every device of the tree its position among these, or -1."""
    tree = counted.tree
    is_concerned = np.zeros(tree.size, np.bool_)
    weighing.active(tree.parent, counted.usage_points.device, is_concerned)
    weighing.active(tree.parent, counted.evidence.indicators.device, is_concerned)
    device = np.flatnonzero(is_concerned)
    place = np.full(tree.size + 1, -1, np.int64)  # the last is what stands above a source
    place[device] = np.arange(device.size)
    return device, place


def _words(trust: Asked) -> tuple[float, float]:
    """What an indicator that operated, and one that did not, is worth where something behind it is open."""
    return math.log(trust.hit / trust.false), math.log((1 - trust.hit) / (1 - trust.false))


def _bonus(states: Indicators, trust: Asked, place: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    yes, no = _words(trust)
    bonus = np.zeros(size)
    np.add.at(bonus, place[states.device], np.where(states.operated, yes, no))
    return bonus


def _poured(
    counted: Scores, ages: Ages, place: NDArray[np.int64], size: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The sets of dark phases, and the columns at each device itself."""
    evidence, told = counted.evidence, counted.usage_points
    source = np.select([evidence.kind == GASP, evidence.kind == CREW, evidence.kind == PING_OFF], [1, 2, 3], 0).astype(
        np.uint8
    )
    first = np.full((told.device.size, 4), np.inf)
    heaviest = np.zeros((told.device.size, 4))
    weighing.first_by_source(told.row, source, evidence.at, np.rint(evidence.weight * UNIT), first, heaviest)
    column = np.zeros(first.shape, np.int64)
    bins = ages.count
    if counted.at is not None:
        column[:, :2] = ages.bin_of(np.where(np.isinf(first[:, :2]), 0.0, counted.at - first[:, :2]))
    column += np.array([0, bins, 2 * bins, 2 * bins + 1])
    bits = told.phases & ph.ABC
    dark = np.where(bits == 0, counted.tree.live_phases[told.device], bits).astype(np.uint8)
    is_there = np.bincount(dark, minlength=8) > 0
    masks = np.flatnonzero(is_there).astype(np.uint8)
    number = (np.cumsum(is_there) - 1)[dark]
    sums = np.zeros((size, masks.size, 2 * bins + OTHERS))
    weighing.pour(place[told.device], number, column, heaviest, sums)
    return masks, sums
