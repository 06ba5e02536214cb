"""Nights with known truth: which devices open when, who is dark, and what calls and meters say of it, right or wrong.

    customers --linked (some wrongly)--> transformers --below--> devices
    open devices -> dark customers -> calls after minutes, last gasps after seconds, some never
    everybody else -> a few stray calls, a few false gasps

Everything is drawn from one seed. The delays are not those the likelihood engine assumes: calls are log-normal, gasps uniform with
a late tail.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outages.domain.prediction.evidence import CALL, GASP, Evidence
from outages.domain.prediction.tree import DeviceTree, Groups

ABC = 7
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a night is like.

    Attributes:
        name: as the table says it.
        faults: devices that open.
        calls: share of dark customers who call in the end.
        gasps: share of dark meters whose last gasp arrives; 0: no such meters.
        stray_calls, false_gasps: share of customers with supply who report all the same within the hour.
        wrong_links: share of customers whom the model has at another transformer near by.
        partial: share of the faults of devices of several phases that take only one of them.
        nested: share of the faults that lie below another and came first.
        call_median_s, call_spread: of the log-normal delay of calls.
        begins_within_s: faults begin evenly within this time.
        customers: the least and most that a device that opens has below it.
    """

    name: str
    faults: int
    calls: float = 0.2
    gasps: float = 0.0
    stray_calls: float = 0.002
    false_gasps: float = 0.0005
    wrong_links: float = 0.01
    partial: float = 0.2
    nested: float = 0.05
    call_median_s: float = 480.0
    call_spread: float = 1.0
    begins_within_s: float = 1800.0
    customers: tuple[int, int] = (2, 1_000_000)


@dataclass(frozen=True, eq=False)
class Place:
    """A network with its customers one by one.

    Attributes:
        tree: its devices.
        at: transformer of each customer, ascending by its place in the tree.
        phases: phase bits of each customer.
    """

    tree: DeviceTree
    at: NDArray[np.int32]
    phases: NDArray[np.uint8]
    place: NDArray[np.int32]
    alike: NDArray[np.int64]

    @classmethod
    def of(cls, tree: DeviceTree, seed: int = 1) -> Place:
        """The customers of a tree; at transformers of three phases three quarters of them are on one."""
        rng = np.random.default_rng(seed)
        at = np.repeat(np.arange(tree.size), tree.customers)
        at = at[np.argsort(tree.order[0][at], kind="stable")].astype(np.int32)
        phases = tree.live_phases[at].copy()
        single = (phases == ABC) & (rng.random(at.size) < 0.75)
        phases[single] = 1 << rng.integers(0, 3, np.count_nonzero(single))
        below = tree.customers_below
        alike = np.arange(tree.size)
        for i in range(tree.size):  # devices that no evidence tells apart go by the topmost of them
            if tree.parent[i] >= 0 and below[tree.parent[i]] == below[i]:
                alike[i] = alike[tree.parent[i]]
        groups, count = np.unique(np.stack([at, phases]), axis=1, return_counts=True)
        known = Groups(groups[0].astype(np.int32), groups[1].astype(np.uint8), count.astype(np.int32))
        return cls(tree.with_groups(known), at, phases, tree.order[0][at], alike)

    def below(self, device: int) -> slice:
        """The customers at or below a device."""
        place, size = self.tree.order
        first, end = np.searchsorted(self.place, [place[device], place[device] + size[device]])
        return slice(int(first), int(end))


def forest(rng: np.random.Generator, protective: int, transformers: int, customers: int, *, sources: int) -> DeviceTree:
    """A random forest of protective devices, with transformers of so many customers anywhere in it."""
    parent = np.concatenate(
        [np.full(sources, -1), rng.integers(0, np.maximum(np.arange(sources, protective) // 3, sources))]
    )
    parent = np.concatenate([parent, rng.integers(0, protective, transformers)])
    is_transformer = np.arange(parent.size) >= protective
    return DeviceTree.of(parent, is_transformer, np.where(is_transformer, customers, 0))


#: What a tree holds of each device, but its parent; None where it is not known.
_OF_DEVICES = (
    "is_transformer",
    "customers",
    "is_telemetered",
    "is_closed",
    "phases",
    "metered",
    "hazard",
    "kind",
    "sections",
)


def part(
    tree: DeviceTree, evidence: Evidence, roots: NDArray[np.integer]
) -> tuple[DeviceTree, Evidence, NDArray[np.int64]]:
    """Some sources' trees alone with what is said there, and the number that each of their devices has in the whole."""
    chosen = np.flatnonzero(np.isin(tree.root, roots))
    place = np.append(np.full(tree.size, -1), -1)  # the last is what stands above a source
    place[chosen] = np.arange(chosen.size)
    columns = {name: getattr(tree, name)[chosen] for name in _OF_DEVICES if getattr(tree, name) is not None}
    groups = tree.groups
    if groups is not None:
        rows = place[groups.device] >= 0
        groups = Groups(place[groups.device][rows].astype(np.int32), groups.phases[rows], groups.customers[rows])
    alone = dataclasses.replace(tree, parent=place[tree.parent[chosen]].astype(np.int32), groups=groups, **columns)
    here = np.flatnonzero(place[evidence.device] >= 0)
    said = evidence.take(here)
    return alone, dataclasses.replace(said, device=place[said.device].astype(np.int32)), chosen


@dataclass(frozen=True, slots=True, eq=False)
class Night:
    """The truth, and what was said; reports in order of time.

    Attributes:
        device, phases, began_at: of each fault.
        dark_since: per customer, infinite if never dark.
        evidence: every report of the night, at the transformers the model has the customers at.
        linked: transformer the model has each customer at.
    """

    place: Place
    device: NDArray[np.int64]
    phases: NDArray[np.uint8]
    began_at: NDArray[np.float64]
    dark_since: NDArray[np.float64]
    evidence: Evidence
    linked: NDArray[np.int32]

    def until(self, at: float) -> Evidence:
        """What has been said by then."""
        return self.evidence.take(slice_until(self.evidence.at, at))

    def open_at(self, at: float) -> list[int]:
        """Faults that are seen: open by then, with customers, and not below another that has all phases."""
        tree = self.place.tree
        going = np.flatnonzero(self.began_at <= at)
        whole = {int(self.device[i]) for i in going if self.phases[i] == tree.live_phases[self.device[i]]}
        return [int(i) for i in going if not whole.intersection(tree.above(int(self.device[i])))]


def slice_until(times: NDArray[np.float64], at: float) -> NDArray[np.int64]:
    """Rows of sorted times up to this one."""
    return np.arange(int(np.searchsorted(times, at, side="right")))


def night(place: Place, scenario: Scenario, seed: int) -> Night:
    """Draw a night."""
    rng = np.random.default_rng(seed)
    device, phases, began = _faults(rng, place, scenario)
    dark_since = np.full(place.at.size, np.inf)
    for one, bits, at in zip(device.tolist(), phases.tolist(), began.tolist(), strict=True):
        rows = place.below(one)
        hit = (place.phases[rows] & bits) != 0
        dark_since[rows] = np.where(hit, np.minimum(dark_since[rows], at), dark_since[rows])
    linked = _linked(rng, place, scenario.wrong_links)
    evidence = _said(rng, place, scenario, dark_since, linked)
    return Night(place, device, phases, began, dark_since, evidence, linked)


#: How many of the devices that open are single transformers (or their own fuses), laterals, on the backbone.
SHARES = (0.4, 0.45, 0.15)


def kinds(place: Place, scenario: Scenario) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The devices that may open, in the order of `SHARES`."""
    tree = place.tree
    below, transformers = tree.customers_below, tree.transformers_below
    fits = (below >= scenario.customers[0]) & (below <= scenario.customers[1])
    is_small = (transformers == 1) & fits
    has_some = ~tree.is_transformer & (transformers > 1)
    depth = np.zeros(tree.size, bool)
    depth[tree.parent[has_some & (tree.parent >= 0)]] = True  # devices with such a device below
    return (
        np.flatnonzero(is_small),
        np.flatnonzero(has_some & fits & ~depth),
        np.flatnonzero(has_some & fits & depth & (tree.parent >= 0)),
    )


def _faults(
    rng: np.random.Generator, place: Place, scenario: Scenario
) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.float64]]:
    """So many as the scenario says, of kinds by their `SHARES`; some below another."""
    tree, pools = place.tree, kinds(place, scenario)
    found: dict[int, tuple[int, float]] = {}
    covered = np.zeros(tree.size, bool)
    while len(found) < scenario.faults:
        is_nested = bool(found) and rng.random() < scenario.nested
        pool = pools[rng.choice(3, p=SHARES)]
        if is_nested:
            upper = int(rng.choice(list(found)))
            pool = pool[tree.below(upper)[pool] & (pool != upper)]
        if not pool.size:
            continue
        one = int(rng.choice(pool))
        if not is_nested and (
            covered[one] or any(other in found for other in tree.above(one)) or tree.below(one)[list(found)].any()
        ):
            continue
        if one in found:
            continue
        bits = int(tree.live_phases[one])
        if bits & (bits - 1) and rng.random() < scenario.partial:
            bits = int(rng.choice([bit for bit in (1, 2, 4) if bits & bit]))
        began = rng.uniform(0, found[upper][1]) if is_nested else rng.uniform(0, scenario.begins_within_s)
        found[one] = (bits, float(began))
        covered |= tree.below(one)
    device = np.array(list(found))
    return device, np.array([bits for bits, _ in found.values()], np.uint8), np.array([at for _, at in found.values()])


def _linked(rng: np.random.Generator, place: Place, share: float) -> NDArray[np.int32]:
    """Some customers are at one of the next twenty transformers instead."""
    linked = place.at.copy()
    wrong = np.flatnonzero(rng.random(place.at.size) < share)
    places = np.unique(place.place)
    shifted = np.searchsorted(places, place.place[wrong]) + rng.integers(1, 20, wrong.size)
    order = np.empty(place.tree.size, np.int32)
    order[place.tree.order[0]] = np.arange(place.tree.size, dtype=np.int32)
    linked[wrong] = order[places[np.minimum(shifted, places.size - 1)]]
    return linked


def _said(
    rng: np.random.Generator,
    place: Place,
    scenario: Scenario,
    dark_since: NDArray[np.float64],
    linked: NDArray[np.int32],
) -> Evidence:
    count = dark_since.size
    is_dark = np.isfinite(dark_since)
    end = scenario.begins_within_s + HOUR_S
    calls = np.where(is_dark & (rng.random(count) < scenario.calls), dark_since, np.inf)
    calls += scenario.call_median_s * np.exp(scenario.call_spread * rng.standard_normal(count))
    stray = _stray(rng, count, scenario.stray_calls * end / HOUR_S, end)
    gasps = np.where(is_dark & (rng.random(count) < scenario.gasps), dark_since, np.inf)
    gasps += np.where(rng.random(count) < 0.05, rng.uniform(0, 300, count), rng.uniform(1, 20, count))
    false = _stray(rng, count, scenario.false_gasps * end / HOUR_S if scenario.gasps else 0.0, end)
    at = np.concatenate([np.minimum(calls, stray), np.minimum(gasps, false)])
    kind = np.repeat(np.array([CALL, GASP], np.uint8), count)
    who = np.tile(np.arange(count), 2)
    rows = np.flatnonzero(np.isfinite(at))
    rows = rows[np.argsort(at[rows], kind="stable")]
    customer = who[rows]
    return dataclasses.replace(
        Evidence.of([]),
        device=linked[customer],
        usage_point=customer.astype(np.int64),
        kind=kind[rows],
        at=at[rows],
        weight=np.ones(rows.size),
        phases=place.phases[customer] & place.tree.live_phases[linked[customer]],
        id=np.arange(rows.size),
    )


def _stray(rng: np.random.Generator, count: int, share: float, end: float) -> NDArray[np.float64]:
    return np.where(rng.random(count) < share, rng.uniform(0, end, count), np.inf)


@dataclass(frozen=True, slots=True)
class Score:
    """How good a verdict is: counts, so that nights can be added up.

    Attributes:
        right, predicted, true: devices.
        both, told, dark: customers.
    """

    right: int
    predicted: int
    true: int
    both: int
    told: int
    dark: int

    @classmethod
    def total(cls, scores: Iterable[Score]) -> Score:
        """The sum."""
        return cls(*(sum(column) for column in zip(*(dataclasses.astuple(one) for one in scores), strict=True)))

    @property
    def wrong(self) -> float:
        """Customers taken wrongly as dark or lit, by those who are dark."""
        return (self.told + self.dark - 2 * self.both) / max(self.dark, 1)


def score(night: Night, at: float, predicted: Iterable[tuple[int, int]]) -> Score:
    """Hold predicted (device, phases) against the truth at a moment."""
    place, found = night.place, list(predicted)
    told = np.zeros(place.at.size, bool)
    for device, phases in found:
        rows = place.below(device)
        told[rows] |= (place.phases[rows] & phases) != 0
    dark = night.dark_since <= at
    alike = {int(place.alike[night.device[i]]) for i in night.open_at(at)}
    named = {int(place.alike[device]) for device, _ in found}
    return Score(
        len(alike & named), len(named), len(alike),
        int((told & dark).sum()), int(told.sum()), int(dark.sum()),
    )  # fmt: skip
