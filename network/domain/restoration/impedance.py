"""Where on a radial feeder a fault may lie by the size of its current alone.

    device --0.4 km-- a --0.9 km-- b        without resistance 3.1 kA at a, 1.9 kA at b, 1.6 kA at c; measured are 2.4 kA:
                      +---1.2 km-- c        somewhere between a and b, or between a and c

A size without an angle does not tell impedance of the line from resistance of the fault: one with resistance draws less, so it lies
nearer than this says, and none lies farther. So this is where to look first, and never what may be energised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from network.domain.physics.fault_currents import Kind, Thevenin, fault_currents

#: The key of a current that is not said of one phase: the largest of the three.
ANY = ""
_ABC = "ABC"
_FAULTED = 0.5  # a phase with less than this share of the largest current carries load
_HALVINGS = 30  # of a stretch: to a thousandth of a millimetre


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """A line: its branch, where it begins and how long it is (km from the device), and what a fault sees at both ends."""

    branch: int
    start_km: float
    length_km: float
    begin: Thevenin
    end: Thevenin

    def at(self, share: float) -> Thevenin:
        """What a fault sees on the way, on the phases that go on to the end."""
        v, z = (one + (other - one) * share for one, other in ((self.begin.v, self.end.v), (self.begin.z, self.end.z)))
        return Thevenin(v, z, self.end.phases)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line on which the fault may lie.

    Attributes:
        branch: the line.
        nearest_km, farthest_km: the part of it that is within the tolerance, from the device along the lines.
        kinds: faults that draw such a current there, such as "1ph A".
    """

    branch: int
    nearest_km: float
    farthest_km: float
    kinds: tuple[str, ...]


def candidates(stretches: Iterable[Stretch], measured: Mapping[str, float], tolerance: float) -> list[Candidate]:
    """The lines on which a fault without resistance draws what was measured, nearest first.

    Args:
        stretches: lines behind the device.
        measured: A in the device by phase ("A", "B", "C"); under `ANY` the largest, which counts where no phase is known.
        tolerance: share by which the measurement may be wrong, from 0 to less than 1.

    Examples:
        >>> v = 1000.0 * np.exp(1j * np.radians([0.0, -120.0, 120.0]))
        >>> near, far = (Thevenin(v, np.eye(3) * 1j * ohm) for ohm in (1.0, 2.0))
        >>> found = candidates([Stretch(7, 0.0, 1.0, near, far)], {"A": 800.0, "B": 20.0, "C": 20.0}, 0.1)
        >>> [(one.branch, round(one.nearest_km, 3), round(one.farthest_km, 3), one.kinds) for one in found]
        [(7, 0.125, 0.375, ('1ph A',))]
    """
    known = {phase: amperes for phase, amperes in measured.items() if phase != ANY} or dict(measured)
    if not known or not max(known.values()) > 0.0:
        return []
    aim, choices = max(known.values()), _choices(known)
    found = (_on(stretch, choices, aim / (1.0 - tolerance), aim / (1.0 + tolerance)) for stretch in stretches)
    return sorted((one for one in found if one), key=lambda one: (one.nearest_km, one.farthest_km, one.branch))


def _choices(known: Mapping[str, float]) -> list[tuple[Kind, str]]:
    """The faults whose phases are those that carry much among those that are known."""
    largest = max(known.values())
    faulted = {phase for phase, amperes in known.items() if amperes >= _FAULTED * largest} - {ANY}
    return [(kind, phases) for kind, phases in _faults() if set(phases) & set(known) == faulted]


def _faults() -> Iterator[tuple[Kind, str]]:
    yield from (("1ph", phase) for phase in _ABC)
    for one, other in combinations(_ABC, 2):
        yield "2ph", one + other
        yield "2ph-g", one + other
    yield "3ph", _ABC
    yield "3ph-g", _ABC


def _on(stretch: Stretch, choices: Sequence[tuple[Kind, str]], most: float, least: float) -> Candidate | None:
    """The part of a line where one of the faults draws between these currents (A)."""
    nearest, farthest, kinds = 1.0, 0.0, list[str]()
    for kind, phases in choices:
        if not set(phases) <= set(stretch.end.phases) & set(stretch.begin.phases):
            continue
        if _current(stretch, 0.0, kind, phases) < least or _current(stretch, 1.0, kind, phases) > most:
            continue
        nearest = min(nearest, _share(stretch, kind, phases, most))
        farthest = max(farthest, _share(stretch, kind, phases, least))
        kinds.append(f"{kind} {phases}")
    if not kinds:
        return None
    start, length = stretch.start_km, stretch.length_km
    return Candidate(stretch.branch, start + nearest * length, start + farthest * length, tuple(kinds))


def _current(stretch: Stretch, share: float, kind: Kind, phases: str) -> float:
    """The largest current in A of a fault there; without end at a source without impedance."""
    try:
        return float(np.abs(fault_currents(stretch.at(share), kind, phases)).max())
    except np.linalg.LinAlgError:
        return np.inf


def _share(stretch: Stretch, kind: Kind, phases: str, amperes: float) -> float:
    """How far along a line the current has fallen to this; its ends where that is nowhere on it."""
    low, high = 0.0, 1.0
    if _current(stretch, low, kind, phases) <= amperes:
        return low
    if _current(stretch, high, kind, phases) >= amperes:
        return high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if _current(stretch, middle, kind, phases) > amperes:
            low = middle
        else:
            high = middle
    return high
