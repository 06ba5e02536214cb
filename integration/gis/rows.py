"""Rows of tables, whatever file they stand in: CSV, or features of GeoJSON with a table each or a property "table"."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adms.core import errors
from integration.gis import columns

_MOST_BYTES = 500_000_000
_KINDS = (".csv", ".geojson")
Point = tuple[float, float]


class TableRefused(errors.Invalid):
    """A table cannot be read; the message says file, line and what."""

    code = "table_refused"


@dataclass(slots=True)
class Row:
    """One row: its cells by column, and its course where it has a geometry."""

    table: str
    file: str
    line: int
    cells: dict[str, str]
    points: list[Point] = field(default_factory=list)

    def text(self, name: str) -> str:
        """A cell, "" where there is none."""
        return self.cells.get(name, "")

    def number(self, name: str) -> float | None:
        """A number, None where the cell is empty.

        Raises:
            TableRefused: the cell is something else, or not finite.
        """
        said = self.text(name)
        if not said:
            return None
        try:
            value = float(said)
        except ValueError:
            raise self.refusal(f"{name}: {said!r} is not a number") from None
        if not math.isfinite(value):
            raise self.refusal(f"{name}: {said!r} is not a number")
        return value

    def refusal(self, text: str) -> TableRefused:
        """What is wrong here, with the place."""
        return TableRefused(f"{self.file}, line {self.line}: {text}")


def read_rows(source: Path) -> list[Row]:
    """All rows of a folder or a file, nodes first.

    Raises:
        TableRefused: a file is no table, or lacks a column.
    """
    files = sorted(one for one in source.iterdir() if one.suffix in _KINDS) if source.is_dir() else [source]
    rows = [row for path in files for row in _rows_of(path)]
    if not rows:
        raise TableRefused(f"{source}: no table of a network in it ({', '.join(columns.TABLES)})")
    order = list(columns.TABLES)
    return sorted(rows, key=lambda row: order.index(row.table))


def _rows_of(path: Path) -> Iterator[Row]:
    if path.stat().st_size > _MOST_BYTES:
        raise TableRefused(f"{path.name}: larger than {_MOST_BYTES} bytes")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableRefused(f"{path.name}: not UTF-8 at byte {error.start}") from None
    return _from_features(path, text) if path.suffix == ".geojson" else _from_csv(path, text)


def _from_csv(path: Path, text: str) -> Iterator[Row]:
    table = path.stem.lower()
    if table not in columns.TABLES:
        return
    head = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(), delimiter=";" if head.count(";") > head.count(",") else ",")
    names = [name.strip().lower() for name in next(reader, [])]
    missing = [name for name in columns.required(table) if name not in names]
    if missing:
        raise TableRefused(f"{path.name}, line 1: column {', '.join(missing)} is missing")
    for cells in reader:
        if any(cells):
            if len(cells) > len(names):
                raise TableRefused(f"{path.name}, line {reader.line_num}: {len(cells)} cells, {len(names)} columns")
            pairs = zip(names, (cell.strip() for cell in cells), strict=False)
            yield _checked(Row(table, path.name, reader.line_num, {name: cell for name, cell in pairs if cell}))


def _from_features(path: Path, text: str) -> Iterator[Row]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise TableRefused(f"{path.name}, line {error.lineno}: no JSON: {error.msg}") from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        raise TableRefused(f"{path.name}: no FeatureCollection")
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            raise TableRefused(f"{path.name}, feature {number}: no properties")
        table = str(properties.get("table") or path.stem).lower()
        if table in columns.TABLES:
            yield _feature(path.name, number, table, properties, feature.get("geometry"))


def _feature(file: str, number: int, table: str, properties: dict[str, Any], geometry: Any) -> Row:
    """`line` is the number of the feature: JSON has no lines of its own."""
    cells = {str(name).lower(): str(value).strip() for name, value in properties.items() if value is not None}
    cells.pop("table", None)
    row = Row(table, file, number, {name: cell for name, cell in cells.items() if cell}, _points(geometry))
    if table == "nodes" and row.points:
        row.cells |= {"x": repr(row.points[0][0]), "y": repr(row.points[0][1])}
    return row


def _points(geometry: Any) -> list[Point]:
    """Of a Point or LineString; any other shape has no course."""
    if not isinstance(geometry, dict):
        return []
    coordinates = geometry.get("coordinates")
    listed = [coordinates] if geometry.get("type") == "Point" else coordinates
    if geometry.get("type") not in ("Point", "LineString") or not isinstance(listed, list):
        return []
    try:
        return [(float(point[0]), float(point[1])) for point in listed]
    except (TypeError, ValueError, IndexError):
        return []


def _checked(row: Row) -> Row:
    empty = [name for name in columns.required(row.table) if name not in row.cells]
    if empty:
        raise row.refusal(f"{', '.join(empty)} is empty")
    return row
