"""What a feeder takes by the readings at its head, as a multiple of what the model says its loads are.

    head reads 620 kW, its inverters make 80 kW, the model's loads below it are 1,000 kW: they take 0.7 of the model's

Losses count as load: a plan that bears a little more is on the safe side.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from network.domain import phases as ph
from network.domain.energisation import Energisation
from network.domain.grid.arrays import Byte, Float, Int
from network.domain.physics.feeder_estimation import ACTIVE, CURRENT

#: Where only the current is read.
POWER_FACTOR = 0.95
#: A multiple outside of these is a reading that cannot be meant, or a model of another network.
LEAST, MOST = 0.05, 3.0


@dataclass(frozen=True, slots=True)
class HeadReading:
    """A reading on the branch where a feeder begins: kW of its phases together (downstream is positive), or A of each of them."""

    kind: str
    phases: int
    value: float


def head_kw(readings: Sequence[HeadReading], phases: int, nominal_v: float) -> float | None:
    """Power at a head in kW; None where the readings do not speak of all its phases.

    Args:
        readings: of one moment, on one branch.
        phases: of the branch, bits.
        nominal_v: between its lines.
    """
    wanted = phases & ph.ABC
    for kind in (ACTIVE, CURRENT):
        told = [one for one in readings if one.kind == kind and one.phases & wanted and math.isfinite(one.value)]
        covered = 0
        for one in told:
            covered |= one.phases & ph.ABC
        overlap = sum((one.phases & ph.ABC).bit_count() for one in told) > covered.bit_count()
        if not told or covered & wanted != wanted or overlap:
            continue
        if kind == ACTIVE:
            return sum(one.value for one in told)
        per_ampere = nominal_v / math.sqrt(3.0) / 1e3 * POWER_FACTOR
        return sum(one.value * (one.phases & ph.ABC).bit_count() for one in told) * per_ampere
    return None


def multiple(kw: float, made_kw: float, model_kw: float) -> float | None:
    """The multiple of the model's loads; None where it cannot be meant.

    >>> multiple(620.0, 80.0, 1000.0)
    0.7
    >>> multiple(9000.0, 0.0, 1000.0)
    """
    if model_kw <= 0.0:
        return None
    found = (kw + made_kw) / model_kw
    return found if LEAST <= found <= MOST else None


def model_kw(loads: Float, energisation: Energisation) -> Float:
    """The model's load by head branch, kW."""
    heads = energisation.feeder
    fed = heads >= 0
    return np.bincount(heads[fed], loads[fed], energisation.grid.branch_count).astype(np.float64)


def by_node(feeder: Int, live: Byte, found: Mapping[int, float]) -> Float:
    """The multiple at every node, NaN where no reading tells: dead, above the heads, or the head is not read."""
    table = np.full(int(max(feeder.max(initial=-1), max(found, default=-1))) + 2, np.nan)
    for head, share in found.items():
        table[head] = share
    return np.where((feeder >= 0) & (live > 0), table[feeder], np.nan)
