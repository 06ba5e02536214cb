"""Which crew first: on shift, free before busy, of the same area, near.

>>> near = Candidate("c12", is_on_shift=True, is_on_it=False, is_same_area=True, jobs=0, distance_km=4.0)
>>> away = Candidate("c11", is_on_shift=True, is_on_it=False, is_same_area=False, jobs=0, distance_km=1.0)
>>> busy = Candidate("l21", is_on_shift=True, is_on_it=False, is_same_area=True, jobs=1, distance_km=0.5)
>>> [one.key for one in rank([busy, away, near])], round(arrival_min(near.distance_km))
(['c12', 'c11', 'l21'], 15)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Point = tuple[float, float]

#: Roads are longer than the straight line by this factor, and crews drive at this speed after getting ready.
DETOUR, SPEED_KMH, READY_MIN = 1.4, 40.0, 7.0
EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A crew as seen from one place of work; `distance_km` is None where its position is not known."""

    key: str
    is_on_shift: bool
    is_on_it: bool
    is_same_area: bool
    jobs: int
    distance_km: float | None

    @property
    def can_take(self) -> bool:
        """Whether it may be sent there at all."""
        return self.is_on_shift and not self.is_on_it


def rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The best first; those that cannot be sent last."""
    return sorted(candidates, key=_order)


def _order(one: Candidate) -> tuple[bool, bool, bool, int, float, str]:
    distance = math.inf if one.distance_km is None else one.distance_km
    return (not one.can_take, one.jobs > 0, not one.is_same_area, one.jobs, distance, one.key)


def arrival_min(distance_km: float | None) -> float | None:
    """An estimate of the minutes until it is there; None without a position."""
    return None if distance_km is None else READY_MIN + distance_km * DETOUR / SPEED_KMH * 60


def distance_km(one: Point | None, other: Point | None, *, is_geographic: bool) -> float | None:
    """Between two places in a model's coordinates; None where one is not known, or the coordinates are a drawing's.

    >>> round(distance_km((7.81, 48.43), (7.81, 48.44), is_geographic=True), 2)
    1.11
    """
    if one is None or other is None or not is_geographic:
        return None
    (x1, y1), (x2, y2) = one, other
    east = math.radians(x2 - x1) * math.cos(math.radians((y1 + y2) / 2))
    return EARTH_KM * math.hypot(east, math.radians(y2 - y1))
