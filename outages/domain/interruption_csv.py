r"""Interruptions and daily customer minutes as any utility writes them: the text of a CSV file becomes arrays.

Columns: id (several lines of one id are the steps of one event), off, on, duration_min (wins over on - off), customers or customer_ids
(separated by ;), and optionally kva, area, feeder, cause, planned (0/1), excluded (a reason). Names of columns may be in capitals, the
separator may be a semicolon or a tab. A time without an offset is of the utility's zone. Every complaint names its line.

>>> table = read("id,off,on,customers\n7,2024-01-31T23:30,2024-02-01T01:00,10\n", dt.UTC)
>>> table.steps.duration_min.tolist(), str(table.steps.day[0])
([90.0], '2024-01-31')
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from outages.domain.interruptions import Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

GROUPS = ("area", "feeder", "cause", "month")
COLUMNS = (
    "id",
    "off",
    "on",
    "duration_min",
    "customers",
    "customer_ids",
    "kva",
    "area",
    "feeder",
    "cause",
    "planned",
    "excluded",
)
YES, NO = frozenset({"1", "true", "yes"}), frozenset({"0", "false", "no", ""})
#: More customers than the world has people, and a longer outage than any, are slips of a pen.
MOST_CUSTOMERS, MOST_MIN = 1e10, 100 * 366 * 24 * 60
#: Offsets of time zones change on quarters of an hour.
QUARTER_MIN = 15
AT_ONCE = 20_000
#: Years of which a zone's clocks can be told.
MIN_YEAR, MAX_YEAR = 1800, 9000
#: Where a cell is empty; only looked at through a mask.
NOWHEN = dt.datetime(1, 1, 1)  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class Complaint:
    """What cannot be understood; line 0 is the file as a whole."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


class Unreadable(ValueError):
    """A file that cannot be understood; `complaints` in order of their lines, at least one."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = sorted(complaints, key=lambda one: one.line)
        super().__init__(str(self.complaints[0]))


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The steps of a file, and what is said of each.

    Attributes:
        steps: one a line.
        began_at: when the event of each began, UTC.
        excluded: the reason of each, "" where it counts.
        labels: its area, feeder, cause and month (local).
        ignored: columns nobody asked for.
        line: of the file.
        repeated: which steps stand in the file once more just as they are; they count all the same.
    """

    steps: Steps
    began_at: NDArray[np.datetime64]
    excluded: NDArray[np.object_]
    labels: dict[str, NDArray[np.object_]]
    ignored: tuple[str, ...]
    line: NDArray[np.int64]
    repeated: NDArray[np.bool_]


@dataclass(slots=True)
class _Rows:
    """The lines of a file by column, and the complaints so far."""

    line: list[int]
    cells: dict[str, list[str]]
    most: int
    complaints: list[Complaint] = field(default_factory=list)

    def column(self, name: str) -> list[str]:
        """The cells of a column, "" where it is not there."""
        return self.cells.get(name) or [""] * len(self.line)

    def wrong(self, row: int, text: str) -> None:
        """Complain about a line; enough is enough."""
        self.complaints.append(Complaint(self.line[row], text))
        if len(self.complaints) >= self.most:
            raise Unreadable(self.complaints)

    def check(self, bad: NDArray[np.bool_] | list[bool], text: Callable[[int], str]) -> None:
        """Complain about the lines that are bad."""
        for row in np.flatnonzero(bad).tolist():
            self.wrong(row, text(row))

    def done(self) -> None:
        """Nothing goes on with complaints."""
        if self.complaints:
            raise Unreadable(self.complaints)


def read(text: str, zone: dt.tzinfo, *, most: int = 1) -> Table:
    """The interruptions of a file; an event begins when its first step does, on that local day.

    Raises:
        Unreadable: with the first `most` complaints.
    """
    rows = _rows(text, ("id", "off"), most)
    rows.check([not one for one in rows.column("id")], lambda _: "id is empty")
    off, _ = _times(rows, "off", zone, is_needed=True)
    minutes = _minutes(rows, off, zone)
    who = [_who(cell) for cell in rows.column("customer_ids")]
    customers = _customers(rows, who)
    kva = _numbers(rows, "kva")
    planned = _flags(rows, "planned")
    rows.done()
    events, row = _events(rows.column("id"))
    began = np.full(events, np.datetime64("9999-12-31", "us"))
    np.minimum.at(began, row, off)
    local = _local(began, zone)
    everybody = bool(who) and all(named is not None for named in who)
    steps = Steps.of(
        event=row,
        duration_min=minutes,
        customers=customers,
        kva=kva,
        began_at=(off - np.datetime64(0, "us")) / np.timedelta64(1, "s"),
        day=local.astype("datetime64[D]")[row],
        is_planned=planned,
        who=_numbered(who) if everybody else None,
    )
    labels = {name: np.array(rows.column(name), object) for name in GROUPS if name != "month"}
    labels["month"] = local.astype("datetime64[M]").astype(str).astype(object)[row]
    ignored = tuple(name for name in rows.cells if name not in COLUMNS)
    excluded = np.array(rows.column("excluded"), object)
    return Table(steps, began[row], excluded, labels, ignored, np.array(rows.line, np.int64), _repeated(rows, row, off))


def _repeated(rows: _Rows, row: NDArray[np.int64], off: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Which lines say word for word what an earlier one of the same event said."""
    order = np.lexsort((off, row))
    is_same = (row[order][1:] == row[order][:-1]) & (off[order][1:] == off[order][:-1])
    alike = np.union1d(order[1:][is_same], order[:-1][is_same])
    found = np.zeros(row.size, np.bool_)
    seen: set[tuple[str, ...]] = set()
    columns = list(rows.cells.values())
    for one in alike.tolist():
        said = tuple(cells[one] for cells in columns)
        found[one] = said in seen
        seen.add(said)
    return found


def read_daily(text: str, *, most: int = 1) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """The days and customer minutes of a record: columns date and customer_minutes (or customer_minutes_interrupted).

    Raises:
        Unreadable: something cannot be understood.
    """
    rows = _rows(text, ("date",), most)
    names = [name for name in ("customer_minutes", "customer_minutes_interrupted", "cmi") if name in rows.cells]
    if not names:
        raise Unreadable([Complaint(0, "no column 'customer_minutes'")])
    days = []
    for position, cell in enumerate(rows.column("date")):
        try:
            days.append(dt.date.fromisoformat(cell))
        except ValueError:
            rows.wrong(position, f"date {cell!r} is no ISO 8601 date" if cell else "date is empty")
    minutes = _numbers(rows, names[0])
    rows.done()
    known: set[dt.date] = set()
    for position, day in enumerate(days):
        if day in known:
            rows.wrong(position, f"date {day} is there twice")
        known.add(day)
    rows.done()
    return np.array(days, "datetime64[D]"), np.nan_to_num(minutes)


def _rows(text: str, needed: tuple[str, ...], most: int) -> _Rows:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator(text), strict=True)
    read_to = 0
    try:
        head = next((cells for cells in reader if any(cell.strip() for cell in cells)), None)
        if head is None:
            raise Unreadable([Complaint(0, "it is empty")])
        names = [name.strip().lower().replace(" ", "_") for name in head]
        _check_names(names, needed)
        rows = _Rows([], {name: [] for name in names}, most)
        waiting: list[list[str]] = []
        read_to = reader.line_num
        for cells in reader:
            read_to = reader.line_num
            if cells:
                rows.line.append(read_to)
                waiting.append(cells)
            if len(waiting) == AT_ONCE:
                _move(waiting, names, rows)
        _move(waiting, names, rows)
    except csv.Error as error:
        raise Unreadable([Complaint(read_to + 1, quoted_badly(error))]) from None
    rows.done()
    return rows


def separator(text: str) -> str:
    """What stands between the cells of a file, by its header: a comma, else a semicolon or a tab.

    >>> separator("id;off;on")
    ';'
    """
    head = text.lstrip("\ufeff\r\n ").split("\n", 1)[0]
    return "," if "," in head else next((sign for sign in ";\t" if sign in head), ",")


def quoted_badly(error: csv.Error) -> str:
    """What a strict reader did not understand of the line after the last one it read."""
    return "a quotation mark is not closed" if str(error) == "unexpected end of data" else str(error)


def _check_names(names: list[str], needed: tuple[str, ...]) -> None:
    for name in needed:
        if name not in names:
            raise Unreadable([Complaint(0, f"no column {name!r}")])
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Unreadable([Complaint(1, f"column {twice!r} is there twice")])


def _move(waiting: list[list[str]], names: list[str], rows: _Rows) -> None:
    """Lines into columns, some thousand at once: a million lists are a burden to the collector of garbage."""
    first, width = len(rows.line) - len(waiting), len(names)
    for number, cells in enumerate(waiting):
        if len(cells) > width:
            rows.wrong(first + number, "more cells than the header has columns")
        if len(cells) != width:
            waiting[number] = [*cells[:width], *[""] * (width - len(cells))]
    for name, column in zip(names, zip(*waiting, strict=True), strict=False):
        rows.cells[name].extend([cell.strip() for cell in column])
    waiting.clear()


def _numbers(rows: _Rows, name: str) -> NDArray[np.float64]:
    """A column of numbers from 0 up, NaN where a cell is empty."""
    cells = rows.column(name)
    found = np.full(len(cells), math.nan)
    if not any(cells):
        return found
    for row, cell in enumerate(cells):
        if cell:
            try:
                found[row] = float("" if "_" in cell else cell)  # to Python 1_0 is 10
            except ValueError:
                rows.wrong(row, f"{name} {cell!r} is no number")
                continue
            if not 0 <= found[row] < math.inf:
                rows.wrong(row, f"{name} {cell!r} is no number from 0 up")
    return found


def _times(
    rows: _Rows, name: str, zone: dt.tzinfo, *, is_needed: bool = False
) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """A column of times in UTC, and which cells hold one."""
    cells = rows.column(name)
    if not is_needed and not any(cells):
        return np.zeros(len(cells), "datetime64[us]"), np.zeros(len(cells), np.bool_)
    values: list[dt.datetime] = [NOWHEN] * len(cells)
    is_local = np.zeros(len(cells), np.bool_)
    for row, cell in enumerate(cells):
        if not cell:
            if is_needed:
                rows.wrong(row, f"{name} is empty")
            continue
        try:
            value = dt.datetime.fromisoformat(cell)
            if value.tzinfo is None:
                is_local[row] = True
            else:
                value = value.astimezone(dt.UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            rows.wrong(row, f"{name} {cell!r} is no ISO 8601 time")
            continue
        if not MIN_YEAR <= value.year <= MAX_YEAR:
            rows.wrong(row, f"{name} {cell!r} lies beyond the years {MIN_YEAR} to {MAX_YEAR}")
            continue
        values[row] = value
    times = np.array(values, "datetime64[us]")
    times[is_local] -= _offsets(times[is_local], zone, is_local=True)
    return times, np.array([bool(cell) for cell in cells], np.bool_)


def _local(times: NDArray[np.datetime64], zone: dt.tzinfo) -> NDArray[np.datetime64]:
    """What the clocks of a zone showed at these moments."""
    return times + _offsets(times, zone, is_local=False)


def _offsets(times: NDArray[np.datetime64], zone: dt.tzinfo, *, is_local: bool) -> NDArray[np.timedelta64]:
    """How far the clocks of a zone are ahead of UTC; the times are its own or UTC."""
    quarters, row = np.unique(times.astype("datetime64[m]").astype(np.int64) // QUARTER_MIN, return_inverse=True)
    known = []
    for quarter in quarters.tolist():
        at = dt.datetime(1970, 1, 1) + dt.timedelta(minutes=QUARTER_MIN * quarter)  # noqa: DTZ001  (the zone is put on below)
        there = at.replace(tzinfo=zone) if is_local else at.replace(tzinfo=dt.UTC).astimezone(zone)
        known.append(there.utcoffset() or dt.timedelta())
    return np.array(known, "timedelta64[us]")[row] if known else np.zeros(0, "timedelta64[us]")


def _minutes(rows: _Rows, off: NDArray[np.datetime64], zone: dt.tzinfo) -> NDArray[np.float64]:
    """How long each step lasted: what is given, else the difference of its times, exact to the microsecond."""
    given = _numbers(rows, "duration_min")
    on, is_there = _times(rows, "on", zone)
    is_open = np.array([not cell for cell in rows.column("duration_min")], np.bool_)
    lasted = (on - off) / np.timedelta64(1, "m")
    is_before = is_open & is_there & (lasted < 0)
    for row in np.flatnonzero(is_before).tolist():  # the clocks may have been put back between the two
        lasted[row] = _second_time(rows.column("on")[row], off[row], zone)
    offs, ons = rows.column("off"), rows.column("on")
    rows.check(is_open & ~is_there, lambda _: "neither on nor duration_min")
    rows.check(is_before & ~(lasted >= 0), lambda row: f"on {ons[row]!r} is before off {offs[row]!r}")
    rows.check(~is_open & (given > MOST_MIN), lambda row: f"duration_min {given[row]:g} is longer than a hundred years")
    return np.where(is_open, lasted, given)


def _second_time(cell: str, off: np.datetime64, zone: dt.tzinfo) -> float:
    """Minutes to a local time that the clocks show twice, read as its second occurrence; below 0 where that does not help."""
    on = dt.datetime.fromisoformat(cell)
    if on.tzinfo is not None:
        return -1.0
    later = on.replace(tzinfo=zone, fold=1).astimezone(dt.UTC).replace(tzinfo=None)
    return float((np.datetime64(later, "us") - off) / np.timedelta64(1, "m"))


def _who(cell: str) -> tuple[str, ...] | None:
    """The customers by name, None when the line does not name them; told twice counts once."""
    return tuple(dict.fromkeys(one.strip() for one in cell.split(";") if one.strip())) or None if cell else None


def _customers(rows: _Rows, who: list[tuple[str, ...] | None]) -> NDArray[np.int64]:
    given = _numbers(rows, "customers")
    named = np.array([-1 if one is None else len(one) for one in who], np.int64)
    cells = rows.column("customers")
    unknown = np.isnan(given)
    rows.check(
        (named < 0) & np.array([not cell for cell in cells], np.bool_), lambda _: "neither customers nor customer_ids"
    )
    whole = np.where(unknown, 0.0, given)
    rows.check(whole != np.floor(whole), lambda row: f"customers {cells[row]!r} is no whole number")
    rows.check(whole > MOST_CUSTOMERS, lambda row: f"customers {cells[row]!r} are more than there are people")
    rows.check(
        ~unknown & (named >= 0) & (whole != named),
        lambda row: f"customers says {cells[row]}, customer_ids names {named[row]}",
    )
    return np.where(named >= 0, named, np.minimum(whole, MOST_CUSTOMERS)).astype(np.int64)


def _flags(rows: _Rows, name: str) -> NDArray[np.bool_]:
    cells = [cell.lower() for cell in rows.column(name)]
    rows.check(
        [cell not in YES and cell not in NO for cell in cells], lambda row: f"{name} {cells[row]!r} is neither 0 nor 1"
    )
    return np.array([cell in YES for cell in cells], np.bool_)


def _events(names: list[str]) -> tuple[int, NDArray[np.int64]]:
    """How many events, and the number of each line's."""
    known: dict[str, int] = {}
    row = [known.setdefault(name, len(known)) for name in names]
    return len(known), np.array(row, np.int64)


def _numbered(who: list[tuple[str, ...] | None]) -> list[list[int]]:
    known: dict[str, int] = {}
    return [[known.setdefault(one, len(known)) for one in named or ()] for named in who]
