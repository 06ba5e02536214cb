"""Kernels that pass something down the normal forest: feeder heads, and what a node takes over from its parent."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import kernel

Int = NDArray[np.int32]
Bool = NDArray[np.bool_]

#: A branch that leaves a bus begins a feeder when more than this share of the places below it stand behind no breaker.
_ONE_OF = 5


class Below(NamedTuple):
    """Per node, of it and all below: places, places behind no breaker, breakers met first, any substation transformer."""

    total: Int
    bare: Int
    ahead: Int
    station: Bool


@kernel
def roll_up(parent: Int, branch: Int, breaker: Bool, station: Bool, below: Below) -> None:
    """Add up what lies below each node; `below` begins with each node's own."""
    for node in range(parent.size - 1, -1, -1):
        above, link = parent[node], branch[node]
        if above < 0:
            continue
        below.total[above] += below.total[node]
        below.bare[above] += 0 if breaker[link] else below.bare[node]
        below.ahead[above] += 1 if breaker[link] else below.ahead[node]
        below.station[above] |= below.station[node] or station[link]


@kernel
def pass_heads(parent: Int, branch: Int, begins: Bool, container: Int, head: Int) -> None:
    """Give each node the head of its feeder: the first branch, going down, that `begins` one or leads into a container."""
    for node in range(parent.size):
        above = parent[node]
        if above < 0:
            continue
        head[node] = head[above]
        enters = container[node] >= 0 and container[node] != container[above]
        if head[above] < 0 and (enters or begins[node]):
            head[node] = branch[node]


def heads(parent: Int, branch: Int, breaker: Bool, station: Bool, places: Int, container: Int) -> Int:
    """Per node, the branch at the head of its feeder, -1 above the heads. Nodes are in depth-first order.

    Going down from a source, the first of these begins a feeder:

    1. a branch into a Feeder container (`container` per node, -1 for none);
    2. below the last substation transformer, a breaker, unless it only couples bars from which two or more breakers go on;
    3. below the last substation transformer, any branch with more than a fifth of its places behind no breaker.
    """
    size = parent.size
    below = Below(places.copy(), places.copy(), np.zeros(size, np.int32), np.zeros(size, np.bool_))
    roll_up(parent, branch, breaker, station, below)
    is_breaker, is_station = (np.append(kind, [False])[branch] for kind in (breaker, station))  # -1 finds the False
    begins = (_ONE_OF * below.bare > below.total) | (is_breaker & (below.ahead < 2))
    head = np.full(size, -1, np.int32)
    pass_heads(parent, branch, begins & ~is_station & ~below.station, container, head)
    return head


@kernel
def inherit(parent: Int, values: Int) -> None:
    """Let -1 take over the parent's value."""
    for node in range(parent.size):
        if values[node] < 0 and parent[node] >= 0:
            values[node] = values[parent[node]]
