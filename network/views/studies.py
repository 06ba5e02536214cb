"""Studies in the browser: private copies of the network, visibly another page, from which nothing can be operated."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page

from adms.core import browser, spreadsheets
from adms.core.errors import Invalid, NotFound, Refused
from network.domain import phases as ph
from network.models import Study, StudyAction, StudyAnswer
from network.selectors import map_files, state, studies
from network.services import studies as writing
from network.services import study_answers, study_elements
from network.services.studies import ACTION, NewStudy

CHANGED = "tieline:study"
#: What an order can be written of.
_ORDERED = frozenset({StudyAction.Kind.SWITCH, StudyAction.Kind.PLACE, StudyAction.Kind.REMOVE})
MOST_SHARED = 50
HEAT = ("loading", "voltage")
COLUMNS: dict[str, spreadsheets.Column] = {
    "study": "pk", "name": "name", "owner": "owner", "model": "model.key", "version": "version.number", "base": "base",
    "base_at": "base_at", "created_at": "created_at", "used_at": "used_at", "is_shared": "is_shared",
}  # fmt: skip


@browser.page("GET", "POST", may=ACTION)
def studies_page(request: browser.Request) -> HttpResponse:
    """One's studies, and the form of another."""
    if spreadsheets.is_wanted(request):
        seen = [*studies.owned(request.actor.name), *studies.shared(request.actor.name)]
        return spreadsheets.answer("studies", COLUMNS, seen, request.at)
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
    context["shared"] = studies.shared(request.actor.name)[:MOST_SHARED]
    return render(request, "studies/list.html", context, status=422 if context["problem"] else 200)


def _asked(request: browser.Request) -> NewStudy:
    base, text = request.POST.get("base", ""), request.POST.get("at", "").strip()
    at = None
    if text and base == Study.Base.PAST:
        try:
            at = dt.datetime.fromisoformat(text)
        except ValueError:
            raise Invalid(_("write the second as 2026-03-01T12:00:00"), field="at") from None
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
    mrids |= {mrid for one in shown.actions for mrid, _, _ in one.tripped()} | set(shown.faults)
    mrids |= {one.place.equipment for one in shown.elements}
    names = studies.names(shown.study, mrids)
    nothing = (_("not in the model"), None)
    asked = studies.answers(shown.study)
    last = studies.last_held(shown.study)
    return {
        "study": shown.study,
        "is_mine": shown.study.owner == request.actor.name,
        "customers": shown.customers,
        "customers_out": shown.customers_out,
        "faults": [
            {"name": names[mrid][0], "branch": names[mrid][1], "phases": _some(phases)}
            for mrid, phases in zip(shown.faults, shown.fault_phases, strict=True)
            if mrid in names
        ],
        "elements": [
            {"element": one, "name": names.get(one.place.equipment, nothing)[0], "phases": ph.text(one.phases)}
            for one in shown.elements
        ],
        "actions": [
            {
                "row": row,
                "name": names.get(row.equipment_mrid, nothing)[0],
                "branch": names.get(row.equipment_mrid, nothing)[1],
                "did": _did(row, names),
            }
            for row in reversed(shown.actions)
        ],
        "may_undo": any(not row.is_undone for row in shown.actions),
        "has_moves": any(not row.is_undone and row.kind in _ORDERED for row in shown.actions),
        "may_draft": request.actor.may("draft_order"),
        "may_redo": any(row.is_undone for row in shown.actions),
        "flow": _answer(asked.get(StudyAnswer.Kind.POWER_FLOW), last),
        "plans": _answer(asked.get(StudyAnswer.Kind.RESTORATION), last),
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


def _answer(row: StudyAnswer | None, last: int) -> dict[str, Any] | None:
    """An answer with whether it is there, waits, or is of another state of the study."""
    if row is None:
        return None
    return {
        "row": row,
        "told": study_answers.told(row),
        "is_waiting": row.is_waiting,
        "is_done": row.state == StudyAnswer.State.DONE,
        "is_current": row.of_action == last,
    }


def _did(row: StudyAction, names: Mapping[str, tuple[str, int]]) -> str:
    """What an action was, in words that follow the name."""
    if row.kind == row.Kind.REPAIR:
        return _("repaired")
    if row.kind in {row.Kind.PLACE, row.Kind.REMOVE}:
        words = _("%(element)s placed") if row.kind == row.Kind.PLACE else _("%(element)s removed")
        return words % {"element": row.element["name"]}
    if row.kind == row.Kind.FAULT:
        opened = ", ".join(names.get(mrid, (mrid, 0))[0] for mrid, _, _ in row.tripped())
        words = _("faulted%(phases)s: %(devices)s tripped") if opened else _("faulted%(phases)s, without supply")
        return words % {"devices": opened, "phases": f" {_some(row.phases)}".rstrip()}
    return _("closed") if row.closed_after else _("opened")


def _some(phases: int) -> str:
    """The phases, where they are not all."""
    return "" if phases & ph.ABC == ph.ABC else ph.text(phases)


def _stands(closed: int) -> str:
    return ph.text(closed & ph.ABC) or _("open")


@browser.page("GET", may=ACTION)
def study_device(request: browser.Request, number: int) -> HttpResponse:
    """The chosen element in the study."""
    found = studies.find(request.actor.name, number)
    branch = request.GET.get("branch", "")
    told = _device(found, int(branch)) if branch.isdecimal() else {"device": None}
    return render(
        request, "studies/_device.html", told | {"study": found, "is_mine": found.owner == request.actor.name}
    )


def _device(found: Study, branch: int) -> dict[str, Any]:
    row = studies.device(found, branch)
    if row is None:
        return {"device": None}
    reached = studies.state_of(found)
    closed = int(reached.positions[branch])
    is_faulted = branch in reached.faults
    is_live = bool(reached.energisation.branch_live[branch])
    return {
        "device": row,
        "is_closed": bool(closed & ph.ABC),
        "position": _stands(closed),
        "is_live": is_live,
        "is_faulted": is_faulted,
        "phases": ph.text(int(row.phases) & ph.ABC),
        "is_line": row.cim_class in study_elements.LINES,
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
def study_fault(request: browser.Request, number: int) -> HttpResponse:
    """A fault on an element, or its repair."""
    device = request.POST.get("device", "")
    if request.POST.get("repair") == "1":
        writing.repair_fault(actor=request.actor, number=number, equipment_mrid=device, at=request.at)
        return _done(request, number, _("In the study only: repaired"))
    done = writing.place_fault(
        actor=request.actor, number=number, equipment_mrid=device, phases=_phases(request), at=request.at
    )
    words = _("In the study only: %(devices)d devices tripped, %(lost)d customers lost") % {
        "devices": len(done.trips),
        "lost": done.customers_lost,
    }
    return _done(request, number, words)


def _phases(request: browser.Request) -> int:
    return ph.parse(request.POST.get("phases", "")) or ph.ABC


@browser.page("POST", may=ACTION)
def study_place(request: browser.Request, number: int) -> HttpResponse:
    """A cut, jumper, ground or mobile generation, in the study only."""
    given = request.POST
    study = studies.find(request.actor.name, number)
    wanted = study_elements.Wanted(
        kind=given.get("kind", ""),
        equipment_mrid=given.get("device", ""),
        terminal=2 if given.get("terminal") == "2" else 1,
        other_equipment_mrid=studies.mrid_of(study, given.get("other", "").strip()),
        other_terminal=2 if given.get("other_terminal") == "2" else 1,
        phases=_phases(request),
    )
    done = study_elements.place(actor=request.actor, number=number, wanted=wanted, at=request.at)
    words = _("In the study only: %(element)s placed, %(lost)d customers lost, %(regained)d regained") % {
        "element": done.element["name"],
        "lost": done.customers_lost,
        "regained": done.customers_regained,
    }
    return _done(request, number, words)


@browser.page("POST", may=ACTION)
def study_remove(request: browser.Request, number: int, element: str) -> HttpResponse:
    """It is taken away, in the study only."""
    done = study_elements.remove(actor=request.actor, number=number, element_mrid=element, at=request.at)
    return _done(request, number, _("In the study only: %(element)s removed") % {"element": done.element["name"]})


@browser.page("POST", may=ACTION)
def study_ask(request: browser.Request, number: int, kind: str) -> HttpResponse:
    """The power flow, or plans that restore: a worker computes them."""
    study_answers.ask(actor=request.actor, number=number, kind=kind, at=request.at)
    return _done(request, number, _("It is being computed"))


@browser.page("POST", may=ACTION)
def study_cancel(request: browser.Request, number: int, kind: str) -> HttpResponse:
    """Do without it."""
    study_answers.cancel(actor=request.actor, number=number, kind=kind, at=request.at)
    return _done(request, number, _("Cancelled"))


@browser.page("POST", may=ACTION)
def study_share(request: browser.Request, number: int) -> HttpResponse:
    """Others may read it, or no longer."""
    is_shared = request.POST.get("shared") == "1"
    writing.share(actor=request.actor, number=number, shared=is_shared, at=request.at)
    return _done(request, number, _("Everybody who may study can read it") if is_shared else _("Yours alone"))


@browser.page("GET", may=ACTION)
def study_heat(request: browser.Request, number: int, kind: str) -> HttpResponse:
    """One byte per branch of its last power flow."""
    if kind not in HEAT:
        raise NotFound(_("%(kind)s: there is loading and voltage") % {"kind": kind})
    row, data = studies.heat(studies.find(request.actor.name, number), kind)
    response = HttpResponse(data, content_type="application/octet-stream")
    if row and row.ended_at:
        response["X-Tieline-Computed"] = f"{timezone.localtime(row.ended_at):%H:%M:%S}"
    return response


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
