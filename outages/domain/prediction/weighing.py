"""Sweeps of the likelihood engine over the devices that have evidence below them, parents before children.

A report is a column: calls by age, gasps by age, crews, pings without answer, and usage points with any of them. Columns are kept per
set of phases that was reported dark, so that a device can be weighed on any of its phases. Counts are in thousandths in
floating numbers, whose sums are exact: no result depends on the order of the evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ABC = 7


class Laid(NamedTuple):
    """The evidence as it lies below the devices.

    Attributes:
        sums: (devices, sets of dark phases, columns).
        masks: the sets of dark phases.
        customers, metered: (devices, sets of phases) customers, and those of them whose meter tells.
        customer_masks: the sets of phases of these.
        possible: phases on which each device may be open, 0: it may not.
    """

    sums: NDArray[np.float64]
    masks: NDArray[np.uint8]
    customers: NDArray[np.int32]
    metered: NDArray[np.int32]
    customer_masks: NDArray[np.uint8]
    possible: NDArray[np.uint8]


class Worth(NamedTuple):
    """What each piece of evidence is worth at the rates of one turn, in logarithms of likelihood.

    Attributes:
        weights: (2, bins, bins) a call or gasp, by the age of the loss of supply and its own.
        silence: (2, bins) a customer who has not called or gasped, by the age of the loss.
        asked: (2,) a crew's word, an unanswered ping.
        price: per device, its being open at all.
        partial: (4,) its being open on all its phases, on one of two, on one of three, on two of three.
        when: (bins,) its having opened in this bin of age: openings come at any time.
    """

    weights: NDArray[np.float64]
    silence: NDArray[np.float64]
    asked: NDArray[np.float64]
    price: NDArray[np.float64]
    partial: NDArray[np.float64]
    when: NDArray[np.float64]


@numba.njit(cache=True)
def active(parent: NDArray[np.int32], devices: NDArray[np.int32], out: NDArray[np.bool_]) -> None:
    """Mark these devices and everything above them."""
    for device in devices:
        i = device
        while i >= 0 and not out[i]:
            out[i] = True
            i = parent[i]


@numba.njit(cache=True)
def first_by_source(
    row: NDArray[np.int64],
    source: NDArray[np.uint8],
    at: NDArray[np.float64],
    weight: NDArray[np.float64],
    first: NDArray[np.float64],
    heaviest: NDArray[np.float64],
) -> None:
    """For every usage point (row) and source its earliest time and its heaviest weight; absent: infinite and 0."""
    for i in range(row.size):
        r, s = row[i], source[i]
        first[r, s] = min(first[r, s], at[i])
        heaviest[r, s] = max(heaviest[r, s], weight[i])


@numba.njit(cache=True)
def pour(
    place: NDArray[np.int64],
    mask: NDArray[np.int64],
    column: NDArray[np.int64],
    heaviest: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> None:
    """Add every usage point's weights to the columns of its device and its set of phases; the last column counts usage points."""
    last = sums.shape[2] - 1
    for i in range(place.size):
        most = 0.0
        for s in range(heaviest.shape[1]):
            if heaviest[i, s] > 0:
                sums[place[i], mask[i], column[i, s]] += heaviest[i, s]
                most = max(most, heaviest[i, s])
        sums[place[i], mask[i], last] += most


@numba.njit(cache=True)
def sum_up(parent: NDArray[np.int64], sums: NDArray[np.float64]) -> None:
    """Add to every device what lies below it."""
    for i in range(parent.size - 1, -1, -1):
        above = parent[i]
        if above >= 0:
            for m in range(sums.shape[1]):
                for c in range(sums.shape[2]):
                    sums[above, m, c] += sums[i, m, c]


@numba.njit(cache=True)
def counts_on(sums: NDArray[np.float64], masks: NDArray[np.uint8], phases: int, out: NDArray[np.float64]) -> None:
    """The columns of one device on these phases."""
    out[:] = 0.0
    for m in range(masks.size):
        if masks[m] & phases:
            for c in range(out.size):
                out[c] += sums[m, c]


@numba.njit(cache=True)
def customers_on(sums: NDArray[np.int32], masks: NDArray[np.uint8], phases: int) -> float:
    """Customers of one device on these phases."""
    total = 0.0
    for m in range(masks.size):
        if masks[m] & phases:
            total += sums[m]
    return total


@numba.njit(cache=True)
def likelihood(
    x: NDArray[np.float64],
    customers: float,
    metered: float,
    start: int,
    weights: NDArray[np.float64],
    silence: NDArray[np.float64],
    asked: NDArray[np.float64],
    out: NDArray[np.float64],
) -> float:
    """What a device that opened in this bin of age explains, price apart: the sum of the six parts written to `out`.

    They are those of calls, gasps, crews and pings, and of the calls and the gasps that did not come.
    """
    bins = weights.shape[1]
    callers = gaspers = 0.0
    out[:] = 0.0
    for a in range(bins):
        callers += x[a]
        gaspers += x[bins + a]
        if a <= start:
            out[0] += x[a] * weights[0, start, a]
            out[1] += x[bins + a] * weights[1, start, a]
    out[0] /= 1000.0
    out[1] /= 1000.0
    out[2] = x[2 * bins] * asked[0] / 1000.0
    out[3] = x[2 * bins + 1] * asked[1] / 1000.0
    out[4] = max(customers - callers / 1000.0, 0.0) * silence[0, start]
    out[5] = max(metered - gaspers / 1000.0, 0.0) * silence[1, start]
    total = 0.0
    for part in out:
        total += part
    return total


@numba.njit(cache=True)
def cost_of(tried: int, possible: int, partial: NDArray[np.float64]) -> float:
    """What it costs that a device is open on these of its possible phases."""
    if possible & (possible - 1) == 0:
        return 0.0
    if tried == possible:
        return float(partial[0])
    if possible != ABC:
        return float(partial[1])
    return float(partial[2] if tried & (tried - 1) == 0 else partial[3])


@numba.njit(cache=True)
def most_worth(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, bins): the most that a call or gasp of an age can be worth, whenever supply was lost."""
    bins = weights.shape[1]
    most = np.zeros((2, bins))
    for s in range(2):
        for lost in range(bins):
            for a in range(lost + 1):
                most[s, a] = max(most[s, a], weights[s, lost, a])
    return most


@numba.njit(cache=True)
def at_most(
    sums: NDArray[np.float64], most: NDArray[np.float64], asked: NDArray[np.float64], out: NDArray[np.float64]
) -> float:
    """The most that the evidence of each set of phases can be worth at one device, into `out`, and of all."""
    bins = most.shape[1]
    total = 0.0
    for m in range(out.size):
        found = 0.0
        if sums[m, sums.shape[1] - 1] > 0:
            found = sums[m, 2 * bins] * asked[0] + sums[m, 2 * bins + 1] * asked[1]
            for a in range(bins):
                found += sums[m, a] * most[0, a] + sums[m, bins + a] * most[1, a]
        out[m] = found / 1000.0
        total += out[m]
    return total


@numba.njit(cache=True)
def best_start(
    x: NDArray[np.float64],
    customers: float,
    metered: float,
    weights: NDArray[np.float64],
    silence: NDArray[np.float64],
    asked: NDArray[np.float64],
    when: NDArray[np.float64],
    parts: NDArray[np.float64],
) -> tuple[float, int]:
    """The likeliest bin of the loss of supply: one in which somebody reported, or the one before it, or now."""
    bins = weights.shape[1]
    best, start = -np.inf, 0
    for b in range(bins):
        is_next = b > 0 and x[b - 1] + x[bins + b - 1] > 0
        if b > 0 and not is_next and x[b] + x[bins + b] == 0:
            continue
        found = likelihood(x, customers, metered, b, weights, silence, asked, parts) + when[b]
        if found > best:
            best, start = found, b
    return best, start


@numba.njit(cache=True)
def weigh(
    laid: Laid,
    worth: Worth,
    least: float,
    gain: NDArray[np.float64],
    phases: NDArray[np.uint8],
    start: NDArray[np.int8],
) -> None:
    """For every device the phases and the time of opening that explain most, and what is gained by it, its price paid.

    A device that cannot gain more than `least`, silence left out, is not weighed, nor are phases that cannot do better than others.
    """
    x, parts, most = np.empty(laid.sums.shape[2]), np.empty(6), np.empty(laid.masks.size)
    weights, silence, asked, price, partial, when = worth
    sums, masks, customers, metered, customer_masks, possible_phases = laid
    most_of_one = most_worth(weights)
    for i in range(gain.size):
        possible = np.int64(possible_phases[i])
        gain[i], phases[i], start[i] = -np.inf, possible, 0
        if possible == 0 or price[i] + at_most(sums[i], most_of_one, asked, most) <= least:
            continue
        for tried in range(possible, 0, -1):
            if tried & possible != tried:
                continue
            cost = price[i] + cost_of(tried, possible, partial)
            limit = cost
            for m in range(most.size):
                if masks[m] & tried:
                    limit += most[m]
            if limit <= max(gain[i], least):
                continue
            counts_on(sums[i], masks, tried, x)
            if x[x.size - 1] == 0 and tried != possible:
                continue
            below = customers_on(customers[i], customer_masks, tried)
            with_meter = customers_on(metered[i], customer_masks, tried)
            found, b = best_start(x, below, with_meter, weights, silence, asked, when, parts)
            if found + cost > gain[i]:
                gain[i], phases[i], start[i] = found + cost, tried, b


@numba.njit(cache=True)
def best_up(
    parent: NDArray[np.int64],
    gain: NDArray[np.float64],
    bonus: NDArray[np.float64],
    below: NDArray[np.float64],
    best: NDArray[np.float64],
    least: NDArray[np.float64],
) -> float:
    """The best explanation of every subtree: nothing, the device itself, or the best of what is below it.

        some(d) = max(gain(d), sum best(children), if none of these explains anything the least bad child) + bonus(d)
        best(d) = max(0, some(d))

    `bonus` is what it is worth that anything at or below the device is open at all: the word of a fault indicator. `below` comes in as
    zeros and leaves as the sum over the children; `best` and `least` (some - best, never above 0) are written. Returned is the sum over
    the sources.
    """
    nearest = np.full(parent.size, -np.inf)
    total = 0.0
    for i in range(parent.size - 1, -1, -1):
        some = max(gain[i], below[i] + nearest[i]) + bonus[i]
        best[i] = max(some, 0.0)
        least[i] = some - best[i]
        above = parent[i]
        if above >= 0:
            below[above] += best[i]
            nearest[above] = max(nearest[above], least[i])
        else:
            total += best[i]
    return total


@numba.njit(cache=True)
def pick_down(
    parent: NDArray[np.int64],
    gain: NDArray[np.float64],
    below: NDArray[np.float64],
    best: NDArray[np.float64],
    least: NDArray[np.float64],
    chosen: NDArray[np.bool_],
) -> None:
    """Mark the devices of the best explanation: of two equal ones the lower, which is the smaller claim."""
    size = parent.size
    nearest = np.full(size, -np.inf)
    child = np.full(size, -1, np.int64)
    for i in range(size - 1, -1, -1):
        above = parent[i]
        if above >= 0 and least[i] >= nearest[above]:
            nearest[above], child[above] = least[i], i
    go = np.zeros(size, np.bool_)
    for i in range(size):
        above = parent[i]
        wanted = best[i] > 0 if above < 0 else go[above] and (best[i] > 0 or (nearest[above] < 0 and child[above] == i))
        if not wanted:
            continue
        if gain[i] > below[i] + nearest[i]:
            chosen[i] = True
        else:
            go[i] = True


@numba.njit(cache=True)
def learn(
    rows: NDArray[np.int64],
    laid: Laid,
    phases: NDArray[np.uint8],
    start: NDArray[np.int8],
    reported: NDArray[np.float64],
    dark: NDArray[np.float64],
) -> None:
    """What the open devices (rows) show.

    Written are `reported` (2, bins, bins), calls and gasps by the bin in which supply was lost and their own, and `dark` (2, bins),
    customers and those with a meter by the bin in which supply was lost.
    """
    bins = dark.shape[1]
    x = np.empty(laid.sums.shape[2])
    reported[:] = 0.0
    dark[:] = 0.0
    for i in rows:
        b = start[i]
        counts_on(laid.sums[i], laid.masks, phases[i], x)
        dark[0, b] += customers_on(laid.customers[i], laid.customer_masks, phases[i])
        dark[1, b] += customers_on(laid.metered[i], laid.customer_masks, phases[i])
        for a in range(b + 1):
            reported[0, b, a] += x[a] / 1000.0
            reported[1, b, a] += x[bins + a] / 1000.0
