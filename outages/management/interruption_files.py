"""Reads CSV files that commands name; every complaint names file, line and column."""

import csv
import datetime as dt
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adms.core.commands import BadInput, read_text
from outages.domain import interruption_csv
from outages.domain.interruption_csv import Table, Unreadable


@dataclass(frozen=True)
class Row:
    """One line of a CSV file; the names of its columns in small letters."""

    path: Path
    line: int
    cells: dict[str, str]

    def wrong(self, text: str) -> BadInput:
        """A complaint about this line."""
        return BadInput(f"{self.path}: line {self.line}: {text}")

    def text(self, column: str) -> str:
        """The cell, "" when empty or missing."""
        return (self.cells.get(column.lower()) or "").strip()

    def needed(self, column: str) -> str:
        """The cell, which must not be empty."""
        if not (text := self.text(column)):
            raise self.wrong(f"{column} is empty")
        return text

    def number(self, column: str) -> float | None:
        """The cell as a number that is not negative; None when empty."""
        if not (text := self.text(column)):
            return None
        try:
            value = float(text)
        except ValueError:
            raise self.wrong(f"{column} {text!r} is no number") from None
        if not math.isfinite(value) or value < 0:
            raise self.wrong(f"{column} {text!r} is no number from 0 up")
        return value


def read_rows(path: Path, needed: tuple[str, ...]) -> Iterator[Row]:
    """The lines of a CSV file that must have these columns, in capitals or not, between commas, semicolons or tabs.

    Raises:
        BadInput: the file is empty, a column is missing or there twice, or a line has more cells than the header.
    """
    text = read_text(path)
    delimiter = interruption_csv.separator(text)
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", delimiter=delimiter, strict=True)
    read_to = 0
    try:
        columns = [name.strip().lower() for name in reader.fieldnames or ()]
        _check_columns(path, columns, needed)
        reader.fieldnames = columns
        read_to = reader.line_num
        for cells in reader:
            read_to = reader.line_num
            if "" in cells:
                raise BadInput(f"{path}: line {read_to}: more cells than the header has columns")
            yield Row(path, read_to, cells)
    except csv.Error as error:
        raise BadInput(f"{path}: line {read_to + 1}: {interruption_csv.quoted_badly(error)}") from None


def _check_columns(path: Path, columns: list[str], needed: tuple[str, ...]) -> None:
    if not any(columns):
        raise BadInput(f"{path}: it is empty")
    for column in needed:
        if column.lower() not in columns:
            raise BadInput(f"{path}: no column {column!r}")
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice is not None:
        raise BadInput(f"{path}: column {twice!r} is there twice")


def read_interruptions(path: Path, zone: dt.tzinfo) -> Table:
    """The interruptions of a file.

    Raises:
        BadInput: something in the file cannot be understood.
    """
    try:
        return interruption_csv.read(read_text(path), zone)
    except Unreadable as error:
        raise BadInput(f"{path}: {error}") from None


def read_daily(path: Path) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """The days and customer minutes of a record.

    Raises:
        BadInput: something in the file cannot be understood.
    """
    try:
        return interruption_csv.read_daily(read_text(path))
    except Unreadable as error:
        raise BadInput(f"{path}: {error}") from None
