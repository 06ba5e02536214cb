"""How often devices open, by their kind and by the line behind them: what one more open device costs the engine that weighs.

Only proportions count; how often devices open altogether is learned (`sources.Sources.prior`). The line a device protects is counted in
sections (ACLineSegments as far as the next device): lengths are not in the grid.

>>> Hazards(fuse=3.0, section=0.5).of(np.array([FUSE, TRANSFORMER], np.uint8), np.array([4, 0], np.int32)).tolist()
[5.0, 1.0]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

OTHER, BREAKER, RECLOSER, FUSE, TRANSFORMER = range(5)


@dataclass(frozen=True, slots=True)
class Hazards:
    """How many times a year a device of each kind opens, and how much every line section behind it adds; only proportions count."""

    breaker: float = 1.0
    recloser: float = 1.0
    fuse: float = 1.0
    transformer: float = 1.0
    section: float = 0.0

    @property
    def is_even(self) -> bool:
        """Whether every device opens as often as any other."""
        return self.section == 0 and self.breaker == self.recloser == self.fuse == self.transformer

    def of(self, kind: NDArray[np.uint8], sections: NDArray[np.int32]) -> NDArray[np.float64]:
        """Of devices of these kinds with so many line sections behind each."""
        by_kind = np.array([1.0, self.breaker, self.recloser, self.fuse, self.transformer])
        return np.asarray(by_kind[kind] + self.section * sections, np.float64)


#: Every device opens as often as any other.
EVEN = Hazards()
