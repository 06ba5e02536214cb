"""What the reports amount to at every device at once, and which devices the rules let open.

The numbers of a device are counted on the phases it may be open on: those it carries, or, where something below it is
known live on some of them, those that are reported dark and not known live.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.domain import phases as ph
from outages.domain.prediction import kernels
from outages.domain.prediction.evidence import UNIT, Evidence, Facts
from outages.domain.prediction.tree import ByPhases

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from outages.domain.prediction.evidence import Indicators
    from outages.domain.prediction.rules import RuleSet
    from outages.domain.prediction.tree import DeviceTree


@dataclass(frozen=True, slots=True, eq=False)
class UsagePoints:
    """The reports, one row for each usage point: a second call from one house is the same darkness.

    Attributes:
        device: the transformer.
        weight: thousandths of a report, the heaviest it made.
        phases: dark phase bits, 0 when unknown.
        row: for every report the row of its usage point.
    """

    device: NDArray[np.int32]
    weight: NDArray[np.int64]
    phases: NDArray[np.uint8]
    row: NDArray[np.int64]

    @classmethod
    def of(cls, evidence: Evidence) -> UsagePoints:
        """The usage points of these reports; a report without one stands alone."""
        anonymous = evidence.usage_point < 0
        key = np.where(anonymous, -1 - np.arange(evidence.size), evidence.usage_point)
        _, row = np.unique(key, return_inverse=True)
        size = int(row.max()) + 1 if row.size else 0
        result = cls(np.zeros(size, np.int32), np.zeros(size, np.int64), np.zeros(size, np.uint8), row)
        np.maximum.at(result.device, row, evidence.device)
        np.maximum.at(result.weight, row, np.rint(evidence.weight * UNIT).astype(np.int64))
        np.bitwise_or.at(result.phases, row, evidence.phases)
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Below:
    """Rows that stand at devices, so ordered that those at or below any device lie side by side."""

    tree: DeviceTree
    place: NDArray[np.int32]
    row: NDArray[np.int64]

    @classmethod
    def of(cls, tree: DeviceTree, device: NDArray[np.int32], rows: NDArray[np.int64]) -> Below:
        """Of these rows, which stand at `device[row]`."""
        place = tree.order[0][device[rows]]
        order = np.argsort(place, kind="stable")
        return cls(tree, place[order], rows[order])

    def rows(self, device: int) -> NDArray[np.int64]:
        """The rows at or below a device."""
        place, size = self.tree.order
        first, end = np.searchsorted(self.place, [place[device], place[device] + size[device]])
        return self.row[first:end]


@dataclass(frozen=True, eq=False)
class Scores:
    """One element a device, counted at or below it.

    Attributes:
        tree, rules, evidence, usage_points: what was counted.
        live: phases on which something is known live.
        dark: phases on which something is reported dark.
        phases: phases on which the device may be open; 0 when it is ruled out.
        reported: thousandths of transformers with reports.
        transformers: transformers.
        customers: customers.
        customers_reported: usage points with reports.
        branches: direct branches with reports.
        own_reports: thousandths of reports at this very device.
        indicator: the device at which the nearest fault indicator at or above stands; -1: none says anything.
        share_asked: share of transformers with reports that is asked for.
        qualifies: protective devices the rules let open.
        at: when it is asked, seconds since 1970; None where times mean nothing (cases on paper).
    """

    tree: DeviceTree
    rules: RuleSet
    evidence: Evidence
    usage_points: UsagePoints
    live: NDArray[np.uint8]
    dark: NDArray[np.uint8]
    phases: NDArray[np.uint8]
    reported: NDArray[np.int32]
    transformers: NDArray[np.int32]
    customers: NDArray[np.int32]
    customers_reported: NDArray[np.int32]
    branches: NDArray[np.int32]
    own_reports: NDArray[np.int64]
    indicator: NDArray[np.int32]
    share_asked: NDArray[np.float64]
    qualifies: NDArray[np.bool_]
    at: float | None = None

    @functools.cached_property
    def reports(self) -> Below:
        """The reports, to be found by device."""
        return Below.of(self.tree, self.evidence.device, np.arange(self.evidence.size))

    @functools.cached_property
    def live_facts(self) -> Below:
        """The live facts that count, to be found by device."""
        return Below.of(self.tree, self.evidence.live.device, np.flatnonzero(current(self.tree, self.evidence)))


def score(tree: DeviceTree, evidence: Evidence, rules: RuleSet, at: float | None = None) -> Scores:
    """Count the evidence at every device.

    1. Reports become usage points, usage points weigh on their transformer, a transformer counts one at most.
    2. Sums of transformers, usage points and customers go up by set of phases; so do the phases known live and reported dark.
    3. A device may be open on the phases it carries; what is live below it takes away the live phases and those nobody
       reports; a telemetered device that is closed may not be open at all.
    4. On these phases the numbers are taken and held against the thresholds.
    """
    usage_points = UsagePoints.of(evidence)
    own, customers_reported, dark_here = _at_transformers(tree, usage_points)
    dark = dark_here.copy()
    kernels.or_up(tree.parent, dark)
    live = live_phases(tree, evidence)
    phases = _possible_phases(tree, live, dark)
    counted = np.where(phases == 0, tree.live_phases, phases).astype(np.uint8)
    reported = ByPhases.of(tree.parent, np.minimum(own, UNIT), dark_here).on(counted)
    reporting = ByPhases.of(tree.parent, customers_reported, dark_here).on(counted)
    transformers, customers = tree.transformers.on(counted), tree.customers_by_phases.on(counted)
    branches = np.zeros(tree.size, np.int32)
    kernels.branches_with(tree.parent, dark, counted, branches)
    indicator, share = _share_asked(tree, rules, evidence.indicators)
    passed = _passes(tree, rules, reported, transformers, customers, reporting, branches, share)
    return Scores(
        tree, rules, evidence, usage_points, live, dark, phases, reported, transformers, customers, reporting, branches, own,
        indicator, share, ~tree.is_transformer & (phases != 0) & passed, at,
    )  # fmt: skip


def live_phases(tree: DeviceTree, evidence: Evidence) -> NDArray[np.uint8]:
    """Phases on which something at or below each device is known live."""
    live = np.zeros(tree.size, np.uint8)
    rows = current(tree, evidence)
    np.bitwise_or.at(live, evidence.live.device[rows], phases_of(tree, evidence.live)[rows])
    kernels.or_up(tree.parent, live)
    return live


def phases_of(tree: DeviceTree, facts: Facts) -> NDArray[np.uint8]:
    """The phases each fact holds for."""
    bits = facts.phases & ph.ABC
    return np.where(bits == 0, tree.live_phases[facts.device], bits).astype(np.uint8)


def current(tree: DeviceTree, evidence: Evidence) -> NDArray[np.bool_]:
    """Which live facts were seen since the first report of their tree."""
    first = np.full(tree.size, -np.inf)
    roots = tree.root[evidence.device]
    first[roots] = np.inf
    np.minimum.at(first, roots, evidence.at)
    return evidence.live.at >= first[tree.root[evidence.live.device]]


def _at_transformers(
    tree: DeviceTree, usage_points: UsagePoints
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """At each device itself: thousandths of reports, usage points with reports, phases reported dark."""
    own = np.zeros(tree.size, np.int64)
    np.add.at(own, usage_points.device, usage_points.weight)
    count = np.bincount(usage_points.device, minlength=tree.size)
    bits = usage_points.phases & ph.ABC
    carried = tree.live_phases[usage_points.device]
    dark = np.zeros(tree.size, np.uint8)
    np.bitwise_or.at(dark, usage_points.device, np.where(bits == 0, carried, bits).astype(np.uint8))
    return own, count, dark


def _possible_phases(tree: DeviceTree, live: NDArray[np.uint8], dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    carried = tree.live_phases
    possible = np.where(live & carried == 0, carried, carried & ~live & dark)
    return np.where(tree.is_telemetered & tree.is_closed, 0, possible).astype(np.uint8)


def _passes(
    tree: DeviceTree,
    rules: RuleSet,
    reported: NDArray[np.int32],
    transformers: NDArray[np.int32],
    customers: NDArray[np.int32],
    reporting: NDArray[np.int32],
    branches: NDArray[np.int32],
    share_asked: NDArray[np.float64],
) -> NDArray[np.bool_]:
    (least, _), (backbone_least, _) = rules.asked(is_backbone=False), rules.asked(is_backbone=True)
    least_of = np.where(tree.is_backbone, backbone_least, least)
    passed = (reported > 0) & (branches >= rules.min_branches)
    passed &= (reported >= least_of * UNIT) & (share_of(reported, transformers * UNIT) >= share_asked)
    if rules.min_customer_share is not None:
        passed &= share_of(reporting, customers) >= rules.min_customer_share
    return passed


def _share_asked(tree: DeviceTree, rules: RuleSet, states: Indicators) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Where the nearest fault indicator at or above each device stands, and what it makes of the share that is asked for.

    One that operated divides it, one that did not multiplies it; of several at one device one that operated is believed.
    """
    share, backbone_share = (rules.asked(is_backbone=is_backbone)[1] for is_backbone in (False, True))
    asked = np.where(tree.is_backbone, backbone_share, share).astype(np.float64)
    nearest = np.full(tree.size, -1, np.int32)
    if not states.device.size or rules.indicator_factor == 1:
        return nearest, asked
    nearest[states.device] = states.device
    kernels.nearest_down(tree.parent, nearest)
    operated = np.zeros(tree.size, np.bool_)
    operated[states.device[states.operated]] = True
    saw, said = operated[nearest], nearest >= 0
    asked[said & saw] /= rules.indicator_factor
    asked[said & ~saw] = np.minimum(asked[said & ~saw] * rules.indicator_factor, 1.0)
    return nearest, asked


def share_of(part: NDArray[np.int32], whole: NDArray[np.int32 | np.int64]) -> NDArray[np.float64]:
    """Part of the whole; nothing of nothing is 0. One division of integers, so that 3 of 10 is exactly 0.3."""
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
