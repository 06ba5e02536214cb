"""From a utility to the columns of a grid: numbers become mRIDs, metres become longitudes and latitudes."""

from __future__ import annotations

from typing import Any

import numpy as np

from network.domain.generation import texts
from network.domain.generation.utility import Utility
from network.domain.grid.arrays import BRANCH_CLASSES, Float, Int, Text
from network.domain.grid.assembly import Columns

#: Kinds in the mRIDs.
MODEL, CONTAINER, NODE, BRANCH, INJECTION, USAGE_POINT, METER, POINT, PART = range(1, 10)
METRES_PER_DEGREE = 111_320.0


def columns(utility: Utility) -> Columns:
    """The columns, in the order of the mRIDs (so a file written of the utility compiles to the same grid)."""
    nodes, branches, consumers = utility.nodes, utility.branches, utility.consumers
    lon, lat = coordinates(utility)
    sources = utility.substations.source_node
    group = _groups(utility)
    is_source = np.arange(sources.size + consumers["node"].size) < sources.size
    telemetered = np.zeros(branches["code"].size, np.bool_)
    telemetered[utility.point_branch[utility.point_kind == 0]] = True
    offsets, points = _courses(branches, lon, lat)
    containers = container_columns(utility)
    return Columns(
        node_mrid=texts.mrids(utility.seed, NODE, lon.size),
        node_nominal_v=nodes["volts"],
        node_x=lon,
        node_y=lat,
        node_container=nodes["container"].astype(np.int32),
        branch_mrid=texts.mrids(utility.seed, BRANCH, branches["code"].size),
        branch_name=branches["name"],
        branch_from=branches["start"].astype(np.int32),
        branch_to=branches["end"].astype(np.int32),
        branch_phases=branches["phases"],
        branch_class=branches["code"],
        branch_rated_a=branches["rated_a"],
        branch_container=branches["container"].astype(np.int32),
        is_telemetered=telemetered,
        serves=np.zeros(branches["code"].size, np.bool_),
        normal_closed=branches["normal_closed"],
        initial_closed=branches["normal_closed"],
        point_offsets=offsets,
        points=points,
        injection_mrid=texts.mrids(utility.seed, INJECTION, is_source.size),
        injection_node=np.concatenate([sources, consumers["node"]]).astype(np.int32),
        injection_kw=np.concatenate([np.zeros(sources.size), consumers["kw"]]),
        injection_phases=np.concatenate([np.full(sources.size, 7, np.uint8), consumers["phases"]]),
        is_source=is_source,
        is_consumer=~is_source,
        group_node=group[0],
        group_phases=group[1].astype(np.uint8),
        group_customers=group[2],
        **containers,
    )


def coordinates(utility: Utility) -> tuple[Float, Float]:
    """Longitude and latitude of every node, to the seventh decimal (a centimetre), as a file writes them."""
    lat = utility.style.lat + utility.nodes["y"] / METRES_PER_DEGREE
    shrink = METRES_PER_DEGREE * np.cos(np.radians(utility.style.lat))
    lon = utility.style.lon + utility.nodes["x"] / shrink
    return np.round(lon, 7), np.round(lat, 7)


def container_columns(utility: Utility) -> dict[str, Any]:
    """Substations, then feeders, then the districts the substations are in."""
    stations = utility.substations
    districts = int(utility.district.max()) + 1
    names = stations.name + stations.feeder_name + [f"District {one + 1}" for one in range(districts)]
    counts = [len(stations.name), len(stations.feeder_name), districts]
    classes = np.array([b"Substation", b"Feeder", b"SubGeographicalRegion"])
    parents = [utility.district + counts[0] + counts[1], stations.feeder_of, np.full(districts, -1)]
    return {
        "container_mrid": texts.mrids(utility.seed, CONTAINER, len(names)),
        "container_name": np.array([name.encode() for name in names], np.bytes_),
        "container_class": np.repeat(classes, counts),
        "container_parent": np.concatenate(parents).astype(np.int32),
    }


def _courses(branches: dict[str, np.ndarray], lon: Float, lat: Float) -> tuple[np.ndarray, Float]:
    """Straight ones, of all but transformers."""
    drawn = np.flatnonzero(branches["code"] != BRANCH_CLASSES.index("PowerTransformer"))
    counts = np.zeros(branches["code"].size + 1, np.int64)
    counts[drawn + 1] = 2
    ends = np.stack([branches["start"][drawn], branches["end"][drawn]], axis=1).reshape(-1)
    return np.cumsum(counts), np.column_stack([lon[ends], lat[ends]])


def _groups(utility: Utility) -> tuple[Int, Int, Int]:
    """Customers by node and phases, ascending."""
    node = utility.consumers["node"][utility.people.consumer].astype(np.int64)
    distinct, counts = np.unique(node * 8 + utility.people.phases, return_counts=True)
    return (distinct // 8).astype(np.int32), (distinct % 8).astype(np.int32), counts.astype(np.int32)


def model_mrid(utility: Utility) -> str:
    """The mRID of the whole model."""
    found = texts.mrids(utility.seed * 7 + utility.people.consumer.size, MODEL, 1)
    return bytes(found[0]).decode()


def point_mrids(utility: Utility) -> Text:
    """The mRIDs of the telemetry points."""
    return texts.mrids(utility.seed, POINT, utility.point_branch.size)
