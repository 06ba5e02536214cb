"""Kernel that finds the branches which close rings, phase by phase."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import kernel, part

Int = NDArray[np.int32]
Byte = NDArray[np.uint8]
Bool = NDArray[np.bool_]


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
def find_closing(
    rest: Int,
    ends: tuple[Int, Int],
    conducts: Byte,
    parent_branch: Int,
    sources: tuple[Int, Byte],
    group: Int,
    closes: Bool,
) -> None:
    """Mark those of the branches outside of the forest, `rest`, that close a ring on some phase they carry.

    `group` is room for one number per node and one more.
    """
    nodes = parent_branch.size
    for phase in (1, 2, 4):
        for node in range(nodes + 1):
            group[node] = node
        for source in range(sources[0].size):
            if sources[1][source] & phase:
                _join(group, nodes, sources[0][source])
        _join_all(group, ends, conducts, parent_branch, phase)
        for index in range(rest.size):
            branch = rest[index]
            if conducts[branch] & phase and not _join(group, ends[0][branch], ends[1][branch]):
                closes[index] = True


def closing(ends: tuple[Int, Int], conducts: Byte, parent_branch: Int, sources: tuple[Int, Byte]) -> Int:
    """Branches whose ends are joined without them on a phase they carry, by other branches or through two sources.

    The forest's branches count as laid first, the others in their order. The sources of a phase count as one.
    """
    outside = conducts != 0
    outside[parent_branch[parent_branch >= 0]] = False
    rest = np.flatnonzero(outside).astype(np.int32)
    closes = np.zeros(rest.size, np.bool_)
    if rest.size:
        group = np.empty(parent_branch.size + 1, np.int32)
        find_closing(rest, ends, conducts, parent_branch, sources, group, closes)
    return rest[closes]


@kernel
def unite(group: Int, ones: Int, others: Int) -> None:
    """Give each member the lowest one of its group, when the pairs are united; `group` begins as its own numbers."""
    for index in range(ones.size):
        _join(group, ones[index], others[index])
    for member in range(group.size):
        group[member] = _find(group, member)
