"""Fault currents along an unbalanced radial feeder, by phase impedance matrices.

    source (E, Z) ---[section]--- bus ---[section]--- bus ...        I = Z_seen^-1 E over the phases that fault

Every bus is seen as a voltage behind a 3 by 3 impedance: the source's, and what lies on the way. No loads, no capacitances. A
transformer carries voltage and impedance to its other side by a matrix: a ratio where it is star-star, the differences of phases
where it is delta-star, which is why the zero sequence of the upper side does not get through.

Source: Kersting, Distribution System Modeling and Analysis (4th ed. 2018), chapters 8 and 10.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Complexes = NDArray[np.complex128]
Kind = Literal["3ph-g", "3ph", "2ph-g", "2ph", "1ph"]
_ABC = "ABC"
_FEWEST = {"3ph-g": 3, "3ph": 3, "2ph-g": 2, "2ph": 2, "1ph": 1}
_DELTA = np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0], [-1.0, 0.0, 1.0]])


class NoPath(ValueError):
    """A section hangs on nothing, or a fault on a phase that is not there."""


@dataclass(slots=True, frozen=True)
class Thevenin:
    """What a fault sees: open-circuit phase voltages (3,) in V behind an impedance (3, 3) in ohm, on the phases that exist."""

    v: Complexes
    z: Complexes
    phases: str = _ABC


@dataclass(slots=True, frozen=True)
class Section:
    """A piece of the feeder: series impedance (3, 3) in ohm at the to end, zero rows where a phase is not carried.

    `turns` (3, 3) makes the to end's open voltages of the from end's; None is a line or a switch.
    """

    from_bus: str
    to_bus: str
    z: Complexes
    phases: str = _ABC
    turns: NDArray[np.float64] | None = None


def symmetric_source(line_kv: float, z1: complex, z0: complex, *, pu: float = 1.0, angle_deg: float = 0.0) -> Thevenin:
    """A balanced source by its sequence impedances in ohm."""
    size = line_kv * 1e3 / np.sqrt(3.0) * pu
    v = size * np.exp(1j * np.radians(angle_deg + np.array([0.0, -120.0, 120.0])))
    return Thevenin(v, sequence_matrix(z1, z0))


def sequence_matrix(z1: complex, z0: complex) -> Complexes:
    """The (3, 3) phase matrix of sequence values."""
    return np.asarray(np.full((3, 3), (z0 - z1) / 3.0) + np.eye(3) * z1, dtype=np.complex128)


def star_star(low_over_high: float) -> NDArray[np.float64]:
    """`turns` of an earthed star-star transformer, by its rated voltages."""
    return np.eye(3) * low_over_high


def delta_star(low_kv: float, high_kv: float) -> NDArray[np.float64]:
    """`turns` of a delta-earthed star transformer (30 degrees ahead), by its rated line voltages."""
    return np.asarray(_DELTA * (low_kv / np.sqrt(3.0) / high_kv), dtype=np.float64)


def seen_from(source_bus: str, source: Thevenin, sections: Iterable[Section]) -> dict[str, Thevenin]:
    """What a fault sees at every bus of a radial feeder.

    Raises:
        NoPath: a section does not hang on the source, or closes a loop.
    """
    seen = {source_bus: source}
    waiting: dict[str, list[Section]] = {}
    for section in sections:
        waiting.setdefault(section.from_bus, []).append(section)
    reached = [source_bus]
    while reached:
        bus = reached.pop()
        for section in waiting.pop(bus, ()):
            if section.to_bus in seen:
                raise NoPath(f"{section.from_bus}-{section.to_bus} closes a loop: the feeder must be radial")
            seen[section.to_bus] = behind(seen[bus], section)
            reached.append(section.to_bus)
    if waiting:
        raise NoPath(f"nothing leads to {next(iter(waiting))}")
    return seen


def behind(start: Thevenin, section: Section, share: float = 1.0) -> Thevenin:
    """What a fault sees behind a share of a section (0 to 1); a transformer counts whole."""
    phases = "".join(phase for phase in _ABC if phase in start.phases and phase in section.phases)
    v, z = start.v, start.z
    if section.turns is not None:
        v, z = section.turns @ v, section.turns @ z @ section.turns.T
    return Thevenin(v, z + section.z * share, phases)


def fault_currents(at: Thevenin, kind: Kind, phases: str = _ABC, *, ohm: float = 0.0) -> Complexes:
    """Phase currents (3,) in A into a fault.

    Args:
        at: what the fault sees.
        kind: "3ph-g" all phases to earth, "3ph" without earth, "2ph-g", "2ph", "1ph" to earth.
        phases: the phases it touches; a single letter for "1ph", two for "2ph".
        ohm: resistance of the fault: of each phase to earth, or between the phases.

    Raises:
        NoPath: a phase is not there, or their number does not fit the kind.

    Examples:
        >>> source = symmetric_source(10.0, 1j, 3j)
        >>> np.round(np.abs(fault_currents(source, "3ph")))
        array([5774., 5774., 5774.])
        >>> np.round(np.abs(fault_currents(source, "1ph", "A")))  # sqrt(3) Un / (2 Z1 + Z0)
        array([3464.,    0.,    0.])
    """
    if len(phases) != _FEWEST[kind] or not set(phases) <= set(at.phases):
        raise NoPath(f"a {kind} fault on {phases} where there are {at.phases}")
    where = [_ABC.index(phase) for phase in phases]
    currents = np.zeros(3, dtype=np.complex128)
    z, v = at.z[np.ix_(where, where)], at.v[where]
    if kind in ("3ph", "2ph"):
        currents[where] = _without_earth(z + np.eye(len(where)) * ohm / len(where) * (len(where) - 1), v)
    else:
        currents[where] = np.linalg.solve(z + np.eye(len(where)) * ohm, v)
    return currents


def _without_earth(z: Complexes, v: Complexes) -> Complexes:
    """Currents that sum to zero: the point where the phases meet takes the voltage this needs."""
    count = len(v)
    bordered = np.ones((count + 1, count + 1), dtype=np.complex128)
    bordered[:count, :count] = z
    bordered[count, count] = 0.0
    return np.asarray(np.linalg.solve(bordered, np.append(v, 0.0))[:count])
