"""Reliability figures of a period, each with the ledger rows it rests on.

1. The rows that count: not superseded, not excluded, of outages whose first interruption began in the period (minutes and counts
   belong to the day the event began, IEEE 1366), unplanned ones unless asked otherwise.
2. Each row is one step: so many customers for so many minutes. Up to the border it is momentary, beyond it sustained.
3. A row that is still open has lasted until the end of the period.
4. Figures of an area or feeder are related to the customers served there: the mean of the days of the period whose number is kept,
   or, where none is, those connected now.
5. Of a period that was over before the ledger begins nothing is known: every figure is None. Of one that began before, the figures
   are of the days since; rows that are older count in none.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from adms.core import days
from adms.core.errors import NotFound
from adms.core.models import ControlArea
from outages.domain import indices, interruptions
from outages.domain.interruptions import MOMENTARY_MIN
from outages.models import Interruption, Outage
from outages.selectors import ledger_begin, served_days
from outages.selectors import ledger_columns as columns
from outages.selectors.ledger_columns import Rows

UNPLANNED, PLANNED, BOTH = "unplanned", "planned", "both"
PLACES = ("area", "substation", "feeder")
GROUPS = (*PLACES, "cause", "device")
#: Which rows of the ledger count: those in force, or those before any correction.
RESTATED, ORIGINAL = "restated", "original"


def _nothing() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures, None where nobody is served or nothing is known; `rows` are the ids of the ledger rows behind each of them.

    ci and cmi count sustained interruptions of customers and their minutes, momentary the customers interrupted briefly; of the outages
    (`events`) `sustained_events` were sustained for somebody.
    """

    begin: dt.datetime
    end: dt.datetime
    border_minutes: float
    customers_served: float
    saifi: float | None = None
    saidi_min: float | None = None
    caidi_min: float | None = None
    maifi: float | None = None
    asai: float | None = None
    ci: int = 0
    cmi: float = 0.0
    momentary: int = 0
    events: int = 0
    sustained_events: int = 0
    open_rows: int = 0
    provisional_rows: int = 0
    sustained: NDArray[np.int64] = field(default_factory=_nothing, compare=False, repr=False)
    brief: NDArray[np.int64] = field(default_factory=_nothing, compare=False, repr=False)

    @property
    def is_known(self) -> bool:
        """Whether anything is known of the period: not where it was over before the ledger begins."""
        return bool(self.customers_served or self.events)

    @property
    def rows(self) -> dict[str, list[int]]:
        """Ids of the rows behind each figure."""
        sustained = self.sustained.tolist()
        return dict.fromkeys(("saifi", "saidi_min", "caidi_min", "asai"), sustained) | {"maifi": self.brief.tolist()}


def figures(
    *,
    begin: dt.datetime,
    end: dt.datetime,
    area: str | None = None,
    feeder: str | None = None,
    border_minutes: float = MOMENTARY_MIN,
    kind: str = UNPLANNED,
) -> Figures:
    """Figures of [begin, end), of the whole network, an area, a feeder (as built), or a feeder in an area.

    `end` should not lie in the future: open interruptions are taken to last until then.
    """
    first, last = days_of(begin, end)
    served = served_days.served_of(first=first, last=last, area=area or "", feeder=feeder or "")
    rows = counted(begin=known_from(begin, served.since), end=end, kind=kind)
    if area:
        rows = rows[rows["area"] == area_ids().get(area, 0)]
    if feeder:
        rows = rows[rows["feeder"] == columns.number_of(feeder)]
    hours = kept_hours(begin, end, served.since)
    return figures_of(rows, served.mean(first, last), begin, end, border_minutes, hours=hours)


def kept_hours(begin: dt.datetime, end: dt.datetime, since: dt.date | None) -> float:
    """Hours of [begin, end) that the ledger knows, which begins with the local day `since`."""
    first = known_from(begin, since)
    return days.hours(first, max(first, end))


def known_from(begin: dt.datetime, since: dt.date | None) -> dt.datetime:
    """The moment from which the ledger knows a period that begins at `begin`."""
    return begin if since is None else max(begin, timezone.make_aware(dt.datetime.combine(since, dt.time.min)))


def days_of(begin: dt.datetime, end: dt.datetime) -> tuple[dt.date, dt.date]:
    """The first and last local day of [begin, end)."""
    return timezone.localdate(begin), timezone.localdate(max(begin, end - dt.timedelta(microseconds=1)))


def groups(
    *, begin: dt.datetime, end: dt.datetime, by: str, border_minutes: float = MOMENTARY_MIN, kind: str = UNPLANNED
) -> dict[str, Figures]:
    """Figures of every group that serves customers or was interrupted.

    By "area", "feeder" and "substation" each is related to its own customers, by "cause" and "device" to all of them.
    """
    first, last = days_of(begin, end)
    since = ledger_begin.first_day()
    rows = dict(grouped(by, counted(begin=known_from(begin, since), end=end, kind=kind)))
    if by in PLACES:
        customers = {
            name: one.mean(first, last) for name, one in served_days.by_group(by, first=first, last=last).items()
        }
    else:
        customers = dict.fromkeys(rows, served_days.served_of(first=first, last=last).mean(first, last))
    hours = kept_hours(begin, end, since)
    nothing = np.zeros(0, columns.ROW)
    return {
        name: figures_of(rows.get(name, nothing), customers.get(name, 0), begin, end, border_minutes, hours=hours)
        for name in sorted(customers.keys() | rows.keys())
    }


def area_ids() -> dict[str, int]:
    """The areas' numbers by key."""
    return dict(ControlArea.objects.values_list("key", "pk"))


def grouped(by: str, rows: Rows) -> list[tuple[str, Rows]]:
    """The rows of each group of one of `GROUPS`, in order of the names."""
    keys, names = keys_by(by, rows)
    return sorted(((names[key], own) for key, own in columns.by(rows, keys)), key=lambda one: one[0])


def keys_by(by: str, rows: Rows) -> tuple[NDArray[np.int64], dict[int, str]]:
    """A number for what each row belongs to by one of `GROUPS`, and its name.

    A correction's cause and device come before the outage's.
    """
    if by == "area":
        return rows["area"], {pk: key for key, pk in area_ids().items()}
    keys = _of_outage(by, rows) if by in {"cause", "device"} else rows["feeder"].astype(np.int64)
    if by == "substation":
        known = served_days.substations()
        feeders = np.unique(keys)
        told = np.array(columns.numbers(known.get(columns.name_of(one), "") for one in feeders.tolist()), np.int64)
        keys = told[np.searchsorted(feeders, keys)] if feeders.size else keys
    return keys, {one: columns.name_of(one) for one in np.unique(keys).tolist()}


def _of_outage(by: str, rows: Rows) -> NDArray[np.int64]:
    """The cause or device of each row, that of its outage where no correction says another."""
    keys, nth = rows[by].astype(np.int64), np.ascontiguousarray(rows["nth"])
    is_asked = keys == 0
    if not is_asked.any():
        return keys
    outage = np.zeros(int(nth.max()) + 1, np.int64)
    outage[nth[is_asked]] = rows["outage"][is_asked]
    known = _told_of(outage[outage > 0], "cause" if by == "cause" else "device_name")
    told = np.array(columns.numbers(known.get(one, "") for one in outage.tolist()), np.int64)
    return np.where(is_asked, told[nth], keys)


def _told_of(outages: NDArray[np.int64], name: str) -> dict[int, str]:
    """A column of some outages: the numbers go as one array, since thousands of parameters take longer than the answer."""
    statement = f"SELECT id, {connection.ops.quote_name(name)} FROM {Outage._meta.db_table} WHERE id = ANY(%s)"  # noqa: S608, SLF001
    with connection.cursor() as cursor:
        cursor.execute(statement, [outages.tolist()])
        return dict(cursor.fetchall())


def _version(rows: Rows, which: str) -> Rows:
    """The rows of the ledger as they are now, or as they were before anybody corrected one."""
    if which == RESTATED:
        return columns.take(rows, ~rows["is_superseded"])
    was_corrected = np.isin(rows["pk"], rows["replaces"][rows["replaces"] > 0])
    return columns.take(rows, (~rows["is_superseded"] | was_corrected) & (rows["replaces"] == 0))


def counted(*, begin: dt.datetime, end: dt.datetime, kind: str = UNPLANNED, which: str = RESTATED) -> Rows:
    """The ledger rows of the period that count, in order of the beginning of their outages and their own.

    `begin` lies not before the ledger's own beginning (`known_from`): of what is older nobody knows what is missing.
    """
    live = columns.made_of(columns.read(begin), f"{which} {kind}", lambda rows: _counting(rows, which, kind))
    first, last = columns.moment(begin), columns.moment(end)
    found = live[np.searchsorted(live["first"], first) : np.searchsorted(live["first"], last)]
    # what is open beyond the end has no length yet
    chosen = (found["began"] < last) | (found["ended"] != columns.OPEN)
    return found if chosen.all() else columns.take(found, chosen)


def _counting(rows: Rows, which: str, kind: str) -> Rows:
    """Of all versions of rows those that count, dated: an outage began with its first row, whatever kind its rows are of."""
    live = _version(rows, which)
    live = columns.dated(columns.take(live, ~live["is_excluded"]))
    return live if kind == BOTH else columns.take(live, live["is_planned"] == (kind == PLANNED))


def ledger(
    *,
    begin: dt.datetime | None = None,
    end: dt.datetime | None = None,
    outage: int | None = None,
    area: str = "",
    feeder: str = "",
    superseded: bool = False,
) -> QuerySet[Interruption]:
    """Rows of the ledger in order of their beginning; `superseded` adds those replaced by a correction."""
    exact: dict[str, Any] = {
        "began_at__gte": begin,
        "began_at__lt": end,
        "outage_id": outage,
        "area__key": area or None,
        "feeder": feeder or None,
    }
    found = Interruption.objects.select_related("area").order_by("began_at", "pk")
    found = found.filter(**{key: value for key, value in exact.items() if value is not None})
    return found if superseded else found.filter(superseded_at=None)


def figures_of(
    rows: Rows,
    customers: float,
    begin: dt.datetime,
    end: dt.datetime,
    border_minutes: float = MOMENTARY_MIN,
    *,
    hours: float | None = None,
) -> Figures:
    """Figures of some rows, related to so many customers; rows still open lasted until `end`. ASAI is of these hours."""
    minutes, nth = columns.minutes(rows, end), np.ascontiguousarray(rows["nth"])
    is_sustained = interruptions.is_sustained(minutes, border_minutes)
    numbers, pk = np.ascontiguousarray(rows["customers"]), np.ascontiguousarray(rows["pk"])
    counts: dict[str, Any] = {
        "momentary": int(numbers[~is_sustained].sum()),
        "events": columns.count_outages(nth),
        "sustained_events": columns.count_outages(nth[is_sustained]),
        "open_rows": int(np.count_nonzero(rows["ended"] == columns.OPEN)),
        "provisional_rows": int(np.count_nonzero(rows["is_provisional"])),
    }
    counts |= {"sustained": pk[is_sustained], "brief": pk[~is_sustained]}
    if not customers:
        return Figures(begin, end, border_minutes, 0, **counts)
    length_h = days.hours(begin, end) if hours is None else hours
    base = indices.Base(customers_served=customers, period_h=length_h, momentary_min=border_minutes)
    found = indices.basic(numbers, minutes, is_sustained, base)
    told = {name: getattr(found, name) for name in ("saifi", "saidi_min", "caidi_min", "maifi", "asai", "ci", "cmi")}
    return Figures(begin, end, border_minutes, customers, **told, **counts)


def by_ids(ids: Sequence[int]) -> QuerySet[Interruption]:
    """Rows by id, in order of their beginning."""
    return Interruption.objects.select_related("area").filter(pk__in=ids).order_by("began_at", "pk")


class PlainRow(NamedTuple):
    """What a file tells of a row of the ledger."""

    id: int
    outage: int
    equipment_mrid: str
    feeder: str
    phases: int
    customers: int
    began_at: dt.datetime
    ended_at: dt.datetime | None
    is_provisional: bool


def plain(ids: Sequence[int]) -> list[PlainRow]:
    """Rows by id as plain values, in order of their beginning: a year of them is some hundred thousand."""
    names = (
        "pk",
        "outage_id",
        "equipment_mrid",
        "feeder",
        "phases",
        "customers",
        "began_at",
        "ended_at",
        "is_provisional",
    )
    found = Interruption.objects.filter(pk__in=ids).order_by("began_at", "pk").values_list(*names)
    return [PlainRow(*values) for values in found]


def row(row_id: int) -> Interruption:
    """One row of the ledger.

    Raises:
        NotFound: there is none.
    """
    found = Interruption.objects.select_related("area").filter(pk=row_id).first()
    if found is None:
        raise NotFound(_("no ledger row %(row_id)s") % {"row_id": row_id}, row=row_id)
    return found
