"""The manager's page: the utility now, today and this month, on one screen, a wall or a phone."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from adms.core import browser, spreadsheets
from outages.domain.calendar import Month
from outages.selectors import storm, summary
from outages.views import figures, period, reliability, rows
from outages.views.storm import MANY, as_file, course

HOURS, BARS = 24, 24
LONGEST = 6


@browser.page("GET", may="see_network")
def summary_page(request: browser.Request) -> HttpResponse:
    """The whole page; its live part for htmx."""
    if spreadsheets.is_wanted(request):
        return as_file(request, "summary", HOURS, BARS)
    if not request.htmx:
        return render(request, "outages/summary.html", _context(request))

    def make() -> HttpResponse:
        return render(request, "outages/_summary.html", _context(request))

    return browser.together(request, "summary", make)


def _context(request: browser.Request) -> dict[str, Any]:
    areas = storm.areas(request.actor, at=request.at)
    found = storm.customers_out(at=request.at, hours=HOURS, bars=BARS)
    most = max(customers for _, customers in found)
    return {
        "sum": storm.summary(areas),
        "areas": [
            {"row": row, "url": f"{reverse('outages:outage_list')}?area={row.key}"} for row in areas if row.outages
        ],
        "quiet": sum(not row.outages for row in areas),
        "today": summary.today(request.actor, request.at),
        "longest": rows.with_crews(summary.longest(request.actor, LONGEST), request.at),
        "course": course(found, 1000 if most >= MANY else 1) if most else [],
        "in_thousands": most >= MANY,
        "hours": HOURS,
        "month": _month(request) if request.actor.may(reliability.READS) else None,
        "now": request.at,
    }


def _month(request: browser.Request) -> dict[str, Any]:
    """SAIDI of the month so far, against its target."""
    this = Month.of(timezone.localdate(request.at))
    asked = period.of_month(this, request.at)
    (saidi,) = (tile for tile in figures.tiles(reliability.spanning(asked), asked) if tile["key"] == "saidi")
    return saidi | {"label": asked.label, "url": f"{reverse('outages:reliability')}?{asked.query}"}
