"""How well anybody could do who knows how the nights are made: the limit of what the evidence says, to hold the engines against.

It knows what no engine can: how often which devices open, how many customers call and how soon, what share is linked wrongly. Of
that it takes the probability that each customer is dark, and takes him as dark where it is above a half: nobody can expect to be
wrong about fewer. Two faults of one customer, one fault below another, and a second one on other phases are left out of its reckoning.

    L(d, phases) = mean over the times of opening of the product over customers below of P(what he said | dark) / P(... | lit)
    A(d) = (1 - p) * product of A(children) + p * sum over phases of L        evidence of a subtree with nothing above it open
    topmost open at d = all above it closed * p * L / A
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

from benchmarks import _outage_truth as truth
from outages.domain.prediction import kernels, weighing
from outages.domain.prediction.evidence import CALL, GASP

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

#: Times of opening are taken together by so many seconds.
STEP_S = 10.0
BITS = (1, 2, 4)


class _Source(NamedTuple):
    """How one kind of report comes: the share of the dark who send it, the share of these arrived after a time, and strays a second."""

    kind: int
    share: float
    arrived: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    stray_per_s: float


def told_dark(night: truth.Night, scenario: truth.Scenario, at: float) -> NDArray[np.bool_]:
    """Whom it takes as dark at a moment, one element a customer of the place."""
    place, tree = night.place, night.place.tree
    starts = np.arange(0, min(scenario.begins_within_s, at), STEP_S)
    sources = _sources(scenario)
    said = night.until(at)
    is_concerned = np.zeros(tree.size, np.bool_)
    weighing.active(tree.parent, said.device, is_concerned)
    device = np.flatnonzero(is_concerned)
    position = np.append(np.full(tree.size, -1), -1)
    position[device] = np.arange(device.size)
    parent = position[tree.parent[device]]
    customers = tree.customers_by_phases
    sums = _speaking(night, said, sources, starts, position[said.device], (device.size, customers.masks), at)
    weighing.sum_up(parent, sums)
    silent = sum(np.log1p(-one.share * one.arrived(at - starts)) for one in sources)
    for m in range(customers.masks.size):
        sums[:, m] += customers.sums[device, m, None] * silent
    bits = np.array([tree.live_phases[device], *(np.full(device.size, bit) for bit in BITS)])  # all its phases, or one
    several = (bits[0] & (bits[0] - 1)) != 0
    likely = np.full((4, device.size), -np.inf)
    for choice in range(4):
        may = (bits[0] & bits[choice] != 0) & (several if choice else True)
        price = np.where(
            several,
            scenario.partial / np.maximum(np.bitwise_count(bits[0]), 1) if choice else 1 - scenario.partial,
            1.0,
        )
        ratio = np.einsum("dms,dm->ds", sums, ((customers.masks & bits[choice][:, None]) != 0).astype(float))
        most = ratio.max(1)
        mean = most + np.log(np.exp(ratio - most[:, None]).mean(1))
        likely[choice, may] = (mean + np.log(np.maximum(price, 1e-12)))[may]
    dark = np.zeros((device.size, 3))
    _posterior(parent, np.log(_prior(place, scenario)[device]), likely, bits.astype(np.int64), dark)
    nearest = position[: tree.size].astype(
        np.int32
    )  # who is below nothing that was said is as dark as what is above him
    kernels.nearest_down(tree.parent, nearest)
    here = nearest[place.at]
    own = np.array([(place.phases >> bit) & 1 for bit in range(3)], np.bool_)
    chance = np.where(own, dark[np.maximum(here, 0)].T, 0.0).max(0)
    return (here >= 0) & (chance > 0.5)


def _sources(scenario: truth.Scenario) -> list[_Source]:
    """As `_outage_truth` draws them; who is linked wrongly does not call from here."""
    linked = 1 - scenario.wrong_links

    def calls(since: NDArray[np.float64]) -> NDArray[np.float64]:
        x = np.log(np.maximum(since, 1e-9) / scenario.call_median_s) / scenario.call_spread
        return np.where(since > 0, 0.5 * (1 + _erf(x / math.sqrt(2))), 0.0)

    def gasps(since: NDArray[np.float64]) -> NDArray[np.float64]:
        return 0.95 * np.clip((since - 1) / 19, 0, 1) + 0.05 * np.clip(since / 300, 0, 1)

    found = [_Source(CALL, scenario.calls * linked, calls, scenario.stray_calls / truth.HOUR_S)]
    if scenario.gasps:
        found.append(_Source(GASP, scenario.gasps * linked, gasps, scenario.false_gasps / truth.HOUR_S))
    return found


_erf = np.vectorize(math.erf, otypes=[float])


def _speaking(
    night: truth.Night,
    said: truth.Evidence,
    sources: list[_Source],
    starts: NDArray[np.float64],
    position: NDArray[np.int64],
    shape: tuple[int, NDArray[np.uint8]],
    at: float,
) -> NDArray[np.float64]:
    """(devices, sets of phases, times of opening): of those who reported, what it is worth more than silence, in logarithms."""
    size, masks = shape
    sums = np.zeros((size, masks.size, starts.size))
    place_of = {int(mask): m for m, mask in enumerate(masks)}
    bits = night.place.phases[said.usage_point] & night.place.tree.live_phases[said.device]
    column = np.array([place_of.get(int(one), place_of.get(7, 0)) for one in bits])
    for source in sources:
        rows = np.flatnonzero(said.kind == source.kind)
        since = said.at[rows, None] - starts
        come = source.arrived(since) - source.arrived(since - STEP_S)  # by then, opened within the step
        ratio = source.share * come / (STEP_S * source.stray_per_s) + 1 - source.share * source.arrived(since)
        worth = np.log(ratio) - np.log1p(-source.share * source.arrived(at - starts))
        np.add.at(sums, (position[rows], column[rows]), worth)
    return sums


def _prior(place: truth.Place, scenario: truth.Scenario) -> NDArray[np.float64]:
    """How likely each device is one that opens tonight."""
    found = np.full(place.tree.size, 1e-12)
    for pool, share in zip(truth.kinds(place, scenario), truth.SHARES, strict=True):
        found[pool] += scenario.faults * share / max(pool.size, 1)
    return np.minimum(found, 0.5)


@numba.njit(cache=True)
def _posterior(
    parent: NDArray[np.int64],
    prior: NDArray[np.float64],
    likely: NDArray[np.float64],
    bits: NDArray[np.int64],
    dark: NDArray[np.float64],
) -> None:
    """Probability that what is at each device is dark, by phase, into `dark`; all other arguments in logarithms but the phases."""
    size = parent.size
    below, whole = np.zeros(size), np.zeros(size)
    for i in range(size - 1, -1, -1):
        closed = math.log1p(-math.exp(prior[i])) + below[i]
        most = closed
        for c in range(4):
            most = max(most, prior[i] + likely[c, i])
        total = math.exp(closed - most)
        for c in range(4):
            total += math.exp(prior[i] + likely[c, i] - most)
        whole[i] = most + math.log(total)
        if parent[i] >= 0:
            below[parent[i]] += whole[i]
    reach = np.ones(size)
    for i in range(size):
        above = parent[i]
        if above >= 0:
            closed = math.log1p(-math.exp(prior[above])) + below[above]
            reach[i] = reach[above] * math.exp(closed - whole[above])
            dark[i] = dark[above]
        for c in range(4):
            open_here = reach[i] * math.exp(prior[i] + likely[c, i] - whole[i])
            for bit in range(3):
                if bits[c, i] >> bit & 1:
                    dark[i, bit] += open_here
