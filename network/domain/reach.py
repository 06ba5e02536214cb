"""What reaches what in a draft: small array helpers for the gate and for completion, before there is a compiled grid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from network.domain import phases as ph
from network.domain.draft import Branch, Injection, ModelDraft

Bits = NDArray[np.uint8]
Index = NDArray[np.int64]
_PHASES = (ph.A, ph.B, ph.C)


@dataclass(slots=True, frozen=True)
class Wires:
    """The branches whose ends are in the model, as arrays; `normal` is what they let through in the normal state."""

    node_index: dict[str, int]
    branches: list[Branch]
    start: Index
    end: Index
    phases: Bits
    normal: Bits
    sources: list[Injection]
    source_node: Index


def wires_of(draft: ModelDraft) -> Wires:
    """Arrays over a draft; what hangs in the air is left out."""
    index = {mrid: number for number, mrid in enumerate(draft.nodes)}
    branches = [one for one in draft.branches.values() if one.from_node in index and one.to_node in index]
    sources = [one for one in draft.injections.values() if one.is_source and one.node in index]
    return Wires(
        index,
        branches,
        np.array([index[one.from_node] for one in branches], dtype=np.int64),
        np.array([index[one.to_node] for one in branches], dtype=np.int64),
        np.array([one.phases & ph.ABC for one in branches], dtype=np.uint8),
        np.array([one.normal_closed_phases & ph.ABC for one in branches], dtype=np.uint8),
        sources,
        np.array([index[one.node] for one in sources], dtype=np.int64),
    )


def arriving_phases(wires: Wires, through: Bits) -> Bits:
    """Phases that arrive at each node, shape (nodes,), when each branch lets `through` pass, shape (branches,)."""
    arriving = np.zeros(len(wires.node_index), dtype=np.uint8)
    for bit in _PHASES:
        labels = _islands(wires, through & bit > 0)
        fed = [node for node, source in zip(wires.source_node, wires.sources, strict=True) if source.phases & bit]
        arriving[np.isin(labels, labels[fed])] |= bit
    return arriving


def _islands(wires: Wires, closed: NDArray[np.bool_]) -> Index:
    count = len(wires.node_index)
    ends = (wires.start[closed], wires.end[closed])
    matrix = coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(count, count))
    return np.asarray(connected_components(matrix, directed=False)[1], dtype=np.int64)


def loop_closers(wires: Wires) -> list[Branch]:
    """For each independent loop of the normal state the branch that closes it: a switch if there is one to be had."""
    closers: dict[int, None] = {}
    for bit in _PHASES:
        closed = wires.normal & bit > 0
        islands = _islands(wires, closed)
        nodes = len(islands)
        if int(closed.sum()) > nodes - (int(islands.max(initial=-1)) + 1):
            closers.update(dict.fromkeys(_closing(wires, np.flatnonzero(closed))))
    return [wires.branches[index] for index in closers]


def _closing(wires: Wires, indices: Index) -> Iterator[int]:
    """Grow a forest, switches last; what joins two nodes of one tree closes a loop."""
    parent = list(range(len(wires.node_index)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for index in sorted(indices.tolist(), key=lambda one: wires.branches[one].is_switch):
        start, end = root(int(wires.start[index])), root(int(wires.end[index]))
        if start == end:
            yield index
        parent[start] = end


def paralleled_sources(wires: Wires) -> list[list[Injection]]:
    """Sources on different nodes that the normal state connects."""
    islands = _islands(wires, wires.normal > 0)
    groups: dict[int, list[Injection]] = defaultdict(list)
    for node, source in zip(wires.source_node.tolist(), wires.sources, strict=True):
        groups[int(islands[node])].append(source)
    return [group for group in groups.values() if len({source.node for source in group}) > 1]
