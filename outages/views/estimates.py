"""How good the expected times of restoration were, by who gave them."""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from adms.core import browser
from adms.core.models import ControlArea
from outages.domain.etr.accuracy import Accuracy
from outages.selectors import restoration_times
from outages.views import period

LABELS = {
    "all": gettext_lazy("All, as told to customers"),
    "operator": gettext_lazy("Operators"),
    "crew": gettext_lazy("Crews"),
    "machine": gettext_lazy("The machine"),
}


@browser.page("GET", may="read_reliability")
def estimates(request: browser.Request) -> HttpResponse:
    """The page of one period."""
    asked = period.read(request.GET, request.at)
    scores = restoration_times.accuracy_of(request.actor, asked.begin, asked.end, area=asked.area)
    context = {
        "period": {"label": asked.label, "month": asked.key},
        "months": period.choices(request.at),
        "areas": list(ControlArea.objects.order_by("name").values_list("key", "name")),
        "area": asked.area,
        "rows": [row for name in LABELS if name in scores for row in _rows(str(LABELS[name]), *scores[name])],
        "outlook": _outlook(request.at, asked.area),
    }
    return render(request, "reliability/estimates.html", context)


def _rows(label: str, first: Accuracy, latest: Accuracy) -> list[dict[str, Any]]:
    """Two lines of the table: what was said first, and last."""
    return [
        {"label": label, "which": "first estimate", "is_first": True, "found": first},
        {"label": label, "which": "latest estimate", "is_first": False, "found": latest},
    ]


def _outlook(at: dt.datetime, area: str) -> dict[str, Any] | None:
    """What is still to come; None with nothing going on."""
    found = restoration_times.latest_outlook(at, area=area)
    if not found.at[0][1]:
        return None
    points = [{"hours": hours, "outages": outages, "customers": customers} for hours, outages, customers in found.at]
    last = next((place for place, point in enumerate(points) if point["outages"] < 0.5), len(points) - 1)
    return {
        "points": points[: last + 1],
        "last": _span(found.last_hours[0]),
        "last_80": _span(found.last_hours[1]),
        "without_crew": found.without_crew,
    }


def _span(hours: float | None) -> dt.timedelta | None:
    return None if hours is None else dt.timedelta(hours=hours)
