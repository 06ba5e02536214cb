"""Reliability over a year and a part of it, from one reading of the ledger: months, feeders, causes, major event days.

1. The rows of the whole span are read once; each belongs to the local day on which its outage began.
2. Major event days (2.5 beta) rest on the calendar years before the one the span ends in; with less than one there are none.
3. Every figure is computed from rows in memory by `reliability.figures_of`, so that its rows are known.
4. The days the threshold rests on are reckoned once a process, and again when a row of those years was written since.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from django.db.models import DurationField, ExpressionWrapper, F, Min, Sum
from django.utils import timezone
from numpy.typing import NDArray

from outages.domain import major_events
from outages.models import Interruption
from outages.selectors import figure_rules, reliability, served_days
from outages.selectors import ledger_columns as columns
from outages.selectors.figure_rules import Rules
from outages.selectors.ledger_columns import Rows as Ledger
from outages.selectors.reliability import Figures
from outages.selectors.served_days import Served

NEEDED = dt.timedelta(days=365)
_LOST = ExpressionWrapper((F("ended_at") - F("began_at")) * F("customers"), output_field=DurationField())


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a question is narrowed to: "" is everything."""

    area: str = ""
    substation: str = ""
    feeder: str = ""
    device: str = ""
    cause: str = ""

    def keeps(self, rows: Ledger) -> Ledger:
        """The rows it is about."""
        for by in reliability.GROUPS:
            wanted = getattr(self, by)
            if wanted:
                keys, names = reliability.keys_by(by, rows)
                rows = rows[np.isin(keys, [number for number, name in names.items() if name == wanted])]
        return rows


EVERYTHING = Narrowed()


@dataclass(frozen=True, slots=True)
class Span:
    """The rows that count from `begin` to `end`, in order of the day their outage began; customers they are related to."""

    begin: dt.datetime
    end: dt.datetime
    served: Served
    rules: Rules
    rows: Ledger
    major: frozenset[dt.date] = field(default_factory=frozenset)
    catastrophic: frozenset[dt.date] = field(default_factory=frozenset)
    limit: major_events.Threshold | None = None
    days: NDArray[np.datetime64] = field(init=False, repr=False)  # of the rows, side by side in memory: searched often
    _told: dict[tuple[dt.datetime, dt.datetime, bool, str], Figures] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )  # figures of parts that were asked for: a page asks for the same month in several places

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", np.ascontiguousarray(self.rows["day"]))

    def customers(self, begin: dt.datetime, end: dt.datetime) -> float:
        """Customers served in a part of the span."""
        return self.served.mean(*reliability.days_of(begin, end))

    def within(self, begin: dt.datetime, end: dt.datetime, *, with_major: bool, feeder: str = "") -> Ledger:
        """Rows of the outages that began in a part of the span."""
        first, last = timezone.localdate(begin), timezone.localdate(end - dt.timedelta(microseconds=1))
        days = self.days
        begins, ends = (
            np.searchsorted(days, np.datetime64(first), "left"),
            np.searchsorted(days, np.datetime64(last), "right"),
        )
        rows = self.rows[begins:ends]
        chosen = (rows["began"] < columns.moment(end)) | (rows["ended"] != columns.OPEN)
        if not with_major and self._has_major(first, last):
            chosen &= ~np.isin(days[begins:ends], np.array(sorted(self.major), "M8[D]"))
        if feeder:
            chosen &= rows["feeder"] == columns.number_of(feeder)
        return rows if chosen.all() else columns.take(rows, chosen)

    def _has_major(self, first: dt.date, last: dt.date) -> bool:
        return any(first <= day <= last for day in self.major)

    def figures(self, begin: dt.datetime, end: dt.datetime, *, with_major: bool, feeder: str = "") -> Figures:
        """Figures of a part of the span, related to all customers of it."""
        first, last = reliability.days_of(begin, end)
        key = (begin, end, with_major or not self._has_major(first, last), feeder)
        if key not in self._told:
            rows = self.within(begin, end, with_major=with_major, feeder=feeder)
            until = min(end, self.end)
            customers = self.customers(begin, until)
            hours = reliability.kept_hours(begin, until, self.served.since)
            self._told[key] = reliability.figures_of(rows, customers, begin, until, self.rules.border_min, hours=hours)
        return self._told[key]

    def exchanged(self, old: Iterable[Interruption], new: Iterable[Interruption]) -> "Span":
        """The span as it would be with other rows in the place of some."""
        kept = self.rows[~np.isin(self.rows["pk"], [row.pk for row in old])]
        made = columns.of(row for row in new if not row.excluded_reason)
        return replace(self, rows=columns.dated(np.concatenate([kept, made])))


def span(
    *,
    begin: dt.datetime,
    end: dt.datetime,
    narrowed: Narrowed = Narrowed(),
    kind: str = reliability.UNPLANNED,
    which: str = reliability.RESTATED,
) -> Span:
    """Read the ledger from `begin` to `end` once."""
    first, last = reliability.days_of(begin, end)
    rules = figure_rules.rules()
    everywhere = Narrowed(area=narrowed.area)
    served = served_days.served_of(first=first, last=last, area=narrowed.area)
    known = reliability.known_from(begin, served.since)
    rows = everywhere.keeps(reliability.counted(begin=known, end=end, kind=kind, which=which))
    found = Span(begin, end, served, rules, rows)
    limit = _limit(found, narrowed.area) if rows.size else None
    if limit is not None:  # the days are those of the area, whatever the question is narrowed to
        major, catastrophic = _beyond(found, limit.t_med_min), _beyond(found, limit.beyond(rules.catastrophic_beta))
        found = replace(found, limit=limit, major=major, catastrophic=catastrophic)
    if narrowed == everywhere:
        return found
    if narrowed.feeder or narrowed.substation:
        served = served_days.served_of(
            first=first, last=last, area=narrowed.area, feeder=narrowed.feeder, substation=narrowed.substation
        )
    return replace(found, served=served, rows=narrowed.keeps(found.rows))


def _limit(span: Span, area: str) -> major_events.Threshold | None:
    """The threshold from the calendar years before the one the span ends in; none without a long enough record."""
    customers = span.served.now if not span.served.days else span.customers(span.begin, span.end)
    year = _new_year(timezone.localdate(span.end - dt.timedelta(microseconds=1)).year)
    past = _past_days(year, area, span.rules, span.served.since)
    if not customers or not past or min(past) > timezone.localdate(year - NEEDED):
        return None
    return major_events.threshold(
        np.array(list(past.values())), customers, multiplier=span.rules.beta, is_sample=span.rules.is_sample
    )


def _new_year(year: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime(year, 1, 1))  # noqa: DTZ001  (made aware here)


def _beyond(span: Span, t_min: float) -> frozenset[dt.date]:
    """The days of the span whose SAIDI is beyond a threshold."""
    minutes = columns.minutes(span.rows, span.end)
    counts = (minutes > span.rules.border_min) & ~span.rows["is_planned"]
    days, place = np.unique(span.rows["day"][counts], return_inverse=True)
    lost = np.bincount(place, (span.rows["customers"] * minutes)[counts], days.size)
    told = zip(days.tolist(), lost.tolist(), strict=True)
    return frozenset(day for day, cmi in told if cmi / (span.served.mean(day, day) or 1) > t_min)


#: Days by (year they end before, area, years, border, the ledger's first day), with the place and border of transactions they were
#: read at.
_known: dict[
    tuple[dt.datetime, str, int, float, dt.date | None], tuple[tuple[str, int], int, dict[dt.date, float]]
] = {}
MOST_KNOWN = 64


def _past_days(begin: dt.datetime, area: str, rules: Rules, since: dt.date | None) -> dict[dt.date, float]:
    """Customer minutes of sustained interruptions by day, of the years before that the ledger knows."""
    key = (begin, area, rules.years, rules.border_min, since)
    place, border = columns.look()
    known = _known.get(key)
    if known and known[0] == place and not columns.changed_since(known[1], begin):
        return known[2]
    found = _read_past_days(begin, area, rules, since)
    if not columns.changed_since(border, begin):  # else a transaction may still take back what was read
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[key] = (place, border, found)
    return found


def _read_past_days(begin: dt.datetime, area: str, rules: Rules, since: dt.date | None) -> dict[dt.date, float]:
    border = dt.timedelta(minutes=rules.border_min)
    first = reliability.known_from(begin - rules.years * NEEDED, since)
    rows = Interruption.objects.filter(
        superseded_at=None, excluded_reason="", is_planned=False, ended_at__gt=F("began_at") + border
    ).filter(began_at__lt=begin, began_at__gte=first)
    if area:
        rows = rows.filter(area__key=area)
    outages = rows.order_by().values("outage_id").annotate(at=Min("began_at"), lost=Sum(_LOST))
    found: dict[dt.date, float] = defaultdict(float)
    for at, lost in outages.values_list("at", "lost"):
        found[timezone.localdate(at)] += lost.total_seconds() / 60
    return dict(found)


def has_rows(*, begin: dt.datetime, end: dt.datetime) -> bool:
    """Whether anybody's interruption began in these days."""
    return Interruption.objects.filter(superseded_at=None, began_at__gte=begin, began_at__lt=end).exists()
