"""Reliability figures of a period, each with the ledger rows it rests on.

1. The rows that count: not superseded, not excluded, of outages whose first interruption began in the period (minutes and counts
   belong to the day the event began, IEEE 1366), unplanned ones unless asked otherwise.
2. Each row is one step: so many customers for so many minutes. Up to the border it is momentary, beyond it sustained.
3. A row that is still open has lasted until the end of the period.
4. Figures of an area or feeder are related to the customers served there: the mean of the days of the period whose number is kept,
   or, where none is, those connected now.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from adms.core.errors import NotFound
from outages.domain import indices, interruptions
from outages.domain.interruptions import MOMENTARY_MIN, Steps
from outages.models import Interruption, Outage
from outages.selectors import served_days

UNPLANNED, PLANNED, BOTH = "unplanned", "planned", "both"
PLACES = ("area", "substation", "feeder")
GROUPS = (*PLACES, "cause", "device")
#: Which rows of the ledger count: those in force, or those before any correction.
RESTATED, ORIGINAL = "restated", "original"


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures, None where nobody is served; `rows` are the ids of the ledger rows behind each of them.

    ci and cmi count sustained interruptions of customers and their minutes, momentary the customers interrupted briefly.
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
    open_rows: int = 0
    provisional_rows: int = 0
    rows: dict[str, list[int]] = field(default_factory=dict)


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
    rows = [row for row in counted(begin=begin, end=end, kind=kind) if _is_of(row, area, feeder)]
    first, last = days_of(begin, end)
    customers = served_days.served_of(first=first, last=last, area=area or "", feeder=feeder or "").mean(first, last)
    return figures_of(rows, customers, begin, end, border_minutes)


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
    found = counted(begin=begin, end=end, kind=kind)
    key = keys_by(by, found)
    rows: dict[str, list[Interruption]] = defaultdict(list)
    for row in found:
        rows[key(row)].append(row)
    if by in PLACES:
        customers = {
            name: one.mean(first, last) for name, one in served_days.by_group(by, first=first, last=last).items()
        }
    else:
        customers = dict.fromkeys(rows, served_days.served_of(first=first, last=last).mean(first, last))
    return {
        name: figures_of(rows[name], customers.get(name, 0), begin, end, border_minutes)
        for name in sorted(customers.keys() | rows.keys())
    }


def keys_by(by: str, rows: list[Interruption]) -> Callable[[Interruption], str]:
    """What a row belongs to by one of `GROUPS`; a correction's cause and device come before the outage's."""
    if by == "area":
        return lambda row: row.area.key
    if by == "feeder":
        return lambda row: row.feeder
    if by == "substation":
        known = served_days.substations()
        return lambda row: known.get(row.feeder, "")
    outages = Outage.objects.only("cause", "device_name").in_bulk({row.outage_id for row in rows})
    if by == "cause":
        return lambda row: row.cause or outages[row.outage_id].cause
    return lambda row: row.device_name or outages[row.outage_id].device_name


def version(which: str) -> QuerySet[Interruption]:
    """The rows of the ledger as they are now, or as they were before anybody corrected one."""
    if which == RESTATED:
        return Interruption.objects.filter(superseded_at=None)
    corrected = Exists(Interruption.objects.filter(replaces=OuterRef("pk")))
    return Interruption.objects.filter(Q(superseded_at=None) | corrected, replaces=None)


def counted(
    *, begin: dt.datetime, end: dt.datetime, kind: str = UNPLANNED, which: str = RESTATED
) -> list[Interruption]:
    """The ledger rows of the period that count."""
    live = version(which).filter(excluded_reason="")
    touched = live.filter(began_at__gte=begin, began_at__lt=end).order_by().values("outage_id").distinct()
    began = live.filter(outage_id__in=touched).order_by().values("outage_id").annotate(at=Min("began_at"))
    found = live.filter(outage_id__in=began.filter(at__gte=begin, at__lt=end).values("outage_id"))
    if kind != BOTH:
        found = found.filter(is_planned=kind == PLANNED)
    known = found.filter(
        Q(began_at__lt=end) | Q(ended_at__isnull=False)
    )  # what is open beyond the end has no length yet
    return list(known.select_related("area").defer("usage_points").order_by("began_at", "pk"))


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
    rows: list[Interruption],
    customers: float,
    begin: dt.datetime,
    end: dt.datetime,
    border_minutes: float = MOMENTARY_MIN,
    *,
    hours: float | None = None,
) -> Figures:
    """Figures of some rows, related to so many customers; rows still open lasted until `end`. ASAI is of these hours."""
    minutes = [interruptions.minutes_between(row.began_at, row.ended_at or max(end, row.began_at)) for row in rows]
    sustained = [row.pk for row, one in zip(rows, minutes, strict=True) if one > border_minutes]
    momentary = [row.pk for row, one in zip(rows, minutes, strict=True) if one <= border_minutes]
    counts = {
        "momentary": sum(row.customers for row, one in zip(rows, minutes, strict=True) if one <= border_minutes),
        "events": len({row.outage_id for row in rows}),
        "open_rows": sum(row.ended_at is None for row in rows),
        "provisional_rows": sum(row.is_provisional for row in rows),
    }
    behind = dict.fromkeys(("saifi", "saidi_min", "caidi_min", "asai"), sustained) | {"maifi": momentary}
    if not customers:
        return Figures(begin, end, border_minutes, 0, **counts, rows=behind)
    length_h = (end - begin).total_seconds() / 3600 if hours is None else hours
    found = _indices(rows, minutes, customers, length_h, border_minutes)
    told = {name: getattr(found, name) for name in ("saifi", "saidi_min", "caidi_min", "maifi", "asai", "ci", "cmi")}
    return Figures(begin, end, border_minutes, customers, **told, **counts, rows=behind)


def _indices(
    rows: list[Interruption], minutes: list[float], customers: float, hours: float, border_minutes: float
) -> indices.Indices:
    steps = Steps.of(
        event=[row.outage_id for row in rows], duration_min=minutes, customers=[row.customers for row in rows]
    )
    base = indices.Base(customers_served=customers, period_h=hours, momentary_min=border_minutes)
    return indices.compute(steps, base)


def _is_of(row: Interruption, area: str | None, feeder: str | None) -> bool:
    return (not area or row.area.key == area) and (not feeder or row.feeder == feeder)


def by_ids(ids: Sequence[int]) -> QuerySet[Interruption]:
    """Rows by id, in order of their beginning."""
    return Interruption.objects.select_related("area").filter(pk__in=ids).order_by("began_at", "pk")


def row(row_id: int) -> Interruption:
    """One row of the ledger.

    Raises:
        NotFound: there is none.
    """
    found = Interruption.objects.select_related("area").filter(pk=row_id).first()
    if found is None:
        raise NotFound(f"no ledger row {row_id}", row=row_id)
    return found
