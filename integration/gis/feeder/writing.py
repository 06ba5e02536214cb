"""The tables of a feeder as one CIM file: what everything hangs on, then what hangs on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from integration.gis.feeder import equipment, lines, transformers
from integration.gis.feeder.rdf import Document
from integration.gis.feeder.rows import read
from integration.gis.feeder.tables import Feeder, prefix_of
from integration.gis.rows import TableRefused

_TWO_ENDS = (
    "LinesCodeZ",
    "LinesInstanceZ",
    "LinesSpacingZ",
    "TriplexLines",
    "Switches",
    "SeriesCompensator",
    "Regulators",
)


def as_cim(folder: Path) -> tuple[str, bytes]:
    """Name and content of the CIM file that says what the tables say.

    Raises:
        TableRefused: a table cannot be read, lacks a column, or speaks of what is not there; says file, line and what.
    """
    prefix = prefix_of(folder)
    tables = {path.stem.removeprefix(prefix): read(path) for path in sorted(folder.glob(f"{prefix}*.csv"))}
    if not tables["Source"]:
        raise TableRefused(f"{prefix}Source.csv: no source: nothing feeds this network")
    name = tables["Source"][0].text("FdrName")
    feeder = Feeder(tables, Document(name))
    feeder.points = {row.text("Busname"): (row.number("X"), row.number("Y")) for row in feeder.rows("Buscoords")}
    feeder.kv = _voltages(feeder)
    _frame(feeder)
    for build in (equipment.build, lines.build, transformers.build, equipment.build_controls):
        build(feeder)
    return f"{name}.xml", feeder.document.text()


def _voltages(feeder: Feeder) -> dict[str, float]:
    """Line voltage in kV of every bus: of sources, transformers and loads, carried along lines and switches."""
    neighbours: dict[str, set[str]] = defaultdict(set)
    for table in _TWO_ENDS:
        for row in feeder.rows(table):
            one, other = row.text("Bus1"), row.text("Bus2")
            neighbours[one].add(other)
            neighbours[other].add(one)
    known: dict[str, float] = {}
    for bus, kv in _said(feeder):
        waiting = [bus] if bus not in known else []
        known.setdefault(bus, kv)
        while waiting:
            for other in neighbours[waiting.pop()]:
                if other not in known:
                    known[other] = kv
                    waiting.append(other)
    return known


def _said(feeder: Feeder) -> Iterator[tuple[str, float]]:
    """Buses whose line voltage a table says, surest first."""
    for row in feeder.rows("Source"):
        yield row.text("Bus"), row.number("kV")
    for row in feeder.rows("Transformers"):
        for end in range(1, int(row.number("NumWindings")) + 1):
            yield row.text(f"Bus{end}"), row.number(f"kV{end}")
    for table in ("Loads", "Solar", "Storage", "SyncGen"):
        for row in feeder.rows(table):
            single = row.text("Phases") in ("A", "B", "C")
            yield row.text("Bus"), round(row.number("kV") * (3.0**0.5 if single else 1.0), 3)


def _frame(feeder: Feeder) -> None:
    """What everything hangs on: feeder, base voltages, coordinates, and a node for every bus."""
    add, own = feeder.document.add, feeder.document.feeder
    add("Feeder", own, {})
    add("BaseFrequency", "60", {"BaseFrequency.frequency": 60.0})
    is_earth = all(abs(x) <= 180.0 and abs(y) <= 90.0 for x, y in feeder.points.values())
    crs = "urn:ogc:def:crs:EPSG::4326" if is_earth else "drawing"
    add("CoordinateSystem", crs, {"CoordinateSystem.crsUrn": crs}, key="crs")
    for kv in sorted(set(feeder.kv.values())):
        add("BaseVoltage", f"{kv:g}", {"BaseVoltage.nominalVoltage": round(kv * 1e3, 3)})
    for bus in dict.fromkeys([*feeder.kv, *_hung(feeder)]):
        add("ConnectivityNode", bus, {"ConnectivityNode.ConnectivityNodeContainer": feeder.container})


def _hung(feeder: Feeder) -> Iterator[str]:
    """Buses at the ends of tanks."""
    for row in feeder.rows("XfmrTanks"):
        yield from (bus for end in (1, 2, 3) if (bus := row.cells.get(f"Wdg{end}Bus", "")))
