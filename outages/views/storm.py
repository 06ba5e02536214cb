"""The storm page: where it is worst, how far the work is, whether intake keeps up."""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from adms.core import browser, spreadsheets
from outages.selectors import restoration_times, storm

HOURS, BARS = 12, 12
FORECAST_HOURS = (0.0, 1.0, 2.0, 4.0, 8.0, 12.0, 24.0)
#: From so many customers on the course is told in thousands: figures above the bars must fit.
MANY = 10_000
#: Intake is said to be behind from so many seconds on.
BEHIND_S = 5.0

COLUMNS: dict[str, spreadsheets.Column] = {
    "area": "key", "name": "name", "rules": "mode", "customers_out": "customers_out", "critical_out": "critical_out",
    "outages": "outages",
    **{f"outages_{stage}": f"stages.{stage}" for stage in storm.STAGES},
    **{f"tier_{tier}": f"tiers.{tier}" for tier in storm.TIERS},
    "crews": "crews", "crews_free": "crews_free", "intake_waiting": "lag.waiting", "intake_behind_s": "lag.seconds",
}  # fmt: skip
COURSE: dict[str, spreadsheets.Column] = {"at": lambda one: one[0], "customers_out": lambda one: one[1]}


@browser.page("GET", may="see_network")
def storm_page(request: browser.Request) -> HttpResponse:
    """The whole page; its live part for htmx."""
    if spreadsheets.is_wanted(request):
        return as_file(request, "storm", HOURS, BARS)

    def make() -> HttpResponse:
        return render(request, "outages/_storm.html", _context(request))

    if not request.htmx:
        return render(request, "outages/storm.html", {"live": browser.within(request, "storm", make)})
    return browser.together(request, "storm", make)


def as_file(request: browser.Request, name: str, hours: int, bars: int) -> HttpResponse:
    """The areas as CSV, all of them; with ?of=course customers out by the hour."""
    if request.GET.get("of") == "course":
        found = storm.customers_out(at=request.at, hours=hours, bars=bars)
        return spreadsheets.answer(f"{name}-course", COURSE, found, request.at)
    return spreadsheets.answer(name, COLUMNS, storm.areas(request.actor, at=request.at), request.at)


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
        "course": course(found, 1000 if most >= MANY else 1) if most else [],
        "in_thousands": most >= MANY,
        "hours": HOURS,
        "behind_s": BEHIND_S,
        "forecast": _forecast(request.at) if any(row.outages for row in rows) else None,
        "now": request.at,
    }


def _forecast(at: dt.datetime) -> dict[str, Any]:
    """Incidents left at the next hours and when the last customer is back; moments are None where no crew will come."""
    found = restoration_times.latest_outlook(at)
    points = [
        {"at": at + dt.timedelta(hours=hours), "hours": hours, "outages": outages, "customers": customers}
        for hours, outages, customers in found.at
        if hours in FORECAST_HOURS
    ]
    last, last_80 = (at + dt.timedelta(hours=one) if one is not None else None for one in found.last_hours)
    return {"points": points, "last_at": last, "last_80_at": last_80, "without_crew": found.without_crew}


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


def course(found: list[tuple[dt.datetime, int]], unit: int) -> list[dict[str, Any]]:
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
