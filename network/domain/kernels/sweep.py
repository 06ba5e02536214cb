"""Kernels that follow the normal forest. Its nodes are numbered depth first, so a loop over numbers meets parents before children."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import kernel, part

Int = NDArray[np.int32]
Byte = NDArray[np.uint8]

_EXTRA, _ABC = 1, 7


class Tree(NamedTuple):
    """The normal forest, and the forest as it is now laid (per node: parent branch, source, feeder, flags)."""

    branch_from: Int
    branch_to: Int
    is_head: NDArray[np.bool_]
    parent: Int
    parent_branch: Int
    exit: Int
    laid_branch: Int
    laid_source: Int
    laid_feeder: Int
    laid_flags: Byte


@kernel
def sweep(parent: Int, parent_branch: Int, closed: Byte, live: Byte) -> None:
    """Live phases of all nodes; `live` holds those of the sources and zero elsewhere."""
    for node in range(live.size):
        above = parent[node]
        if above >= 0:
            live[node] = live[above] & closed[parent_branch[node]]


@part
def _top(tree: Tree, branch: int) -> int:
    """The node that hangs on a branch, -1 if none."""
    if tree.laid_branch[tree.branch_to[branch]] == branch:
        return int(tree.branch_to[branch])
    if tree.laid_branch[tree.branch_from[branch]] == branch:
        return int(tree.branch_from[branch])
    return -1


@part
def _is_plain(tree: Tree, top: int) -> bool:
    """Whether what hangs below is just the normal subtree, without loops: nothing moved in, out or across."""
    if tree.laid_flags[top] & _EXTRA:
        return False
    for node in range(top + 1, tree.exit[top]):  # noqa: SIM110  all() is no loop to the compiler
        if tree.laid_flags[node]:
            return False
    return True


@part
def _agrees(tree: Tree, branch: int, top: int, above: int) -> bool:
    """Whether the subtree still carries the source and the feeder it would get through this branch."""
    feeder = tree.laid_feeder[above]
    if feeder < 0 and tree.is_head[branch]:
        feeder = branch
    return bool(tree.laid_source[top] == tree.laid_source[above] and tree.laid_feeder[top] == feeder)


@kernel
def sweep_below(tree: Tree, closed: Byte, live: Byte, branch: int) -> int:
    """Bring `live` up to a changed position of one branch, where a sweep over the subtree below it is all that needs.

    Returns the node at the top of the subtree; -1, with nothing written, where more is needed.
    """
    top = _top(tree, branch)
    if top < 0 or not _is_plain(tree, top):
        return -1
    above = int(tree.branch_from[branch] + tree.branch_to[branch] - top)
    if closed[branch] & _ABC and not _agrees(tree, branch, top, above):
        return -1
    live[top] = live[above] & closed[branch]
    for node in range(top + 1, tree.exit[top]):
        live[node] = live[tree.parent[node]] & closed[tree.parent_branch[node]]
    return top


@kernel
def differences(before: Byte, after: Byte) -> Int:
    """The nodes whose phases differ."""
    count = 0
    for node in range(before.size):
        count += before[node] != after[node]
    found = np.empty(count, np.int32)
    count = 0
    for node in range(before.size):
        if before[node] != after[node]:
            found[count] = node
            count += 1
    return found
