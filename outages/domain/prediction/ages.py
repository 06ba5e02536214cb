"""How long reports take: the share of them that lies in each bin of age, by the bin of age in which supply was lost.

Ages are seconds before now. Bins widen with age, for what happened a minute ago is told apart by seconds and what happened an
hour ago by minutes.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Where bins begin, and where the last ends.
EDGES = (0.0, 30.0, 60.0, 120.0, 240.0, 480.0, 900.0, 1800.0, 3600.0, 14400.0)
#: Moments of loss tried within a bin.
_WITHIN = 8


@dataclass(frozen=True, slots=True, eq=False)
class Ages:
    """Bins of age up to the oldest report; of one bin, time says nothing.

    Attributes:
        edges: bins + 1 of them.
        span_s: time over which reports came.
        elsewhere: per bin the share of reports that come at any time.
    """

    edges: NDArray[np.float64]
    span_s: float
    elsewhere: NDArray[np.float64]

    @classmethod
    def of(cls, oldest_s: float | None) -> Ages:
        """Bins for reports up to this age; None: nothing is known of time.

        >>> Ages.of(100.0).edges.tolist(), Ages.of(None).edges.tolist()
        ([0.0, 30.0, 60.0, 120.0], [0.0, inf])
        """
        if oldest_s is None:
            return cls(np.array([0.0, np.inf]), 3600.0, np.ones(1))
        count = int(np.searchsorted(EDGES, oldest_s, side="right"))
        edges = np.array(EDGES[: min(count, len(EDGES) - 1) + 1])
        span = min(max(oldest_s, 60.0), EDGES[-1])
        shares = np.clip(edges[1:], 0, span) - np.clip(edges[:-1], 0, span)
        return cls(edges, span, np.maximum(shares / span, 1e-3))

    @property
    def count(self) -> int:
        """How many bins."""
        return int(self.edges.size - 1)

    def bin_of(self, age_s: NDArray[np.float64]) -> NDArray[np.int64]:
        """The bin of each age; what is not yet or too old lies in the first or last."""
        return np.clip(np.searchsorted(self.edges, age_s, side="right") - 1, 0, self.count - 1)

    def opening(self, before_s: float) -> NDArray[np.float64]:
        """Per bin the share of openings in it: they come at any time since so long before the oldest report.

        >>> Ages.of(100.0).opening(20.0).tolist(), Ages.of(None).opening(20.0).tolist()
        ([0.25, 0.25, 0.5], [1.0])
        """
        if np.isinf(self.edges[-1]):
            return np.ones(1)
        span = self.span_s + before_s
        shares = np.clip(self.edges[1:], 0, span) - np.clip(self.edges[:-1], 0, span)
        return np.asarray(np.maximum(shares / span, 1e-3), np.float64)

    def arriving(self, delay_s: float, late: float) -> NDArray[np.float64]:
        """(lost in, reported in): the share of all reports that come in a bin, by the bin in which supply was lost.

        Delays are exponential with this mean, but for the `late` share that comes at any time within four hours.
        """
        return _arriving(tuple(self.edges.tolist()), delay_s, late)


@functools.lru_cache(maxsize=256)
def _arriving(edges: tuple[float, ...], delay_s: float, late: float) -> NDArray[np.float64]:
    if np.isinf(edges[-1]):
        return np.ones((1, 1))
    ends = np.array(edges)
    share = (np.arange(_WITHIN) + 0.5) / _WITHIN
    lost = ends[:-1, None] + share * np.diff(ends)[:, None]  # (bins, moments)
    since = np.maximum(lost[:, :, None] - ends, 0)  # time from the loss to each edge
    come = (1 - late) * -np.expm1(-since / delay_s) + late * np.minimum(since / EDGES[-1], 1)
    shares = np.maximum(-np.diff(come, axis=2).mean(1), 1e-9)
    return np.asarray(np.tril(shares), np.float64)
