"""From columns in any order to a grid: lay the normal forest, number nodes and branches along it, derive the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from network.domain import draft, phases
from network.domain.grid import labels
from network.domain.grid.arrays import BRANCH_CLASSES, Bool, Byte, Float, Grid, Int, Text, frozen
from network.domain.kernels import adjacency, forest

_LOW_VOLTAGE = 1100.0  # V; a transformer down to less than this supplies customers


@dataclass(slots=True)
class Columns:
    """A model as arrays, nodes and branches in any order; indices -1 for none. See `Grid` for what they mean."""

    node_mrid: Text
    node_nominal_v: Float
    node_x: Float
    node_y: Float
    node_container: Int
    branch_mrid: Text
    branch_name: Text
    branch_from: Int
    branch_to: Int
    branch_phases: Byte
    branch_class: Byte
    branch_rated_a: Float
    branch_container: Int
    is_telemetered: Bool
    serves: Bool  # usage points name this branch as what supplies them
    normal_closed: Byte
    initial_closed: Byte
    point_offsets: NDArray[np.int64]
    points: Float
    injection_mrid: Text
    injection_node: Int
    injection_kw: Float
    injection_phases: Byte
    is_source: Bool
    is_consumer: Bool
    group_node: Int
    group_phases: Byte
    group_customers: Int
    container_mrid: Text
    container_name: Text
    container_class: Text
    container_parent: Int


@dataclass(slots=True)
class _Numbering:
    """Old numbers in their new order, and the way back."""

    order: Int
    new: Int

    @classmethod
    def of(cls, order: Int) -> _Numbering:
        new = np.empty(order.size, np.int32)
        new[order] = np.arange(order.size, dtype=np.int32)
        return cls(order, new)

    def renumber(self, indices: Int) -> Int:
        """New numbers in the place of old ones, -1 staying."""
        return np.where(indices >= 0, self.new[indices], -1).astype(np.int32) if self.new.size else indices


def assemble(columns: Columns) -> Grid:
    """Compile columns to a grid. The same network with its nodes and branches in the same order gives the same grid."""
    carried = _phases(columns.branch_phases)
    sources = _sources(columns)
    wires, laid = _normal_forest(columns, carried, sources)
    nodes, branches = _number(wires, laid)
    arrays = _permuted(columns, carried, nodes, branches)
    arrays |= _sources_renumbered(sources, nodes)
    arrays |= _adjacency(wires, nodes, branches)
    arrays |= _tree(laid, nodes, branches, arrays)
    arrays |= _kinds(columns, arrays, branches)
    arrays |= _loads(columns, arrays, nodes)
    arrays |= labels.derive(columns, arrays, branches.order)
    return Grid(**{name: frozen(array) for name, array in arrays.items()})


def _phases(given: Byte) -> Byte:
    """Where no phase is given (s1, s2, unknown) a branch carries whatever comes."""
    return np.where(given & phases.ABC, given, given | phases.ABC).astype(np.uint8)


def _sources(columns: Columns) -> dict[str, NDArray[Any]]:
    """Sources in the order of the injections, those at one node taken together."""
    injections = np.flatnonzero(columns.is_source)
    _, first = np.unique(columns.injection_node[injections], return_index=True)
    first = np.sort(first)
    node = columns.injection_node[injections[first]].astype(np.int32)
    at = np.full(columns.node_mrid.size, -1, np.int32)
    at[node] = np.arange(node.size, dtype=np.int32)
    bits = np.zeros(node.size, np.uint8)
    given = _phases(columns.injection_phases[injections]) & phases.ABC
    np.bitwise_or.at(bits, at[columns.injection_node[injections]], given)
    return {
        "source_node": node,
        "source_phases": bits,
        "source_at": at,
        "source_injection": injections[first].astype(np.int32),
    }


def _normal_forest(
    columns: Columns, carried: Byte, sources: dict[str, NDArray[Any]]
) -> tuple[forest.Wires, forest.Forest]:
    """The breadth-first forest of the normal switch positions, in the old numbers."""
    size = columns.node_mrid.size
    start, end = frozen(columns.branch_from.view()), frozen(columns.branch_to.view())
    indptr, adj_branch, adj_node = adjacency.rows(size, start, end)
    wires = forest.Wires(
        frozen(indptr), frozen(adj_branch), frozen(adj_node), start, end, frozen(sources["source_at"]),
        frozen(sources["source_node"]), frozen(sources["source_phases"]), frozen(np.zeros(start.size, np.bool_)),
        frozen(np.full(size, -1, np.int32)),
    )  # fmt: skip
    laid = forest.bare(size)
    closed = frozen(_closed(columns, carried, columns.normal_closed))
    forest.lay_all(wires, closed, np.zeros(size, np.uint8), laid)
    return wires, laid


def _closed(columns: Columns, carried: Byte, given: Byte) -> Byte:
    """Positions, with everything that is no switch closed."""
    return np.where(_is_class(columns.branch_class, draft.SWITCH_CLASSES), given & carried, carried).astype(np.uint8)


def _is_class(codes: Byte, names: frozenset[str]) -> Bool:
    wanted = np.array([name in names for name in BRANCH_CLASSES])
    return wanted[codes]


def _number(wires: forest.Wires, laid: forest.Forest) -> tuple[_Numbering, _Numbering]:
    """Nodes depth first, sources in their order; branches by the node they feed, those outside of the forest last."""
    roots = np.flatnonzero(laid.parent_branch < 0)
    others = roots[wires.source_at[roots] < 0]
    starts = np.concatenate([wires.source_node, others]).astype(np.int32)
    order = adjacency.preorder(
        frozen(starts), wires.indptr, wires.adj_branch, wires.adj_node, frozen(laid.parent_branch)
    )
    fed_by = laid.parent_branch[order]
    in_forest = fed_by[fed_by >= 0]
    is_outside = np.ones(wires.branch_from.size, np.bool_)
    is_outside[in_forest] = False
    branches = np.concatenate([in_forest, np.flatnonzero(is_outside)])
    return _Numbering.of(order), _Numbering.of(branches.astype(np.int32))


def _permuted(columns: Columns, carried: Byte, nodes: _Numbering, branches: _Numbering) -> dict[str, NDArray[Any]]:
    """What only changes its order."""
    start, end = columns.branch_from[branches.order], columns.branch_to[branches.order]
    offsets, points = _points(columns, branches.order)
    return {
        **{name: getattr(columns, name)[nodes.order] for name in
           ("node_mrid", "node_nominal_v", "node_x", "node_y", "node_container")},
        **{name: getattr(columns, name)[branches.order] for name in
           ("branch_mrid", "branch_class", "branch_rated_a", "branch_container", "is_telemetered")},
        **{name: getattr(columns, name).copy() for name in
           ("container_mrid", "container_name", "container_class", "container_parent",
            "injection_mrid", "injection_kw", "injection_phases")},
        "branch_from": nodes.renumber(start),
        "branch_to": nodes.renumber(end),
        "branch_phases": carried[branches.order],
        "normal_closed": _closed(columns, carried, columns.normal_closed)[branches.order],
        "initial_closed": _closed(columns, carried, columns.initial_closed)[branches.order],
        "injection_node": nodes.renumber(columns.injection_node),
        "point_offsets": offsets,
        "points": points,
    }  # fmt: skip


def _points(columns: Columns, order: Int) -> tuple[NDArray[np.int64], Float]:
    """The courses in the new order of the branches."""
    counts = np.diff(columns.point_offsets)[order]
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    first = np.repeat(columns.point_offsets[:-1][order] - offsets[:-1], counts)
    return offsets, columns.points[first + np.arange(offsets[-1])]


def _sources_renumbered(sources: dict[str, NDArray[Any]], nodes: _Numbering) -> dict[str, NDArray[Any]]:
    return sources | {
        "source_node": nodes.renumber(sources["source_node"]),
        "source_at": sources["source_at"][nodes.order],
    }


def _adjacency(wires: forest.Wires, nodes: _Numbering, branches: _Numbering) -> dict[str, NDArray[Any]]:
    """The rows in the new numbers; within a row the old order stays, so that breadth first finds the same forest."""
    counts = np.diff(wires.indptr)[nodes.order]
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    slots = np.repeat(wires.indptr[:-1][nodes.order] - indptr[:-1], counts) + np.arange(indptr[-1])
    return {
        "indptr": indptr,
        "adj_branch": branches.renumber(wires.adj_branch[slots]),
        "adj_node": nodes.renumber(wires.adj_node[slots]),
    }


def _tree(
    laid: forest.Forest, nodes: _Numbering, branches: _Numbering, arrays: dict[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """The normal forest in the new numbers."""
    branch = branches.renumber(laid.parent_branch[nodes.order])
    start, end = arrays["branch_from"], arrays["branch_to"]
    own = np.arange(branch.size, dtype=np.int32)
    parent = np.full(branch.size, -1, np.int32)
    fed = branch >= 0
    parent[fed] = start[branch[fed]] + end[branch[fed]] - own[fed]
    _, below = adjacency.intervals(frozen(own), frozen(parent))
    return {
        "normal_branch": branch,
        "normal_parent": parent,
        "normal_exit": below,
        "normal_source": laid.source[nodes.order],
        "off_forest": np.arange(np.count_nonzero(fed), start.size, dtype=np.int32),
    }


def _kinds(columns: Columns, arrays: dict[str, NDArray[Any]], branches: _Numbering) -> dict[str, NDArray[Any]]:
    """What a branch is."""
    codes = arrays["branch_class"]
    is_transformer = _is_class(codes, frozenset({"PowerTransformer"}))
    low_v = arrays["node_nominal_v"][arrays["branch_to"]]
    supplies = columns.serves[branches.order] | ((low_v > 0) & (low_v < _LOW_VOLTAGE))
    return {
        "is_switch": _is_class(codes, draft.SWITCH_CLASSES),
        "is_protective": _is_class(codes, draft.PROTECTIVE_CLASSES),
        "is_transformer": is_transformer,
        "service_transformer": is_transformer & supplies,
    }


def _loads(columns: Columns, arrays: dict[str, NDArray[Any]], nodes: _Numbering) -> dict[str, NDArray[Any]]:
    """Phases, customers and load of each node."""
    size = nodes.order.size
    bits = np.zeros(size, np.uint8)
    for ends in (arrays["branch_from"], arrays["branch_to"]):
        np.bitwise_or.at(bits, ends, arrays["branch_phases"])
    alone = (bits == 0)[arrays["injection_node"]]
    np.bitwise_or.at(bits, arrays["injection_node"][alone], _phases(columns.injection_phases)[alone])
    consumers = columns.is_consumer
    at = nodes.renumber(columns.group_node)
    order = np.lexsort((columns.group_phases, at))
    customers = np.bincount(at, columns.group_customers, size)
    kw = np.bincount(arrays["injection_node"][consumers], columns.injection_kw[consumers], size)
    return {
        "node_phases": bits,
        "node_customers": customers.astype(np.int32),
        "node_kw": kw.astype(np.float64),
        "group_node": at[order],
        "group_phases": columns.group_phases[order],
        "group_customers": columns.group_customers[order],
    }
