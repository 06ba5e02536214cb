"""A feeder on its way from tables to CIM: which files there are, the nominal voltage of each bus, and equipment with its terminals."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from integration.gis.feeder.rdf import Document, Enum, Ref, Value
from integration.gis.feeder.rows import Row

_NEEDED = ("Source", "Loads")
Point = tuple[float, float]
_CONDUCTOR = re.compile(r"s1|s2|A|B|C|N")


def is_feeder(folder: Path) -> bool:
    """Whether a folder holds the tables of such a feeder."""
    return folder.is_dir() and bool(prefix_of(folder))


def prefix_of(folder: Path) -> str:
    """What stands before "_Source.csv"; empty where the tables are not there."""
    for path in sorted(folder.glob("*_Source.csv")):
        prefix = path.name.removesuffix("Source.csv")
        if all((folder / f"{prefix}{table}.csv").is_file() for table in _NEEDED):
            return prefix
    return ""


@dataclass(slots=True)
class Feeder:
    """The rows by table, what is known of buses, and the document they become."""

    tables: dict[str, list[Row]]
    document: Document
    kv: dict[str, float] = field(default_factory=dict)
    points: dict[str, Point] = field(default_factory=dict)
    terminals: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def rows(self, table: str) -> list[Row]:
        """Of one table; none where it is not there."""
        return self.tables.get(table, [])

    @property
    def container(self) -> Ref:
        """The feeder."""
        return Ref(self.document.mrid("Feeder", self.document.feeder))

    def equipment(self, cls: str, row: Row, values: dict[str, Value], buses: Iterable[str], *, name: str = "") -> str:
        """Conducting equipment on buses, with its terminals, voltage and place; its mRID."""
        name = name or row.text("Name")
        ends = list(buses)
        base: dict[str, Value] = {}
        if cls != "PowerTransformer":
            base["ConductingEquipment.BaseVoltage"] = self.base(row, ends[0])
        place: dict[str, Value] = (
            {"PowerSystemResource.Location": found} if (found := self.place(cls, name, ends)) else {}
        )
        mrid = self.document.add(cls, name, {"Equipment.EquipmentContainer": self.container, **base, **place, **values})
        for bus in ends:
            self.terminal(mrid, cls, name, bus)
        return mrid

    def terminal(self, equipment: str, cls: str, name: str, bus: str) -> str:
        """One more terminal of equipment; its mRID."""
        known = self.terminals[f"{cls}.{name}"]
        number = len(known) + 1
        values: dict[str, Value] = {
            "Terminal.ConductingEquipment": Ref(equipment),
            "Terminal.ConnectivityNode": Ref(self.document.mrid("ConnectivityNode", bus)),
            "ACDCTerminal.sequenceNumber": number,
        }
        known.append(self.document.add("Terminal", f"{name}_T{number}", values, key=f"{cls}.{name}.{number}"))
        return known[-1]

    def base(self, row: Row, bus: str) -> Ref:
        """The base voltage of a bus.

        Raises:
            TableRefused: nothing joins it with a bus of known voltage.
        """
        if bus not in self.kv:
            raise row.refusal(
                f"bus {bus}: nothing joins it with the source or a transformer, so its voltage is not known"
            )
        return Ref(self.document.mrid("BaseVoltage", f"{self.kv[bus]:g}"))

    def phases(self, cls: str, owner: str, name: str, phases: Iterable[str], values: dict[str, Value]) -> None:
        """A part of each phase, where equipment has not all three; `values` of each."""
        for phase in phases:
            link: dict[str, Value] = {
                f"{cls}.phase": Enum(f"SinglePhaseKind.{phase}"),
                f"{cls}.{cls.removesuffix('Phase')}": Ref(owner),
            }
            self.document.add(cls, f"{name}_{phase}", {**link, **values}, key=f"{name}.{phase}")

    def place(self, cls: str, name: str, buses: list[str]) -> Ref | None:
        """A location over the buses that have coordinates; None where none has."""
        points = [self.points[bus] for bus in dict.fromkeys(buses) if bus in self.points]
        if not points:
            return None
        key = f"{cls}.{name}"
        system = Ref(self.document.mrid("CoordinateSystem", "crs"))
        location = self.document.add("Location", f"{name}_Loc", {"Location.CoordinateSystem": system}, key=key)
        for number, (x, y) in enumerate(points, start=1):
            values: dict[str, Value] = {
                "PositionPoint.Location": Ref(location),
                "PositionPoint.sequenceNumber": number,
                "PositionPoint.xPosition": x,
                "PositionPoint.yPosition": y,
            }
            self.document.add("PositionPoint", f"{key}.{number}", values)
        return Ref(location)


def conductors(text: str) -> list[str]:
    """The single phases of a cell.

    >>> conductors("ABC"), conductors("s1s2"), conductors("AN")
    (['A', 'B', 'C'], ['s1', 's2'], ['A', 'N'])
    """
    return _CONDUCTOR.findall(text)
