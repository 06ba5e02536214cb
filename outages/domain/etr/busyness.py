"""How busy the crews of an area are: by the outages that go on at once, against what is usual there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

_BORDERS = (0.5, 0.9, 0.98)  # quantiles: usual, busy, very busy, storm
LEVELS = ("usual", "busy", "very busy", "storm")


def going(began: Float, ended: Float, at: Float) -> NDArray[np.int64]:
    """(moments) outages going on at these moments, those that begin just then not counted.

    Examples:
        >>> going(np.array([0.0, 5.0, 6.0]), np.array([10.0, 7.0, np.inf]), np.array([5.0, 6.5, 8.0])).tolist()
        [1, 3, 2]
    """
    begun = np.searchsorted(np.sort(began), at, "left")
    return begun - np.searchsorted(np.sort(ended), at, "right")


def borders(counts: NDArray[np.int64]) -> Float:
    """Counts beyond which it is busy, very busy and a storm, by what was usual; none without records."""
    return np.quantile(counts, _BORDERS) if counts.size else np.empty(0)


def level(counts: NDArray[np.int64], known: Float) -> NDArray[np.int64]:
    """(counts) 0 usual to 3 storm; always 0 where nothing is known."""
    return np.searchsorted(known, counts, "right") if known.size else np.zeros(counts.shape, np.int64)
