"""Reads the sections and load points of a network from CSV files; every complaint names file, line and column."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adms.core.commands import BadInput, read_text
from outages.domain.network_reliability import Ends, LoadPoint, Network, Section, ends_of_mains, sources_of
from outages.management.interruption_files import Row, read_rows

ENDS = {
    "": Ends(),
    "none": Ends(),
    "upstream": Ends(up=True),
    "downstream": Ends(down=True),
    "both": Ends(up=True, down=True),
}
DISCONNECTORS = ("disconnector_at_case_A", "disconnector_at")
SECTIONS = (
    "section",
    "from_node",
    "to_node",
    "length_km",
    "line_failures_per_km_yr",
    "line_repair_h",
    "switching_h",
    "fuse_or_breaker_at",
)
LOAD_POINTS = ("load_point", "node", "average_load_MW", "customers")


@dataclass(frozen=True)
class Supplied:
    """Which nodes are sources and alternative supplies, and from where that is known."""

    sources: tuple[str, ...]
    alternatives: tuple[str, ...]
    said_by: str


def read_network(
    sections: Path, load_points: Path, *, cases: Path | None, sources: tuple[str, ...], alternatives: tuple[str, ...]
) -> tuple[Network, str]:
    """The network of two files, and who says where its supplies are.

    What is given comes first; then the entry of `cases` (or of the *_cases.json beside the sections) whose name is part of the
    sections' file name; else the sources are the nodes no section leads to, and the alternative supplies the ends of the mains.

    Raises:
        BadInput: something in the files cannot be understood.
    """
    own = _sections(sections)
    points = _load_points(load_points)
    known = _entry(sections, cases)
    says = [] if known is None else [str(known.said_by)]
    chosen = sources or (known.sources if known else ()) or sources_of(own)
    if not chosen:
        raise BadInput(f"{sections}: a section leads to every node: which is the source? Use --source")
    others = alternatives or (known.alternatives if known else ends_of_mains(own, points, chosen))
    if sources or alternatives:
        says.insert(0, "the command line")
    return Network(own, points, chosen, others), " and ".join(says) or "the ends of the mains"


def _sections(path: Path) -> tuple[Section, ...]:
    found: dict[str, Section] = {}
    for row in read_rows(path, SECTIONS):
        section = _section(row)
        if section.name in found:
            raise row.wrong(f"section {section.name} is there twice")
        if section.up == section.down:
            raise row.wrong(f"section {section.name} leads from node {section.up} to itself")
        found[section.name] = section
    if not found:
        raise BadInput(f"{path}: no sections")
    return tuple(found.values())


def _section(row: Row) -> Section:
    disconnector = next((column for column in DISCONNECTORS if column.lower() in row.cells), DISCONNECTORS[0])
    return Section(
        name=row.needed("section"),
        up=row.needed("from_node"),
        down=row.needed("to_node"),
        failures=_number(row, "length_km") * _number(row, "line_failures_per_km_yr"),
        repair_h=_number(row, "line_repair_h"),
        switching_h=_number(row, "switching_h"),
        protection=_ends(row, "fuse_or_breaker_at"),
        disconnector=_ends(row, disconnector),
        transformer_failures=row.number("transformer_failures_yr") or 0.0,
        transformer_repair_h=row.number("transformer_repair_h") or 0.0,
        transformer_replace_h=row.number("transformer_replace_h") or 0.0,
    )


def _load_points(path: Path) -> tuple[LoadPoint, ...]:
    found: dict[str, LoadPoint] = {}
    for row in read_rows(path, LOAD_POINTS):
        name = row.needed("load_point")
        if name in found:
            raise row.wrong(f"load point {name} is there twice")
        found[name] = LoadPoint(name, row.needed("node"), _whole(row, "customers"), _number(row, "average_load_MW"))
    if not found:
        raise BadInput(f"{path}: no load points")
    return tuple(found.values())


def _number(row: Row, column: str) -> float:
    value = row.number(column)
    if value is None:
        raise row.wrong(f"{column} is empty")
    return value


def _whole(row: Row, column: str) -> int:
    value = _number(row, column)
    if value != int(value):
        raise row.wrong(f"{column} {row.text(column)!r} is no whole number")
    return int(value)


def _ends(row: Row, column: str) -> Ends:
    text = row.text(column).lower()
    if text not in ENDS:
        raise row.wrong(f"{column} {text!r} is none of upstream, downstream, both")
    return ENDS[text]


def _entry(sections: Path, cases: Path | None) -> Supplied | None:
    """What a file of cases says of this network."""
    for path in [cases] if cases else sorted(sections.absolute().parent.glob("*_cases.json")):
        document = _document(path, is_asked=cases is not None)
        for name, entry in document.items():
            if isinstance(entry, dict) and "source_node" in entry and name in sections.stem:
                return Supplied(
                    _names(path, entry, "source_node"), _names(path, entry, "alternative_supply_nodes"), path.name
                )
    if cases:
        raise BadInput(f"{cases}: no entry with a source_node whose name is part of {sections.stem!r}")
    return None


def _document(path: Path, *, is_asked: bool) -> dict[str, Any]:
    try:
        document = json.loads(read_text(path))
    except ValueError as error:
        if is_asked:
            raise BadInput(f"{path}: no JSON: {error}") from None
        return {}
    return document if isinstance(document, dict) else {}


def _names(path: Path, entry: dict[str, Any], key: str) -> tuple[str, ...]:
    value = entry.get(key, [])
    names = value if isinstance(value, list) else [value]
    if not all(isinstance(name, (str, int)) for name in names):
        raise BadInput(f"{path}: {key} holds names of nodes")
    return tuple(str(name) for name in names)
