"""A part of a generated utility: what belongs to some of its substations, with the mRIDs it has in the whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from network.domain.generation.pieces import Block
from network.domain.generation.utility import Utility
from network.domain.grid import Columns
from network.domain.grid.arrays import Bool, Int, Text


@dataclass(frozen=True, slots=True)
class Members:
    """What is in a part, by masks over the whole. Nodes are those of its containers and the far ends of its branches."""

    nodes: Bool
    branches: Bool
    consumers: Bool


def station_of_feeder(utility: Utility, name: str) -> int:
    """The number of the substation that normally feeds a feeder of this name; -1 if there is none."""
    names = utility.substations.feeder_name
    return int(utility.substations.feeder_of[names.index(name)]) if name in names else -1


def of_stations(utility: Utility, columns: Columns, stations: list[int]) -> Members:
    """What lies in these substations and in the feeders they normally feed."""
    count = len(utility.substations.name)
    mine = np.zeros(columns.container_mrid.size, np.bool_)
    mine[stations] = True
    feeders = count + np.flatnonzero(np.isin(utility.substations.feeder_of, stations))
    mine[feeders] = True
    branches = mine[columns.branch_container]
    nodes = mine[columns.node_container]
    nodes[columns.branch_from[branches]] = True
    nodes[columns.branch_to[branches]] = True
    return Members(nodes, branches, mine[utility.consumers["container"]])


def part(utility: Utility, columns: Columns, point_mrids: Text, stations: list[int]) -> tuple[Utility, Columns, Text]:
    """A utility with the columns and telemetry points of some substations only; containers stay, for others are named by number."""
    of = of_stations(utility, columns, stations)
    new_node = np.cumsum(of.nodes, dtype=np.int32) - 1
    new_branch = np.cumsum(of.branches, dtype=np.int32) - 1
    sources = of.nodes[columns.injection_node] & columns.is_source
    sources &= np.isin(columns.node_container[columns.injection_node], stations)
    injections = np.concatenate([sources[: sources.size - of.consumers.size], of.consumers])
    watched = of.branches[utility.point_branch]
    smaller = replace(
        utility,
        nodes=_masked(utility.nodes, of.nodes),
        branches=_moved(_masked(utility.branches, of.branches), new_node, ("start", "end")),
        consumers=_moved(_masked(utility.consumers, of.consumers), new_node, ("node",)),
        point_branch=new_branch[utility.point_branch[watched]],
        point_kind=utility.point_kind[watched],
    )
    return smaller, _columns(columns, of, injections, new_node), point_mrids[watched]


def _masked(block: Block, mask: Bool) -> Block:
    return {name: values[mask] for name, values in block.items()}


def _moved(block: Block, new_node: Int, names: tuple[str, ...]) -> Block:
    return block | {name: new_node[block[name]] for name in names}


def _columns(columns: Columns, of: Members, injections: Bool, new_node: Int) -> Columns:
    offsets, points = _courses(columns, of.branches)
    told: dict[str, Any] = {}
    for name, mask in (("node", of.nodes), ("branch", of.branches), ("injection", injections)):
        told |= {
            field: getattr(columns, field)[mask]
            for field in Columns.__dataclass_fields__
            if field.startswith(f"{name}_")
        }
    for field in ("is_telemetered", "serves", "normal_closed", "initial_closed"):
        told[field] = getattr(columns, field)[of.branches]
    for field in ("is_source", "is_consumer"):
        told[field] = getattr(columns, field)[injections]
    for field in ("branch_from", "branch_to", "injection_node"):
        told[field] = new_node[told[field]]
    group = of.nodes[columns.group_node]
    told |= {name: getattr(columns, name)[group] for name in ("group_phases", "group_customers")}
    told |= {"group_node": new_node[columns.group_node[group]], "point_offsets": offsets, "points": points}
    return replace(columns, **told)


def _courses(columns: Columns, branches: Bool) -> tuple[Any, Any]:
    counts = np.diff(columns.point_offsets)
    offsets = np.concatenate([[0], np.cumsum(counts[branches])])
    return offsets, columns.points[np.repeat(branches, counts)]
