"""The storm page: where it is worst, how far the work is, whether intake keeps up."""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from adms.core import browser
from outages.selectors import storm

HOURS, BARS = 12, 12
#: From so many customers on the course is told in thousands: figures above the bars must fit.
MANY = 10_000
#: Intake is said to be behind from so many seconds on.
BEHIND_S = 5.0


@browser.page("GET", may="see_network")
def storm_page(request: browser.Request) -> HttpResponse:
    """The whole page; its live part for htmx."""
    if not request.htmx:
        return render(request, "outages/storm.html", _context(request))

    def make() -> HttpResponse:
        return render(request, "outages/_storm.html", _context(request))

    return browser.together(request, "storm", make)


def _context(request: browser.Request) -> dict[str, Any]:
    rows = storm.areas(request.actor, at=request.at)
    busy = [row for row in rows if not row.is_quiet]
    found = storm.customers_out(at=request.at, hours=HOURS, bars=BARS)
    most = max(customers for _, customers in found)
    return {
        "sum": storm.summary(rows),
        "areas": [_row(row) for row in busy],
        "quiet": len(rows) - len(busy),
        "tiers": storm.TIERS,
        "course": _course(found, 1000 if most >= MANY else 1) if most else [],
        "in_thousands": most >= MANY,
        "hours": HOURS,
        "behind_s": BEHIND_S,
        "now": request.at,
    }


def _row(row: storm.Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "url": f"{reverse('outages:outage_list')}?area={row.key}",
        "mode": row.mode,
        "outages": row.outages,
        "stages": [row.stages[stage] for stage in storm.STAGES],
        "tiers": [row.tiers[tier] for tier in storm.TIERS],
        "customers_out": row.customers_out,
        "critical_out": row.critical_out,
        "crews": row.crews,
        "crews_free": row.crews_free,
        "lag": row.lag,
        "is_behind": row.lag.seconds >= BEHIND_S,
    }


def _course(found: list[tuple[dt.datetime, int]], unit: int) -> list[dict[str, Any]]:
    """Bars of customers out; every other is labelled with its time."""
    last = len(found) - 1
    return [
        {
            "label": f"{timezone.localtime(moment):%H:%M}" if (last - place) % 2 == 0 else "",
            "value": customers / unit,
            "is_now": place == last,
        }
        for place, (moment, customers) in enumerate(found)
    ]
