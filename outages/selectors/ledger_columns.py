"""The interruption ledger as columns: read from the database once a process, kept in step with it by what has changed since.

Pages of reliability look at a year of the ledger at a time, some hundred thousand rows. These are arrays here, never objects.

1. The database stamps every version of a row with the transaction that wrote it (`written_by`, by a trigger).
2. A process keeps the rows whose transactions had ended, all of them, when it last looked: those below the oldest one that still ran.
   Such a row can change only by a later transaction, so whatever is stamped at or above that border is read anew every time; what
   a transaction of one's own wrote, or one that is rolled back later, is never kept.
3. A row is never deleted. A table that was emptied has another file under it: the process then begins anew.
4. Names (feeders, causes, devices) are numbers here: `name_of` and `number_of` translate. 0 is no name.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone
from numpy.typing import NDArray

from outages.models import Interruption
from outages.selectors import written

#: Rows of the ledger, one element each; times in microseconds since 1970, OPEN where nobody is back yet. `first` is when the outage
#: began, the day the local one of that moment, `nth` numbers the outages of some rows from 0; these three are told by `dated`.
ROW = np.dtype(
    [
        ("pk", "i8"), ("outage", "i8"), ("area", "i8"), ("feeder", "i4"), ("cause", "i4"), ("device", "i4"), ("customers", "i8"),
        ("kva", "f8"), ("began", "i8"), ("ended", "i8"), ("replaces", "i8"), ("is_provisional", "?"), ("is_planned", "?"),
        ("is_excluded", "?"), ("is_superseded", "?"), ("is_corrected", "?"), ("written_by", "i8"),
        ("first", "i8"), ("day", "M8[D]"), ("nth", "i4"),
    ]
)  # fmt: skip
Rows = NDArray[np.void]
OPEN = np.iinfo(np.int64).max
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
#: PostgreSQL counts microseconds from here.
_FROM_2000 = (dt.datetime(2000, 1, 1, tzinfo=dt.UTC) - EPOCH) // MICROSECOND

#: What COPY sends of a row: every field is a length and a big-endian value, none is null.
_SENT = (
    ("pk", "id", ">i8"), ("outage", "outage_id", ">i8"), ("area", "area_id", ">i8"),
    ("feeder", "hashtextextended(feeder, 0)", ">i8"), ("cause", "hashtextextended(cause, 0)", ">i8"),
    ("device", "hashtextextended(device_name, 0)", ">i8"), ("customers", "customers::bigint", ">i8"),
    ("kva", "coalesce(connected_kva, 'NaN')::float8", ">f8"), ("began", "began_at", ">i8"),
    ("ended", "coalesce(ended_at, 'infinity')", ">i8"), ("replaces", "coalesce(replaces_id, 0)::bigint", ">i8"),
    ("is_provisional", "is_provisional", "?"), ("is_planned", "is_planned", "?"), ("is_excluded", "excluded_reason <> ''", "?"),
    ("is_superseded", "superseded_at IS NOT NULL", "?"),
    ("is_corrected", "corrected_at IS NOT NULL", "?"), ("written_by", "written_by", ">i8"),
)  # fmt: skip
_WIRE = np.dtype(
    [("fields", ">i2"), *(part for name, _, kind in _SENT for part in ((f"{name}_length", ">i4"), (name, kind)))]
)
_HEAD, _TAIL = 19, 2  # bytes before the first row and after the last
_FIELDS = ", ".join(what for _, what, _ in _SENT)
_NAMED = (("feeder", "feeder"), ("cause", "cause"), ("device", "device_name"))

_names: list[str] = [""]
_numbers: dict[str, int] = {"": 0}
_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a process holds: the settled rows of every outage that somebody lost supply by since a moment."""

    place: tuple[str, int]  # see `written.Look`
    since: int
    border: int  # every transaction below it has ended
    rows: Rows


_kept: _Kept | None = None


def number_of(name: str) -> int:
    """The number of a name."""
    with _lock:
        if name not in _numbers:
            _numbers[name] = len(_names)
            _names.append(name)
        return _numbers[name]


def name_of(number: int) -> str:
    """The name of a number."""
    return _names[number]


def moment(at: dt.datetime) -> int:
    """Microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND


def when(moment_: int) -> dt.datetime:
    """The time of so many microseconds since 1970."""
    return EPOCH + int(moment_) * MICROSECOND


def read(begin: dt.datetime) -> Rows:
    """Every version of every row of the outages of which a row began at `begin` or later, in order of their beginning."""
    global _kept  # noqa: PLW0603  (one to a process)
    with _lock:
        place, border = look()
        since = moment(begin)
        if _kept is None or _kept.place != place or _kept.since > since:
            _kept = _Kept(place, since, 0, np.zeros(0, ROW))
        fresh = _fetch(_kept.since, _kept.border)
        is_settled = fresh["written_by"] < border
        rows = _merged(_kept.rows, fresh[is_settled]) if is_settled.any() else _kept.rows
        _kept = _Kept(place, _kept.since, border, rows)
        return rows if is_settled.all() else _merged(rows, take(fresh, ~is_settled))


def changed_since(border: int, before: dt.datetime) -> bool:
    """Whether a row that began before a moment was written by a transaction at or above a border."""
    return Interruption.objects.filter(written_by__gte=border, began_at__lt=before).exists()


def look() -> tuple[tuple[str, int], int]:
    """Where the ledger is, and the border below which every transaction has ended."""
    found = written.look("outages_interruption")
    return found.place, found.border


def _fetch(since: int, border: int) -> Rows:
    """Rows written at or above the border, with everything of their outages, of outages that reach beyond `since`."""
    since_ = f"began_at >= timestamptz 'epoch' + {since:d} * interval '1 microsecond'"
    if border:
        # a union, since an OR would have PostgreSQL look at every row of the ledger
        its = f"SELECT outage_id FROM outages_interruption WHERE {since_} AND written_by >= {border:d}"  # noqa: S608
        written = f"SELECT id FROM outages_interruption WHERE written_by >= {border:d}"  # noqa: S608
        concerned = f"id IN ({written} UNION SELECT id FROM outages_interruption WHERE outage_id IN ({its}))"  # noqa: S608
    else:
        concerned = f"outage_id IN (SELECT outage_id FROM outages_interruption WHERE {since_})"  # noqa: S608
    with connection.cursor() as cursor:
        statement = f"COPY (SELECT {_FIELDS} FROM outages_interruption WHERE {concerned}) TO STDOUT (FORMAT BINARY)"  # noqa: S608
        with cursor.copy(statement) as copy:
            sent = b"".join(copy)
        if len(sent) <= _HEAD + _TAIL:
            return np.zeros(0, ROW)
        hashes = _names_sent(cursor, concerned)
    return _decoded(
        np.frombuffer(sent, _WIRE, offset=_HEAD, count=(len(sent) - _HEAD - _TAIL) // _WIRE.itemsize), hashes
    )


def _names_sent(cursor: Any, concerned: str) -> dict[int, int]:
    """The number of every name among some rows, by its hash."""
    sources = " UNION ".join(f"SELECT {column} FROM concerned" for _, column in _NAMED)  # noqa: S608
    statement = (
        f"WITH concerned AS (SELECT DISTINCT feeder, cause, device_name FROM outages_interruption WHERE {concerned})"  # noqa: S608
        f" SELECT hashtextextended(name, 0), name FROM ({sources}) AS told(name)"
    )
    cursor.execute(statement)
    return {hash_: number_of(name) for hash_, name in cursor.fetchall()}


def _decoded(sent: NDArray[np.void], hashes: dict[int, int]) -> Rows:
    rows = np.zeros(sent.size, ROW)
    for name, _, _ in _SENT:
        if name not in dict(_NAMED):
            rows[name] = sent[name]
    rows["began"] += _FROM_2000
    rows["ended"] = np.where(sent["ended"] == OPEN, OPEN, sent["ended"] + _FROM_2000 * (sent["ended"] != OPEN))
    known = np.array(sorted(hashes), np.int64)
    numbers = np.array([hashes[one] for one in known.tolist()], np.int32)
    for name, _ in _NAMED:
        place = np.searchsorted(known, sent[name].astype(np.int64)).clip(max=max(known.size - 1, 0))
        rows[name] = np.where(known[place] == sent[name], numbers[place], 0)
    return _ordered(rows)


def take(rows: Rows, chosen: NDArray[Any]) -> Rows:
    """Some of the rows: a mask, or their positions."""
    return rows[chosen]  # type: ignore[no-any-return]


def _merged(rows: Rows, fresh: Rows) -> Rows:
    """Some rows with others in the place of those of the same number, and beside them."""
    if not rows.size:
        return fresh
    return _ordered(np.concatenate([rows[~np.isin(rows["pk"], fresh["pk"])], fresh]))


def _ordered(rows: Rows) -> Rows:
    return rows[np.lexsort((rows["pk"], rows["began"]))]


def of(found: Iterable[Interruption]) -> Rows:
    """Rows that are objects, perhaps not saved yet, as columns."""
    told = [
        (
            row.pk or 0, row.outage_id, row.area_id, number_of(row.feeder), number_of(row.cause), number_of(row.device_name),
            row.customers, np.nan if row.connected_kva is None else row.connected_kva, moment(row.began_at),
            OPEN if row.ended_at is None else moment(row.ended_at), row.replaces_id or 0, row.is_provisional, row.is_planned,
            bool(row.excluded_reason), row.superseded_at is not None, row.corrected_at is not None, 0, 0, np.datetime64("NaT", "D"), -1,
        )
        for row in found
    ]  # fmt: skip
    return np.array(told, ROW)


def minutes(rows: Rows, end: dt.datetime) -> NDArray[np.float64]:
    """How long each lasted, exact to the microsecond; what is still open until `end`, or not at all if it began later."""
    ended = np.where(rows["ended"] == OPEN, np.maximum(moment(end), rows["began"]), rows["ended"])
    return np.asarray((ended - rows["began"]) / 1e6 / 60, np.float64)


def dated(rows: Rows) -> Rows:
    """The rows with the moment and the day their outage began and its number among theirs, in order of that moment and their own."""
    rows = rows.copy()
    _, rows["nth"] = np.unique(rows["outage"], return_inverse=True)
    rows["first"] = _first_began(rows)
    rows["day"] = local_days(rows["first"])
    return rows[np.lexsort((rows["pk"], rows["began"], rows["first"]))]


def _first_began(rows: Rows) -> NDArray[np.int64]:
    """For each row the moment its outage began at: that of the earliest row of the same outage among these."""
    nth: NDArray[np.int32] = np.ascontiguousarray(rows["nth"])
    first = np.full(int(nth.max(initial=-1)) + 1, OPEN)
    np.minimum.at(first, nth, rows["began"])
    return first[nth]


def count_outages(nth: NDArray[np.int32]) -> int:
    """How many outages some dated rows are of, given their `nth`."""
    return int(np.count_nonzero(np.bincount(nth)))


def local_days(moments: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """The local day of each moment."""
    if not moments.size:
        return np.zeros(0, "M8[D]")
    first = timezone.localdate(when(moments.min()))
    last = timezone.localdate(when(moments.max()))
    midnights = _midnights(first, last, timezone.get_current_timezone_name())
    return np.datetime64(first, "D") + (np.searchsorted(midnights, moments, "right") - 1).astype("m8[D]")


@lru_cache(maxsize=32)
def _midnights(first: dt.date, last: dt.date, _zone: str) -> NDArray[np.int64]:
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return np.array([moment(timezone.make_aware(dt.datetime.combine(day, dt.time.min))) for day in days], np.int64)


#: What was made of the rows in hand, by what was asked: as long as nothing was written the same array comes again.
_made: dict[str, tuple[Rows, str, Rows]] = {}


def made_of(rows: Rows, what: str, make: Callable[[Rows], Rows]) -> Rows:
    """`make(rows)`, done once as long as the rows are the same ones and the time zone is."""
    zone = timezone.get_current_timezone_name()
    known = _made.get(what)
    if known is not None and known[0] is rows and known[1] == zone:
        return known[2]
    found = make(rows)
    _made[what] = (rows, zone, found)
    return found


def numbers(names: Iterable[str]) -> list[int]:
    """The numbers of some names."""
    return [number_of(name) for name in names]


def forget() -> None:
    """Hold nothing."""
    global _kept  # noqa: PLW0603
    with _lock:
        _kept = None
        _made.clear()


def by(rows: Rows, keys: NDArray[Any]) -> list[tuple[Any, Rows]]:
    """The rows of each key, in order of the keys."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if rows.size else np.zeros(0, np.int64)
    parts: Sequence[NDArray[np.int64]] = np.split(order, starts[1:])
    return [(ordered[start].item(), rows[part]) for start, part in zip(starts.tolist(), parts, strict=False)]
