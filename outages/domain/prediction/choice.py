"""What an engine decided about every device, whatever way it decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One element a device.

    Attributes:
        engine: which decided.
        is_open: devices that explain what is below them; of two on one path the upper one counts.
        is_out: transformers that are out by themselves when nothing above them is open.
        gain, rival: of an engine that weighs: what the device gains as explanation, and the best below it.
        phases: of an engine that chooses them: the phases each device is open on; None: all on which it may be.
    """

    engine: str
    is_open: NDArray[np.bool_]
    is_out: NDArray[np.bool_]
    gain: NDArray[np.float64] | None = None
    rival: NDArray[np.float64] | None = None
    phases: NDArray[np.uint8] | None = None

    @classmethod
    def none(cls, size: int) -> Choice:
        """Nothing had to be decided: what is open is known.

        >>> Choice.none(2).is_open.tolist()
        [False, False]
        """
        return cls("rules", np.zeros(size, np.bool_), np.zeros(size, np.bool_))
