"""Kernels that pass something down the normal forest: feeder heads, and what a node takes over from its parent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import kernel, part

Int = NDArray[np.int32]
Bool = NDArray[np.bool_]

#: A branch that leaves a bus begins a feeder when more than this share of the places below it stand behind no breaker.
_ONE_OF = 5


@part
def _roll_up(parent: Int, branch: Int, breaker: Bool, station: Bool, weight: Int) -> tuple[Int, Int, Int, Bool]:
    """Per node, of all below: places, places behind no breaker, breakers met first, whether a substation transformer is."""
    total, bare = weight.copy(), weight.copy()
    ahead = np.zeros(parent.size, np.int32)
    station_below = np.zeros(parent.size, np.bool_)
    for node in range(parent.size - 1, -1, -1):
        above, link = parent[node], branch[node]
        if above < 0:
            continue
        total[above] += total[node]
        bare[above] += 0 if breaker[link] else bare[node]
        ahead[above] += 1 if breaker[link] else ahead[node]
        station_below[above] |= station_below[node] or station[link]
    return total, bare, ahead, station_below


@kernel
def heads(parent: Int, branch: Int, breaker: Bool, station: Bool, weight: Int, container: Int) -> Int:
    """Per node, the branch at the head of its feeder, -1 above the heads. Nodes are in depth-first order.

    Going down from a source, the first of these begins a feeder:

    1. a branch into a Feeder container (`container` per node, -1 for none);
    2. below the last substation transformer, a breaker, unless it only couples bars from which two or more breakers go on;
    3. below the last substation transformer, any branch with more than a fifth of its places behind no breaker.
    """
    total, bare, ahead, station_below = _roll_up(parent, branch, breaker, station, weight)
    head = np.full(parent.size, -1, np.int32)
    for node in range(parent.size):
        above, link = parent[node], branch[node]
        if above < 0:
            continue
        head[node] = head[above]
        if head[above] >= 0:
            continue
        stands_bare = _ONE_OF * bare[node] > total[node]
        begins = stands_bare or (breaker[link] and ahead[node] < 2)
        if (container[node] >= 0 and container[node] != container[above]) or (
            begins and not station[link] and not station_below[node]
        ):
            head[node] = link
    return head


@kernel
def inherit(parent: Int, values: Int) -> Int:
    """Values per node, where -1 takes over the parent's."""
    taken = values.copy()
    for node in range(parent.size):
        if taken[node] < 0 and parent[node] >= 0:
            taken[node] = taken[parent[node]]
    return taken
