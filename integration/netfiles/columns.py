"""Rows of a CSV file with the words for where each stands, and their numbers."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from integration.netfiles.refusals import NetFileRefused


def rows(path: Path, needed: tuple[str, ...]) -> list[tuple[str, dict[str, str]]]:
    """(where, row) of every row; spaces around values are taken away.

    Raises:
        NetFileRefused: it is not to be read, or a column is missing.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise NetFileRefused(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise NetFileRefused(f"{path.name}: not UTF-8 text (byte {error.start})") from None
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    columns = list(reader.fieldnames or ())
    if missing := [name for name in needed if name not in columns]:
        raise NetFileRefused(f"{path.name}: no column {', '.join(missing)} (there are: {', '.join(columns) or 'none'})")
    return [
        (f"{path.name}, line {reader.line_num}", {name: (value or "").strip() for name, value in row.items() if name})
        for row in reader
    ]


def number(where: str, column: str, text: str) -> float:
    """A finite number.

    Raises:
        NetFileRefused: it is none.
    """
    try:
        value = float(text)
    except ValueError:
        raise NetFileRefused(f"{where}: {column} {text!r} is no number") from None
    if not math.isfinite(value):
        raise NetFileRefused(f"{where}: {column} is {text}")
    return value
