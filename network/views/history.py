"""The network as it was, for the map's time slider; what is not normal; traces in colour. Each as a fragment or as bytes."""

import dataclasses
import datetime as dt
import json
import re
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page

from adms.core import browser
from adms.core.errors import Invalid
from adms.core.selectors import persons
from network.domain import phases as ph
from network.models import Equipment
from network.selectors import abnormal, display, equipment, history, map_traces, panels, past, state, temporary
from network.selectors.display import Plane
from network.selectors.history import Then
from network.selectors.state import NetworkState

SEES = "see_network"
#: 14:02, 14:02:31, 21.11. 14:02:31, 2026-11-21 14:02:31; in the utility's time.
TYPED = re.compile(
    r"(?:(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)[ T]+|(?P<day2>\d\d?)\.(?P<month2>\d\d?)\.(?P<year2>\d{4})?\s+)?"
    r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
)


@browser.page("GET", may=SEES)
@gzip_page
def then_states(request: browser.Request, model: str) -> HttpResponse:
    """state.bin of a past second; X-Tieline-Then says in JSON what a person must know about it."""
    as_known = bool(request.GET.get("as_known"))
    was = history.then(model, _asked(request), as_known=as_known, now=request.at)
    states = display.state_bytes(was.state, history.tags_then(was))
    body = display.encode_state(Plane(model, was.state.version, 0, states))
    response = HttpResponse(body, content_type="application/octet-stream")
    response["X-Tieline-Version"] = str(was.state.version)
    response["X-Tieline-Then"] = json.dumps(_told(was))
    return response


@browser.page("GET", may=SEES)
def ticks(request: browser.Request, model: str) -> JsonResponse:
    """How many changes fell into each part of a span."""
    start, end = _moment(request.GET.get("from", "")), _moment(request.GET.get("to", ""))
    since = history.first_change(model)
    counted = history.ticks(model, start, end, as_known=bool(request.GET.get("as_known")))
    return JsonResponse({"ticks": counted, "since": since.isoformat()})


@browser.page("GET", may=SEES)
def then_device(request: browser.Request, model: str) -> HttpResponse:
    """What the device panel shows of a past second."""
    at, as_known = _moment(request.GET.get("at", "")), bool(request.GET.get("as_known"))
    branch = request.GET.get("branch", "")
    found = (
        equipment.by_branch(model, [int(branch)]).get(int(branch)) if branch.isdecimal() and len(branch) < 10 else None
    )
    if found is None:
        raise Invalid(_("no such element"), field="branch")
    was = history.then(model, at, as_known=as_known, now=request.at)
    live = int(was.state.energisation.branch_live[found.index]) or _at_ends(was.state, found.index)
    unusual = [one for one in abnormal.listed(was.state, at=at, as_known=as_known) if one.branch == found.index]
    context = {
        "name": found.name,
        "at": at,
        "position": equipment.position_word(int(was.state.positions[found.index]), found.phases)
        if found.is_switch
        else "",
        "supply": "energised" if live else "de-energised",
        "phases": ph.text(live),
        "feeder": _feeder(was.state, found.index),
        "unusual": unusual,
        "entries": _entries(found, at, as_known=as_known),
    }
    return render(request, "network/_history_device.html", context)


@browser.page("GET", may=SEES)
def unusual(request: browser.Request, model: str) -> HttpResponse:
    """Normal against present (or against a past second, with `at`)."""
    at = _moment(request.GET["at"]) if request.GET.get("at") else None
    as_known = bool(request.GET.get("as_known"))
    shown = history.then(model, at, as_known=as_known, now=request.at).state if at else state.present(model)
    found = abnormal.listed(shown, at=at, as_known=as_known)
    who = persons.names(one.actor for one in found)
    context = {
        "unusual": [dataclasses.replace(one, actor=who[one.actor]) for one in found],
        "at": at,
        "branches": json.dumps(sorted({one.branch for one in found if one.branch >= 0})),
    }
    return render(request, "network/_history_abnormal.html", context)


@browser.page("GET", may=SEES)
def trace(request: browser.Request, model: str, branch: int, kind: str) -> HttpResponse:
    """What a trace came across: numbers to colour, and a list with customers, kW and critical customers."""
    at = request.GET.get("at", "")
    shown = _past(model, at, as_known=bool(request.GET.get("as_known"))) if at else state.present(model)
    if branch >= shown.positions.size:
        raise Invalid(_("no such element"), field="branch")
    to = request.GET.get("to", "")
    lit = map_traces.trace(shown, kind, branch, int(to) if to.isdecimal() and len(to) < 10 else -1)
    rows = map_traces.listing(model, lit)
    start = equipment.by_branch(model, [branch]).get(branch)
    words = map_traces.KINDS[kind][2] if kind in map_traces.KINDS else "on the path from"
    context = {
        "lit": lit,
        "rows": rows,
        "more": max(0, lit.branches.size - len(rows)),
        "words": words,
        "name": start.name if start else branch,
        "branches": json.dumps({"branches": lit.branches.tolist(), "stops": lit.stops.tolist()}),
    }
    return render(request, "network/_history_trace.html", context)


def _past(model: str, at: str, *, as_known: bool) -> NetworkState:
    return state.past_state(model, _moment(at), past.clock_of(as_known=as_known))


def _told(was: Then) -> dict[str, Any]:
    """What the slider writes down."""

    def iso(moment: dt.datetime | None) -> str:
        return moment.isoformat() if moment else ""

    here = timezone.localtime(was.at)
    return {
        "at": iso(was.at),
        "time": f"{here:%H:%M:%S}",
        "day": f"{here:%a %d.%m.%Y}",
        "previous": iso(was.previous),
        "next": iso(was.next),
        "since": iso(was.since),
        "customers_out": was.customers_out,
        "as_known": was.as_known,
        "temporary": temporary.marks(was.state),
    }


def _asked(request: browser.Request) -> dt.datetime:
    """The second asked for: ISO 8601 in `at`, or what somebody typed, read beside `at`."""
    at = _moment(request.GET.get("at", ""))
    typed = request.GET.get("typed", "").strip()
    return _read(typed, timezone.localtime(at)) if typed else at


def _read(typed: str, beside: dt.datetime) -> dt.datetime:
    """A time as a person types it; the day they look at where they give none."""
    found = TYPED.fullmatch(typed)
    if not found:
        raise Invalid(
            _("%(typed)s is no time: write 14:02:31, or 21.11. 14:02:31") % {"typed": f"{typed!r}"}, field="typed"
        )
    parts = found.groupdict()
    numbers = {
        "year": parts["year"] or parts["year2"],
        "month": parts["month"] or parts["month2"],
        "day": parts["day"] or parts["day2"],
        "hour": parts["hour"],
        "minute": parts["minute"],
        "second": parts["second"] or "0",
    }
    try:
        return beside.replace(microsecond=0, **{key: int(value) for key, value in numbers.items() if value})  # type: ignore[arg-type]
    except ValueError as error:
        raise Invalid(
            _("%(typed)s is no time: %(error)s") % {"typed": f"{typed!r}", "error": error}, field="typed"
        ) from error


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("a moment in ISO 8601 is needed"), field="at") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _entries(found: Equipment, at: dt.datetime, *, as_known: bool) -> list[dict[str, Any]]:
    """The latest of a device's journal up to then, in words."""
    known = [one for one in equipment.history(found, limit=40) if _clock(one, as_known=as_known) <= at][:6]
    told = [
        {"at": one.occurred_at, "change": panels.change(one, found.phases), "source": one.source, "actor": one.actor}
        for one in known
    ]
    return persons.with_names(told, "actor")


def _clock(entry: Any, *, as_known: bool) -> dt.datetime:
    moment: dt.datetime = getattr(entry, past.clock_of(as_known=as_known))
    return moment


def _at_ends(was: NetworkState, branch: int) -> int:
    live = was.energisation.live
    return int(live[was.grid.branch_from[branch]] | live[was.grid.branch_to[branch]])


def _feeder(was: NetworkState, branch: int) -> str:
    for node in (int(was.grid.branch_from[branch]), int(was.grid.branch_to[branch])):
        head = int(was.energisation.feeder[node])
        if head >= 0:
            return was.grid.feeder_name(head)
    return ""
