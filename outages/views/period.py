"""The period a reliability page is asked for: a month, a year, or any days; in the utility's zone, never beyond the present."""

import datetime as dt
from dataclasses import dataclass

from django.http import QueryDict
from django.utils import dateformat, timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from outages.domain.calendar import MONTHS_A_YEAR, Month
from outages.selectors.periods import EVERYTHING, Narrowed
from outages.selectors.reliability import BOTH, GROUPS, PLANNED, UNPLANNED

MONTHS_LISTED = 24
KINDS = (UNPLANNED, PLANNED, BOTH)


@dataclass(frozen=True, slots=True)
class Asked:
    """A period and what it is narrowed to."""

    begin: dt.datetime
    end: dt.datetime
    label: str
    key: str  # 2026-09, 2026, or "" for days of one's own
    month: Month  # the last one of it
    area: str
    with_major: bool
    narrowed: Narrowed = EVERYTHING
    kind: str = UNPLANNED
    by: str = "feeder"

    @property
    def query(self) -> str:
        """The same question as an address."""
        return self.other()

    def other(self, **changed: str) -> str:
        """The question with something else in it, as an address."""
        days = {} if self.key else {"from": str(self.from_date), "to": str(self.to_date)}
        med = "with" if self.with_major else "without"
        named = {
            name: getattr(self.narrowed, name) for name in GROUPS if name != "area" and getattr(self.narrowed, name)
        }
        kind = {} if self.kind == UNPLANNED else {"kind": self.kind}
        by = {} if self.by == "feeder" else {"by": self.by}
        return urlencode({"month": self.key, **days, "area": self.area, "med": med, **kind, **by, **named, **changed})

    @property
    def about(self) -> str:
        """What it is narrowed to, in words."""
        parts = [
            f"{name} {getattr(self.narrowed, name)}"
            for name in GROUPS
            if name != "area" and getattr(self.narrowed, name)
        ]
        return " · ".join([*([self.kind] if self.kind != UNPLANNED else []), *parts])

    @property
    def from_date(self) -> dt.date:
        """The first day."""
        return timezone.localdate(self.begin)

    @property
    def to_date(self) -> dt.date:
        """The last day."""
        return timezone.localdate(self.end - dt.timedelta(microseconds=1))


def read(query: QueryDict, at: dt.datetime, default: Month | None = None) -> Asked:
    """What the address asks for; whatever cannot be understood is the default month."""
    this = Month.of(timezone.localdate(at))
    text = query.get("month", "")
    first, last = _day(query.get("from", "")), _day(query.get("to", ""))
    key = ""
    if text.isdecimal() and len(text) == 4 and 1900 <= int(text) <= this.year:
        first, last, key = dt.date(int(text), 1, 1), dt.date(int(text), MONTHS_A_YEAR, 31), text
    elif first is None or last is None or first > last or text:
        month = min(Month.parse(text) or default or this, this)
        first, last, key = month.first, month.shift(1).first - dt.timedelta(days=1), str(month)
    begin, end = _midnight(first), min(_midnight(last + dt.timedelta(days=1)), at)
    return Asked(
        begin=min(begin, end),
        end=end,
        label=_label(key, first, last, is_going=_midnight(last + dt.timedelta(days=1)) > at),
        key=key,
        month=min(Month.of(last), this),
        area=query.get("area", "")[:60],
        with_major=query.get("med") == "with",
        narrowed=Narrowed(**{name: query.get(name, "")[:120] for name in GROUPS}),
        kind=query.get("kind", "") if query.get("kind") in KINDS else UNPLANNED,
        by=query.get("by", "") if query.get("by") in GROUPS else "feeder",
    )


def of_month(month: Month, at: dt.datetime) -> Asked:
    """Everything in a month, as far as it has gone."""
    return read(QueryDict(), at, month)


def choices(at: dt.datetime) -> list[tuple[str, str]]:
    """Months back from the present, and the years they lie in."""
    this = Month.of(timezone.localdate(at))
    months = [this.shift(-back) for back in range(MONTHS_LISTED)]
    years = sorted({month.year for month in months}, reverse=True)
    named = [(str(month), dateformat.format(month.first, "F Y")) for month in months]
    return [*named, *((str(year), _("Year %(year)s") % {"year": year}) for year in years)]


def bounds(month: Month) -> tuple[dt.datetime, dt.datetime]:
    """The moments a month begins and ends at."""
    return _midnight(month.first), _midnight(month.shift(1).first)


def _label(key: str, first: dt.date, last: dt.date, *, is_going: bool) -> str:
    if "-" in key:
        words = dateformat.format(first, "F Y")
    elif key:
        words = _("Year %(year)s") % {"year": key}
    else:
        words = _("%(first)s to %(last)s") % {
            "first": dateformat.format(first, "j M Y"),
            "last": dateformat.format(last, "j M Y"),
        }
    return _("%(period)s, so far") % {"period": words} if is_going else words


def _day(text: str) -> dt.date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 1900 <= found.year <= 9000 else None


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
