"""What of a map comes onto a sheet of paper: the segments and symbols inside a box, and how the box fits the sheet.

Reads the geometry file of `display.encode_geometry`; everything is in its quantised steps, y to the north.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain.display import METRES_PER_DEGREE

_HEAD = struct.Struct("<4sIIddd")
#: Lengths a scale bar may have, times a power of ten.
_ROUND = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Geometry:
    """A geometry file, decoded: per segment int32[4] x1, y1, x2, y2, its branch and level; per symbol branch, x, y, kind."""

    step_m: float  # metres of a quantised step
    lines: NDArray[np.int32]
    branches: NDArray[np.uint32]
    levels: NDArray[np.uint8]
    symbol_branch: NDArray[np.uint32]
    symbol_at: NDArray[np.int32]
    symbol_kind: NDArray[np.uint8]

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """The box of everything: left, bottom, right, top."""
        points = np.vstack([self.lines.reshape(-1, 2), self.symbol_at])
        if not len(points):
            return 0.0, 0.0, 1.0, 1.0
        low, high = points.min(axis=0), points.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def decode(file: bytes, *, is_geographic: bool) -> Geometry:
    """The arrays of a geometry file; places of `is_geographic` are degrees, others metres."""
    _magic, segments, symbols, _x0, _y0, scale = _HEAD.unpack_from(file)
    at = _HEAD.size

    def take(kind: str, count: int) -> NDArray[np.generic]:
        nonlocal at
        found: NDArray[np.generic] = np.frombuffer(file, kind, count, at)
        at += found.nbytes + -found.nbytes % 4
        return found

    lines = take("<u2", segments * 4).astype(np.int32).reshape(-1, 4)
    branches, levels = take("<u4", segments).astype(np.uint32), take("u1", segments).astype(np.uint8)
    symbol_branch = take("<u4", symbols).astype(np.uint32)
    places = np.column_stack([take("<u2", symbols), take("<u2", symbols)]).astype(np.int32)
    kinds = take("u1", symbols).astype(np.uint8)
    step_m = scale * METRES_PER_DEGREE if is_geographic else scale
    return Geometry(step_m, lines, branches, levels, symbol_branch, places, kinds)


def seen_lines(geometry: Geometry, box: tuple[float, float, float, float], least: float) -> NDArray[np.intp]:
    """Segments that touch the box; of those that are no backbone, only what is at least `least` steps long."""
    left, bottom, right, top = box
    x1, y1, x2, y2 = geometry.lines.T
    inside = (np.maximum(x1, x2) >= left) & (np.minimum(x1, x2) <= right)
    inside &= (np.maximum(y1, y2) >= bottom) & (np.minimum(y1, y2) <= top)
    long = np.maximum(np.abs(x2 - x1), np.abs(y2 - y1)) >= least
    return np.flatnonzero(inside & (long | (geometry.levels == 0)))


def seen_symbols(geometry: Geometry, box: tuple[float, float, float, float]) -> NDArray[np.intp]:
    """Symbols inside the box."""
    left, bottom, right, top = box
    x, y = geometry.symbol_at.T
    return np.flatnonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top))


def fitted(box: tuple[float, float, float, float], width: float, height: float) -> tuple[float, float, float, float]:
    """The box made wider or higher so that it has the shape of the sheet (width to height); its middle stays.

    >>> fitted((0, 0, 100, 100), 200, 100)
    (-50.0, 0.0, 150.0, 100.0)
    """
    left, bottom, right, top = box
    across, up = max(right - left, 1.0), max(top - bottom, 1.0)
    wanted = max(across, up * width / height)
    high = wanted * height / width
    x, y = (left + right) / 2, (bottom + top) / 2
    return x - wanted / 2, y - high / 2, x + wanted / 2, y + high / 2


def bar_length(most: float) -> float:
    """The longest round length (1, 2 or 5 times a power of ten) that is not longer than `most`.

    >>> bar_length(743.0), bar_length(1999.0), bar_length(0.6)
    (500.0, 1000.0, 0.5)
    """
    power = 10.0 ** np.floor(np.log10(most))
    return float(max(step * power for step in _ROUND if step * power <= most * (1 + 1e-9)))
