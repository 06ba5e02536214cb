"""Adjacency in compressed rows, and the depth-first order of a forest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import kernel, part

Int = NDArray[np.int32]


@kernel
def fill_rows(free: Int, branch_from: Int, branch_to: Int, adj_branch: Int, adj_node: Int) -> None:
    """Write each branch into the rows of both its ends, from `free` on."""
    for branch in range(branch_from.size):
        start, end = branch_from[branch], branch_to[branch]
        adj_branch[free[start]], adj_node[free[start]] = branch, end
        free[start] += 1
        adj_branch[free[end]], adj_node[free[end]] = branch, start
        free[end] += 1


def rows(node_count: int, branch_from: Int, branch_to: Int) -> tuple[Int, Int, Int]:
    """(indptr, branch, node): who touches each node, in the order of the branches."""
    counts = np.bincount(branch_from, minlength=node_count) + np.bincount(branch_to, minlength=node_count)
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    adj_branch, adj_node = (np.empty(2 * branch_from.size, np.int32) for _ in range(2))
    fill_rows(indptr[:-1].copy(), branch_from, branch_to, adj_branch, adj_node)
    return indptr, adj_branch, adj_node


class Links(NamedTuple):
    """Rows of adjacency, and per node the branch it hangs on."""

    indptr: Int
    adj_branch: Int
    adj_node: Int
    parent_branch: Int


@part
def _descend(root: int, order: Int, count: int, stack: Int, links: Links) -> int:
    """Append the tree of one root to the order, children in the order of the rows."""
    depth = 1
    stack[0] = root
    while depth:
        depth -= 1
        node = stack[depth]
        order[count] = node
        count += 1
        for slot in range(links.indptr[node + 1] - 1, links.indptr[node] - 1, -1):
            child = links.adj_node[slot]
            if links.parent_branch[child] == links.adj_branch[slot]:
                stack[depth] = child
                depth += 1
    return count


@kernel
def descend_all(roots: Int, links: Links, order: Int, stack: Int) -> int:
    """Write the trees of these roots into `order`; returns how many nodes they have."""
    count = 0
    for root in roots:
        count = _descend(root, order, count, stack, links)
    return count


def preorder(roots: Int, indptr: Int, adj_branch: Int, adj_node: Int, parent_branch: Int) -> Int:
    """The nodes of the trees of these roots, depth first: every subtree is one run of the order."""
    order, stack = (np.empty(parent_branch.size, np.int32) for _ in range(2))
    count = descend_all(roots, Links(indptr, adj_branch, adj_node, parent_branch), order, stack)
    return order[:count]


@kernel
def fill_intervals(order: Int, parent: Int, enter: Int, exit_: Int) -> None:
    """Write where each node of the order enters it and where what lies below it ends."""
    for place in range(order.size):
        enter[order[place]] = place
        exit_[order[place]] = place + 1
    for place in range(order.size - 1, -1, -1):
        above = parent[order[place]]
        if above >= 0 and exit_[above] < exit_[order[place]]:
            exit_[above] = exit_[order[place]]


def intervals(order: Int, parent: Int) -> tuple[Int, Int]:
    """(enter, exit) per node, so that order[enter:exit] is the node and all below it; empty where not in the order."""
    enter, exit_ = (np.zeros(parent.size, np.int32) for _ in range(2))
    fill_intervals(order, parent, enter, exit_)
    return enter, exit_


@kernel
def fill_parents(branch_from: Int, branch_to: Int, parent_branch: Int, parent: Int) -> None:
    """Write the far end of each node's parent branch, -1 where it has none."""
    for node in range(parent.size):
        branch = parent_branch[node]
        parent[node] = branch_from[branch] + branch_to[branch] - node if branch >= 0 else -1


def parents(branch_from: Int, branch_to: Int, parent_branch: Int) -> Int:
    """The far end of each node's parent branch, -1 where it has none."""
    found = np.empty(parent_branch.size, np.int32)
    fill_parents(branch_from, branch_to, parent_branch, found)
    return found
