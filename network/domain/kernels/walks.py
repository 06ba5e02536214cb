"""Kernels that walk from a node: over closed branches, along the live forest, until something stops them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import kernel, part

Int = NDArray[np.int32]
Byte = NDArray[np.uint8]
Bool = NDArray[np.bool_]


class Rows(NamedTuple):
    """Adjacency: node i touches branches adj_branch[indptr[i]:indptr[i + 1]], whose far ends are adj_node[...]."""

    indptr: Int
    adj_branch: Int
    adj_node: Int


class Walk(NamedTuple):
    """What a walk may pass, what stops it, and what it has met."""

    passable: Bool
    stops: Bool
    seen_node: Bool
    seen_branch: Bool
    nodes: Int
    branches: Int


@part
def _look_around(rows: Rows, walk: Walk, node: int, reached: int, met: int) -> tuple[int, int]:
    """Note the branches at a node that stop the walk, and the new nodes behind the others."""
    for slot in range(rows.indptr[node], rows.indptr[node + 1]):
        branch, near = rows.adj_branch[slot], rows.adj_node[slot]
        if walk.stops[branch]:
            if not walk.seen_branch[branch]:
                walk.seen_branch[branch] = True
                walk.branches[met] = branch
                met += 1
        elif walk.passable[branch] and not walk.seen_node[near]:
            walk.seen_node[near] = True
            walk.nodes[reached] = near
            reached += 1
    return reached, met


@kernel
def walk_on(rows: Rows, walk: Walk, start: int) -> tuple[int, int]:
    """Walk from a node as far as possible; returns how many nodes were reached and how many branches stopped the walk."""
    walk.nodes[0] = start
    walk.seen_node[start] = True
    at, reached, met = 0, 1, 0
    while at < reached:
        reached, met = _look_around(rows, walk, walk.nodes[at], reached, met)
        at += 1
    return reached, met


def flood(rows: Rows, start: int, passable: Bool, stops: Bool) -> tuple[Int, Int]:
    """(nodes reached from a node over passable branches, branches that stopped the walk), in the order met."""
    nodes, branches = rows.indptr.size - 1, passable.size
    seen = np.zeros(nodes, np.bool_), np.zeros(branches, np.bool_)
    walk = Walk(passable, stops, *seen, np.empty(nodes, np.int32), np.empty(branches, np.int32))
    reached, met = walk_on(rows, walk, start)
    return walk.nodes[:reached], walk.branches[:met]


@kernel
def climb_on(parent_branch: Int, parent_node: Int, start: int, branches: Int, nodes: Int) -> int:
    """Write the way from a node up to the root of its tree, itself first; returns the number of steps."""
    steps = 0
    nodes[0] = start
    while parent_branch[nodes[steps]] >= 0:
        branches[steps] = parent_branch[nodes[steps]]
        nodes[steps + 1] = parent_node[nodes[steps]]
        steps += 1
    return steps


def climb(parent_branch: Int, parent_node: Int, start: int) -> tuple[Int, Int]:
    """(branches, nodes) from a node up to the root of its tree, itself first."""
    branches, nodes = (np.empty(parent_node.size, np.int32) for _ in range(2))
    steps = climb_on(parent_branch, parent_node, start, branches, nodes)
    return branches[:steps].copy(), nodes[: steps + 1].copy()


@kernel
def search(rows: Rows, start: int, end: int, passable: Bool, via: Int, back: Int, queue: Int) -> None:
    """Search breadth first from `start` until `end` is met: per node, the branch and the node it was met by.

    `via` and `back` begin as -1.
    """
    queue[0], back[start] = start, start
    at, filled = 0, 1
    while at < filled and back[end] < 0:
        node = queue[at]
        at += 1
        for slot in range(rows.indptr[node], rows.indptr[node + 1]):
            near = rows.adj_node[slot]
            if passable[rows.adj_branch[slot]] and back[near] < 0:
                via[near], back[near] = rows.adj_branch[slot], node
                queue[filled] = near
                filled += 1


def shortest(rows: Rows, start: int, end: int, passable: Bool) -> tuple[Int, Int]:
    """(branches, nodes) of a path with the fewest branches, from `start` to `end`; empty where there is none."""
    size = rows.indptr.size - 1
    via, back = (np.full(size, -1, np.int32) for _ in range(2))
    search(rows, end, start, passable, via, back, np.empty(size, np.int32))
    if back[start] < 0:
        return np.empty(0, np.int32), np.empty(0, np.int32)
    for array in (via, back):
        array.setflags(write=False)  # as climb_on is compiled for
    return climb(via, back, start)
