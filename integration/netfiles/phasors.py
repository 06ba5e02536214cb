"""Two tables for the location of faults: lines with their matrices, and what the head of the feeder measured during faults.

    line,bus1,bus2,length,unit_code_opendss,Raa,Rab,Rac,Rbb,Rbc,Rcc,Xaa,...      ohm per unit of length
    fault_type,Va_mag,Va_deg,...,Ia_mag,Ia_deg,...                               V and A, degrees; "AG", "BC", "ABCG", ...

The unit of length is OpenDSS's code (1 mile, 2 kft, 3 km, 4 m, 5 ft, 6 in, 7 cm), or kft where the column is not there.
"""

from __future__ import annotations

import cmath
import math
from pathlib import Path

import numpy as np

from integration.netfiles import columns
from integration.netfiles.refusals import NetFileRefused
from network.domain.physics.fault_distance import Line, Phasors

_KM = {"1": 1.609344, "2": 0.3048, "3": 1.0, "4": 0.001, "5": 0.0003048, "6": 0.0000254, "7": 0.00001}
_PAIRS = ("aa", "ab", "ac", "bb", "bc", "cc")
_PHASES = "abc"
_MATRIX = tuple(f"{part}{pair}" for part in "RX" for pair in _PAIRS)
_PHASORS = tuple(f"{kind}{phase}_{part}" for kind in "VI" for phase in _PHASES for part in ("mag", "deg"))


def read_lines(path: Path) -> list[Line]:
    """The lines of a table.

    Raises:
        NetFileRefused: a column is missing, a value is none, a length is not above zero, the unit is none.
    """
    found = [_line(where, row) for where, row in columns.rows(path, ("bus1", "bus2", "length", *_MATRIX))]
    if not found:
        raise NetFileRefused(f"{path.name}: no line")
    return found


def _line(where: str, row: dict[str, str]) -> Line:
    ends = row["bus1"], row["bus2"]
    if not all(ends) or ends[0] == ends[1]:
        raise NetFileRefused(f"{where}: a line from {ends[0]!r} to {ends[1]!r}")
    unit = row.get("unit_code_opendss", "2")
    if unit not in _KM:
        raise NetFileRefused(f"{where}: unit_code_opendss {unit!r} is none of {', '.join(_KM)}")
    length = columns.number(where, "length", row["length"])
    if length <= 0:
        raise NetFileRefused(f"{where}: length is {row['length']}")
    ohm = np.zeros((3, 3), np.complex128)
    for pair in _PAIRS:
        i, j = (_PHASES.index(phase) for phase in pair)
        r, x = (columns.number(where, f"{part}{pair}", row[f"{part}{pair}"]) for part in "RX")
        ohm[i, j] = ohm[j, i] = complex(r, x) * length
    return Line(*ends, length * _KM[unit], ohm)


def read_phasors(path: Path) -> list[tuple[str, Phasors]]:
    """(where, phasors) of every fault of a table.

    Raises:
        NetFileRefused: a column is missing, a value is none, or the type names no phase.
    """
    return [(where, _phasors(where, row)) for where, row in columns.rows(path, ("fault_type", *_PHASORS))]


def _phasors(where: str, row: dict[str, str]) -> Phasors:
    kind = row["fault_type"].upper()
    phases = tuple(i for i, phase in enumerate("ABC") if phase in kind)
    if not phases or set(kind) - set("ABCG-") or (len(phases) == 1 and "G" not in kind):
        raise NetFileRefused(
            f"{where}: fault_type {row['fault_type']!r} is none of AG, BC, BCG, ABC, ABCG and their like"
        )
    volt, ampere = ([_phasor(where, row, f"{part}{phase}") for phase in _PHASES] for part in "VI")
    return Phasors(np.array(volt), np.array(ampere), phases)


def _phasor(where: str, row: dict[str, str], name: str) -> complex:
    size, angle = (columns.number(where, f"{name}_{part}", row[f"{name}_{part}"]) for part in ("mag", "deg"))
    if size < 0:
        raise NetFileRefused(f"{where}: {name}_mag is below zero")
    return cmath.rect(size, math.radians(angle))
