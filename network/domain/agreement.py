"""Two power flows of one network laid side by side: how far apart they are, and where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain.charted import Floats


@dataclass(frozen=True, slots=True)
class Apart:
    """How far two arrays are apart where both have a value: `at` is the index of the largest difference, -1 without any."""

    count: int
    largest: float | None
    mean: float | None
    at: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two results differ by: voltages in pu, loadings in percent of the rating.

    `live_only_there` counts nodes the other result calls live and ours dead.
    """

    voltage: Apart
    loading: Apart
    live_only_there: int

    def within(self, limit_pu: float) -> bool:
        """Whether every voltage that both have is as near as this, and nothing is live there that is dead here."""
        largest = self.voltage.largest
        return largest is not None and largest <= limit_pu and not self.live_only_there


_NOWHERE = Apart(0, None, None, -1)
#: Of two results that have nothing in common.
NOTHING = Agreement(_NOWHERE, _NOWHERE, 0)


def compare(voltage: Floats, other_voltage: Floats, loading: Floats, other_loading: Floats) -> Agreement:
    """Compare two results, ours first.

    Args:
        voltage: pu by node, NaN where dead or unknown; shape (nodes,).
        other_voltage: the same of the other result.
        loading: percent by branch, NaN where unknown; shape (branches,).
        other_loading: the same of the other result.
    """
    only_there = int((np.isfinite(other_voltage) & ~np.isfinite(voltage)).sum())
    return Agreement(_apart(voltage, other_voltage), _apart(loading, other_loading), only_there)


def _apart(ours: Floats, theirs: Floats) -> Apart:
    places: NDArray[np.int64] = np.flatnonzero(np.isfinite(ours) & np.isfinite(theirs))
    if not places.size:
        return _NOWHERE
    apart = np.abs(ours[places].astype(np.float64) - theirs[places])
    return Apart(places.size, float(apart.max()), float(apart.mean()), int(places[apart.argmax()]))
