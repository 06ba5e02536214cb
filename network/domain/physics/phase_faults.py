"""Fault currents at one place of a network whose phases differ: what it sees is a set of voltages behind a matrix of impedances.

All phases to earth, two phases without earth, one phase to earth (or to neutral behind a split-phase transformer). Every choice of
phases is a current of its own, for lines are not transposed.

Source: Kersting, Distribution System Modeling and Analysis (4th ed. 2018), chapter 10; peak currents by IEC 60909-0:2016, 8.1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Complexes = NDArray[np.complex128]
Fault = Literal["3ph", "2ph", "1ph"]


@dataclass(slots=True, frozen=True)
class PhaseFault:
    """Current of one choice of phases: initial symmetrical and peak current in A; `phases` such as "A" or "AB"."""

    phases: str
    ikss_a: float
    ip_a: float


def phase_faults(v: Complexes, z: Complexes, phases: Sequence[str], fault: Fault) -> list[PhaseFault]:
    """The currents of every choice of phases, empty where the place has too few of them.

    Args:
        v: open-circuit voltages to earth (n,) in V.
        z: impedances (n, n) in ohm.
        phases: names of the n conductors.
        fault: "3ph" all three to earth (each phase's current is one entry), "2ph", "1ph".

    Examples:
        >>> v = 1000.0 * np.exp(1j * np.radians([0.0, -120.0, 120.0]))
        >>> z = np.eye(3) * 1j + 0.0
        >>> [round(one.ikss_a) for one in phase_faults(v, z, "ABC", "3ph")]
        [1000, 1000, 1000]
        >>> [(one.phases, round(one.ikss_a)) for one in phase_faults(v, z, "ABC", "2ph")]
        [('AB', 866), ('AC', 866), ('BC', 866)]
    """
    if fault == "3ph":
        return list(_all_to_earth(v, z, phases)) if len(phases) == 3 else []
    if fault == "2ph":
        return [
            _fault(f"{phases[i]}{phases[j]}", v[i] - v[j], z[i, i] + z[j, j] - z[i, j] - z[j, i])
            for i, j in combinations(range(len(phases)), 2)
        ]
    return [_fault(phase, v[i], z[i, i]) for i, phase in enumerate(phases)]


def _all_to_earth(v: Complexes, z: Complexes, phases: Sequence[str]) -> Iterator[PhaseFault]:
    currents = np.linalg.solve(z, v)
    for phase, volts, amperes in zip(phases, v, currents, strict=True):
        yield _fault(phase, volts, volts / amperes)


def _fault(phases: str, volts: complex, ohm: complex) -> PhaseFault:
    amperes = abs(volts) / abs(ohm)
    return PhaseFault(phases, amperes, peak_factor(ohm) * math.sqrt(2.0) * amperes)


def peak_factor(ohm: complex) -> float:
    """Kappa of the impedance that a fault sees.

    >>> round(peak_factor(1j), 2), round(peak_factor(1.0 + 0j), 2)
    (2.0, 1.02)
    """
    if not ohm.imag > 0:
        return 1.02
    return 1.02 + 0.98 * math.exp(-3.0 * max(ohm.real, 0.0) / ohm.imag)
