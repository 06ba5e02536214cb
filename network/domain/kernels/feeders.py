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
    """Per node, of it and all below: places, places behind no breaker, breakers met first, whether bars still end there."""

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
def pass_heads(parent: Int, branch: Int, begins: Bool, head: Int) -> None:
    """Give each node the head of its feeder: the first branch, going down, that begins one."""
    for node in range(parent.size):
        above = parent[node]
        if above >= 0:
            head[node] = branch[node] if head[above] < 0 and begins[node] else head[above]


def heads(parent: Int, branch: Int, breaker: Bool, station: Bool, places: Int, container: Int) -> Int:
    """Per node, the branch at the head of its feeder, -1 above the heads. Nodes are in depth-first order.

    Going down from a source, the first of these begins a feeder:

    1. a branch into a Feeder container (`container` per node, -1 for none);
    2. below the last substation transformer and where no such container follows, a breaker, unless it only couples bars from which
       two or more breakers go on;
    3. there too, any branch with more than a fifth of its places behind no breaker.
    """
    size = parent.size
    fed = parent >= 0
    enters = fed & (container >= 0) & (container != container[parent])
    is_breaker = fed & np.append(breaker, [False])[branch]  # the last for branch -1
    ends_bars = station.copy()
    ends_bars[branch[enters]] = True
    below = Below(places.copy(), places.copy(), np.zeros(size, np.int32), np.zeros(size, np.bool_))
    roll_up(parent, branch, breaker, ends_bars, below)
    on_bars = below.station | np.append(ends_bars, [False])[branch]
    begins = (_ONE_OF * below.bare > below.total) | (is_breaker & (below.ahead < 2))
    head = np.full(size, -1, np.int32)
    pass_heads(parent, branch, enters | (begins & ~on_bars), head)
    return head


@kernel
def inherit(parent: Int, values: Int) -> None:
    """Let -1 take over the parent's value."""
    for node in range(parent.size):
        if values[node] < 0 and parent[node] >= 0:
            values[node] = values[parent[node]]
