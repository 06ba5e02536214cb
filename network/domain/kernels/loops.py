"""Kernel that finds the branches which close rings, phase by phase."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import kernel, part

Int = NDArray[np.int32]
Byte = NDArray[np.uint8]


@part
def _find(group: Int, node: int) -> int:
    while group[node] != node:
        group[node] = group[group[node]]
        node = group[node]
    return node


@part
def _join(group: Int, one: int, other: int) -> bool:
    """Unite two groups; False if they were one already."""
    one, other = _find(group, one), _find(group, other)
    group[max(one, other)] = min(one, other)
    return one != other


@part
def _join_all(group: Int, ends: tuple[Int, Int], conducts: Byte, parent_branch: Int, phase: int) -> None:
    """Unite along the forest."""
    for branch in parent_branch:
        if branch >= 0 and conducts[branch] & phase:
            _join(group, ends[0][branch], ends[1][branch])


@kernel
def closing(
    branch_from: Int, branch_to: Int, conducts: Byte, parent_branch: Int, source_node: Int, source_phases: Byte
) -> Int:
    """Branches whose ends are joined without them on a phase they carry, by other branches or through two sources.

    The forest's branches count as laid first, the others in their order. The sources of a phase count as one.
    """
    nodes = parent_branch.size
    outside = np.empty(branch_from.size, np.bool_)
    for branch in range(branch_from.size):
        outside[branch] = conducts[branch] != 0
    for branch in parent_branch:
        if branch >= 0:
            outside[branch] = False
    rest = np.flatnonzero(outside).astype(np.int32)
    found = np.zeros(rest.size, np.bool_)
    if rest.size == 0:
        return rest
    for phase in (1, 2, 4):
        group = np.arange(nodes + 1).astype(np.int32)
        for source in range(source_node.size):
            if source_phases[source] & phase:
                _join(group, nodes, source_node[source])
        _join_all(group, (branch_from, branch_to), conducts, parent_branch, phase)
        for index in range(rest.size):
            branch = rest[index]
            if conducts[branch] & phase and not _join(group, branch_from[branch], branch_to[branch]):
                found[index] = True
    return rest[found]


@kernel
def merged(size: int, ones: Int, others: Int) -> Int:
    """The lowest member of the group of each, when the pairs are united."""
    group = np.arange(size).astype(np.int32)
    for index in range(ones.size):
        _join(group, ones[index], others[index])
    for member in range(size):
        group[member] = _find(group, member)
    return group
