"""Energy by blocks of time out of values that hold until the next one comes, and how far a block may be believed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK_S = 900
#: A block so far covered by values is whole; below the second share it is estimated from its neighbours instead of scaled up.
WHOLE, ENOUGH = 0.99, 0.5
VALID, PARTIAL, MISSING, ESTIMATED, DERIVED = "4.0.0", "4.4.2", "4.5.259", "4.8.0", "4.11.0"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a feeder: kWh (None where nothing can be said), and quality codes (system 4: SCADA)."""

    kwh: float | None
    qualities: tuple[str, ...]


def pieces(begins: float, ends: float, *, step: int = BLOCK_S) -> Iterator[tuple[int, float]]:
    """The blocks a time lies in: when each ends, and how many seconds of it. Moments are seconds since the epoch.

    >>> list(pieces(895.0, 1805.0))
    [(900, 5.0), (1800, 900.0), (2700, 5.0)]
    """
    while begins < ends:
        end = (math.floor(begins / step) + 1) * step
        yield end, min(end, ends) - begins
        begins = float(end)


def power_kw(value: float, *, nominal_v: float, phases: int, factor: float) -> float:
    """Power out of a current in A by the nominal voltage between lines in V and a power factor, for so many phases.

    >>> round(power_kw(100.0, nominal_v=20_000.0, phases=3, factor=0.95))
    3291
    """
    return value * nominal_v / math.sqrt(3.0) * phases * factor / 1000.0


def judge(
    kwh: NDArray[np.float64], covered_s: NDArray[np.float64], *, is_derived: bool, longest_gap: int
) -> list[Block]:
    """The blocks of a day (n,): whole ones as they are, cut ones scaled up, short gaps by a line, and the rest missing.

    >>> [one.kwh for one in judge(np.array([10., 4., 0., 20.]), np.array([900., 450., 0., 900.]), is_derived=False, longest_gap=4)]
    [10.0, 8.0, 14.0, 20.0]
    """
    share = np.clip(covered_s / BLOCK_S, 0.0, 1.0)
    scaled = np.where(share >= ENOUGH, kwh / np.maximum(share, ENOUGH), np.nan)
    known = np.flatnonzero(share >= ENOUGH)
    found = []
    for number, value in enumerate(scaled.tolist()):
        more = (DERIVED,) if is_derived else ()
        if share[number] >= WHOLE:
            found.append(Block(value, (VALID, *more)))
        elif share[number] >= ENOUGH:
            found.append(Block(value, (ESTIMATED, PARTIAL, *more)))
        else:
            found.append(_between(number, known, scaled, longest_gap, more))
    return found


def _between(
    number: int, known: NDArray[np.intp], scaled: NDArray[np.float64], longest_gap: int, more: Sequence[str]
) -> Block:
    after = int(np.searchsorted(known, number))
    if 0 < after < known.size and known[after] - known[after - 1] - 1 <= longest_gap:
        ends = [known[after - 1], known[after]]
        return Block(float(np.interp(number, ends, scaled[ends])), (ESTIMATED, *more))
    return Block(None, (MISSING,))
