"""Networks written as two tables, one of buses and one of branches.

    bus,type,load_kW,load_kvar          branch,from_bus,to_bus,r_ohm,x_ohm,normally
    1,source,0,0                        1,1,2,0.0922,0.047,closed
    2,load,100,60                       2,2,3,0.493,0.2511,open

Optional: `kv` and `v_pu` per bus, `rated_a` per branch. The nominal voltage comes from the `kv` column or from the caller.
"""

from __future__ import annotations

import csv
import logging
import math
from collections.abc import Callable, Iterator
from pathlib import Path

from integration.netfiles.plain import PlainBranch, PlainBus, PlainNet
from integration.netfiles.refusals import NetFileRefused

_BUS_COLUMNS = ("bus", "type", "load_kW", "load_kvar")
_BRANCH_COLUMNS = ("from_bus", "to_bus", "r_ohm", "x_ohm", "normally")
_OPTIONAL = {"branch", "kv", "v_pu", "rated_a"}
_TYPES = ("source", "load")
_STATES = {"closed": True, "open": False}
_LOG = logging.getLogger(__name__)

Row = dict[str, str]


def read_tables(buses: Path, branches: Path, *, kv: float | None, source_pu: float) -> PlainNet:
    """The network of a pair of files.

    Args:
        buses: file of the buses.
        branches: file of the branches.
        kv: nominal line voltage of buses whose row does not say it.
        source_pu: voltage of sources whose row does not say it.

    Raises:
        NetFileRefused: a column is missing, a value is none, a branch ends at no bus, no source.
    """
    plain = PlainNet(buses.parent.name if buses.stem == "buses" else buses.stem.removesuffix("_buses"))
    known: set[str] = set()
    for where, row in _rows(buses, _BUS_COLUMNS):
        bus = _bus(where, row, kv)
        if bus.name in known:
            raise NetFileRefused(f"{where}: bus {bus.name!r} is there twice")
        known.add(bus.name)
        plain.buses.append(bus)
        if row["type"].strip().lower() == "source":
            plain.sources[bus.name] = _number(where, row, "v_pu", positive=True) if row.get("v_pu") else source_pu
    if not plain.sources:
        raise NetFileRefused(f"{buses.name}: no bus of the type 'source': nothing feeds this network")
    plain.branches = [_branch(where, row, known) for where, row in _rows(branches, _BRANCH_COLUMNS)]
    return plain


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[str, Row]]:
    """Each row with the words for where it stands."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise NetFileRefused(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise NetFileRefused(f"{path.name}: not UTF-8 text (byte {error.start})") from None
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    columns = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = columns
    if missing := [name for name in needed if name not in columns]:
        raise NetFileRefused(f"{path.name}: no column {', '.join(missing)} (there are: {', '.join(columns) or 'none'})")
    if unused := [name for name in columns if name not in {*needed, *_OPTIONAL}]:
        _LOG.warning("%s: columns not used: %s", path.name, ", ".join(unused))
    for row in reader:
        yield f"{path.name}, line {reader.line_num}", {name: value or "" for name, value in row.items() if name}


def _bus(where: str, row: Row, kv: float | None) -> PlainBus:
    kind = row["type"].strip().lower()
    if kind not in _TYPES:
        raise NetFileRefused(f"{where}: type {row['type']!r} is neither source nor load")
    if row.get("kv"):
        kv = _number(where, row, "kv", positive=True)
    if kv is None:
        raise NetFileRefused(f"{where}: the nominal voltage is not said: give --kv, or a column kv")
    return PlainBus(_name(where, row, "bus"), kv, _number(where, row, "load_kW"), _number(where, row, "load_kvar"))


def _branch(where: str, row: Row, known: set[str]) -> PlainBranch:
    start, end = _name(where, row, "from_bus"), _name(where, row, "to_bus")
    if unknown := [name for name in (start, end) if name not in known]:
        raise NetFileRefused(f"{where}: branch {start}-{end} ends at {unknown[0]!r}, which is no bus")
    if start == end:
        raise NetFileRefused(f"{where}: branch {start}-{end} joins a bus with itself")
    state = row["normally"].strip().lower()
    if state not in _STATES:
        raise NetFileRefused(f"{where}: normally {row['normally']!r} is neither closed nor open")
    r_ohm, x_ohm = _number(where, row, "r_ohm"), _number(where, row, "x_ohm")
    if r_ohm < 0 or not (r_ohm or x_ohm):
        raise NetFileRefused(f"{where}: branch {start}-{end} has the impedance {r_ohm} + j{x_ohm} ohm")
    rated = _number(where, row, "rated_a") if row.get("rated_a") else math.nan
    return PlainBranch(start, end, r_ohm, x_ohm, _STATES[state], rated_a=rated)


def _name(where: str, row: Row, column: str) -> str:
    if not (name := row[column].strip()):
        raise NetFileRefused(f"{where}: no {column}")
    return name


def _number(where: str, row: Row, column: str, *, positive: bool = False) -> float:
    try:
        value = float(row[column])
    except ValueError:
        raise NetFileRefused(f"{where}: {column} {row[column]!r} is no number") from None
    is_good: Callable[[float], bool] = (lambda number: number > 0) if positive else (lambda _: True)
    if not math.isfinite(value) or not is_good(value):
        raise NetFileRefused(f"{where}: {column} is {row[column]}")
    return value
