"""The crew's page on a telephone: its jobs, the next step of each, and done."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser, days
from adms.core.errors import NotFound, Refused
from network.domain import phases as ph
from outages import forms
from outages.domain import lifecycle
from outages.domain.codes import CAUSES
from outages.models import Outage
from outages.selectors import jobs, order_words, switching
from outages.services import field_reports
from outages.services.field_reports import FieldReport
from outages.services.switching import reporting, safety
from outages.views import board, people
from workforce.services import work

JOBS = "crews/_jobs.html"
#: Steps that have a button; the others are told on the form below it or by the dispatcher.
BUTTONS = ("accepted", "en_route", "on_site", "made_safe")


@browser.page("GET", may="see_own_work")
def crew_page(request: browser.Request) -> HttpResponse:
    """The whole page."""
    return render(request, "crews/phone.html", _jobs(request))


@browser.page("GET", may="see_own_work")
def crew_jobs(request: browser.Request) -> HttpResponse:
    """The jobs alone."""
    return render(request, JOBS, _jobs(request))


@browser.page("POST", may="see_own_work")
def crew_progress(request: browser.Request, assignment_id: int) -> HttpResponse:
    """The next step."""
    return _report(request, assignment_id, request.POST.get("state", "")[:20], "")


@browser.page("POST", may="see_own_work")
def crew_done(request: browser.Request, assignment_id: int) -> HttpResponse:
    """The work is finished; what was found goes to the outage's timeline."""
    form = forms.Done(request.POST)
    if not form.is_valid():
        return _answer(request, forms.first_error(form), 422)
    cause, note = form.cleaned_data["cause"], form.cleaned_data["note"]
    found = _("Cause found: %(cause)s.") % {"cause": _(CAUSES[cause])} if cause else ""
    return _report(request, assignment_id, "completed", f"{found} {note}".strip())


@browser.page("POST", may="see_own_work")
def crew_etr(request: browser.Request, assignment_id: int) -> HttpResponse:
    """When the crew expects supply back: no estimate of the machine takes its place."""
    form = forms.Expected(request.POST)
    if not form.is_valid():
        return _answer(request, forms.first_error(form), 422)
    own = next((one for one in jobs.crew_of(request.actor).live if one.pk == assignment_id), None)
    outage = board.outage_of(own) if own else None
    if outage is None:
        raise NotFound(_("there is no such job of this crew"))
    said = FieldReport(expected_at=days.next_at(form.cleaned_data["at"], request.at))

    def go() -> None:
        field_reports.report(actor=request.actor, outage_id=outage, said=said, at=request.at)

    return _told(request, go)


def _report(request: browser.Request, assignment_id: int, state: str, note: str) -> HttpResponse:
    error, status = "", 200
    try:
        work.report_progress(actor=request.actor, assignment_id=assignment_id, state=state, note=note, at=request.at)
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        error, status = browser.words(request, refused), refused.status
    return _answer(request, error, status)


@browser.page("POST", may="see_own_work")
def crew_step(request: browser.Request, order_id: int, step: str) -> HttpResponse:
    """What became of a step the crew was told to do."""
    outcome, note = request.POST.get("outcome", "")[:20], request.POST.get("note", "")[:400]

    def go() -> None:
        reporting.report(actor=request.actor, order_id=order_id, step=step, outcome=outcome, note=note, at=request.at)

    return _told(request, go)


@browser.page("POST", may="see_own_work")
def crew_clear(request: browser.Request, document_id: int) -> HttpResponse:
    """The crew is clear of a safety document."""
    crew = jobs.crew_of(request.actor)

    def go() -> None:
        safety.report_clear(actor=request.actor, document_id=document_id, crew=crew.key, at=request.at)

    return _told(request, go)


@browser.page("POST", may="see_own_work")
def crew_release(request: browser.Request, document_id: int) -> HttpResponse:
    """Who holds a safety document gives it back."""

    def go() -> None:
        safety.release(actor=request.actor, document_id=document_id, at=request.at)

    return _told(request, go)


def _told(request: browser.Request, go: Callable[[], None]) -> HttpResponse:
    error, status = "", 200
    try:
        go()
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        error, status = browser.words(request, refused), refused.status
    return _answer(request, error, status)


def _answer(request: browser.Request, error: str, status: int) -> HttpResponse:
    """The jobs as they are now; what was refused also as a toast, for the jobs are fetched again with every change in the field."""
    if not request.htmx and not error:
        return redirect("outages:crew_page")
    response = render(request, JOBS, _jobs(request) | {"error": error}, status=status)
    return browser.trigger(response, toast={"text": error, "tone": "error"}) if error else response


def _orders(crew: Any, account: str) -> dict[str, Any]:
    """Steps of switching orders the crew was told to do, and documents it works under or that who asks holds."""
    steps = switching.instructed_to(crew.key)
    feeders = switching.feeders_of(steps)
    return {
        "order_steps": [
            {
                "step": step,
                "words": order_words.told_step(step),
                "phases": ph.text(step.phases),
                "place": " · ".join(filter(None, (feeders.get(step.device_mrid), step.order.area.name))),
                "url": reverse("outages:crew_step", args=[step.order_id, step.key]),
            }
            for step in steps
        ],
        "held": [
            {
                "document": one,
                "clear_url": reverse("outages:crew_clear", args=[one.pk])
                if switching.is_at_work(one, crew.key)
                else "",
                "release_url": reverse("outages:crew_release", args=[one.pk]) if one.holder == account else "",
                "at_work": [entry["name"] for entry in switching.at_work(one)],
            }
            for one in switching.documents_with(crew.key, account)
        ],
    }


def _jobs(request: browser.Request) -> dict[str, Any]:
    crew = jobs.crew_of(request.actor)
    outages = jobs.outages_of(crew)
    hazards = jobs.hazards(list(outages))
    order = sorted(crew.live, key=lambda one: board.FURTHEST.index(one.state))
    shown = [_job(one, outages.get(board.outage_of(one) or 0)) for one in order]
    for job in shown:
        job["hazard"] = hazards.get(job["outage"] or 0, "")
    return {
        "crew": {"name": crew.name, "shift": crew.get_shift_display(), "is_on": crew.shift == "on", "shift_url": ""},
        "jobs": shown,
        **_orders(crew, request.actor.name),
        "causes": list(CAUSES.items()),
        "now": request.at,
    }


def _job(one: Any, outage: Outage | None) -> dict[str, Any]:
    offered = [step for step in people.progress(one.pk, one.state) if step["state"] in BUTTONS]
    can_finish = one.state in {"on_site", "made_safe"}
    is_out = outage is not None and outage.state in lifecycle.RUNNING
    return {
        "id": one.pk,
        "title": f"{_('Outage %(number)d') % {'number': outage.pk}} · {outage.device_name}"
        if outage
        else one.work_order.title,
        "place": " · ".join(part for part in (outage.feeder, outage.area.name) if part) if outage else "",
        "state": one.get_state_display(),
        "outage": outage.pk if outage else None,
        "customers": outage.customers_out if outage else 0,
        "assigned_at": one.assigned_at,
        "out_since": outage.started_at if outage else None,
        "etr_at": outage.etr_at if outage else None,
        "steps": [step | {"is_primary": i == 0} for i, step in enumerate(offered)],
        "progress_url": reverse("outages:crew_progress", args=[one.pk]),
        "etr_url": reverse("outages:crew_etr", args=[one.pk]) if is_out and can_finish else "",
        "complete_url": reverse("outages:crew_done", args=[one.pk]) if can_finish else "",
        "needs_cause": outage is not None,
    }
