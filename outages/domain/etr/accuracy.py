"""Estimates of the time of restoration against what happened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

WITHIN_MIN = 30.0


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How good a set of estimates was; minutes, an error is positive when supply came later than promised. None without estimates.

    Attributes:
        count: estimates scored.
        within: share at most half an hour off, early or late.
        kept: share restored by the time promised.
        bias_min: median error. `mean_error_min` is the mean one.
        off_min: median of the absolute errors; `off_80_min` what four in five stay within.
    """

    count: int
    within: float | None = None
    kept: float | None = None
    bias_min: float | None = None
    mean_error_min: float | None = None
    off_min: float | None = None
    off_80_min: float | None = None


def score(promised_min: Float, restored_min: Float, within_min: float = WITHIN_MIN) -> Accuracy:
    """Score estimates.

    Args:
        promised_min: (estimates) promised moments, in minutes from any origin.
        restored_min: (estimates) moments of restoration from the same one. Pairs with what is no number are left out.
        within_min: how far off counts as within.

    Examples:
        >>> found = score(np.array([100.0, 100.0, 100.0, np.nan]), np.array([90.0, 130.0, 300.0, 50.0]))
        >>> found.count, round(found.within, 3), round(found.kept, 3), found.bias_min
        (3, 0.667, 0.333, 30.0)
    """
    error = restored_min - promised_min
    error = error[np.isfinite(error)]
    if not error.size:
        return Accuracy(0)
    off = np.abs(error)
    return Accuracy(
        count=int(error.size),
        within=float((off <= within_min).mean()),
        kept=float((error <= 0.0).mean()),
        bias_min=float(np.median(error)),
        mean_error_min=float(error.mean()),
        off_min=float(np.median(off)),
        off_80_min=float(np.quantile(off, 0.8)),
    )
