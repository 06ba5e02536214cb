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


class _Walk(NamedTuple):
    """What a walk may pass, what stops it, and what it has met."""

    passable: Bool
    stops: Bool
    seen_node: Bool
    seen_branch: Bool
    nodes: Int
    branches: Int


@part
def _look_around(rows: Rows, walk: _Walk, node: int, reached: int, met: int) -> tuple[int, int]:
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
def flood(rows: Rows, start: int, passable: Bool, stops: Bool) -> tuple[Int, Int]:
    """(nodes reached from a node over passable branches, branches that stopped the walk), in the order met."""
    nodes, branches = rows.indptr.size - 1, passable.size
    walk = _Walk(
        passable, stops, np.zeros(nodes, np.bool_), np.zeros(branches, np.bool_),
        np.empty(nodes, np.int32), np.empty(branches, np.int32),
    )  # fmt: skip
    walk.nodes[0] = start
    walk.seen_node[start] = True
    at, reached, met = 0, 1, 0
    while at < reached:
        reached, met = _look_around(rows, walk, walk.nodes[at], reached, met)
        at += 1
    return walk.nodes[:reached], walk.branches[:met]


@kernel
def climb(parent_branch: Int, parent_node: Int, start: int) -> tuple[Int, Int]:
    """(branches, nodes) from a node up to the root of its tree, itself first."""
    steps = 0
    node = start
    while parent_branch[node] >= 0:
        node = parent_node[node]
        steps += 1
    branches, nodes = np.empty(steps, np.int32), np.empty(steps + 1, np.int32)
    nodes[0] = start
    for step in range(steps):
        branches[step] = parent_branch[nodes[step]]
        nodes[step + 1] = parent_node[nodes[step]]
    return branches, nodes


@part
def _mark_reach(rows: Rows, start: int, end: int, passable: Bool) -> tuple[Int, Int]:
    """Per node, the branch and the node by which a breadth-first search from `start` reached it, until it reached `end`."""
    via = np.full(rows.indptr.size - 1, -1, np.int32)
    back = np.full(rows.indptr.size - 1, -1, np.int32)
    queue = np.empty(rows.indptr.size - 1, np.int32)
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
    return via, back


@kernel
def shortest(rows: Rows, start: int, end: int, passable: Bool) -> tuple[Int, Int]:
    """(branches, nodes) of a path with the fewest branches, from `start` to `end`; empty where there is none."""
    via, back = _mark_reach(rows, end, start, passable)
    if back[start] < 0:
        return np.empty(0, np.int32), np.empty(0, np.int32)
    return climb(via, back, start)
