"""Tables of measurements: type, element_type, bus_or_branch_number_1_based, side, measured_pu_or_MW_Mvar, sigma.

    type,element_type,bus_or_branch_number_1_based,side,measured_pu_or_MW_Mvar,sigma
    v,bus,1,,1.0013,0.002
    p,line,1,from,3.9268,0.01

Types: v (p.u.), p (MW), q (Mvar), i (kA). Powers of buses are consumption. A bus is called by its number or name, a branch by its
row in the table of lines (or transformers), counted from one, or by FROM-TO. Columns beside these are not read.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from integration.netfiles.refusals import NetFileRefused

_NUMBER, _VALUE = "bus_or_branch_number_1_based", "measured_pu_or_MW_Mvar"
_COLUMNS = ("type", "element_type", _NUMBER, "side", _VALUE, "sigma")
_TYPES = {"bus": ("v", "p", "q"), "line": ("p", "q", "i"), "trafo": ("p", "q", "i")}
_SIDES = {"from": "from", "to": "to", "hv": "from", "lv": "to", "": "from"}


@dataclass(slots=True, frozen=True)
class Reading:
    """One row: `element` is bus, line or trafo, `number` as written, `side` from or to; `where` says the place in the file."""

    where: str
    type: str
    element: str
    number: str
    side: str
    value: float
    sigma: float


def read_measurements(path: Path) -> list[Reading]:
    """All rows of a table.

    Raises:
        NetFileRefused: a column is missing or a row says nothing sensible.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise NetFileRefused(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise NetFileRefused(f"{path.name}: not UTF-8 text (byte {error.start})") from None
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    columns = list(reader.fieldnames or ())
    if missing := [name for name in _COLUMNS if name not in columns]:
        raise NetFileRefused(f"{path.name}: no column {', '.join(missing)} (there are: {', '.join(columns) or 'none'})")
    readings = [_reading(f"{path.name}, line {reader.line_num}", row) for row in reader]
    if not readings:
        raise NetFileRefused(f"{path.name}: no measurement")
    return readings


def _reading(where: str, row: dict[str, str | None]) -> Reading:
    kind, element, number, side, value, sigma = ((row[name] or "").strip() for name in _COLUMNS)
    if element not in _TYPES:
        raise NetFileRefused(f"{where}: element_type {element!r} is none of {', '.join(_TYPES)}")
    if kind not in _TYPES[element]:
        raise NetFileRefused(f"{where}: type {kind!r} of a {element} is none of {', '.join(_TYPES[element])}")
    if side not in _SIDES:
        raise NetFileRefused(f"{where}: side {side!r} is neither from nor to")
    if not number:
        raise NetFileRefused(f"{where}: no {_NUMBER}")
    numbers = [_number(where, name, text) for name, text in ((_VALUE, value), ("sigma", sigma))]
    if numbers[1] <= 0:
        raise NetFileRefused(f"{where}: sigma {sigma} is not above zero")
    return Reading(where, kind, element, number, _SIDES[side], *numbers)


def _number(where: str, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise NetFileRefused(f"{where}: {column} {text!r} is no number") from None
    if not math.isfinite(value):
        raise NetFileRefused(f"{where}: {column} is {text}")
    return value
