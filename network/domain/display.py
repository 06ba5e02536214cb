"""What a map shows of a network: geometry quantised to 16 bits, symbols, and one state byte per branch.

State byte: low three bits 0 energised, 1 de-energised, 2 some phase dead, 3 earthed; then flags. Layout of the geometry file: see
`encode_geometry`; it is the contract with static/js/map.
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from network.domain.energisation import Energisation
from network.domain.grid import BRANCH_CLASSES, Grid

ENERGISED, DE_ENERGISED, PARTLY, EARTHED = 0, 1, 2, 3
OPEN, ABNORMAL, BAD_QUALITY, TAGGED, IN_OUTAGE = 8, 16, 32, 64, 128

#: Symbol kinds by branch class; 10 service transformer, 11 power transformer, 20 source.
SYMBOLS = {"Breaker": 1, "Recloser": 2, "Fuse": 3, "LoadBreakSwitch": 4, "Disconnector": 5}
OTHER_SWITCH, SERVICE_TRANSFORMER, POWER_TRANSFORMER, SOURCE = 6, 10, 11, 20
NORMALLY_OPEN, TELEMETERED = 1, 2
#: How far a device stands from the busbar it shares a place with.
BESIDE_M = 25.0
METRES_PER_DEGREE = 111_320.0
#: Raised whenever the geometry file of a grid changes: kept ones are then made anew.
GEOMETRY_FORMAT = 2


def state_bytes(
    grid: Grid,
    closed: NDArray[np.uint8],
    energisation: Energisation,
    *,
    tagged: Sequence[int] = (),
    bad_quality: Sequence[int] = (),
    earthed: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint8]:
    """One byte per branch; `earthed` says which nodes are dead and joined to a ground.

    A switch is shown as live when either of its ends is: an open tie between live feeders is open, not dead.
    """
    phases = grid.branch_phases
    live = energisation.branch_live.copy()
    switches = grid.is_switch
    ends = energisation.live[grid.branch_from] | energisation.live[grid.branch_to]
    live[switches] = ends[switches] & phases[switches]
    states = np.where(live == 0, DE_ENERGISED, np.where(live == phases & 7, ENERGISED, PARTLY)).astype(np.uint8)
    if earthed is not None:
        dead = states == DE_ENERGISED
        states[dead & (closed != 0) & (earthed[grid.branch_from] | earthed[grid.branch_to])] = EARTHED
    is_open = switches & (closed != phases)
    states[is_open] |= OPEN
    states[switches & (closed != grid.normal_closed)] |= ABNORMAL
    states[np.asarray(bad_quality, dtype=np.intp)] |= BAD_QUALITY
    states[np.asarray(tagged, dtype=np.intp)] |= TAGGED
    return states


def encode_geometry(grid: Grid, *, is_geographic: bool = False) -> bytes:
    """The geometry file, little endian.

    "TLG1", u32 segments, u32 symbols, f64 x0, y0, scale; then arrays, each padded to four bytes:
    per segment u16 x1, y1, x2, y2; u32 branch; u8 level (0 backbone, 1 main, 2 lateral or low voltage);
    per symbol u32 branch; u16 x; u16 y; u8 kind; u8 flags;
    f64 what longitudes are shrunk by, 0 where places are not on the earth.
    A world coordinate is origin + quantum * scale, y to the north. Longitudes (`is_geographic`) are shrunk by the cosine of the
    middle latitude, so that a metre east is as long as a metre north.
    """
    lines, branches = _segments(grid)
    ids, points, kinds, flags = _symbols(grid, BESIDE_M / METRES_PER_DEGREE if is_geographic else BESIDE_M)
    shrink = 0.0
    if is_geographic and len(points):
        shrink = float(np.cos(np.radians(np.nanmean(points[:, 1]))))
        lines, points = lines * [shrink, 1, shrink, 1], points * [shrink, 1]
    x0, y0, scale = _frame(np.vstack([lines.reshape(-1, 2), points]))
    quantised = _quantise(lines.reshape(-1, 2), x0, y0, scale).reshape(-1, 4)
    spots = _quantise(points, x0, y0, scale)
    parts = [
        struct.pack("<4sIIddd", b"TLG1", len(branches), len(ids), x0, y0, scale),
        quantised.tobytes(),
        branches.astype("<u4").tobytes(),
        _levels(grid)[branches].tobytes(),
        ids.astype("<u4").tobytes(),
        np.ascontiguousarray(spots[:, 0]).tobytes(),
        np.ascontiguousarray(spots[:, 1]).tobytes(),
        kinds.tobytes(),
        flags.tobytes(),
        struct.pack("<d", shrink),
    ]
    return b"".join(part + b"\0" * (-len(part) % 4) for part in parts)


def _segments(grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Straight pieces of the branches that have a course: float64[n, 4] and the branch of each."""
    starts, counts = grid.point_offsets[:-1], np.diff(grid.point_offsets)
    pieces = np.maximum(counts - 1, 0)
    branches = np.repeat(np.arange(len(pieces), dtype=np.int32), pieces)
    within = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    first = starts[branches] + within
    lines = np.hstack([grid.points[first], grid.points[first + 1]]) if len(first) else np.zeros((0, 4))
    real = np.isfinite(lines).all(axis=1) & ((lines[:, :2] != lines[:, 2:]).any(axis=1))
    return lines[real], branches[real]


def _symbols(
    grid: Grid, beside: float
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.uint8], NDArray[np.uint8]]:
    """Switches, transformers and sources with their place."""
    kinds = np.zeros(len(grid.branch_phases), dtype=np.uint8)
    kinds[grid.is_switch] = OTHER_SWITCH
    for branch_class, kind in SYMBOLS.items():
        kinds[grid.branch_class == BRANCH_CLASSES.index(branch_class)] = kind
    kinds[grid.is_transformer] = POWER_TRANSFORMER
    kinds[grid.service_transformer] = SERVICE_TRANSFORMER
    ids = kinds.nonzero()[0].astype(np.int32)
    start = np.column_stack([grid.node_x, grid.node_y])[grid.branch_from[ids]]
    end = np.column_stack([grid.node_x, grid.node_y])[grid.branch_to[ids]]
    start, end = np.where(np.isfinite(start), start, end), np.where(np.isfinite(end), end, start)
    points = start + (end - start) * 0.5
    _set_beside(grid, ids, points, (start == end).all(axis=1), beside)
    flags = np.where(grid.normal_closed[ids] == 0, NORMALLY_OPEN, 0).astype(np.uint8)
    flags[grid.is_telemetered[ids]] |= TELEMETERED
    real = np.isfinite(points).all(axis=1)
    sources = grid.source_node
    places = np.column_stack([grid.node_x[sources], grid.node_y[sources]])
    known = np.isfinite(places).all(axis=1)
    heads = _branch_at(grid, sources[known])
    return (
        np.concatenate([ids[real], heads]),
        np.vstack([points[real], places[known]]),
        np.concatenate([kinds[ids[real]], np.full(len(heads), SOURCE, dtype=np.uint8)]),
        np.concatenate([flags[real], np.zeros(len(heads), dtype=np.uint8)]),
    )


def _set_beside(
    grid: Grid, ids: NDArray[np.int32], points: NDArray[np.float64], same: NDArray[np.bool_], beside: float
) -> None:
    """Devices whose two ends share one place stand a little along the line they lead to, not all on top of one another."""
    for i in np.flatnonzero(same & np.isfinite(points).all(axis=1)):
        way = _leading_away(grid, int(ids[i]), points[i])
        if way is not None:
            length = float(np.hypot(*way))
            points[i] += way / length * min(beside, length * 0.4)


def _leading_away(grid: Grid, branch: int, place: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The first stretch of the line that begins behind a device; the far end of the device is asked first."""
    for node in (grid.branch_to[branch], grid.branch_from[branch]):
        for other in grid.adj_branch[grid.indptr[node] : grid.indptr[node + 1]]:
            course = grid.course(int(other))
            if other == branch or len(course) < 2:
                continue
            if np.abs(course[0] - place).sum() > np.abs(course[-1] - place).sum():
                course = course[::-1]
            apart = course[1:] - place
            far = np.flatnonzero(np.hypot(apart[:, 0], apart[:, 1]) > 0)
            if far.size:
                return np.asarray(apart[far[0]], dtype=np.float64)
    return None


def _branch_at(grid: Grid, nodes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Some branch at each node: what its symbol takes its state from."""
    first = np.minimum(grid.indptr[nodes], max(len(grid.adj_branch) - 1, 0))
    return grid.adj_branch[first]


def _levels(grid: Grid) -> NDArray[np.uint8]:
    """Importance: transformers' high side and three-phase trunk first, low voltage and single phase last."""
    volts = np.minimum(grid.node_nominal_v[grid.branch_from], grid.node_nominal_v[grid.branch_to])
    three = (grid.branch_phases & 7) == 7
    return np.where((volts > 0) & (volts < 1100), 2, np.where(three, 0, 1)).astype(np.uint8)


def _frame(points: NDArray[np.float64]) -> tuple[float, float, float]:
    if not len(points):
        return 0.0, 0.0, 1.0
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max())
    return float(low[0]), float(low[1]), extent / 65535 if extent > 0 else 1.0


def _quantise(points: NDArray[np.float64], x0: float, y0: float, scale: float) -> NDArray[np.uint16]:
    return np.clip(np.rint((points - [x0, y0]) / scale), 0, 65535).astype("<u2")
