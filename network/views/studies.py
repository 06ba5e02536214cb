"""Studies in the browser: private copies of the network, visibly another page, from which nothing can be operated."""

import datetime as dt
from typing import Any

import orjson
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page

from adms.core import browser
from adms.core.errors import Invalid, Refused
from network.domain import phases as ph
from network.models import Study
from network.selectors import map_files, state, studies
from network.services import studies as writing
from network.services.studies import ACTION, NewStudy

CHANGED = "tieline:study"


@browser.page("GET", "POST", may=ACTION)
def studies_page(request: browser.Request) -> HttpResponse:
    """One's studies, and the form of another."""
    context: dict[str, Any] = {
        "bases": Study.Base.choices,
        "models": state.models(),
        "problem": "",
        "asked": request.POST,
    }
    if request.method == "POST":
        try:
            made = writing.make(actor=request.actor, new=_asked(request), at=request.at)
        except Refused as refused:
            context["problem"] = refused.message
        else:
            return redirect("network:study", made.pk)
    context["page"] = browser.paged(request, studies.owned(request.actor.name))
    return render(request, "studies/list.html", context, status=422 if context["problem"] else 200)


def _asked(request: browser.Request) -> NewStudy:
    base, text = request.POST.get("base", ""), request.POST.get("at", "").strip()
    at = None
    if text and base == Study.Base.PAST:
        try:
            at = dt.datetime.fromisoformat(text)
        except ValueError:
            raise Invalid("write the second as 2026-03-01T12:00:00", field="at") from None
        if timezone.is_naive(at):
            at = timezone.make_aware(at)
    return NewStudy(request.POST.get("model", ""), request.POST.get("name", ""), base, at)


@browser.page("GET", may=ACTION)
def study(request: browser.Request, number: int) -> HttpResponse:
    """A study: its map, its actions, what differs from now."""
    found = studies.find(request.actor.name, number)
    branch = request.GET.get("branch", "")
    context = _context(request, number) | {"branch": int(branch) if branch.isdecimal() else None}
    if branch.isdecimal():
        context |= _device(found, int(branch))
    return render(request, "studies/page.html", context)


@browser.page("GET", may=ACTION)
def study_panel(request: browser.Request, number: int) -> HttpResponse:
    """Actions, customers, differences: again after each."""
    return render(request, "studies/_panel.html", _context(request, number))


def _context(request: browser.Request, number: int) -> dict[str, Any]:
    shown = studies.shown(request.actor.name, number)
    mrids = {one.equipment_mrid for one in shown.actions} | {one.mrid for one in shown.differences}
    names = studies.names(shown.study, mrids)
    nothing = (_("not in the model"), None)
    return {
        "study": shown.study,
        "customers": shown.customers,
        "customers_out": shown.customers_out,
        "actions": [
            {
                "row": row,
                "name": names.get(row.equipment_mrid, nothing)[0],
                "branch": names.get(row.equipment_mrid, nothing)[1],
            }
            for row in reversed(shown.actions)
        ],
        "may_undo": any(not row.is_undone for row in shown.actions),
        "may_draft": request.actor.may("draft_order"),
        "may_redo": any(row.is_undone for row in shown.actions),
        "differences": [
            {
                "name": names.get(one.mrid, nothing)[0],
                "branch": names.get(one.mrid, nothing)[1],
                "in_study": _stands(one.in_study),
                "now": _stands(one.now) if one.now is not None else _("not in the model"),
            }
            for one in shown.differences
        ],
    }


def _stands(closed: int) -> str:
    return ph.text(closed & ph.ABC) or _("open")


@browser.page("GET", may=ACTION)
def study_device(request: browser.Request, number: int) -> HttpResponse:
    """The chosen element in the study."""
    found = studies.find(request.actor.name, number)
    branch = request.GET.get("branch", "")
    told = _device(found, int(branch)) if branch.isdecimal() else {"device": None}
    return render(request, "studies/_device.html", told | {"study": found})


def _device(found: Study, branch: int) -> dict[str, Any]:
    row = studies.device(found, branch)
    if row is None:
        return {"device": None}
    reached = studies.state_of(found)
    closed = int(reached.positions[branch])
    is_live = bool(reached.energisation.branch_live[branch])
    return {
        "device": row,
        "is_closed": bool(closed & ph.ABC),
        "position": _stands(closed),
        "is_live": is_live,
    }


@browser.page("POST", may=ACTION)
def study_move(request: browser.Request, number: int) -> HttpResponse:
    """Open or close a switch, in the study only."""
    done = writing.move(
        actor=request.actor,
        number=number,
        equipment_mrid=request.POST.get("device", ""),
        close=request.POST.get("close") == "1",
        at=request.at,
    )
    words = _("In the study only: %(lost)d customers lost, %(regained)d regained") % {
        "lost": done.customers_lost,
        "regained": done.customers_regained,
    }
    return _done(request, number, words)


@browser.page("POST", may=ACTION)
def study_undo(request: browser.Request, number: int) -> HttpResponse:
    """The last action taken back."""
    writing.undo(actor=request.actor, number=number, at=request.at)
    return _done(request, number, _("Undone"))


@browser.page("POST", may=ACTION)
def study_redo(request: browser.Request, number: int) -> HttpResponse:
    """And taken again."""
    writing.redo(actor=request.actor, number=number, at=request.at)
    return _done(request, number, _("Done again"))


@browser.page("POST", may=ACTION)
def study_discard(request: browser.Request, number: int) -> HttpResponse:
    """Thrown away."""
    writing.discard(actor=request.actor, number=number, at=request.at)
    return redirect("network:studies")


def _done(request: browser.Request, number: int, words: str) -> HttpResponse:
    if not request.htmx:
        return redirect("network:study", number)
    return browser.trigger(HttpResponse(status=204), toast={"text": words}, **{CHANGED: {}})


@browser.page("GET", may=ACTION)
def study_geometry(request: browser.Request, number: int, version: int) -> HttpResponse:  # noqa: ARG001 - part of the address
    """Geometry of its version."""
    found = studies.find(request.actor.name, number)
    is_geographic = found.version.summary.get("crs") == "EPSG:4326"
    return browser.gzipped(request, map_files.geometry(found.version.checksum, is_geographic=is_geographic))


@gzip_page
@browser.page("GET", may=ACTION)
def study_names(request: browser.Request, number: int, version: int) -> HttpResponse:
    """Names by branch number."""
    found = studies.find(request.actor.name, number)
    body = map_files.names(found.version_id, found.version.checksum, request.GET.get("of", ""))
    return HttpResponse(orjson.dumps(body | {"version": version, "sources": {}}), content_type="application/json")


@gzip_page
@browser.page("GET", may=ACTION)
def study_states(request: browser.Request, number: int, version: int) -> HttpResponse:
    """State bytes of the study as it stands."""
    found = studies.find(request.actor.name, number)
    response = HttpResponse(studies.state_file(found), content_type="application/octet-stream")
    response["X-Tieline-Version"] = str(version)
    return response
