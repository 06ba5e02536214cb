"""Reads interruptions and daily customer minutes from CSV files; every complaint names file, line and column."""

import csv
import datetime as dt
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adms.core.commands import BadInput, read_text
from outages.domain import interruptions
from outages.domain.interruptions import Steps
from outages.domain.reliability import Daily

GROUPS = ("area", "feeder", "cause")
YES, NO = {"1", "true", "yes"}, {"0", "false", "no", ""}


@dataclass(frozen=True)
class Table:
    """The steps of a file, and what is said of each in words."""

    steps: Steps
    began_at: list[dt.datetime]  # of the event, local
    excluded: list[str]
    labels: dict[str, list[str]]


@dataclass(frozen=True)
class Row:
    """One line of a CSV file."""

    path: Path
    line: int
    cells: dict[str, str]

    def wrong(self, text: str) -> BadInput:
        """A complaint about this line."""
        return BadInput(f"{self.path}: line {self.line}: {text}")

    def text(self, column: str) -> str:
        """The cell, "" when empty or missing."""
        return (self.cells.get(column) or "").strip()

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

    def time(self, column: str, zone: dt.tzinfo) -> dt.datetime | None:
        """The cell as a time; None when empty."""
        if not (text := self.text(column)):
            return None
        try:
            value = dt.datetime.fromisoformat(text)
        except ValueError:
            raise self.wrong(f"{column} {text!r} is no ISO 8601 time") from None
        return value if value.tzinfo else value.replace(tzinfo=zone)

    def flag(self, column: str) -> bool:
        """The cell as yes or no; empty is no."""
        text = self.text(column).lower()
        if text not in YES | NO:
            raise self.wrong(f"{column} {text!r} is neither 0 nor 1")
        return text in YES


def read_rows(path: Path, needed: tuple[str, ...]) -> Iterator[Row]:
    """The lines of a CSV file that must have these columns.

    Raises:
        BadInput: the file or a column is missing, or a line has more cells than the header.
    """
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), restkey="")
    columns = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = columns
    for column in needed:
        if column not in columns:
            raise BadInput(f"{path}: no column {column!r}")
    try:
        for cells in reader:
            if "" in cells:
                raise BadInput(f"{path}: line {reader.line_num}: more cells than the header has columns")
            yield Row(path, reader.line_num, cells)
    except csv.Error as error:
        raise BadInput(f"{path}: line {reader.line_num}: {error}") from None


def read_interruptions(path: Path, zone: dt.tzinfo) -> Table:
    """The interruptions of a file; an event begins when its first step does, on that local day.

    Raises:
        BadInput: something in the file cannot be understood.
    """
    rows = list(read_rows(path, ("id", "off")))
    who = [_who(row) for row in rows]
    ids = [row.needed("id") for row in rows]
    off = [_off(row, zone) for row in rows]
    first: dict[str, dt.datetime] = {}
    for name, at in zip(ids, off, strict=True):
        first[name] = min(at, first.get(name, at))
    number = {name: i for i, name in enumerate(first)}
    began_at = [first[name].astimezone(zone) for name in ids]
    customers_named = {customer: i for i, customer in enumerate(sorted({one for named in who for one in named or ()}))}
    everybody = bool(rows) and all(named is not None for named in who)
    steps = Steps.of(
        event=[number[name] for name in ids],
        duration_min=[_minutes(row, at, zone) for row, at in zip(rows, off, strict=True)],
        customers=[_count(row, named) for row, named in zip(rows, who, strict=True)],
        kva=[math.nan if (kva := row.number("kva")) is None else kva for row in rows],
        began_at=[at.timestamp() for at in off],
        day=np.array([at.date() for at in began_at], "datetime64[D]"),
        is_planned=[row.flag("planned") for row in rows],
        who=[[customers_named[one] for one in named or ()] for named in who] if everybody else None,
    )
    labels = {group: [row.text(group) for row in rows] for group in GROUPS}
    labels["month"] = [f"{at:%Y-%m}" for at in began_at]
    return Table(steps, began_at, [row.text("excluded") for row in rows], labels)


def read_daily(path: Path, *, years: int, multiplier: float, is_sample: bool) -> Daily:
    """The record of daily customer minutes: columns date and customer_minutes (or customer_minutes_interrupted).

    Raises:
        BadInput: something in the file cannot be understood.
    """
    days, minutes = [], []
    for row in read_rows(path, ("date",)):
        column = "customer_minutes" if "customer_minutes" in row.cells else "customer_minutes_interrupted"
        if column not in row.cells:
            raise BadInput(f"{path}: no column 'customer_minutes'")
        try:
            days.append(dt.date.fromisoformat(row.needed("date")))
        except ValueError:
            raise row.wrong(f"date {row.text('date')!r} is no ISO 8601 date") from None
        minutes.append(row.number(column) or 0.0)
    return Daily(np.array(days, "datetime64[D]"), np.array(minutes, np.float64), years, multiplier, is_sample)


def _off(row: Row, zone: dt.tzinfo) -> dt.datetime:
    row.needed("off")
    at = row.time("off", zone)
    assert at is not None  # noqa: S101  (needed)
    return at


def _minutes(row: Row, off: dt.datetime, zone: dt.tzinfo) -> float:
    given = row.number("duration_min")
    if given is not None:
        return given
    on = row.time("on", zone)
    if on is None:
        raise row.wrong("neither on nor duration_min")
    if on < off:
        raise row.wrong("on is before off")
    return interruptions.minutes_between(off, on)


def _who(row: Row) -> list[str] | None:
    """The customers by name, None when the line does not name them; told twice counts once."""
    named = [one.strip() for one in row.text("customer_ids").split(";") if one.strip()]
    return list(dict.fromkeys(named)) or None


def _count(row: Row, named: list[str] | None) -> int:
    given = row.number("customers")
    if given is None and named is None:
        raise row.wrong("neither customers nor customer_ids")
    if given is not None and given != int(given):
        raise row.wrong(f"customers {row.text('customers')!r} is no whole number")
    if given is not None and named is not None and int(given) != len(named):
        raise row.wrong(f"customers says {int(given)}, customer_ids names {len(named)}")
    return len(named) if named is not None else int(given or 0)
