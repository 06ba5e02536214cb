"""The trend of SAIDI as a chart that can be zoomed: twelve months, or the days of a part of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from outages.domain.calendar import Month
from outages.selectors.periods import Narrowed, Span
from outages.views.period import Asked

#: A part of so many days is shown day by day; and no part is shorter than a week.
MOST_DAYS, LEAST_DAYS = 62, 7
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """Days shown, both ends included, of those that there are (`first` to `last`)."""

    begin: dt.date
    end: dt.date
    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.begin).days + 1

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing beside it."""
        return (self.begin, self.end) == (self.first, self.last)

    def of(self, days: int, middle: dt.date) -> Part:
        """So many days about one of them, as far as there are."""
        wanted = min(max(days, LEAST_DAYS), (self.last - self.first).days + 1)
        begin = min(max(middle - DAY * (wanted // 2), self.first), self.last - DAY * (wanted - 1))
        return Part(begin, begin + DAY * (wanted - 1), self.first, self.last)

    @property
    def steps(self) -> list[tuple[str, Part]]:
        """Where one can go from here, each with its words; nowhere where that changes nothing."""
        middle = self.begin + DAY * (self.days // 2)
        whole = Part(self.first, self.last, self.first, self.last)
        found = [
            (_("Zoom in"), self.of(self.days // 2, middle)),
            (_("Zoom out"), self.of(self.days * 2, middle)),
            (_("Earlier"), self.of(self.days, middle - DAY * max(self.days // 2, 1))),
            (_("Later"), self.of(self.days, middle + DAY * max(self.days // 2, 1))),
            (_("Twelve months"), whole),
        ]
        return [(words, part) for words, part in found if part != self]


def part(query: QueryDict, asked: Asked) -> Part:
    """The part that is asked for; all of it where none is, or none that can be."""
    first, last = asked.month.year_to_here()[0].first, asked.month.shift(1).first - DAY
    whole = Part(first, last, first, last)
    try:
        begin, end = parse_date(query.get("zoom_from", "")), parse_date(query.get("zoom_to", ""))
    except ValueError:
        return whole
    if begin is None or end is None or begin > end:
        return whole
    begin, end = max(begin, first), min(end, last)
    return whole.of((end - begin).days + 1, begin + DAY * (((end - begin).days + 1) // 2)) if begin <= end else whole


def spans(shown: Part) -> list[tuple[dt.date, dt.date]]:
    """First and last day of every bar."""
    if shown.days <= MOST_DAYS:
        return [(day, day) for day in (shown.begin + DAY * n for n in range(shown.days))]
    month, found = Month.of(shown.begin), []
    while month.first <= shown.end:
        found.append((max(month.first, shown.begin), min(month.shift(1).first - DAY, shown.end)))
        month = month.shift(1)
    return found


def bars(span: Span, asked: Asked, shown: Part) -> list[dict[str, Any]]:
    """SAIDI of each bar, what major event days add on top; None where it is not known."""
    return [_bar(span, asked, first, last) for first, last in spans(shown)]


def _bar(span: Span, asked: Asked, first: dt.date, last: dt.date) -> dict[str, Any]:
    begin, end = _midnight(first), _midnight(last + DAY)
    plain = span.figures(begin, end, with_major=False).saidi_min
    every = span.figures(begin, end, with_major=True).saidi_min
    month = Month.of(first)
    is_month = (first, last) == (month.first, month.shift(1).first - DAY)
    days = {"month": str(month)} if is_month else {"month": "", "from": str(first), "to": str(last)}
    query = {**days, "area": asked.area, "med": "with" if asked.with_major else "without"}
    return {
        "month": str(month) if is_month else f"{first}" if first == last else f"{first}/{last}",
        "label": dateformat.format(first, "M") if is_month or first != last else dateformat.format(first, "j M"),
        "value": plain,
        "extra": None if plain is None or every is None else max(0.0, every - plain),
        "url": f"{reverse('outages:reliability')}?{urlencode(query)}",
        "is_now": is_month and str(month) == asked.key,
        "first": str(first),
        "last": str(last),
    }


def shown(span: Span, asked: Asked, query: QueryDict) -> dict[str, Any]:
    """What the card of the chart shows."""
    found = part(query, asked)
    address = f"{reverse('outages:reliability_trend')}?{asked.query}"
    zoom = {} if found.is_whole else {"zoom_from": str(found.begin), "zoom_to": str(found.end)}
    table = reverse("outages:reliability_table_csv", args=["months"])
    is_by_day = found.days <= MOST_DAYS
    shown_bars = bars(span, asked, found)
    return {
        "title": _("SAIDI by day, minutes") if is_by_day else _("SAIDI by month, minutes"),
        "bars": shown_bars,
        "has_unknown": any(bar["value"] is None for bar in shown_bars),
        "target": None if is_by_day or asked.narrowed != Narrowed() else span.rules.targets.get("saidi"),
        "address": address,
        "steps": [
            (words, f"{address}&{urlencode({'zoom_from': str(one.begin), 'zoom_to': str(one.end)})}")
            for words, one in found.steps
        ],
        "csv_url": f"{table}?{asked.query}" + (f"&{urlencode(zoom)}" if zoom else ""),
    }


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
