"""What an engine decided about every device, whatever way it decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from outages.domain.prediction.scores import Scores


class Contribution(NamedTuple):
    """What one kind of evidence adds to the gain of a device.

    Attributes:
        source: "calls", "gasps", "crews", "pings" (without answer), "no_calls", "no_gasps" (who could have reported), "operated",
            "silent" (fault indicators), "price".
        gain: log-likelihood it adds, below zero where it speaks against the device.
        number: how many reports or silent customers.
        rate: the learned share it was judged by, where there is one.
        devices: where fault indicators stand.
    """

    source: str
    gain: float
    number: float
    rate: float | None = None
    devices: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One element a device.

    Attributes:
        engine: which decided.
        is_open: devices that explain what is below them; of two on one path the upper one counts.
        is_out: transformers that are out by themselves when nothing above them is open.
        gain, rival: of an engine that weighs: what the device gains as explanation, and the best below it.
        again: how to choose for the reports that this choice leaves over on other phases; None: as before.
        account: and what that gain is made of, by device.
        phases: of an engine that chooses them: the phases each device is open on; None: all on which it may be.
    """

    engine: str
    is_open: NDArray[np.bool_]
    is_out: NDArray[np.bool_]
    gain: NDArray[np.float64] | None = None
    rival: NDArray[np.float64] | None = None
    phases: NDArray[np.uint8] | None = None
    account: Callable[[int], tuple[Contribution, ...]] | None = None
    again: Callable[[Scores], Choice] | None = None

    @classmethod
    def none(cls, size: int) -> Choice:
        """Nothing had to be decided: what is open is known.

        >>> Choice.none(2).is_open.tolist()
        [False, False]
        """
        return cls("rules", np.zeros(size, np.bool_), np.zeros(size, np.bool_))
