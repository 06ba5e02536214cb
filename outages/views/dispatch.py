"""The dispatch board: outages that wait, who can be there first, where every crew is; by click, by drag, by command line."""

import datetime as dt
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.actors import Actor
from adms.core.errors import Refused
from outages import forms
from outages.domain import urgency
from outages.models import Outage
from outages.selectors import critical, lists, outages
from outages.services import dispatching
from outages.views import board, rows

SHOWN = 200


@browser.page("GET", may="see_network")
def dispatch(request: browser.Request) -> HttpResponse:
    """The whole board."""
    chosen = board.outage_for(request.actor, request.GET.get("outage", "") or _first(request))
    context = {
        **_outages(request),
        **_crews(request.actor, chosen),
        "lanes": browser.within(request, "dispatch lanes", partial(_lanes, request)),
        "selected": chosen.pk if chosen else None,
    }
    return render(request, "dispatch/board.html", context)


@browser.page("GET", may="see_network")
def dispatch_outages(request: browser.Request) -> HttpResponse:
    """Outages by priority, then by how long they have waited."""

    def make() -> HttpResponse:
        return render(request, "dispatch/_outages.html", _outages(request))

    return browser.together(request, "dispatch outages", make)


@browser.page("GET", may="see_network")
def dispatch_crews(request: browser.Request, outage_id: int) -> HttpResponse:
    """Who can be there first."""
    found = outages.outage(request.actor, outage_id)

    def make() -> HttpResponse:
        return render(request, "dispatch/_crews.html", _crews(request.actor, found))

    return browser.together(request, "dispatch crews", make, str(outage_id))


@browser.page("GET", may="see_network")
def dispatch_first(request: browser.Request) -> HttpResponse:
    """Who can be there first for the first outage that waits: for a board on which none is chosen yet."""

    def make() -> HttpResponse:
        chosen = board.outage_for(request.actor, _first(request))
        return render(request, "dispatch/_crews.html", _crews(request.actor, chosen))

    return browser.together(request, "dispatch first", make)


@browser.page("GET", may="see_network")
def dispatch_lanes(request: browser.Request) -> HttpResponse:
    """Where every crew is."""
    return browser.together(request, "dispatch lanes", partial(_lanes, request))


def _lanes(request: browser.Request) -> HttpResponse:
    return render(request, "dispatch/_lanes.html", board.lanes(request.actor, request.at))


@browser.page("GET", may="see_network")
def assign(request: browser.Request, outage_id: int) -> HttpResponse:
    """Choose a crew, in a dialog on the outage's page."""
    return render(request, "outages/_assign.html", _crews(request.actor, outages.outage(request.actor, outage_id)))


@browser.page("GET", "POST", may="see_network")
def dispatch_assign(request: browser.Request, outage_id: int) -> HttpResponse:
    """Ask once more, then send the crew; it can be taken back for a moment."""
    found = outages.outage(request.actor, outage_id)
    form = forms.Crew(request.POST if request.method == "POST" else request.GET)
    crew = board.crew_called(form.cleaned_data["crew"] if form.is_valid() else "")
    if request.method != "POST":
        return _ask(request, found, crew)
    try:
        return _assign(request, found.pk, crew.key)
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        return _ask(request, found, crew, browser.words(request, refused), status=refused.status)


def _ask(request: browser.Request, found: Outage, crew: Any, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "title": _("Assign %(crew)s to outage %(outage)d?") % {"crew": crew.name, "outage": found.pk},
        "text": _("%(device)s, %(customers)d customers out. The crew gets the job on its phone.")
        % {"device": found.device_name, "customers": found.customers_out},
        "verb": _("Assign %(crew)s") % {"crew": crew.name},
        "url": request.get_full_path(),
        "fields": {"crew": crew.key},
        "error": error,
    }
    return render(request, "components/_confirm.html", context, status=status)


def _assign(request: browser.Request, outage_id: int, crew: str) -> HttpResponse:
    assigned = dispatching.assign(actor=request.actor, outage_id=outage_id, crew=crew, at=request.at)
    undo = reverse("outages:unassign", args=[assigned.pk])
    told = _("%(crew)s is assigned to outage %(outage)s") % {"crew": assigned.crew.name, "outage": outage_id}
    return browser.done(request, told, undo=undo, back=reverse("outages:dispatch"))


@browser.page("POST")
def unassign(request: browser.Request, assignment_id: int) -> HttpResponse:
    """Take an assignment back."""
    freed = dispatching.take_back(actor=request.actor, assignment_id=assignment_id, at=request.at)
    return browser.done(
        request, _("%(crew)s is free again") % {"crew": freed.crew.name}, back=reverse("outages:dispatch")
    )


@browser.page("POST")
def dispatch_move(request: browser.Request) -> HttpResponse:
    """A crew dragged or sent to another lane: what the crew told by radio."""
    form, error = forms.Move(request.POST), ""
    try:
        if not form.is_valid():
            error = forms.first_error(form)
        else:
            crew = board.crew_called(form.cleaned_data["crew"])
            dispatching.move(
                actor=request.actor, crew=crew.key, job=board.job_of(crew), to=form.cleaned_data["to"], at=request.at
            )
    except Refused as refused:
        error = browser.words(request, refused)
    context = board.lanes(request.actor, request.at) | {"error": error}
    return render(request, "dispatch/_lanes.html", context, status=409 if error else 200)


def _outages(request: browser.Request) -> dict[str, Any]:
    found = list(lists.listed(request.actor, show=lists.OPEN)[:SHOWN])
    shown = rows.with_crews(found, request.at)
    kinds = critical.words(found)
    for outage, row in zip(found, shown, strict=True):
        row.update(_waiting(outage, row) | {"critical_words": kinds.get(outage.pk, "")})
    return {"outages": shown, "now": request.at}


def _first(request: browser.Request) -> str:
    """The number of the outage that nobody is sent to yet and that comes first; empty where there is none."""
    found = list(lists.listed(request.actor, show=lists.OPEN)[:SHOWN])
    crews = lists.crews_on(found)
    return next((str(outage.pk) for outage in found if outage.pk not in crews), "")


def _waiting(outage: Outage, row: dict[str, Any]) -> dict[str, Any]:
    limit = urgency.waiting_limit_s(row["priority"])
    return {
        "crews_url": reverse("outages:dispatch_crews", args=[outage.pk]),
        "waiting_since": None if row["crew"] else outage.predicted_at,
        "limit_s": limit,
        "limit_words": f"> {dt.timedelta(seconds=limit).seconds // 60} min" if limit else "",
        "limit_tone": "p1" if row["priority"] == 1 else "p2",
    }


def _crews(actor: Actor, found: Outage | None) -> dict[str, Any]:
    if found is None or found.state not in outages.GOING_ON:
        return {"outage": None, "crews": []}
    head = {
        "id": found.pk,
        "device_name": found.device_name,
        "needs": "" if found.kind == Outage.Kind.OUTAGE else found.get_kind_display(),
        "customers_out": found.customers_out,
    }
    return {"outage": head, "crews": board.ranked(actor, found)}
