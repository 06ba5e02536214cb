"""Rows of a feeder's tables, with the words for where they stand."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from integration.gis.rows import TableRefused

_MOST_BYTES = 200_000_000
_METRES = {"m": 1.0, "ft": 0.3048, "kft": 304.8, "mi": 1609.344, "km": 1000.0, "in": 0.0254, "cm": 0.01}


@dataclass(slots=True)
class Row:
    """One row: cells by column; a second column of the same name is "Name 2"."""

    file: str
    line: int
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """A cell.

        Raises:
            TableRefused: there is no such column.
        """
        try:
            return self.cells[column]
        except KeyError:
            raise self.refusal(f"no column {column}") from None

    def number(self, column: str) -> float:
        """A cell as a number.

        Raises:
            TableRefused: it is none.
        """
        said = self.text(column)
        try:
            value = float(said)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.refusal(f"{column}: {said!r} is not a number")
        return value

    def metres(self, column: str = "Units") -> float:
        """Metres of the row's unit of length.

        Raises:
            TableRefused: the unit is unknown.
        """
        said = self.text(column)
        if said not in _METRES:
            raise self.refusal(f"{column}: {said!r} is no known unit ({', '.join(_METRES)})")
        return _METRES[said]

    def refusal(self, text: str) -> TableRefused:
        """What is wrong here, with the place."""
        return TableRefused(f"{self.file}, line {self.line}: {text}")


def read(path: Path) -> list[Row]:
    """All rows of a table; none where the file is not there.

    Raises:
        TableRefused: it is too large, or not UTF-8.
    """
    if not path.is_file():
        return []
    if path.stat().st_size > _MOST_BYTES:
        raise TableRefused(f"{path.name}: larger than {_MOST_BYTES} bytes")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableRefused(f"{path.name}: not UTF-8 at byte {error.start}") from None
    return list(_rows(path.name, text))


def _rows(name: str, text: str) -> Iterator[Row]:
    reader = csv.reader(text.splitlines())
    columns = _named(next(reader, []))
    for cells in reader:
        if not cells:
            continue
        found = _widened(_joined([cell.strip() for cell in cells]), len(columns))
        if len(found) != len(columns):
            raise TableRefused(f"{name}, line {reader.line_num}: {len(found)} cells under {len(columns)} columns")
        yield Row(name, reader.line_num, dict(zip(columns, found, strict=True)))


def _named(columns: list[str]) -> list[str]:
    found: list[str] = []
    for column in map(str.strip, columns):
        before = sum(one == column or one.startswith(f"{column} ") for one in found)
        found.append(f"{column} {before + 1}" if before else column)
    return found


def _widened(cells: list[str], count: int) -> list[str]:
    """A row that leaves away columns of a winding that is not there: its empty cells stand for all of them.

    >>> _widened(["t", "1", "", "", "9"], 7)
    ['t', '1', '', '', '', '', '9']
    """
    runs = [(len(run), start) for start, run in _empty_runs(cells)]
    if len(cells) >= count or not runs:
        return cells
    _, place = max(runs)
    return [*cells[:place], *[""] * (count - len(cells)), *cells[place:]]


def _empty_runs(cells: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Where each run of empty cells begins, and the run."""
    place = 0
    for is_empty, run in groupby(cells, key=lambda cell: not cell):
        listed = list(run)
        if is_empty:
            yield place, listed
        place += len(listed)


def _joined(cells: list[str]) -> list[str]:
    """Cells of a bracketed list as one: such lists are written without quotes, their commas are no borders.

    >>> _joined(["a", "[1", "2]", "b"])
    ['a', '[1,2]', 'b']
    """
    found: list[str] = []
    is_open = False
    for cell in cells:
        if is_open:
            found[-1] += f",{cell}"
        else:
            found.append(cell)
        is_open = found[-1].count("[") > found[-1].count("]")
    return found
