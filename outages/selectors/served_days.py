"""Customers served by day: kept as rows, so that the figures of a past month are related to the customers of that month."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Q, Sum

from metering.selectors import served
from network.selectors import feeders, state
from outages.models import ServedDay
from outages.selectors import connected_load, ledger_begin

UNKNOWN = Q(connected_kva=None)


@dataclass(frozen=True, slots=True)
class Served:
    """Customers of one scope by day, and those connected now for the days nobody kept since `since`, where the ledger begins."""

    now: int
    days: Mapping[dt.date, int] = field(default_factory=dict)
    since: dt.date | None = None

    def mean(self, first: dt.date, last: dt.date) -> float:
        """The mean of the days of a period, both ends in it, whose number is kept; those connected now where none is.

        0 of a period that is over before the ledger begins: nothing is known of it.
        """
        if self.since is None or last < self.since:
            return 0
        known = [customers for day, customers in self.days.items() if first <= day <= last]
        if not known:
            return self.now
        mean = sum(known) / len(known)
        return int(mean) if mean == int(mean) else mean

    def known(self, first: dt.date, last: dt.date) -> int:
        """Of how many days of a period the number is kept."""
        return sum(first <= day <= last for day in self.days)


def served_of(*, first: dt.date, last: dt.date, area: str = "", feeder: str = "", substation: str = "") -> Served:
    """Customers of everything, an area, a feeder or a substation, by day."""
    rows = ServedDay.objects.filter(day__gte=first, day__lte=last)
    if area:
        rows = rows.filter(area__key=area)
    named = {feeder} if feeder else feeders_of(substation) if substation else set()
    if named:
        rows = rows.filter(feeder__in=named)
    days = dict(rows.order_by().values_list("day").annotate(n=Sum("customers")))
    if named:
        by_feeder = now_by_feeder(area)
        return Served(sum(by_feeder[name] for name in named), days, ledger_begin.first_day())
    by_area = served.by_area()
    return Served(by_area.get(area, 0) if area else sum(by_area.values()), days, ledger_begin.first_day())


def load_of(*, first: dt.date, last: dt.date, area: str = "", feeder: str = "", substation: str = "") -> float | None:
    """Connected kVA served: the mean of the days of a period whose load is kept, that of now where none is; None where unknown."""
    rows = ServedDay.objects.filter(day__gte=first, day__lte=last, customers__gt=0)
    if area:
        rows = rows.filter(area__key=area)
    named = {feeder} if feeder else feeders_of(substation) if substation else set()
    if named:
        rows = rows.filter(feeder__in=named)
    days = rows.order_by().values_list("day").annotate(kva=Sum("connected_kva"), missing=Count("pk", filter=UNKNOWN))
    known: list[float] = [kva for _, kva, missing in days.values_list("day", "kva", "missing") if not missing]
    if known:
        return sum(known) / len(known)
    now = {name: kva for name, kva in connected_load.by_feeder(area).items() if not named or name in named}
    return None if not now or None in now.values() else sum(kva for kva in now.values() if kva is not None)


def now_by_feeder(area: str = "") -> Counter[str]:
    """Connected customers by feeder as built."""
    found: Counter[str] = Counter()
    grids = {model: state.normal(model)[0] for model in state.models()}
    for (model, node), customers in served.by_node(grids, area).items():
        if node < grids[model].node_count:
            found[grids[model].node_feeder_name(node)] += customers
    return found


def substations() -> dict[str, str]:
    """The substation of every feeder as built."""
    return {one.name: one.substation for one in feeders.feeders()}


def feeders_of(substation: str) -> set[str]:
    """The feeders of a substation; one nobody has where it has none."""
    return {feeder for feeder, name in substations().items() if name == substation} or {"\0"}


def by_group(by: str, *, first: dt.date, last: dt.date) -> dict[str, Served]:
    """Customers of every area, feeder or substation."""
    if by == "area":
        now, key = Counter(served.by_area()), "area__key"
    else:
        now, key = now_by_feeder(), "feeder"
    days: dict[str, dict[dt.date, int]] = defaultdict(dict)
    since = ledger_begin.first_day()
    kept = ServedDay.objects.filter(day__gte=first, day__lte=last).order_by()
    for name, day, customers in kept.values_list(key, "day").annotate(n=Sum("customers")):
        days[name][day] = customers
    if by != "substation":
        return {name: Served(now[name], days.get(name, {}), since) for name in now.keys() | days.keys()}
    known = substations()
    totals: Counter[str] = Counter()
    of_substation: dict[str, Counter[dt.date]] = defaultdict(Counter)
    for name, customers in now.items():
        totals[known.get(name, "")] += customers
    for name, own in days.items():
        of_substation[known.get(name, "")].update(own)
    return {name: Served(totals[name], of_substation[name], since) for name in totals.keys() | of_substation.keys()}
