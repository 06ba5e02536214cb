"""One-line diagrams of stations and feeders: the page, and what is live on it."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from adms.core import browser
from network.models import Equipment
from network.selectors import equipment, one_line, panels, state
from network.selectors.one_line import Subject
from network.selectors.state import NetworkState

SEES = "see_network"
#: More symbols than this are drawn on a canvas; fewer are elements of the page.
MOST_ELEMENTS = 1000


@browser.page("GET", may=SEES)
def page(request: browser.Request, model: str, mrid: str) -> HttpResponse:
    """The diagram asked for by the mRID of a station, a feeder, or a piece of equipment on it."""
    present, what, is_whole = _asked(request, model, mrid)
    layout = one_line.layout(present, what, is_whole=is_whole)
    for mark in layout["marks"]:
        mark["url"] = reverse("network:one_line", args=[model, mark["leads_to"]]) if mark["leads_to"] else ""
    live = one_line.live(present, what, is_whole=is_whole)
    context = {
        "model": model,
        "version": present.version,
        "subject": what,
        "is_whole": is_whole,
        "is_large": len(layout["symbols"]) > MOST_ELEMENTS,
        "layout": layout,
        "live": live,
        "switches": [_row(row, live) for row in one_line.rows(present, layout)],
        "branch": what.branch if what.branch >= 0 else None,
        "device": panels.with_addresses(request.actor, _chosen(model, what.branch)),
        "live_url": reverse("network:one_line_live", args=[model, what.mrid]) + ("?whole=1" if is_whole else ""),
        **one_line.neighbours(present, what),
    }
    return render(request, "network/one_line.html", context)


@browser.page("GET", may=SEES)
def live(request: browser.Request, model: str, mrid: str) -> JsonResponse:
    """State bytes, supply and values of what is drawn, as of their sequence."""
    present, what, is_whole = _asked(request, model, mrid)
    response = JsonResponse(one_line.live(present, what, is_whole=is_whole))
    response["Cache-Control"] = "no-store"
    return response


def _asked(request: browser.Request, model: str, mrid: str) -> tuple[NetworkState, Subject, bool]:
    present = state.present(model)
    what = one_line.subject(present, mrid)
    return present, what, what.kind == "feeder" and request.GET.get("whole") == "1"


def _chosen(model: str, branch: int) -> Equipment | None:
    return equipment.by_branch(model, [branch]).get(branch) if branch >= 0 else None


def _row(row: Equipment, live: dict[str, Any]) -> dict[str, Any]:
    return {"branch": row.index, "name": row.name, "state": live["branches"].get(row.index, 0)}
