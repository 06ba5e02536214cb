"""Impedances of a line from its wires: modified Carson's equations, potential coefficients, Kron's reduction.

        (A)   (B)     (C)          heights count from the ground; cables lie below it
              (N)
    ------------------------- earth of 100 ohm m

Source: W. H. Kersting, Distribution System Modeling and Analysis, chapters 4 and 5. Differences from it: the capacitance of a cable
is that of its insulation, whose screens are conductors; a tape's lap counts in the resistance of its shield.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain.physics.circuit import LineCode, Triangle

EARTH_OHM_M = 100.0
_EPSILON = 8.8541878128e-12  # F/m
_COPPER_TAPE_OHM_M = 2.3718e-8  # at 50 degrees, with its spiral

Matrix = NDArray[np.complex128]


@dataclass(slots=True, frozen=True)
class Sheath:
    """Concentric neutral or tape shield around a core: ohm/m, and the radius of the circle it lies on, with its own GMR, in m."""

    ohm_per_m: float
    radius: float
    gmr: float


@dataclass(slots=True, frozen=True)
class Conductor:
    """A wire, or the core of a cable. `is_reduced` wires (neutrals) are grounded all along and vanish into the others."""

    x: float
    y: float
    ohm_per_m: float
    gmr: float
    radius: float
    is_reduced: bool = False
    sheath: Sheath | None = None
    insulation: tuple[float, float, float] | None = None  # inner and outer radius in m, relative permittivity


def concentric_neutral(count: int, strand_ohm_per_m: float, strand_gmr: float, radius: float) -> Sheath:
    """Strands on a circle as one conductor (Kersting, equations 4.80 to 4.82)."""
    gmr = (strand_gmr * count * radius ** (count - 1)) ** (1.0 / count)
    return Sheath(strand_ohm_per_m / count, radius, gmr)


def tape_shield(diameter: float, thickness: float, lap_percent: float) -> Sheath:
    """A copper tape wound around a core: `diameter` over the shield."""
    lap = math.sqrt(50.0 / (100.0 - lap_percent))
    ohm = _COPPER_TAPE_OHM_M / (math.pi * diameter * thickness * lap)
    middle = 0.5 * (diameter - thickness)
    return Sheath(ohm, middle, middle)


def line_code(conductors: Sequence[Conductor], frequency_hz: float, earth_ohm_m: float = EARTH_OHM_M) -> LineCode:
    """Series and shunt matrices per metre of the conductors that are not reduced, in their order.

    Raises:
        ValueError: two conductors are in one place, or one has no radius.
    """
    kept = sum(not one.is_reduced for one in conductors)
    series = _kron(_series(conductors, frequency_hz, earth_ohm_m), kept)
    shunt = _shunt(conductors, kept) * (2.0 * math.pi * frequency_hz)
    return LineCode(triangle(series.real), triangle(series.imag), (0.0,) * (kept * (kept + 1) // 2), triangle(shunt))


def sequence_code(values: tuple[float, ...], size: int) -> LineCode:
    """Phase matrices of a transposed line: self (2 z1 + z0) / 3, mutual (z0 - z1) / 3.

    Args:
        values: r, x, g, b of the positive, then of the zero sequence.
        size: how many phases.
    """

    def spread(positive: float, zero: float) -> Triangle:
        own, mutual = (2.0 * positive + zero) / 3.0, (zero - positive) / 3.0
        return tuple(own if i == j else mutual for i in range(size) for j in range(i + 1))

    r, x, g, b = (spread(values[i], values[i + 4]) for i in range(4))
    return LineCode(r, x, g, b, values)


def triangle(matrix: NDArray[np.float64]) -> Triangle:
    """Lower triangle, row by row.

    >>> import numpy as np
    >>> triangle(np.array([[1.0, 9.0], [2.0, 3.0]]))
    (1.0, 2.0, 3.0)
    """
    return tuple(float(matrix[i, j]) for i in range(len(matrix)) for j in range(i + 1))


def square(values: Triangle) -> NDArray[np.float64]:
    """The symmetric matrix of a lower triangle.

    >>> square((1.0, 2.0, 3.0)).tolist()
    [[1.0, 2.0], [2.0, 3.0]]
    """
    size = (math.isqrt(8 * len(values) + 1) - 1) // 2
    matrix = np.zeros((size, size))
    rows, columns = np.tril_indices(size)
    matrix[rows, columns] = matrix[columns, rows] = values
    return matrix


def _ordered(conductors: Sequence[Conductor]) -> list[Conductor]:
    return [one for one in conductors if not one.is_reduced] + [one for one in conductors if one.is_reduced]


def _series(conductors: Sequence[Conductor], frequency_hz: float, earth_ohm_m: float) -> Matrix:
    """Primitive impedance in ohm/m: phases, then neutrals, then the sheaths of the phases."""
    wires = _ordered(conductors)
    sheathed = [i for i, one in enumerate(wires) if one.sheath]
    size = len(wires) + len(sheathed)
    distance = np.zeros((size, size))
    ohm = np.zeros(size)
    place = [(one.x, one.y) for one in wires] + [(wires[i].x, wires[i].y) for i in sheathed]
    for i in range(size):
        for j in range(size):
            distance[i, j] = math.dist(place[i], place[j])
    for i, one in enumerate(wires):
        ohm[i], distance[i, i] = one.ohm_per_m, one.gmr
    for row, i in enumerate(sheathed, start=len(wires)):
        sheath = wires[i].sheath
        if sheath:
            ohm[row], distance[row, row] = sheath.ohm_per_m, sheath.gmr
            distance[i, row] = distance[row, i] = sheath.radius
    if (distance <= 0).any():
        raise ValueError("two conductors in one place, or a conductor without geometric mean radius")
    depth = 658.5 * math.sqrt(earth_ohm_m / frequency_hz)
    earth = math.pi**2 * 1e-7 * frequency_hz
    return np.diag(ohm) + earth + 1j * (4e-7 * math.pi * frequency_hz) * np.log(depth / distance)


def _kron(matrix: Matrix, kept: int) -> Matrix:
    """Without the rows behind `kept`, whose voltage is zero."""
    if len(matrix) == kept:
        return matrix
    coupling = matrix[:kept, kept:]
    reduced: Matrix = matrix[:kept, :kept] - coupling @ np.linalg.solve(matrix[kept:, kept:], matrix[kept:, :kept])
    return reduced


def _shunt(conductors: Sequence[Conductor], kept: int) -> NDArray[np.float64]:
    """Capacitance in F/m. Cables see only their own sheath; wires see each other and their images."""
    wires = _ordered(conductors)
    capacitance = np.zeros((kept, kept))
    for i in range(kept):
        insulation = wires[i].insulation
        if insulation:
            inner, outer, permittivity = insulation
            capacitance[i, i] = 2.0 * math.pi * _EPSILON * permittivity / math.log(outer / inner)
    bare = [i for i, one in enumerate(wires) if one.insulation is None and one.sheath is None and one.y > 0]
    phases = [i for i in bare if i < kept]
    if phases:
        potential = np.array([[_potential(wires[i], wires[j]) for j in bare] for i in bare])
        capacitance[np.ix_(phases, phases)] = np.linalg.inv(potential)[: len(phases), : len(phases)]
    return capacitance


def _potential(one: Conductor, other: Conductor) -> float:
    """Potential coefficient in m/F: the other conductor's charge and its image below ground."""
    if one is other:
        ratio = 2.0 * one.y / one.radius
    else:
        ratio = math.dist((one.x, one.y), (other.x, -other.y)) / math.dist((one.x, one.y), (other.x, other.y))
    return math.log(ratio) / (2.0 * math.pi * _EPSILON)
