"""Reliability figures of a period, each with the ledger rows it rests on.

1. The rows that count: not superseded, not excluded, of outages whose first interruption began in the period (minutes and counts
   belong to the day the event began, IEEE 1366), unplanned ones unless asked otherwise.
2. Each row is one step: so many customers for so many minutes. Up to the border it is momentary, beyond it sustained.
3. A row that is still open has lasted until the end of the period.
4. Figures of an area or feeder are related to the customers served there, as connected now.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Min, Q, QuerySet

from adms.core.errors import NotFound
from metering.selectors import served
from network.selectors import state
from outages.domain import indices, interruptions
from outages.domain.interruptions import MOMENTARY_MIN, Steps
from outages.models import Interruption

UNPLANNED, PLANNED, BOTH = "unplanned", "planned", "both"


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures, None where nobody is served; `rows` are the ids of the ledger rows behind each of them.

    ci and cmi count sustained interruptions of customers and their minutes, momentary the customers interrupted briefly.
    """

    begin: dt.datetime
    end: dt.datetime
    border_minutes: float
    customers_served: int
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
    if feeder:
        customers = _served_by_feeder(area or "")[feeder]
    else:
        by_area = served.by_area()
        customers = by_area.get(area, 0) if area else sum(by_area.values())
    return figures_of(rows, customers, begin, end, border_minutes)


def groups(
    *, begin: dt.datetime, end: dt.datetime, by: str, border_minutes: float = MOMENTARY_MIN, kind: str = UNPLANNED
) -> dict[str, Figures]:
    """Figures of every "area" or "feeder" that serves customers or was interrupted, each related to its own customers."""
    key: Callable[[Interruption], str] = _area_of if by == "area" else _feeder_of
    customers = served.by_area() if by == "area" else _served_by_feeder("")
    rows: dict[str, list[Interruption]] = defaultdict(list)
    for row in counted(begin=begin, end=end, kind=kind):
        rows[key(row)].append(row)
    return {
        name: figures_of(rows[name], customers.get(name, 0), begin, end, border_minutes)
        for name in sorted(customers.keys() | rows.keys())
    }


def counted(*, begin: dt.datetime, end: dt.datetime, kind: str = UNPLANNED) -> list[Interruption]:
    """The ledger rows of the period that count."""
    live = Interruption.objects.filter(superseded_at=None, excluded_reason="")
    touched = live.filter(began_at__gte=begin, began_at__lt=end).order_by().values("outage_id").distinct()
    began = live.filter(outage_id__in=touched).order_by().values("outage_id").annotate(at=Min("began_at"))
    found = live.filter(outage_id__in=began.filter(at__gte=begin, at__lt=end).values("outage_id"))
    if kind != BOTH:
        found = found.filter(is_planned=kind == PLANNED)
    known = found.filter(
        Q(began_at__lt=end) | Q(ended_at__isnull=False)
    )  # what is open beyond the end has no length yet
    return list(known.select_related("area").order_by("began_at", "pk"))


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
    customers: int,
    begin: dt.datetime,
    end: dt.datetime,
    border_minutes: float = MOMENTARY_MIN,
) -> Figures:
    """Figures of some rows, related to so many customers; rows still open lasted until `end`."""
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
    found = _indices(rows, minutes, customers, (end - begin).total_seconds() / 3600, border_minutes)
    told = {name: getattr(found, name) for name in ("saifi", "saidi_min", "caidi_min", "maifi", "asai", "ci", "cmi")}
    return Figures(begin, end, border_minutes, customers, **told, **counts, rows=behind)


def _indices(
    rows: list[Interruption], minutes: list[float], customers: int, hours: float, border_minutes: float
) -> indices.Indices:
    steps = Steps.of(
        event=[row.outage_id for row in rows], duration_min=minutes, customers=[row.customers for row in rows]
    )
    base = indices.Base(customers_served=customers, period_h=hours, momentary_min=border_minutes)
    return indices.compute(steps, base)


def _served_by_feeder(area: str) -> Counter[str]:
    """Connected customers by feeder as built."""
    found: Counter[str] = Counter()
    grids = {model: state.normal(model)[0] for model in state.models()}
    for (model, node), customers in served.by_node(grids, area).items():
        if node < grids[model].node_count:
            found[grids[model].node_feeder_name(node)] += customers
    return found


def _is_of(row: Interruption, area: str | None, feeder: str | None) -> bool:
    return (not area or row.area.key == area) and (not feeder or row.feeder == feeder)


def _area_of(row: Interruption) -> str:
    return row.area.key


def _feeder_of(row: Interruption) -> str:
    return row.feeder


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
