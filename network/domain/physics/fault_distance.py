"""How far away a fault is, and on which sections it can lie, by what the head of a radial feeder measured during it.

A fault takes no reactive power if it is an arc or a resistance, whatever its ohms. So along every path from the head the reactive
power of the faulted phases, what is left after the reactance of the line so far, falls to zero where the fault is:

    q(x) = sum over the faulted phases of Im(V(x) conj(If)),   V(x) = V(head) - Z(head..x) I

This is the reactance method (IEEE C37.114), written for any set of faulted phases and with the full matrices of the lines. `If` is the
current of the head less what the feeder takes anyway, judged by the phases that have no fault. Reflections, tapped loads on the way
and shunts along the line are left out: they are what the tolerance is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]


class LocationError(ValueError):
    """The lines are no radial feeder, or the phasors are those of no fault."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A section: its ends, its length, and its series impedance over the whole length (3 x 3, ohm)."""

    from_bus: str
    to_bus: str
    length_km: float
    ohm: Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Phasors:
    """Voltages to ground (V) and currents into the feeder (A) at the head during the fault; `phases` (0, 1, 2) are the faulted ones."""

    volt: NDArray[np.complex128]
    ampere: NDArray[np.complex128]
    phases: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A section on which the fault can lie.

    Attributes:
        from_bus, to_bus: its ends, seen from the head.
        distance_km: of the likeliest point of this section from the head, along the lines.
        nearest_km, farthest_km: the part of it that is within the tolerance.
        off_km: how far the likeliest point is from where the measurement says; 0: it says just there.
        fault_ohm: resistance of the fault by the measurement, where it lies on this section.
    """

    from_bus: str
    to_bus: str
    distance_km: float
    nearest_km: float
    farthest_km: float
    off_km: float
    fault_ohm: float | None


@dataclass(frozen=True, eq=False)
class Feeder:
    """Lines from the head outwards, each after the one that feeds it.

    Attributes:
        head: where the measurement stands.
        lines: turned so that `from_bus` is the side of the head.
        above: per line the index of the one that feeds it, -1 at the head.
        start_km: per line the distance of its beginning from the head.
        unreached: lines that hang together with nothing that the head feeds.
    """

    head: str
    lines: tuple[Line, ...]
    above: tuple[int, ...]
    start_km: tuple[float, ...]
    unreached: tuple[Line, ...] = field(default=())

    @classmethod
    def of(cls, lines: Sequence[Line], head: str | None = None) -> Feeder:
        """The feeder of these lines.

        A bus whose name is that of another with an `r` behind it is the other side of a regulator and taken for the same
        place. The head, where it is not said, is the beginning that feeds the most line.

        Raises:
            LocationError: no line, an unknown head, or lines in a circle.
        """
        if not lines:
            raise LocationError("no line")
        names = {bus for line in lines for bus in (line.from_bus, line.to_bus)}
        place = {bus: bus[:-1] if bus.endswith("r") and bus[:-1] in names else bus for bus in names}
        if head is not None and head not in place:
            raise LocationError(f"no line begins or ends at {head!r}")
        heads = [head] if head is not None else _beginnings(lines, place)
        return max(
            (cls._from(one, lines, place) for one in heads), key=lambda one: sum(line.length_km for line in one.lines)
        )

    @classmethod
    def _from(cls, head: str, lines: Sequence[Line], place: dict[str, str]) -> Feeder:
        at: dict[str, list[int]] = {}
        for i, line in enumerate(lines):
            for bus in {place[line.from_bus], place[line.to_bus]}:
                at.setdefault(bus, []).append(i)
        order: list[Line] = []
        above, start, used = list[int](), list[float](), set[int]()
        seen = {place[head]}
        queue = [(place[head], -1, 0.0)]
        for bus, fed_by, km in queue:  # grows while it is read
            for i in at.get(bus, ()):
                if i in used:
                    continue
                used.add(i)
                line = _turned(lines[i], bus, place)
                far = place[line.to_bus]
                if far in seen:
                    raise LocationError(f"the lines go round in a circle at {line.from_bus}-{line.to_bus}: not radial")
                seen.add(far)
                order.append(line)
                above.append(fed_by)
                start.append(km)
                queue.append((far, len(order) - 1, km + line.length_km))
        left = tuple(line for i, line in enumerate(lines) if i not in used)
        return cls(head, tuple(order), tuple(above), tuple(start), left)


def _beginnings(lines: Sequence[Line], place: dict[str, str]) -> list[str]:
    ends = {place[line.to_bus] for line in lines}
    found = list(dict.fromkeys(line.from_bus for line in lines if place[line.from_bus] not in ends))
    return found or [lines[0].from_bus]


def _turned(line: Line, bus: str, place: dict[str, str]) -> Line:
    return line if place[line.from_bus] == bus else Line(line.to_bus, line.from_bus, line.length_km, line.ohm)


def locate(feeder: Feeder, measured: Phasors, *, tolerance: float = 0.01, least_km: float = 0.05) -> list[Candidate]:
    """The sections on which the fault can lie, the likeliest first; none: it lies farther away than the lines go.

    Args:
        feeder: the lines.
        measured: at the head, during the fault.
        tolerance: share of the distance by which the measurement may be wrong.
        least_km: and at least so much.

    Raises:
        LocationError: no current flows in the phases said to be faulted, or none is said.
    """
    fault = _fault_current(measured)
    best: dict[int, Candidate] = {}
    for line, at_km, ohm in _crossings(feeder, measured, fault):
        band_km = max(least_km, tolerance * at_km)
        for i in _on_path(feeder, line):
            one = _within(feeder, i, at_km, band_km, ohm)
            if one is not None and (i not in best or one.off_km < best[i].off_km):
                best[i] = one
    return sorted(best.values(), key=lambda one: (one.off_km, one.distance_km, one.from_bus, one.to_bus))


def _fault_current(measured: Phasors) -> NDArray[np.complex128]:
    """The currents of the fault: those of the head less what each phase takes anyway, by the admittance the others show."""
    faulted = list(measured.phases)
    if not faulted:
        raise LocationError("no phase is said to be faulted")
    if not np.abs(measured.ampere[faulted]).min() > 0 or not np.abs(measured.volt).max() > 0:
        raise LocationError("no current flows in the faulted phases")
    healthy = [i for i in range(3) if i not in faulted and abs(measured.volt[i]) > 0]
    if not healthy:
        return measured.ampere
    anyway = np.mean(measured.ampere[healthy] / measured.volt[healthy])
    fault = measured.ampere.copy()
    fault[faulted] -= anyway * measured.volt[faulted]
    return fault


def _crossings(feeder: Feeder, measured: Phasors, fault: NDArray[np.complex128]) -> Iterator[tuple[int, float, float]]:
    """(line, distance, resistance) wherever on a path the reactive power falls to zero, or would soon behind its last line."""
    phases, ends = list(measured.phases), list[NDArray[np.complex128]]()
    is_fed_on = set(feeder.above)
    squares = float((np.abs(fault[phases]) ** 2).sum())
    for i, line in enumerate(feeder.lines):
        begin = measured.volt if feeder.above[i] < 0 else ends[feeder.above[i]]
        ends.append(begin - line.ohm @ measured.ampere)
        first, last = (complex((volt[phases] * np.conj(fault[phases])).sum()) for volt in (begin, ends[i]))
        if first.imag <= last.imag or (last.imag >= 0 and i in is_fed_on) or (first.imag < 0 and feeder.above[i] >= 0):
            continue
        share = max(first.imag / (first.imag - last.imag), 0.0)
        yield i, feeder.start_km[i] + share * line.length_km, (first + share * (last - first)).real / squares


def _on_path(feeder: Feeder, line: int) -> Iterator[int]:
    """A line with those between it and the head, and those it feeds."""
    above = line
    while above >= 0:
        yield above
        above = feeder.above[above]
    fed = {line}
    for i in range(line + 1, len(feeder.lines)):
        if feeder.above[i] in fed:
            fed.add(i)
            yield i


def _within(feeder: Feeder, line: int, at_km: float, band_km: float, ohm: float) -> Candidate | None:
    """The line as a candidate, if a part of it lies in the band."""
    one, begin = feeder.lines[line], feeder.start_km[line]
    end = begin + one.length_km
    nearest, farthest = max(begin, at_km - band_km), min(end, at_km + band_km)
    if nearest > farthest:
        return None
    point = min(max(at_km, begin), end)
    return Candidate(
        one.from_bus, one.to_bus, point, nearest, farthest, abs(point - at_km), ohm if point == at_km else None
    )
