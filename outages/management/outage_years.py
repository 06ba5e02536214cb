"""A year of outages as a utility's public map showed it: one row per change of an outage, read into one record per outage.

Columns by any of their names: id; region; cause; customers; off, on (ISO 8601); etr (the latest promise), crew_eta. Plain or gzip.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adms.core.commands import BadInput

Float = NDArray[np.float64]

_NAMES = {
    "id": ("id", "outage_id"),
    "region": ("region", "regionname", "area"),
    "cause": ("cause",),
    "customers": ("customers", "numcustomersout"),
    "off": ("off", "dateoff"),
    "on": ("on", "dateon"),
    "etr": ("etr", "estdateon"),
    "eta": ("crew_eta", "crewetaat", "creweta"),
}
_NEEDED = ("id", "off", "on", "customers")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MOST_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class OutageYear:
    """One element an outage, in the order of their beginning; moments in minutes since 1970 (UTC), NaN where not given."""

    id: list[str]
    region: list[str]
    cause: list[str]
    customers: NDArray[np.int64]
    off: Float
    on: Float
    etr: Float
    eta: Float

    def take(self, rows: NDArray[np.bool_]) -> OutageYear:
        """Some of the outages."""
        region, cause = (_some(column, rows) for column in (self.region, self.cause))
        moments = (column[rows] for column in (self.off, self.on, self.etr, self.eta))
        return OutageYear(_some(self.id, rows), region, cause, self.customers[rows], *moments)


def _some(column: list[str], rows: NDArray[np.bool_]) -> list[str]:
    return [value for value, kept in zip(column, rows, strict=True) if kept]


def read(path: Path) -> OutageYear:
    """Read a file: of an outage's rows the earliest off, the latest on, the most customers, and of the rest the latest words.

    Raises:
        BadInput: it cannot be read, a column is missing, or a line cannot be understood.
    """
    records: dict[str, dict[str, str | float]] = {}
    for where, row in _rows(path):
        number = row["id"].strip()
        if not number:
            raise BadInput(f"{where}: no id")
        known = records.setdefault(
            number, {"off": np.inf, "on": -np.inf, "customers": 0.0, "region": row.get("region", "")}
        )
        known["off"] = min(float(known["off"]), _moment(where, "off", row["off"]))
        known["on"] = max(float(known["on"]), _moment(where, "on", row["on"]))
        known["customers"] = max(float(known["customers"]), _count(where, row["customers"]))
        known["cause"] = row.get("cause", "")
        for name in ("etr", "eta"):
            if row.get(name, "").strip():
                known[name] = _moment(where, name, row[name])
    if not records:
        raise BadInput(f"{path.name}: no outage")
    return _columns(records)


def _columns(records: dict[str, dict[str, str | float]]) -> OutageYear:
    ordered = sorted(records.items(), key=lambda item: float(item[1]["off"]))

    def numbers(name: str) -> Float:
        return np.array([float(record.get(name, np.nan)) for _, record in ordered])

    def words(name: str) -> list[str]:
        return [str(record.get(name, "")).strip() for _, record in ordered]

    customers = numbers("customers").astype(np.int64)
    ids = [number for number, _ in ordered]
    return OutageYear(
        ids, words("region"), words("cause"), customers, numbers("off"), numbers("on"), numbers("etr"), numbers("eta")
    )


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Place and row, columns under our names."""
    try:
        with _opened(path) as file:
            reader = csv.DictReader(file)
            names = _headings(path, reader.fieldnames or [])
            for row in reader:
                yield f"{path.name}, line {reader.line_num}", {name: row[own] or "" for name, own in names.items()}
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    except (UnicodeDecodeError, EOFError, csv.Error) as error:
        raise BadInput(f"{path.name}: not a table of text ({error})") from None


def _opened(path: Path) -> io.TextIOWrapper:
    if path.stat().st_size > _MOST_BYTES:
        raise BadInput(f"{path.name}: more than {_MOST_BYTES // 1_000_000} MB")
    file = gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115 - the caller closes it
    return io.TextIOWrapper(file, encoding="utf-8-sig", newline="")


def _headings(path: Path, given: Iterable[str]) -> dict[str, str]:
    own = {str(name).strip().lower(): str(name) for name in given}
    found = {name: own[spelt] for name, spellings in _NAMES.items() for spelt in spellings if spelt in own}
    if missing := [name for name in _NEEDED if name not in found]:
        raise BadInput(f"{path.name}: no column {', '.join(missing)}")
    return found


def _moment(where: str, name: str, text: str) -> float:
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"{where}: {name} {text!r} is no time (ISO 8601)") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return (moment - _EPOCH).total_seconds() / 60.0


def _count(where: str, text: str) -> float:
    try:
        number = int(text)
    except ValueError:
        raise BadInput(f"{where}: customers {text!r} is no number") from None
    if number < 0:
        raise BadInput(f"{where}: customers {number} is below 0")
    return float(number)
