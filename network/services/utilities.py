"""Publish a generated utility: columns go to the grid and, by COPY, to rows; no object is made per piece of equipment."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from adms.core.actors import Actor
from adms.core.services import authority
from network.domain import generation
from network.domain.generation import Utility, sheet
from network.domain.grid import BRANCH_CLASSES, Columns, Grid, assemble
from network.models import ModelVersion
from network.services import power_flow, publication


def publish_utility(*, actor: Actor, utility: Utility, at: dt.datetime) -> tuple[ModelVersion, Grid]:
    """Make a generated utility the operated version of the model of its name; its customers are metering's to load.

    Raises:
        NotAuthorised: the actor may not publish models.
    """
    authority.require(actor=actor, action="publish_model")
    columns = generation.columns(utility)
    grid = assemble(columns)
    compiled = publication.Compiled(
        grid=grid,
        summary=_summary(utility),
        pieces=_pieces(utility, columns, grid),
        points=_points(utility, columns),
        source_names=[grid.node_substation_name(int(node)) for node in grid.source_node],
    )
    model = publication.model_for(utility.name, generation.model_mrid(utility))
    source = f"generated: {utility.people.consumer.size} customers, seed {utility.seed}, {utility.style.name}"
    version = publication.publish(actor=actor, model=model, compiled=compiled, source=source, at=at)
    made = sheet.sheet_of(utility, grid.branch_indices(columns.branch_mrid))
    power_flow.keep_circuit(version_id=version.pk, packed=sheet.to_bytes(made))
    return version, grid


def _summary(utility: Utility) -> dict[str, Any]:
    found = Counter(utility.branches["code"].tolist())
    classes = {BRANCH_CLASSES[code]: count for code, count in sorted(found.items())}
    return generation.counts(utility) | {
        "classes": classes | {"EnergyConsumer": int(utility.consumers["node"].size)},
        "generated": {
            "customers": int(utility.people.consumer.size),
            "seed": utility.seed,
            "style": utility.style.name,
        },
        "skipped": {},
        "skipped_attributes": {},
        "crs": "EPSG:4326",
    }


def _pieces(utility: Utility, columns: Columns, grid: Grid) -> Iterator[publication.Piece]:
    branches, consumers = utility.branches, utility.consumers
    rows = zip(
        columns.branch_mrid.astype(str).tolist(),
        branches["name"].tolist(),
        columns.branch_class.tolist(),
        grid.branch_indices(columns.branch_mrid).tolist(),
        _attributes(utility),
        strict=True,
    )
    for mrid, name, code, place, attributes in rows:
        yield publication.Piece(mrid, name.decode(), BRANCH_CLASSES[code], place, attributes, is_synthetic=True)
    mrids = columns.injection_mrid.astype(str).tolist()
    stations = utility.substations.name
    for place, (mrid, station) in enumerate(zip(mrids, stations, strict=False)):
        yield _injection(mrid, f"{station} source", "EnergySource", place, "{}")
    rest = zip(mrids[len(stations) :], consumers["name"].tolist(), consumers["kw"].tolist(), strict=True)
    for place, (mrid, name, kw) in enumerate(rest, start=len(stations)):
        power = f'{{"p_kw": {kw:.3f}, "q_kvar": {kw * generation.KVAR_PER_KW:.3f}}}'
        yield _injection(mrid, name.decode(), "EnergyConsumer", place, power)


def _injection(mrid: str, name: str, cim_class: str, place: int, attributes: str) -> publication.Piece:
    return publication.Piece(mrid, name, cim_class, place, attributes, is_synthetic=True, is_branch=False)


def _attributes(utility: Utility) -> Iterator[str]:
    """JSON of ratings, lengths and impedances, branch by branch."""
    branches = utility.branches
    columns = [branches[name].tolist() for name in ("conductor", "rated_a", "rated_kva", "length_m")]
    kinds = utility.style.conductors
    for conductor, amperes, kva, metres in zip(*columns, strict=True):
        if conductor >= 0:
            kind, km = kinds[conductor], metres / 1000
            yield (
                f'{{"rated_a": {amperes}, "length_m": {metres:.2f}, "conductor": "{kind.name}", '
                f'"ACLineSegment.r": {kind.r * km:.6f}, "ACLineSegment.x": {kind.x * km:.6f}, '
                f'"ACLineSegment.r0": {kind.r0 * km:.6f}, "ACLineSegment.x0": {kind.x0 * km:.6f}}}'
            )
        elif kva == kva:  # noqa: PLR0124 - not NaN
            yield f'{{"rated_kva": {kva}}}'
        else:
            yield f'{{"rated_a": {amperes}}}'


def _points(utility: Utility, columns: Columns) -> Iterator[publication.Point]:
    mrids = generation.point_mrids(utility).astype(str).tolist()
    equipment = columns.branch_mrid[utility.point_branch].astype(str).tolist()
    names = utility.branches["name"][utility.point_branch].tolist()
    phases = utility.branches["phases"][utility.point_branch].tolist()
    rows = zip(mrids, names, equipment, utility.point_kind.tolist(), phases, strict=True)
    for mrid, name, owner, kind, bits in rows:
        yield publication.Point(
            mrid, f"{name.decode()} {generation.POINTS[kind]}", owner, generation.POINTS[kind], bits
        )


def supplying_nodes(utility: Utility, grid: Grid) -> "np.ndarray[Any, np.dtype[np.int32]]":
    """The grid node of each consumer of a utility."""
    first = len(utility.substations.name)
    return np.asarray(grid.injection_node[first:], np.int32)
