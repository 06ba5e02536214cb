"""The crews at hand work through the outages at hand, many times over, each time with other luck.

    now |--wait in the queue--|--travel--|--assess--|--repair--| back   |--clean up--| the crew is free
                                                     ^ here the customers have supply again

Outages wait in the order of their priority; whoever is free first in the area takes the next one. An outage with a crew on it goes
on from the leg it is in, given how long that has lasted. A draw is one rank per leg of an outage, of the log-normal spread of that leg.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Float = NDArray[np.float64]
Int = NDArray[np.int64]

WAITING, TRAVEL, ASSESS, REPAIR = 0, 1, 2, 3  # where the work stands
LEGS = ("travel", "assess", "repair", "clean_up")
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Jobs:
    """Outages, those to be served first at the front.

    Attributes:
        area: whose crews come.
        crew: who is on it, NOBODY while it waits.
        stage: WAITING, TRAVEL, ASSESS or REPAIR.
        lasted: minutes the leg in hand has lasted.
        mean, deviation: (jobs, 4) of the logarithm of the minutes of each leg.
        customers: without supply now.
    """

    area: Int
    crew: Int
    stage: Int
    lasted: Float
    mean: Float
    deviation: Float
    customers: Int

    @property
    def size(self) -> int:
        """How many."""
        return self.area.size


@dataclass(frozen=True, slots=True)
class Crews:
    """Area of each crew, and in how many minutes it comes on shift (0 when there)."""

    area: Int
    ready: Float


@dataclass(frozen=True, slots=True)
class Forecast:
    """Moments of restoration, (jobs, draws) in minutes from now; infinite where no crew will ever come."""

    back: Float
    customers: Int

    def quantile(self, share: float) -> Float:
        """(jobs) minutes within which supply is back in this share of the draws."""
        return np.quantile(self.back, share, axis=1, method="higher") if self.back.size else np.zeros(len(self.back))

    def left_at(self, minutes: Float) -> tuple[Float, Float]:
        """(moments): outages and customers still without supply at these moments, means of the draws."""
        still = self.back[None, :, :] > minutes[:, None, None]
        return still.sum(axis=1).mean(axis=1), (still * self.customers[None, :, None]).sum(axis=1).mean(axis=1)

    def last(self, share: float) -> float:
        """Minutes until the last customer is back in this share of the draws; 0 with nobody out."""
        return float(np.quantile(self.back.max(axis=0), share, method="higher")) if len(self.back) else 0.0


def simulate(jobs: Jobs, crews: Crews, *, draws: int = 200, seed: int = 1) -> Forecast:
    """Let the crews work through the jobs.

    Args:
        jobs: in the order in which free crews take them.
        crews: whoever works today; a job whose area has none waits for ever.
        draws: how often.
        seed: of the luck; the same seed gives the same forecast.
    """
    rng = np.random.default_rng(seed)
    legs = _drawn(jobs, rng.random((4, jobs.size, draws)))
    back = np.full((jobs.size, draws), np.inf)
    free = np.repeat(crews.ready[:, None], draws, axis=1)
    for job in np.flatnonzero(jobs.crew != NOBODY):
        back[job] = legs[:3, job].sum(axis=0)
        crew = jobs.crew[job]
        free[crew] = np.maximum(free[crew], back[job] + legs[3, job])
    lanes = np.arange(draws)
    by_area = {area: np.flatnonzero(crews.area == area) for area in np.unique(crews.area)}
    for job in np.flatnonzero(jobs.crew == NOBODY):
        near = by_area.get(jobs.area[job])
        if near is None:
            continue
        first = near[np.argmin(free[near], axis=0)]
        back[job] = free[first, lanes] + legs[:3, job].sum(axis=0)
        free[first, lanes] = back[job] + legs[3, job]
    return Forecast(back, jobs.customers)


def _drawn(jobs: Jobs, ranks: Float) -> Float:
    """(4, jobs, draws) minutes still to come of every leg; what is behind takes none."""
    lasted = np.maximum(jobs.lasted, 1e-9)[:, None]
    legs = np.empty_like(ranks)
    for leg in range(4):
        mean, deviation = jobs.mean[:, leg, None], jobs.deviation[:, leg, None]
        rank = ranks[leg]
        in_hand = (jobs.stage == leg + 1)[:, None]
        before = np.where(in_hand, ndtr((np.log(lasted) - mean) / deviation), 0.0)
        rank = np.clip(before + rank * (1.0 - before), 1e-12, 1.0 - 1e-9)
        whole = np.exp(mean + deviation * ndtri(rank))
        legs[leg] = np.where(in_hand, np.maximum(whole - lasted, 1.0), whole)
        legs[leg][jobs.stage > leg + 1] = 0.0
    return legs
