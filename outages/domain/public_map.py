"""What the public may know of an outage: customers in bands, places as coarse cells, causes in plain words.

>>> band(0), band(7), band(50), band(1_234)
('0', '1-9', '50-99', '500+')
>>> Cells(500.0, 500.0).middle(1_260.0, -10.0)
(1250.0, -250.0)
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The first number of each band of customers.
BANDS = (1, 10, 50, 100, 500)
METRES_PER_DEGREE = 111_320.0
#: Causes fit to be told before anybody has looked into guilt; the others are not told.
CAUSES = {
    "equipment": "Equipment failure",
    "tree": "Tree on the line",
    "animal": "Animal",
    "lightning": "Lightning",
    "weather": "Weather",
    "public": "Damage by others",
    "overload": "Overload",
    "planned": "Planned work",
    "upstream": "Loss of supply from another network",
}
#: How far the work is, by the state of the outage.
_STATUS = {
    "assigned": "Crew assigned",
    "en_route": "Crew on the way",
    "on_site": "Crew on site",
    "made_safe": "Crew on site",
    "partly_restored": "Partly restored",
}


def level(customers: int) -> int:
    """Number of the band, from 1; 0 where nobody is out."""
    return sum(customers >= first for first in BANDS)


def band(customers: int) -> str:
    """Customers as the public is told of them."""
    number = level(customers)
    if number == 0:
        return "0"
    return f"{BANDS[-1]}+" if number == len(BANDS) else f"{BANDS[number - 1]}-{BANDS[number] - 1}"


def status(state: str, confidence: str) -> str:
    """How far the work is, in words."""
    return _STATUS.get(state, "Confirmed" if confidence == "confirmed" else "Reported")


def public_id(mrid: str) -> str:
    """The same outage has the same id in every file, and nobody gets from it to ours."""
    return hashlib.sha256(f"public outage {mrid}".encode()).hexdigest()[:12]


def expected(etr_at: dt.datetime | None, at: dt.datetime, minutes: int) -> dt.datetime | None:
    """When supply is expected back, rounded up to whole steps of so many minutes; None where that time has passed."""
    if etr_at is None or etr_at <= at:
        return None
    step = max(minutes, 1) * 60
    return dt.datetime.fromtimestamp(math.ceil(etr_at.timestamp() / step) * step, dt.UTC)


def begun(started_at: dt.datetime, minutes: int) -> dt.datetime:
    """When it began, rounded down to whole steps of so many minutes: the second would say whose meter spoke first."""
    step = max(minutes, 1) * 60
    return dt.datetime.fromtimestamp(started_at.timestamp() // step * step, dt.UTC)


@dataclass(frozen=True, slots=True)
class Cells:
    """The coarse grid laid over a network; sizes in units of its coordinates."""

    width: float
    height: float

    @classmethod
    def of(cls, metres: float, *, latitude: float | None) -> Cells:
        """Cells of so many metres; with a `latitude` the coordinates are degrees."""
        if latitude is None:
            return cls(metres, metres)
        height = metres / METRES_PER_DEGREE
        return cls(height / max(math.cos(math.radians(latitude)), 0.01), height)

    def middle(self, x: float | None, y: float | None) -> tuple[float, float] | None:
        """The middle of the cell a place lies in; None for no place."""
        if x is None or y is None or not (math.isfinite(x) and math.isfinite(y)):
            return None
        column, row = math.floor(x / self.width), math.floor(y / self.height)
        return round((column + 0.5) * self.width, 6), round((row + 0.5) * self.height, 6)

    def occupied(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[list[int]]:
        """Columns and rows of the cells in which anything lies, each once."""
        known = np.isfinite(x) & np.isfinite(y)
        places = np.stack([np.floor(x[known] / self.width), np.floor(y[known] / self.height)], axis=1)
        found: list[list[int]] = np.unique(places.astype(np.int64), axis=0).tolist()
        return found
